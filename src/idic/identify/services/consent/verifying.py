"""Walks the chain over the consent ledger and says where it breaks: a link out of place, a row
changed, gone without a word, or put in behind the chain's back. Only reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from django.db.models import QuerySet

from idic.identify.models import Consent, ConsentRemoval, ConsentSeal
from idic.identify.services.imports.slices import slices

from .sealing import FIRST, GONE, SAID, chain_of, commitment_of, count_waiting, digest_of

_MOST = 100  # breaks named; after so many the rest says nothing new


class Break(Enum):
    """What is wrong at a place of the ledger."""

    LINK_MISSING = "link_missing"
    LINK_CHANGED = "link_changed"
    ROW_CHANGED = "row_changed"
    ROW_MISSING = "row_missing"
    ROW_RETURNED = "row_returned"
    ROW_FORGED = "row_forged"
    HEAD_LOST = "head_lost"


@dataclass(frozen=True, slots=True)
class Broken:
    """One break: at which seal, and for a row its number."""

    kind: Break
    seal: int
    row: int | None = None


@dataclass(slots=True)
class Verification:
    """What a walk found. `head` is the chain's end: noted elsewhere, it shows a chain cut short."""

    links: int = 0
    rows: int = 0
    gone: int = 0
    waiting: int = 0
    head: str = FIRST
    breaks: list[Broken] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing is wrong."""
        return not self.breaks


def verify_ledger(*, expect: str = "") -> Verification:
    """Walk the whole chain. `expect` is a head noted earlier: the chain must still pass it."""
    found = Verification(waiting=count_waiting())
    is_passed = expect in {"", FIRST}
    missing: dict[int, int] = {}
    removed: set[int] = set()
    for seal in _seals(found):
        is_passed = is_passed or seal.chain == expect
        _check_rows(seal, found, missing)
        removed |= _check_removals(seal, found)
    waiting = ConsentRemoval.objects.filter(seal_number=None).values_list("consent_ids", flat=True)
    removed |= {number for numbers in waiting for number in numbers}
    found.gone = len(missing)
    _add(found, Break.ROW_MISSING, {n: at for n, at in missing.items() if n not in removed})
    for chunk in slices(sorted(removed)):
        back = Consent.everything.filter(id__in=chunk).values_list("id", "seal_number")
        _add(found, Break.ROW_RETURNED, {number: at or 0 for number, at in back})
    sealed = Consent.everything.exclude(seal_number=None)
    if sealed.count() != found.rows:
        _add(found, Break.ROW_FORGED, _find_forged(sealed))
    if not is_passed:
        found.breaks.append(Broken(Break.HEAD_LOST, found.links))
    return found


def _seals(found: Verification) -> Iterator[ConsentSeal]:
    """Give the links in turn, each checked against the one before."""
    previous = FIRST
    for seal in ConsentSeal.objects.order_by("number").iterator(chunk_size=50):
        if seal.number != found.links + 1:
            found.breaks.append(Broken(Break.LINK_MISSING, found.links + 1))
        is_whole = seal.chain == chain_of(previous=seal.previous, entries=seal.entries)
        if not is_whole or (seal.previous != previous and seal.number == found.links + 1):
            found.breaks.append(Broken(Break.LINK_CHANGED, seal.number))
        found.links, previous = seal.number, seal.chain
        found.head = previous
        yield seal


def _check_rows(seal: ConsentSeal, found: Verification, missing: dict[int, int]) -> None:
    wanted = {int(number): said for kind, number, said in seal.entries if kind == SAID}
    rows = Consent.everything.in_bulk(list(wanted))
    found.rows += len(rows)
    for number, commitment in wanted.items():
        row = rows.get(number)
        if row is None:
            missing[number] = seal.number
        elif commitment_of(row) != commitment:
            _add(found, Break.ROW_CHANGED, {number: seal.number})


def _check_removals(seal: ConsentSeal, found: Verification) -> set[int]:
    """Check the removals a seal holds and give the rows they took."""
    wanted = {int(number): said for kind, number, said in seal.entries if kind == GONE}
    rows = ConsentRemoval.objects.in_bulk(list(wanted)) if wanted else {}
    taken: set[int] = set()
    for number, digest in wanted.items():
        row = rows.get(number)
        if row is None or digest_of(row) != digest:
            _add(found, Break.ROW_CHANGED if row else Break.ROW_MISSING, {number: seal.number})
        else:
            taken.update(row.consent_ids)
    return taken


def _find_forged(sealed: QuerySet[Consent]) -> dict[int, int]:
    """Find rows that claim a seal in which they do not stand."""
    claimed = dict(sealed.values_list("id", "seal_number"))
    for seal in ConsentSeal.objects.order_by("number").iterator(chunk_size=50):
        for kind, number, _commitment in seal.entries:
            if kind == SAID:
                claimed.pop(int(number), None)
    return {number: at or 0 for number, at in claimed.items()}


def _add(found: Verification, kind: Break, rows: dict[int, int]) -> None:
    for number, seal in sorted(rows.items()):
        if len(found.breaks) < _MOST:
            found.breaks.append(Broken(kind, seal, number))

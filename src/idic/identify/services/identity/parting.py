"""Takes a merge back: the records it moved go where they came from, and the numbers from before it
live again. What later acts did with single records stands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from idic.core import ids
from idic.identify.living import get_living_id, list_family_ids
from idic.identify.models import IdentityAct, IdentityLogEntry, IdentityMove, SourceRecord
from idic.identify.services.crm import SOURCE_KEY
from idic.identify.services.imports.slices import slices
from idic.identify.services.search_index import reindex

from . import following, locking, log, showing
from .linking import list_bound
from .refusals import AlreadyUndone, ChangedMeanwhile, IdentityRefused, NothingLeft


@dataclass(frozen=True, slots=True)
class _Return:
    """What a reversal gives back: whose records, and which numbers live again."""

    moves: list[log.Move]
    customer_ids: list[int]


def unmerge(
    *,
    entry_id: int,
    actor: str,
    now: datetime,
    by: str = "person",
    evidence: dict[str, Any] | None = None,
) -> IdentityLogEntry:
    """Reverse a logged merge: the numbers from before it live again, each with its records.

    Raises AlreadyUndone, NothingLeft, ChangedMeanwhile or IdentityRefused; then nothing changed.
    """
    with transaction.atomic():
        entry = _lock_entry(entry_id)
        parted = _list_parted(entry)
        living_id = _lock(entry, parted)
        back = _find_return(entry, parted, living_id)
        _refuse_bound(back, living_id)
        reversal = _write(entry, back, living_id, by, actor, evidence, now)
        locking.set_owners(
            owners={record: owner for record, _held, owner in back.moves if owner is not None}
        )
        _show(entry, reversal, back, living_id)
        concerned = [living_id, *back.customer_ids]
        showing.tell(entry=reversal, customer_ids=concerned, actor=actor, now=now)
    reindex(customer_ids=concerned)
    return reversal


def _lock_entry(entry_id: int) -> IdentityLogEntry:
    entry = IdentityLogEntry.objects.select_for_update().filter(id=entry_id).first()
    if entry is None or entry.act != IdentityAct.MERGE or entry.customer_id is None:
        raise IdentityRefused(_("This is no merge that could be undone."))
    if IdentityLogEntry.objects.filter(reverses_id=entry_id).exists():
        raise AlreadyUndone(_("This merge has been undone already."))
    return entry


def _list_parted(entry: IdentityLogEntry) -> list[int]:
    rows = entry.redirects.filter(leads_to_id__isnull=False).order_by("customer_id")
    return list(rows.values_list("customer_id", flat=True))


def _lock(entry: IdentityLogEntry, parted: Sequence[int]) -> int:
    """Lock all concerned and give who holds the records now."""
    assert entry.customer_id is not None
    living_id = get_living_id(customer_id=entry.customer_id)
    locking.lock_customers(customer_ids={living_id, entry.customer_id, *parted})
    if get_living_id(customer_id=entry.customer_id) != living_id:
        raise ChangedMeanwhile(_("These customers have just been changed. Look again."))
    return living_id


def _find_return(entry: IdentityLogEntry, parted: Sequence[int], living_id: int) -> _Return:
    moves = list(entry.moves.order_by("id"))
    gone = _find_taken_elsewhere(moves)
    had = {move.from_customer_id for move in moves}
    back = [move for move in moves if move.record_id not in gone]
    owners = {move.from_customer_id for move in back}
    alive = [number for number in parted if number in owners or number not in had]
    if not alive:
        raise NothingLeft(
            _("Later changes have taken everything elsewhere that this merge had joined.")
        )
    given: list[log.Move] = [
        (move.record_id, living_id, move.from_customer_id)
        for move in back
        if move.from_customer_id in alive
    ]
    given += _list_own_since(alive, living_id, {move[0] for move in given})
    return _Return(given, alive)


def _refuse_bound(back: _Return, living_id: int) -> None:
    held = {
        record_id: living_id for record_id, _owner in locking.lock_records(customer_ids=[living_id])
    }
    held |= {record_id: owner for record_id, _held, owner in back.moves if owner is not None}
    if any(held[one] != held[other] for one, other in list_bound(record_ids=[*held])):
        raise IdentityRefused(
            _("Somebody said that these are the same person. Take that back first.")
        )


def _find_taken_elsewhere(moves: Sequence[IdentityMove]) -> set[int]:
    """Find the records about which something else was said since: a later merge carried them on
    and is no such word; an act that was itself undone neither.
    """
    if not moves:
        return set()
    first = moves[0].id
    later: dict[int, list[IdentityMove]] = defaultdict(list)
    for chunk in slices(move.record_id for move in moves):
        rows = IdentityMove.objects.filter(record_id__in=chunk, id__gt=first)
        for move in rows.exclude(entry_id=moves[0].entry_id).select_related("entry"):
            later[move.record_id].append(move)
    gone = {record_id for record_id, words in later.items() if _is_elsewhere(words)}
    held = [move.record_id for move in moves]
    known: set[int] = set()
    for chunk in slices(held):
        known |= set(SourceRecord.everything.filter(id__in=chunk).values_list("id", flat=True))
    return gone | (set(held) - known)  # a record may have been erased


def _is_elsewhere(words: Sequence[IdentityMove]) -> bool:
    acts = {word.entry_id for word in words}
    undone = {word.entry.reverses_id for word in words}
    return any(
        word.entry.act != IdentityAct.MERGE
        for word in words
        if word.entry_id not in undone and word.entry.reverses_id not in acts
    )


def _list_own_since(
    customer_ids: Collection[int], living_id: int, known: set[int]
) -> list[log.Move]:
    """What was written under a number after it was joined hangs on that number's own record."""
    direct = log.read_direct(customer_ids=list_family_ids(customer_ids=[living_id]))
    alive = set(customer_ids)
    keys = {}
    for number in direct:
        step = number
        while step not in alive and (following_id := direct.get(step)) is not None:
            step = following_id
        if step in alive:
            keys[ids.encode("customer", number)] = step
    rows = SourceRecord.everything.filter(
        source__key=SOURCE_KEY, source_key__in=list(keys), customer_id=living_id
    )
    pairs = rows.order_by("id").values_list("id", "source_key")
    return [(record, living_id, keys[key]) for record, key in pairs if record not in known]


def _write(
    entry: IdentityLogEntry,
    back: _Return,
    living_id: int,
    by: str,
    actor: str,
    evidence: dict[str, Any] | None,
    now: datetime,
) -> IdentityLogEntry:
    return log.write(
        act=IdentityAct.UNMERGE,
        by=by,
        actor=actor,
        at=now,
        customer_id=living_id,
        moves=back.moves,
        redirects=[(number, None) for number in back.customer_ids],
        evidence=evidence,
        reverses_id=entry.id,
    )


def _show(
    entry: IdentityLogEntry, reversal: IdentityLogEntry, back: _Return, living_id: int
) -> None:
    """Bring what is computed up to date, the numbers first: all else asks them."""
    family = list_family_ids(customer_ids=[living_id, *back.customer_ids])
    showing.lead(customer_ids=family)
    following.carry_states(customer_ids=family)
    following.let_in(entry=entry)
    showing.show(customer_ids=[living_id, *back.customer_ids])
    assert entry.customer_id is not None
    between = [entry.customer_id] if entry.customer_id != living_id else []
    showing.place_stages(
        customer_ids=[*back.customer_ids, *between, living_id],
        moment_id=entry.id,
        undone=entry,
    )

"""Reads of the identity log for people and programs: what was done about who is who, what of it can
be undone, and which values pinned by staff contradict each other since customers were joined.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from idic.identify.living import list_family_ids
from idic.identify.models import IdentityAct, IdentityLogEntry, IdentityMove, Trait

_NEWEST = 200


@dataclass(frozen=True, slots=True)
class Act:
    """One act of the log, with everybody it concerned."""

    id: int
    at: datetime
    act: str
    by: str
    actor: str
    customer_id: int | None
    customer_ids: tuple[int, ...]
    record_ids: tuple[int, ...]
    evidence: dict[str, Any]
    reverses_id: int | None
    is_undone: bool

    @property
    def can_be_undone(self) -> bool:
        """Tell whether it is a merge, or a word about two records, that still stands."""
        undoable = {IdentityAct.MERGE, IdentityAct.MUST_LINK, IdentityAct.CANNOT_LINK}
        return self.act in undoable and not self.is_undone


@dataclass(frozen=True, slots=True)
class Conflict:
    """Staff pinned different values for one question before a merge; the newest shows."""

    customer_id: int
    entry_id: int
    name: str
    shown: str
    others: tuple[str, ...]


def list_acts(
    *,
    customer_id: int | None = None,
    acts: Iterable[str] = (),
    before: int | None = None,
    limit: int = 50,
) -> list[Act]:
    """Give the latest acts (`before` one of them), of one customer (and of who leads there) or of
    everybody.
    """
    entries = IdentityLogEntry.objects.all()
    if before is not None:
        entries = entries.filter(id__lt=before)
    if customer_id is not None:
        family = list_family_ids(customer_ids=[customer_id])
        theirs = (
            Q(customer_id__in=family)
            | Q(redirects__customer_id__in=family)
            | Q(reverses__redirects__customer_id__in=family)
        )
        entries = entries.filter(id__in=entries.filter(theirs).values("id"))
    if wanted := list(acts):
        entries = entries.filter(act__in=wanted)
    return _read(entries.order_by("-id")[:limit])


def _read(entries: QuerySet[IdentityLogEntry]) -> list[Act]:
    rows = list(entries.prefetch_related("redirects").select_related("reversed_by"))
    return [
        Act(
            id=one.id,
            at=one.at,
            act=one.act,
            by=one.by,
            actor=one.actor,
            customer_id=one.customer_id,
            customer_ids=tuple(_concerned(one)),
            record_ids=tuple(one.record_ids),
            evidence=one.evidence,
            reverses_id=one.reverses_id,
            is_undone=getattr(one, "reversed_by", None) is not None,
        )
        for one in rows
    ]


def _concerned(entry: IdentityLogEntry) -> list[int]:
    named = {redirect.customer_id for redirect in entry.redirects.all()}
    return sorted(named | ({entry.customer_id} if entry.customer_id else set()))


def list_owners_then(*, moment: datetime) -> list[tuple[int, int]]:
    """Give whose each record was at a moment, of those that went from one customer to another
    since: (record, customer). A record that was nobody's is not among them.
    """
    moves = IdentityMove.objects.filter(entry__at__gt=moment).order_by("id")
    first: dict[int, int | None] = {}
    for record_id, owner in moves.values_list("record_id", "from_customer_id"):
        first.setdefault(record_id, owner)
    return [(record_id, owner) for record_id, owner in first.items() if owner is not None]


def list_conflicts(*, limit: int = 50) -> list[Conflict]:
    """Give where merges that stand brought together different values pinned by staff, and nobody
    has pinned one since: the newest shows, a person should say which is right.
    """
    merges = IdentityLogEntry.objects.filter(act=IdentityAct.MERGE, reversed_by=None)
    rows = merges.filter(customer__merged_into=None).order_by("-id")[:_NEWEST]
    entries = list(rows.prefetch_related("moves"))
    pins = _read_pins({entry.customer_id for entry in entries if entry.customer_id})
    found: list[Conflict] = []
    for entry in entries:
        sides = {move.record_id: move.from_customer_id for move in entry.moves.all()}
        found += _conflicts_of(entry, sides, pins[entry.customer_id or 0])
    return found[:limit]


def _read_pins(customer_ids: set[int]) -> dict[int, dict[str, list[Trait]]]:
    """Read what staff pinned of these customers, by name, the newest first; one query."""
    found: dict[int, dict[str, list[Trait]]] = defaultdict(lambda: defaultdict(list))
    rows = Trait.objects.filter(record__customer__in=customer_ids, is_pinned=True)
    for pin in rows.select_related("record").order_by("-observed_at", "-id"):
        found[pin.record.customer_id or 0][pin.name].append(pin)
    return found


def _conflicts_of(
    entry: IdentityLogEntry, sides: dict[int, int | None], pins: dict[str, list[Trait]]
) -> list[Conflict]:
    return [
        Conflict(entry.customer_id or 0, entry.id, name, latest[0], tuple(latest[1:]))
        for name, said in sorted(pins.items())
        if said[0].observed_at <= entry.at and len(latest := _latest(said, sides)) > 1
    ]


def _latest(pins: Sequence[Trait], sides: dict[int, int | None]) -> list[str]:
    """Give the last value pinned on each side of the merge, the newest first, each once."""
    by_side: dict[int | None, str] = {}
    for pin in pins:
        by_side.setdefault(sides.get(pin.record_id), pin.value)
    return list(dict.fromkeys(by_side.values()))

"""Chooses whom the day is for and in which order. Pure: from what waits to the list's groups."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

MOST = 20


class Reason(StrEnum):
    """Why somebody stands on the list, in the order of the list: what was promised comes first,
    who complained second.
    """

    PROMISE = "promise"
    COMPLAINT = "complaint"
    REQUEST = "request"
    AGAIN = "again"
    SILENT = "silent"
    BIRTHDAY = "birthday"
    FIRST = "first"
    UPSELL = "upsell"
    TASK = "task"


# Reasons for which we come with something to sell: never while a complaint is open.
OFFERS = frozenset({Reason.AGAIN, Reason.SILENT, Reason.BIRTHDAY, Reason.FIRST, Reason.UPSELL})
# Who fills the list: what waits comes before what we would like to do, and leaves room for each.
_FILLING = (
    *(Reason.PROMISE, Reason.COMPLAINT, Reason.REQUEST, Reason.TASK, Reason.AGAIN),
    *(Reason.BIRTHDAY, Reason.FIRST, Reason.UPSELL, Reason.SILENT),
)
_AT_MOST: Mapping[Reason, int] = {Reason.BIRTHDAY: 3, Reason.FIRST: 4, Reason.UPSELL: 4}


class Desk(StrEnum):
    """Whose day it is."""

    SALES = "sales"
    CARE = "care"
    OWNER = "owner"
    MARKETER = "marketer"


REASONS_OF: Mapping[Desk, frozenset[Reason]] = {
    Desk.SALES: frozenset(
        {
            *(Reason.PROMISE, Reason.AGAIN, Reason.SILENT, Reason.BIRTHDAY, Reason.FIRST),
            *(Reason.UPSELL, Reason.TASK),
        }
    ),
    Desk.CARE: frozenset(
        {
            *(Reason.PROMISE, Reason.COMPLAINT, Reason.REQUEST, Reason.AGAIN),
            *(Reason.BIRTHDAY, Reason.FIRST, Reason.UPSELL, Reason.TASK),
        }
    ),
    Desk.OWNER: frozenset({Reason.PROMISE, Reason.COMPLAINT, Reason.SILENT, Reason.TASK}),
    Desk.MARKETER: frozenset({Reason.TASK}),
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for somebody here. `place` orders those of one reason, the smallest
    first. A task may be about nobody; all else names a customer.
    """

    reason: Reason
    customer_id: int | None
    place: tuple[float, int]
    task_id: int | None = None
    case_id: int | None = None
    text: str = ""
    due_at: datetime | None = None
    since: datetime | None = None
    by: str = ""
    code: str = ""
    tries: int = 0
    tried_at: datetime | None = None
    staff_id: int | None = None

    @property
    def key(self) -> str:
        """What makes it one row: the person, else the task."""
        return f"c{self.customer_id}" if self.customer_id else f"t{self.task_id}"


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one reason."""

    reason: Reason
    rows: tuple[Waiting, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """What is settled today, of each reason: it keeps its place among the twenty, so that the list
    comes to an end.
    """

    customer_ids: frozenset[int] = frozenset()
    counts: Mapping[Reason, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All that is settled today."""
        return sum(self.counts.values())


def plan_day(
    waiting: Sequence[Waiting], *, desk: Desk, done: Done, complaining: Collection[int] = ()
) -> list[Group]:
    """Choose at most twenty, less what is done today, each person once for the weightiest reason.
    Nobody with an open complaint stands among those we want to sell to.
    """
    left = max(MOST - done.total, 0)
    chosen: dict[Reason, list[Waiting]] = {}
    seen: set[str] = {f"c{number}" for number in done.customer_ids}
    for reason in _FILLING:
        if reason not in REASONS_OF[desk]:
            continue
        room = min(left, _room(reason, done))
        mine = sorted((w for w in waiting if w.reason == reason), key=lambda w: w.place)
        for row in mine:
            is_offer = reason in OFFERS and row.customer_id in complaining
            if room <= 0 or row.key in seen or is_offer:
                continue
            seen.add(row.key)
            chosen.setdefault(reason, []).append(row)
            room, left = room - 1, left - 1
    return [Group(reason, tuple(chosen[reason])) for reason in Reason if reason in chosen]


def _room(reason: Reason, done: Done) -> int:
    return max(_AT_MOST.get(reason, MOST) - done.counts.get(reason, 0), 0)

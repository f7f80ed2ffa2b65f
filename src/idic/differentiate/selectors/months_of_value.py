"""Months side by side: who moved between RFM cells, and what all customers may bring."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q, Sum

from idic.differentiate.models import CustomerSummary, EquityMonth, RfmMonth

_MOST_MOVES = 12


@dataclass(frozen=True)
class CellMove:
    """So many people went from one cell of recency × frequency to another in a month."""

    before: str
    after: str
    people: int
    share: float  # of those who stood in the first cell
    is_up: bool


@dataclass(frozen=True)
class MonthOfMoves:
    """One month: who stayed, rose, fell, came new; and the largest moves."""

    row: RfmMonth
    stayed: int
    up: int
    down: int
    fresh: int
    moves: list[CellMove]

    @property
    def total(self) -> int:
        """All who had bought by its end."""
        return self.stayed + self.up + self.down + self.fresh


def list_rfm_months(*, as_of: date, most: int = 13) -> list[MonthOfMoves]:
    """Give the months up to a day, the newest first. One query."""
    rows = RfmMonth.objects.filter(month__lte=as_of).order_by("-month")[:most]
    return [_month_of_moves(row) for row in rows]


def _month_of_moves(row: RfmMonth) -> MonthOfMoves:
    held: dict[str, int] = {}
    for before, _after, people in row.moves:
        held[before] = held.get(before, 0) + people
    found = [
        CellMove(before, after, people, people / held[before], _height(after) > _height(before))
        for before, after, people in row.moves
        if before and before != after
    ]
    moved = sorted(found, key=lambda move: (-move.people, move.before, move.after))
    return MonthOfMoves(
        row=row,
        stayed=sum(people for before, after, people in row.moves if before == after),
        up=sum(move.people for move in found if move.is_up),
        down=sum(move.people for move in found if not move.is_up),
        fresh=held.get("", 0),
        moves=moved[:_MOST_MOVES],
    )


def _height(cell: str) -> int:
    return sum(int(score) for score in cell)


def list_cell_people(*, before: str, after: str, most: int = 20) -> list[CustomerSummary]:
    """Give who stands in a cell now, those worth most first; `before` narrows it to who stood in
    another at the end of the month before. Cells are named by recency and frequency: “54”.
    """
    people = CustomerSummary.objects.filter(order_count__gt=0)
    if after:
        recency, frequency = int(after[0]), int(after[1])
        people = people.filter(recency_score=recency, frequency_score=frequency)
    if before:
        people = people.filter(rfm_cell_before__startswith=before)
    return list(people.order_by("-worth_amount", "customer_id")[:most])


@dataclass(frozen=True)
class Equity:
    """What the people of a tier, a segment or all are expected to bring, month by month (None: not
    looked at then), the newest last.
    """

    key: str
    amounts: list[int | None]
    people: int

    @property
    def latest(self) -> int:
        """The newest figure."""
        return self.amounts[-1] or 0

    @property
    def change(self) -> int | None:
        """The newest against the month before, where that is known."""
        known = self.amounts[-2] if len(self.amounts) > 1 else None
        return None if known is None else self.latest - known


@dataclass(frozen=True)
class EquityPicture:
    """Months, the oldest first; the whole, the tiers and the saved segments."""

    months: list[date]
    whole: Equity | None
    tiers: list[Equity]
    segments: list[Equity]


def read_equity(*, as_of: date, most: int = 13) -> EquityPicture:
    """Give customer equity over the months up to a day. Two queries."""
    cells = (
        EquityMonth.objects.filter(month__lte=as_of)
        .order_by()
        .values_list("month", "tier", "segment__name")
        .annotate(future=Sum("expected_amount"), people=Sum("customer_count"))
        .filter(Q(segment=None) | Q(segment__archived_at=None))
    )
    rows = list(cells)
    months = sorted({row[0] for row in rows})[-most:]
    tiers: dict[str, dict[date, tuple[int, int]]] = {}
    named: dict[str, dict[date, tuple[int, int]]] = {}
    whole: dict[date, tuple[int, int]] = {}
    for month, tier, name, future, people in rows:
        if name is not None:
            named.setdefault(name, {})[month] = (future, people)
            continue
        was = whole.get(month, (0, 0))
        whole[month] = (was[0] + future, was[1] + (people if tier else 0))
        if tier:
            tiers.setdefault(tier, {})[month] = (future, people)
    return EquityPicture(
        months=months,
        whole=_equity("", whole, months) if whole else None,
        tiers=[_equity(key, found, months) for key, found in tiers.items()],
        segments=sorted(
            (_equity(key, found, months) for key, found in named.items()),
            key=lambda one: (-one.latest, one.key),
        ),
    )


def _equity(key: str, found: dict[date, tuple[int, int]], months: list[date]) -> Equity:
    amounts = [found[month][0] if month in found else None for month in months]
    return Equity(key, amounts, found[months[-1]][1] if months and months[-1] in found else 0)

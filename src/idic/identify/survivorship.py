"""Which of several values survives: the criteria, their order by field, and how values are weighed.
Pure: it reads no table; `services.golden` asks it, `services.survivorship` changes the rules.

Two rules stand above all others and cannot be moved: what a member of staff pinned wins, and what a
third party sold never wins over what the customer or the shop's own systems said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple


class Criterion(StrEnum):
    """What may decide between two values."""

    VERIFIED = "verified"
    SOURCE = "source"
    RECENCY = "recency"
    COMPLETENESS = "completeness"


DEFAULT_ORDER = tuple(Criterion)
# Column of the customer → traits it is taken from, the first that is known.
COLUMNS: dict[str, tuple[str, ...]] = {
    "full_name": ("name", "company"),
    "salutation": ("salutation",),
    "email": ("email",),
    "phone": ("phone",),
    "city": ("city", "province"),
    "country": ("country",),
    "gender": ("gender",),
    "birth_date": ("birth_date",),
    "language": ("language",),
}
_COLUMN_OF = {name: column for column, names in COLUMNS.items() for name in names}


class Said(NamedTuple):
    """One value somebody gave, with all that decides between values. `observed_at` may be what the
    database writes for a moment, as long as all are.
    """

    name: str
    value: str
    observed_at: datetime
    rank: int
    is_pinned: bool = False
    is_verified: bool = False
    id: int = 0
    is_third_party: bool = False
    record_id: int = 0


@dataclass(frozen=True, slots=True)
class Rules:
    """The criteria of each field in their order; fields not named go by the usual one."""

    orders: Mapping[str, tuple[Criterion, ...]] = field(default_factory=dict)
    # Ranks that differ from those of the sources, to try out another order of theirs.
    ranks: Mapping[int, int] = field(default_factory=dict)

    def order_of(self, column: str) -> tuple[Criterion, ...]:
        """Give the criteria of a column, the first decides."""
        return self.orders.get(column, DEFAULT_ORDER)

    def weigh(self, said: Said) -> tuple[Any, ...]:
        """Give what compares two values of one trait: the larger wins."""
        order = self.orders and self.orders.get(_COLUMN_OF.get(said.name, said.name))
        if order:
            parts = tuple(_MEASURES[criterion](said) for criterion in order)
        else:  # the usual one, written out: it is asked for each of millions
            words = (len(said.value.split()), len(said.value))
            parts = (said.is_verified, -said.rank, said.observed_at, words)
        return (said.is_pinned, not said.is_third_party, *parts, said.id)

    def decided_by(self, winner: Said, loser: Said) -> str:
        """Name what decided between two values: `pinned`, `own`, or a criterion."""
        names = ["pinned", "own", *self.order_of(_COLUMN_OF.get(winner.name, winner.name))]
        pairs = zip(names, self.weigh(winner), self.weigh(loser), strict=False)
        return next((str(name) for name, one, other in pairs if one != other), "recency")


DEFAULT = Rules()
_MEASURES: dict[Criterion, Callable[[Said], Any]] = {
    Criterion.VERIFIED: lambda said: said.is_verified,
    Criterion.SOURCE: lambda said: -said.rank,
    Criterion.RECENCY: lambda said: said.observed_at,
    Criterion.COMPLETENESS: lambda said: (len(said.value.split()), len(said.value)),
}


def choose(said: Iterable[Said], rules: Rules = DEFAULT) -> dict[str, Said]:
    """Give the winner of each trait."""
    best, contested = _sort(said)
    for name, those in contested.items():
        best[name] = max(drop_corrected(those), key=rules.weigh)
    return best


def choose_values(said: Iterable[Said], rules: Rules = DEFAULT) -> dict[str, str]:
    """Give the winning value of each trait; values that agree are not weighed."""
    best, contested = _sort(said)
    values = {name: one.value for name, one in best.items()}
    for name, those in contested.items():
        if any(one.value != values[name] for one in those):
            values[name] = max(drop_corrected(those), key=rules.weigh).value
    return values


def _sort(said: Iterable[Said]) -> tuple[dict[str, Said], dict[str, list[Said]]]:
    """Give the first value of each trait, and all of those that have several."""
    first: dict[str, Said] = {}
    several: dict[str, list[Said]] = {}
    for one in said:
        held = first.setdefault(one.name, one)
        if held is not one:
            several.setdefault(one.name, [held]).append(one)
    return first, several


def drop_corrected(said: Iterable[Said]) -> list[Said]:
    """Leave out what was put right since: cleaning writes the better value beside, of the same
    record and moment. It would otherwise lose to a longer wrong one.
    """
    kept: dict[tuple[object, ...], Said] = {}
    for one in said:
        place = (one.name, one.record_id or one.id, one.observed_at, one.is_pinned, one.is_verified)
        if place not in kept or one.id > kept[place].id:
            kept[place] = one
    return list(kept.values())


def read_orders(orders: Mapping[str, Sequence[str]]) -> dict[str, tuple[Criterion, ...]]:
    """Read what is kept of the orders. Raises ValueError for one that does not name each criterion
    once, or for a field that is none.
    """
    found = {column: tuple(Criterion(one) for one in order) for column, order in orders.items()}
    for column, order in found.items():
        if column not in COLUMNS or sorted(order) != sorted(Criterion):
            raise ValueError(f"the order of {column} names each criterion once")
    return found

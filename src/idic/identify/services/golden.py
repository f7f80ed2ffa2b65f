"""Computes the values shown on a customer from what all its records say: a pin wins, then what was
verified, then the better source, then the newest. Writes nothing: callers write what they get.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from idic.identify.models import Customer, ImportRun, OverruledTrait, Trait

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
_SLICE = 400


@dataclass(frozen=True, slots=True)
class Said:
    """One value somebody gave, with all that decides between values."""

    name: str
    value: str
    observed_at: datetime
    rank: int
    is_pinned: bool = False
    is_verified: bool = False
    id: int = 0

    @property
    def weight(self) -> tuple[bool, bool, int, datetime, int]:
        """The larger wins."""
        return (self.is_pinned, self.is_verified, -self.rank, self.observed_at, self.id)


def choose(said: Iterable[Said]) -> dict[str, str]:
    """Give the winning value of each trait."""
    best: dict[str, Said] = {}
    for one in said:
        if one.name not in best or one.weight > best[one.name].weight:
            best[one.name] = one
    return {name: one.value for name, one in best.items()}


def columns_of(values: Mapping[str, str]) -> dict[str, Any]:
    """Turn winning values into the customer's columns."""
    columns: dict[str, Any] = {
        column: next((values[name] for name in names if values.get(name)), "")[: _longest(column)]
        for column, names in COLUMNS.items()
    }
    columns["birth_date"] = _day(columns["birth_date"])
    columns["is_company"] = bool(values.get("company")) and not values.get("name")
    return columns


def read_column(customer: Customer, column: str) -> str:
    """Give what a column of the customer shows, as text."""
    value = getattr(customer, column)
    return value.isoformat() if isinstance(value, date) else str(value or "")


def show(customer: Customer, column: str, text: str) -> None:
    """Let a column of the customer show a text; the caller saves."""
    setattr(customer, column, _day(text) if column == "birth_date" else text[: _longest(column)])


def _longest(column: str) -> int:
    return int(getattr(Customer._meta.get_field(column), "max_length", None) or 40)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def find_changes(
    *, customer_ids: Sequence[int], run: ImportRun | None = None
) -> list[tuple[int, dict[str, Any]]]:
    """Give the customers whose shown values differ from what their traits say now, with all
    columns. `run` counts as if it were published.
    """
    changes = []
    for start in range(0, len(customer_ids), _SLICE):
        chosen = list(customer_ids[start : start + _SLICE])
        said = _said(chosen, run)
        shown = Customer.objects.in_bulk(chosen)
        for customer_id, customer in shown.items():
            columns = columns_of(choose(said[customer_id]))
            # What no trait tells of stays: a value may be older than its traits.
            columns = {name: value or getattr(customer, name) for name, value in columns.items()}
            if any(getattr(customer, name) != value for name, value in columns.items()):
                changes.append((customer_id, columns))
    return changes


def find_told(*, customer_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Give of each customer the columns that traits tell of; values older than any trait are not
    among them.
    """
    told = find_told_together(groups=[[customer_id] for customer_id in customer_ids])
    return dict(zip(customer_ids, told, strict=True))


def find_told_together(*, groups: Sequence[Sequence[int]]) -> list[dict[str, Any]]:
    """Give of each group of customers the columns that traits would tell of if they were one."""
    everybody = [customer_id for group in groups for customer_id in group]
    said: dict[int, list[Said]] = {}
    for start in range(0, len(everybody), _SLICE):
        said |= _said(everybody[start : start + _SLICE], None)
    return [
        _told(choose(one for customer_id in group for one in said.get(customer_id, ())))
        for group in groups
    ]


def _told(values: Mapping[str, str]) -> dict[str, Any]:
    is_named = bool(values.get("name") or values.get("company"))
    return {
        name: value
        for name, value in columns_of(values).items()
        if (is_named if name == "is_company" else value)
    }


def find_joined(*, customer_ids: Sequence[int]) -> dict[str, Any]:
    """Give the columns these customers would show if they were one."""
    said = _said(customer_ids, None)
    return columns_of(choose(one for customer_id in customer_ids for one in said[customer_id]))


def find_without(
    *, customer_ids: Sequence[int], run: ImportRun
) -> list[tuple[int, dict[str, Any]]]:
    """Give the customers who show what a hidden run said, with the columns as they are without it.
    A value that did not come from there stays, also one older than its traits.
    """
    chosen = list(customer_ids)
    with_run, without = _said(chosen, run), _said(chosen, None)
    changes = []
    for customer_id, customer in Customer.objects.in_bulk(chosen).items():
        told = columns_of(choose(with_run[customer_id]))
        rest = columns_of(choose(without[customer_id]))
        columns = {
            name: rest[name] if getattr(customer, name) == told[name] else getattr(customer, name)
            for name in rest
        }
        if any(getattr(customer, name) != value for name, value in columns.items()):
            changes.append((customer_id, columns))
    return changes


def list_in_force(*, run: ImportRun | None = None) -> QuerySet[Trait]:
    """Give what counts: every published value that no published import was told to overwrite.
    `run` counts as if it were published.
    """
    visible = Q(import_run=None) | Q(import_run__state="published")
    if run is not None:
        visible |= Q(import_run=run)
    return Trait.everything.filter(visible, ~Exists(_overruling(run)))


def _said(customer_ids: Sequence[int], run: ImportRun | None) -> dict[int, list[Said]]:
    rows = (
        list_in_force(run=run)
        .filter(record__customer_id__in=customer_ids)
        .values_list(
            "record__customer_id",
            "name",
            "value",
            "observed_at",
            "record__source__rank",
            "is_pinned",
            "verified_at",
            "id",
        )
    )
    found: dict[int, list[Said]] = defaultdict(list)
    for customer_id, name, value, at, rank, is_pinned, verified_at, key in rows:
        found[customer_id].append(
            Said(name, value, at, rank, is_pinned, verified_at is not None, key)
        )
    return found


def _overruling(run: ImportRun | None) -> QuerySet[OverruledTrait]:
    """Give what puts a value out of force: a published import that was told to overwrite it."""
    counts = Q(run__state="published")
    if run is not None:
        counts |= Q(run=run)
    return OverruledTrait.objects.filter(counts, trait_id=OuterRef("id"))

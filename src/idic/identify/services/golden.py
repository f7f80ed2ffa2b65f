"""Computes the values shown on a customer from what all its records say: a pin wins, then what was
verified, then the better source, then the newest. Writes nothing: callers write what they get.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from idic.core.among import AsStored, among, raw_rows
from idic.identify import survivorship
from idic.identify.models import (
    Customer,
    ImportRun,
    OverruledTrait,
    SurvivorshipVersion,
    Trait,
)
from idic.identify.survivorship import COLUMNS, DEFAULT, Rules, Said, read_orders

__all__ = ["COLUMNS", "Rules", "Said"]

_SLICE = 1_000


def read_rules() -> Rules:
    """Give the rules that hold."""
    kept = SurvivorshipVersion.objects.order_by("-number").values_list("orders", flat=True).first()
    return Rules(read_orders(kept)) if kept else DEFAULT


def choose(said: Iterable[Said], *, rules: Rules) -> dict[str, str]:
    """Give the winning value of each trait."""
    return survivorship.choose_values(said, rules)


def columns_of(values: Mapping[str, str]) -> dict[str, Any]:
    """Turn winning values into the customer's columns."""
    columns: dict[str, Any] = {}
    for column, names in COLUMNS.items():
        value = values.get(names[0], "")
        for name in names[1:]:
            value = value or values.get(name, "")
        columns[column] = value and value[: _longest(column)]
    columns["birth_date"] = _day(columns["birth_date"])
    columns["is_company"] = bool(values.get("company")) and not values.get("name")
    return columns


def read_column(customer: Customer, *, column: str) -> str:
    """Give what a column of the customer shows, as text."""
    value = getattr(customer, column)
    return value.isoformat() if isinstance(value, date) else str(value or "")


def show(customer: Customer, *, column: str, text: str) -> None:
    """Let a column of the customer show a text; the caller saves."""
    setattr(customer, column, _day(text) if column == "birth_date" else text[: _longest(column)])


@cache
def _longest(column: str) -> int:
    return int(getattr(Customer._meta.get_field(column), "max_length", None) or 40)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def find_changes(
    *, customer_ids: Sequence[int], run: ImportRun | None = None, rules: Rules | None = None
) -> list[tuple[int, dict[str, Any]]]:
    """Give the customers whose shown values differ from what their traits say now, with all
    columns. `run` counts as if it were published; `rules` are tried out instead of those that hold.
    """
    rules = rules or read_rules()
    changes = []
    for start in range(0, len(customer_ids), _SLICE):
        chosen = list(customer_ids[start : start + _SLICE])
        said = _said(chosen, run, rules.ranks)
        shown = Customer.objects.in_bulk(chosen)
        for customer_id, customer in shown.items():
            columns = columns_of(choose(said[customer_id], rules=rules))
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


def find_told_together(
    *, groups: Sequence[Sequence[int]], said: Mapping[int, list[Said]] | None = None
) -> list[dict[str, Any]]:
    """Give of each group of customers the columns that traits would tell of if they were one.
    `said` is what `read_said` gave of all of them.
    """
    rules = read_rules()
    if said is None:
        said = read_said(customer_ids=[one for group in groups for one in group])
    return [
        _told(
            choose((one for customer_id in group for one in said.get(customer_id, ())), rules=rules)
        )
        for group in groups
    ]


def read_said(*, customer_ids: Sequence[int]) -> dict[int, list[Said]]:
    """Give what counts of what was said about each of these customers."""
    said: dict[int, list[Said]] = {}
    for start in range(0, len(customer_ids), _SLICE):
        said |= _said(customer_ids[start : start + _SLICE], None)
    return said


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
    everything = (one for customer_id in customer_ids for one in said[customer_id])
    return columns_of(choose(everything, rules=read_rules()))


def find_without(
    *, customer_ids: Sequence[int], run: ImportRun
) -> list[tuple[int, dict[str, Any]]]:
    """Give the customers who show what a hidden run said, with the columns as they are without it.
    A value that did not come from there stays, also one older than its traits.
    """
    chosen = list(customer_ids)
    with_run, without, rules = _said(chosen, run), _said(chosen, None), read_rules()
    changes = []
    for customer_id, customer in Customer.objects.in_bulk(chosen).items():
        told = columns_of(choose(with_run[customer_id], rules=rules))
        rest = columns_of(choose(without[customer_id], rules=rules))
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


def _said(
    customer_ids: Sequence[int], run: ImportRun | None, ranks: Mapping[int, int] | None = None
) -> dict[int, list[Said]]:
    rows = list_in_force(run=run).filter(among("record__customer_id", customer_ids))
    told_columns = (AsStored(name) if name == "observed_at" else name for name in SAID_COLUMNS)
    columns = ("record__customer_id", "record__source_id", *told_columns)
    found: dict[int, list[Said]] = defaultdict(list)
    for customer_id, source_id, *told in raw_rows(rows.values_list(*columns)):
        found[customer_id].append(said_of(told, rank=ranks.get(source_id) if ranks else None))
    return found


# What of a trait decides, in the order `said_of` reads it.
SAID_COLUMNS = (
    "name",
    "value",
    "observed_at",
    "record__source__rank",
    "is_pinned",
    "verified_at",
    "id",
    "record__source__is_third_party",
    "record_id",
)


def said_of(row: Sequence[Any], *, rank: int | None = None) -> Said:
    """Make what decides about a value from SAID_COLUMNS of a trait."""
    name, value, at, own_rank, is_pinned, verified_at, key, is_third_party, record_id = row
    return Said(
        name,
        value,
        at,
        own_rank if rank is None else rank,
        is_pinned,
        verified_at is not None,
        key,
        is_third_party,
        record_id,
    )


def said_by(trait: Trait) -> Said:
    """Make what decides about a value from a trait whose source was read along."""
    source = trait.record.source
    return Said(
        trait.name,
        trait.value,
        trait.observed_at,
        source.rank,
        trait.is_pinned,
        trait.verified_at is not None,
        trait.id,
        source.is_third_party,
        trait.record_id,
    )


def _overruling(run: ImportRun | None) -> QuerySet[OverruledTrait]:
    """Give what puts a value out of force: a published import that was told to overwrite it."""
    counts = Q(run__state="published")
    if run is not None:
        counts |= Q(run=run)
    return OverruledTrait.objects.filter(counts, trait_id=OuterRef("id"))

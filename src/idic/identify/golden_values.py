"""What is known of one customer, for programs and people: each shown value with who said it and who
said otherwise, the records behind it, and the numbers that lead here. Only reads.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from idic.identify.models import Customer, Identifier, SourceRecord, Trait
from idic.identify.services.golden import (
    list_in_force,
    read_column,
    read_rules,
    said_by,
)
from idic.identify.survivorship import COLUMNS


@dataclass(frozen=True, slots=True)
class Value:
    """One value somebody gave."""

    value: str
    source: str
    record_id: int
    observed_at: datetime
    verified_at: datetime | None
    is_pinned: bool
    provider: str = ""  # of a third party's data
    # Of one that lost: what decided, a criterion or `pinned` or `own`.
    lost_by: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """One column: what it shows, who said so, and who said something else."""

    column: str
    value: str
    winner: Value | None
    losers: tuple[Value, ...]


@dataclass(slots=True)
class Record:
    """A record of the customer with what it is recognised by."""

    row: SourceRecord
    identifiers: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Known:
    """All of it."""

    customer: Customer
    columns: tuple[Shown, ...]
    records: tuple[Record, ...]
    led_here: tuple[int, ...]


def get_known(*, customer_id: int) -> Known | None:
    """Give what is known of a customer; after a merge of the one that lives on."""
    customer = (
        Customer.objects.select_related("merged_into")
        .filter(id=customer_id, is_staged=False)
        .first()
    )
    if customer is None:
        return None
    customer = customer.merged_into or customer
    under = Customer.objects.filter(merged_into=customer).order_by("id")
    return Known(
        customer,
        list_shown(customer=customer),
        tuple(_list_records(customer.id)),
        tuple(under.values_list("id", flat=True)),
    )


def list_shown(*, customer: Customer) -> tuple[Shown, ...]:
    """Give each column with who said what it shows and who said something else; two queries."""
    said = _read_values(customer.id)
    return tuple(_show(customer, column, names, said) for column, names in COLUMNS.items())


def _read_values(customer_id: int) -> dict[str, list[Value]]:
    """Give what was said, by name, the winning value first."""
    wanted = [name for names in COLUMNS.values() for name in names]
    rows = list_in_force().filter(record__customer_id=customer_id, name__in=wanted)
    found: dict[str, list[Value]] = defaultdict(list)
    rules = read_rules()
    said: dict[str, list[Trait]] = defaultdict(list)
    for trait in rows.select_related("record__source"):
        said[trait.name].append(trait)
    for name, traits in said.items():
        traits.sort(key=lambda trait: rules.weigh(said_by(trait)), reverse=True)
        best = said_by(traits[0])
        found[name] = [
            _value(trait, lost_by=rules.decided_by(best, said_by(trait)) if place else "")
            for place, trait in enumerate(traits)
        ]
    return found


def _value(trait: Trait, *, lost_by: str) -> Value:
    return Value(
        trait.value,
        trait.record.source.name,
        trait.record_id,
        trait.observed_at,
        trait.verified_at,
        trait.is_pinned,
        trait.record.source.provider if trait.record.source.is_third_party else "",
        lost_by,
    )


def _show(
    customer: Customer, column: str, names: Sequence[str], said: dict[str, list[Value]]
) -> Shown:
    shown = read_column(customer, column=column)
    values = next((said[name] for name in names if said.get(name) and said[name][0].value), [])
    winner = values[0] if values else None
    others = {one.value: one for one in reversed(values) if winner and one.value != winner.value}
    losers = sorted(others.values(), key=lambda one: values.index(one))
    return Shown(column, shown, winner, tuple(losers))


def _list_records(customer_id: int) -> list[Record]:
    rows = SourceRecord.objects.filter(customer_id=customer_id).select_related("source")
    found = {row.id: Record(row) for row in rows.order_by("id")}
    held = Identifier.objects.filter(record__in=list(found), is_placeholder=False).order_by("id")
    for record_id, kind, value in held.values_list("record_id", "type", "value"):
        found[record_id].identifiers.append((kind, value))
    return list(found.values())

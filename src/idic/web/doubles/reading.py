"""Reads what is known of two customers, for the queue of possible doubles: all in three queries;
their summaries were read along with them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from idic.differentiate.models import CustomerSummary
from idic.identify.models import Customer, Identifier, IdentifierType
from idic.identify.names import list_names
from idic.identify.services import golden
from idic.identify.services.golden import list_in_force
from idic.identify.services.sources import shown_source
from idic.identify.survivorship import Said
from idic.web.selectors.customer import summary_of

_MOST_HOLDERS = 400
_TOLD = ("address", "postcode", "gender")


@dataclass
class Side:
    """One customer: values by field, every one that somebody gave, the shown one first."""

    customer: Customer
    name: str
    values: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    sources: list[str] = field(default_factory=list)
    summary: CustomerSummary | None = None

    def add(self, name: str, value: str) -> None:
        """Note a value, once."""
        if value and value not in self.values[name]:
            self.values[name].append(value)


@dataclass(frozen=True)
class Both:
    """The two, the columns they would show as one, and how many customers hold what both hold."""

    left: Side
    right: Side
    joined: dict[str, Any]
    holders: dict[str, int]


def read_both(*, left: Customer, right: Customer) -> Both:
    """Read all that is shown of two customers."""
    names = list_names(
        {one.id: one.full_name for one in (left, right)},
        salutations={one.id: one.salutation for one in (left, right)},
    )
    sides = {one.id: Side(one, names[one.id], summary=summary_of(one)) for one in (left, right)}
    for side in sides.values():
        for name, column in (("name", "full_name"), ("birth_date", "birth_date")):
            side.add(name, golden.read_column(side.customer, column=column))
        for name in ("phone", "email", "city", "gender"):
            side.add(name, getattr(side.customer, name))
    joined = _read_traits(sides)
    holders = _read_identifiers(sides)
    return Both(sides[left.id], sides[right.id], joined, holders)


def _read_traits(sides: dict[int, Side]) -> dict[str, Any]:
    """Read what was said of both; give the columns they would show as one."""
    rows = (
        list_in_force()
        .filter(record__customer_id__in=list(sides))
        .order_by("-observed_at", "-id")
        .values_list("record__customer_id", "record__source__name", *golden.SAID_COLUMNS)
    )
    said: list[Said] = []
    for owner, source, *told in rows:
        one = golden.said_of(told)
        said.append(one)
        side = sides[owner]
        if one.name in ("name", "city", "birth_date", *_TOLD):
            side.add(one.name, one.value)
        _add_source(side, source)
    return golden.columns_of(golden.choose(said, rules=golden.read_rules()))


def _add_source(side: Side, name: str) -> None:
    shown = shown_source(name)
    if shown not in side.sources:
        side.sources.append(shown)


def _read_identifiers(sides: dict[int, Side]) -> dict[str, int]:
    """Read what both are recognised by, and how many customers share what both hold."""
    kinds = [kind for kind in IdentifierType if kind != IdentifierType.DEVICE]
    own = Identifier.objects.filter(record__customer__in=list(sides), is_placeholder=False)
    everybody = Identifier.objects.filter(
        type__in=kinds, value__in=own.values("value"), is_placeholder=False
    )
    rows = everybody.order_by("id").values_list(
        "type", "value", "record__customer_id", "record__source__name"
    )
    holders: dict[tuple[str, str], set[int]] = defaultdict(set)
    for kind, value, owner, source in rows[:_MOST_HOLDERS]:
        if owner is None:
            continue
        holders[kind, value].add(owner)
        if owner in sides:
            sides[owner].add(str(kind), value)
            _add_source(sides[owner], source)
    return _shared(holders, set(sides))


def _shared(holders: dict[tuple[str, str], set[int]], both: set[int]) -> dict[str, int]:
    """Give for each kind the fewest customers that hold a value both have."""
    found: dict[str, int] = {}
    for (kind, _value), owners in holders.items():
        if both <= owners:
            found[kind] = min(found.get(kind, len(owners)), len(owners))
    return found

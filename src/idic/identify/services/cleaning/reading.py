"""What is said of some customers, as cleaning looks at it: for each field the value that counts
now, by the same order as the golden record. Reads only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet

from idic.identify.cleaning import FIELDS
from idic.identify.models import CleaningProposal, Customer, ProposalState
from idic.identify.services.golden import (
    SAID_COLUMNS,
    list_in_force,
    read_column,
    read_rules,
    said_of,
)
from idic.identify.survivorship import COLUMNS, Said, choose

# An import keeps what it could not read under this name: unread_phone.
UNREAD = "unread_"
LOOKED_AT = (*FIELDS, *(UNREAD + name for name in ("phone", "email", "birth_date")))
# Trait → column of the customer that shows it.
COLUMN_OF = {names[0]: column for column, names in COLUMNS.items()}


@dataclass(frozen=True, slots=True)
class Value:
    """The value of a field that counts, and the trait it stands in (None: only on the customer)."""

    text: str
    record_id: int | None = None
    source_id: int | None = None
    import_run_id: int | None = None
    observed_at: datetime | None = None
    verified_at: datetime | None = None
    is_pinned: bool = False


@dataclass(slots=True)
class Person:
    """A customer with what counts about them."""

    customer: Customer
    values: dict[str, Value] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Give the value of a field, or nothing."""
        value = self.values.get(name)
        return value.text if value else ""


def list_customers() -> QuerySet[Customer]:
    """Give everybody whose values are looked at."""
    return Customer.objects.filter(is_staged=False, merged_into=None)


def read_people(*, customer_ids: Sequence[int]) -> dict[int, Person]:
    """Read the values that count of some customers; four queries."""
    # By id alone: with more conditions SQLite would rather walk the index of who was merged.
    found = Customer.objects.filter(id__in=customer_ids)
    people = {
        one.id: Person(one) for one in found if one.merged_into_id is None and not one.is_staged
    }
    said: dict[int, list[Said]] = defaultdict(list)
    values: dict[int, Value] = {}
    rows = list_in_force().filter(record__customer_id__in=list(people), name__in=LOOKED_AT)
    for customer_id, source_id, run_id, *told in rows.values_list(
        "record__customer_id", "record__source_id", "import_run_id", *SAID_COLUMNS
    ):
        one = said_of(told)
        said[customer_id].append(one)
        values[one.id] = Value(
            one.value, one.record_id, source_id, run_id, one.observed_at, told[5], one.is_pinned
        )
    rules = read_rules()
    for customer_id, those in said.items():
        winners = choose(those, rules)
        people[customer_id].values |= {name: values[one.id] for name, one in winners.items()}
    for person in people.values():
        _add_columns(person)
    return people


def _add_columns(person: Person) -> None:
    """Look at what the customer shows where no trait tells of it: it may be older than traits."""
    for name in FIELDS:
        column = COLUMN_OF.get(name)
        if column and name not in person.values:
            text = read_column(person.customer, column=column)
            is_company = name == "name" and person.customer.is_company
            if text and not is_company and not (name == "city" and "province" in person.values):
                person.values[name] = Value(text)


def find_cleaned(*, record_ids: Collection[int]) -> set[int]:
    """Give those traits on some records that cleaning wrote and nobody said."""
    accepted = CleaningProposal.objects.filter(
        state=ProposalState.ACCEPTED, customer__records__in=record_ids
    )
    found = accepted.values_list("written", flat=True) if accepted.exists() else ()
    return {key for written in found for key in written.get("traits", ())}

"""Everything that names one person: customers merged into them, records, addresses."""

from __future__ import annotations

from idic.core.personal_data import Person
from idic.identify.models import Consent, Customer, Identifier, SourceRecord
from idic.identify.services.owners import find_shared


def find_person(*, customer_id: int) -> Person:
    """Give everything that names a customer: ids merged into this one, records, addresses. An
    address that somebody else has too is not theirs alone, and not among them.
    """
    return find_person_with_sources(customer_id=customer_id)[0]


def find_person_with_sources(*, customer_id: int) -> tuple[Person, list[str]]:
    """Give the person and the names of the sources that know them; four queries."""
    customer_ids = _with_merged(customer_id)
    records = dict(
        SourceRecord.everything.filter(customer_id__in=customer_ids).values_list(
            "id", "source__name"
        )
    )
    held = Identifier.everything.filter(record_id__in=records).values_list("value")
    said = Consent.everything.filter(record_id__in=records).values_list("address")
    customers = Customer.objects.filter(id__in=customer_ids).order_by()
    shown = (customers.values_list("email"), customers.values_list("phone"))
    found = {value for (value,) in held.order_by().union(said.order_by(), *shown) if value}
    own = found - find_shared(values=found, record_ids=records)
    person = Person(customer_ids, tuple(sorted(records)), tuple(sorted(own)))
    return person, sorted(set(records.values()))


def _with_merged(customer_id: int) -> tuple[int, ...]:
    """Give the number and those that lead there; who was joined leads to who lives, at one step."""
    merged = Customer.objects.filter(merged_into_id=customer_id).order_by("id")
    return customer_id, *merged.values_list("id", flat=True)

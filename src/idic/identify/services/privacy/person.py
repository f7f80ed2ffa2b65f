"""Everything that names one person: customers merged into them, records, addresses."""

from __future__ import annotations

from idic.core.personal_data import Person
from idic.identify.models import Consent, Customer, Identifier, SourceRecord
from idic.identify.services.owners import find_shared


def find_person(*, customer_id: int) -> Person:
    """Give everything that names a customer: ids merged into this one, records, addresses. An
    address that somebody else has too is not theirs alone, and not among them.
    """
    customer_ids = _with_merged(customer_id)
    record_ids = tuple(
        SourceRecord.everything.filter(customer_id__in=customer_ids).values_list("id", flat=True)
    )
    held = Identifier.everything.filter(record_id__in=record_ids).values_list("value", flat=True)
    said = Consent.everything.filter(record_id__in=record_ids).values_list("address", flat=True)
    shown = Customer.objects.filter(id__in=customer_ids).values_list("email", "phone")
    found = {*held, *said, *(address for pair in shown for address in pair if address)}
    return Person(
        customer_ids,
        record_ids,
        tuple(sorted(found - find_shared(values=found, record_ids=record_ids))),
    )


def _with_merged(customer_id: int) -> tuple[int, ...]:
    found = [customer_id]
    newest = [customer_id]
    while newest:
        merged = Customer.objects.filter(merged_into_id__in=newest).exclude(id__in=found)
        newest = list(merged.values_list("id", flat=True))
        found += newest
    return tuple(found)

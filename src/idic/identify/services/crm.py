"""The CRM's own source and a customer's record in it: what staff write and what we send
hangs here.
"""

from __future__ import annotations

from datetime import datetime

from idic.core import ids
from idic.identify.models import Customer, RecordKind, Source, SourceKind, SourceRecord

SOURCE_KEY = "crm"


def get_crm_source(*, now: datetime) -> Source:
    """Give the source of facts made here; it is made on first use. Its values rank first."""
    source, _is_new = Source.objects.get_or_create(
        key=SOURCE_KEY,
        defaults={"name": "IDIC", "kind": SourceKind.CRM, "rank": 0, "created_at": now},
    )
    return source


def get_crm_record(*, customer_id: int, now: datetime) -> SourceRecord:
    """Give a customer's record in the CRM; it is made on first use."""
    own = SourceRecord.objects.filter(source__key=SOURCE_KEY, customer_id=customer_id)
    found = own.order_by("id").first()
    if found is not None:
        return found
    is_company = Customer.objects.values_list("is_company", flat=True).get(id=customer_id)
    record, _is_new = SourceRecord.objects.get_or_create(
        source=get_crm_source(now=now),
        source_key=ids.encode("customer", customer_id),
        defaults={
            "kind": RecordKind.COMPANY if is_company else RecordKind.PERSON,
            "customer_id": customer_id,
            "created_at": now,
        },
    )
    return record

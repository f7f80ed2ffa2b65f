"""The CRM's own source and a customer's record in it: what staff write and what we send
hangs here.
"""

from __future__ import annotations

from datetime import datetime

from idic.core import ids
from idic.identify.living import get_living_id
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
    """Give the record in the CRM that belongs to a customer's number; it is made on first use.
    After a merge each number keeps its own, so that what is written under one goes back with it.
    """
    key = ids.encode("customer", customer_id)
    own = SourceRecord.objects.filter(source__key=SOURCE_KEY, source_key=key).first()
    if own is not None and own.customer_id == customer_id:
        return own
    living_id = get_living_id(customer_id=customer_id)
    if own is not None and own.customer_id == living_id:
        return own
    if own is not None:  # a split gave it to somebody else
        others = SourceRecord.objects.filter(source__key=SOURCE_KEY, customer_id=living_id)
        other = others.order_by("id").first()
        if other is not None:
            return other
        key = f"{key}/2"
    return _make_record(key, living_id, now)


def _make_record(key: str, customer_id: int, now: datetime) -> SourceRecord:
    is_company = Customer.objects.values_list("is_company", flat=True).get(id=customer_id)
    record, _is_new = SourceRecord.objects.get_or_create(
        source=get_crm_source(now=now),
        source_key=key,
        defaults={
            "kind": RecordKind.COMPANY if is_company else RecordKind.PERSON,
            "customer_id": customer_id,
            "created_at": now,
        },
    )
    return record

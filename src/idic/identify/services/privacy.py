"""Exports and erases one person in every room, through the tables `core.personal_data` knows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models, transaction

from idic.core import ids
from idic.core.personal_data import Erasure, Person, PersonalTable, tables
from idic.core.services import audit
from idic.identify.models import Customer, Identifier, SourceRecord
from idic.identify.services import search_index

_SLICE = 200  # rows a transaction: the web never waits longer than some 20 ms for the lock


def find_person(*, customer_id: int) -> Person:
    """Give everything that names a customer: ids merged into this one, records, addresses."""
    customer_ids = _with_merged(customer_id)
    record_ids = tuple(
        SourceRecord.everything.filter(customer_id__in=customer_ids).values_list("id", flat=True)
    )
    addresses = Identifier.everything.filter(record_id__in=record_ids).values_list(
        "value", flat=True
    )
    return Person(customer_ids, record_ids, tuple(sorted(set(addresses))))


def _with_merged(customer_id: int) -> tuple[int, ...]:
    found = [customer_id]
    newest = [customer_id]
    while newest:
        merged = Customer.objects.filter(merged_into_id__in=newest).exclude(id__in=found)
        newest = list(merged.values_list("id", flat=True))
        found += newest
    return tuple(found)


def export_person(*, customer_id: int, now: datetime) -> dict[str, Any]:
    """Give everything every room holds about a person, table by table, as plain values."""
    person = find_person(customer_id=customer_id)
    return {
        "customer": ids.encode("customer", customer_id),
        "exported_at": now.isoformat(),
        "tables": {
            table.model._meta.label: table.exported(person) for table in reversed(list(tables()))
        },
    }


def erase_person(*, customer_id: int, actor: str, now: datetime) -> dict[str, int]:
    """Erase a person everywhere; give how many rows of each table went or lost their owner.

    Runs in short transactions and may be run again after an interruption: what is gone is gone,
    the customer's own row goes last. The audit trail keeps the number, never the name.
    """
    person = find_person(customer_id=customer_id)
    counts = {}
    for table in tables():
        if table.erase is not Erasure.KEEP:
            counts[table.model._meta.label] = _erase(table, person)
    search_index.reindex(customer_ids=person.customer_ids)
    with transaction.atomic():
        audit.record(
            at=now,
            actor=actor,
            action="customer.erased",
            subject_type="customer",
            subject_id=ids.encode("customer", customer_id),
            detail={"rows": counts},
        )
    return counts


def _erase(table: PersonalTable, person: Person) -> int:
    count = 0
    own = _links_to_itself(table.model)
    while keys := list(table.rows(person).values_list("pk", flat=True)[: None if own else _SLICE]):
        with transaction.atomic():
            rows = table.model._base_manager.filter(pk__in=keys)
            if table.erase is Erasure.DETACH:
                rows.update(**table.empty)
            else:
                if own:
                    rows.update(**own)  # rows that name each other would protect each other
                rows.delete()
        count += len(keys)
    return count


def _links_to_itself(model: type[models.Model]) -> dict[str, None]:
    return {f.attname: None for f in model._meta.concrete_fields if f.related_model is model}

"""Exporting and erasing one person."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from idic.core.models import AuditEntry
from idic.core.personal_data import Erasure, register, tables
from idic.identify.models import (
    Consent,
    Customer,
    Event,
    Identifier,
    IdentityLogEntry,
    Order,
    OrderLine,
    Source,
    SourceRecord,
    Trait,
)
from idic.identify.search import find
from idic.identify.services.privacy import erase_person, export_person
from idic.identify.services.search_index import reindex

pytestmark = pytest.mark.django_db
CANARY = "Nguyễn Canary"


@pytest.fixture
def huong(now: datetime) -> Customer:
    """Somebody with a row in every table of Identify, and an id that was merged into hers."""
    source = Source.objects.create(key="till", name="Till", kind="till", created_at=now)
    huong = Customer.objects.create(full_name=CANARY, phone="+84900000217", created_at=now)
    Customer.objects.create(full_name=CANARY, merged_into=huong, created_at=now)
    record = SourceRecord.objects.create(
        source=source, source_key=CANARY, customer=huong, display_name=CANARY, created_at=now
    )
    Identifier.objects.create(
        record=record, type="phone", value="+84900000217", as_given="0900000217", created_at=now
    )
    Trait.objects.create(record=record, name="name", value=CANARY, observed_at=now)
    Event.objects.create(
        source=source,
        message_id="1",
        record=record,
        kind="note",
        occurred_at=now,
        received_at=now,
        detail={"text": CANARY},
    )
    Consent.objects.create(
        record=record,
        address="+84900000217",
        channel="sms",
        purpose="marketing",
        status="granted",
        basis="consent",
        given_at=now,
        recorded_at=now,
    )
    first = IdentityLogEntry.objects.create(
        at=now, act="merge", by="rule:phone", customer=huong, evidence={"name": CANARY}
    )
    IdentityLogEntry.objects.create(
        at=now, act="unmerge", by="a@b.c", customer=huong, reverses=first
    )
    order = Order.objects.create(
        order_number="1",
        source=source,
        record=record,
        ordered_at=now,
        currency="VND",
        net_amount=50_000,
        line_count=1,
    )
    OrderLine.objects.create(
        order=order,
        line_number=1,
        product_code="fish",
        quantity=1,
        unit_price=50_000,
        net_amount=50_000,
    )
    reindex(customer_ids=[huong.id])
    return huong


@pytest.mark.req("R155")
def test_an_export_holds_what_every_table_says(huong: Customer, now: datetime) -> None:
    export = export_person(customer_id=huong.id, now=now)

    assert export["tables"]["identify.Trait"][0]["value"] == CANARY
    assert export["tables"]["identify.OrderLine"][0]["product_code"] == "fish"
    assert len(export["tables"]["identify.Customer"]) == 2
    assert len(export["tables"]["identify.IdentityLogEntry"]) == 2
    assert CANARY in json.dumps(export, cls=DjangoJSONEncoder, ensure_ascii=False)


def test_erasing_leaves_the_sale_and_nothing_of_the_person(huong: Customer, now: datetime) -> None:
    counts = erase_person(customer_id=huong.id, actor="owner@idic.local", now=now)

    assert counts["identify.Order"] == 1
    assert Order.objects.get().record is None
    assert OrderLine.objects.get().net_amount == 50_000
    assert find(query="canary", limit=5) == []
    assert find(query="0217", limit=5) == []
    assert _everything_stored().count(CANARY) == 0
    assert _everything_stored().count("900000217") == 0
    assert AuditEntry.objects.get().action == "customer.erased"


def test_erasing_again_changes_nothing_more(huong: Customer, now: datetime) -> None:
    erase_person(customer_id=huong.id, actor="owner@idic.local", now=now)

    again = erase_person(customer_id=huong.id, actor="owner@idic.local", now=now)

    assert set(again.values()) == {0}


def test_every_declared_table_says_how_it_reaches_a_person() -> None:
    declared = {table.model._meta.label for table in tables()}

    assert "identify.Customer" in declared
    assert "identify.Trait" in declared


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"customer": "id", "record": "record"},
        {"customer": "id", "erase": Erasure.DETACH},
        {"customer": "id", "erase": Erasure.KEEP},
        {"customer": "id", "empty": {"id": None}},
    ],
)
def test_a_declaration_that_contradicts_itself_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="Customer"):
        register(model=Customer, **wrong)  # type: ignore[arg-type]


def _everything_stored() -> str:
    """Give the text of every row of every table of the database."""
    text = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            text += [str(row) for row in cursor.fetchall()]
    return "\n".join(text)

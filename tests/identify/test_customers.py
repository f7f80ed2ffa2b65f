"""Customers made and corrected by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from idic.core.models import AuditEntry
from idic.identify.models import Customer, Identifier, Source, SourceRecord, Trait
from idic.identify.search import find
from idic.identify.services.customers import (
    WrongValue,
    create_customer,
    edit_customer,
    undo_edit,
)

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def huong(now: datetime) -> Customer:
    return create_customer(
        values={"full_name": "Nguyễn Thị Hương", "phone": "0900 000 217", "city": "Huế"},
        actor="mai@shop.vn",
        country="VN",
        now=now,
    )


def edit(customer: Customer, now: datetime, **changes: str) -> Any:
    return edit_customer(
        customer_id=customer.id, changes=changes, actor="mai@shop.vn", country="VN", now=now
    )


@pytest.mark.req("R001", "R007")
def test_a_customer_made_by_hand_has_a_record_facts_and_is_found(huong: Customer) -> None:
    record = SourceRecord.objects.get(customer=huong)

    assert record.source.key == "crm"
    assert huong.phone == "+84900000217"
    assert sorted(record.traits.values_list("name", "value", "is_pinned")) == [
        ("city", "Huế", True),
        ("name", "Nguyễn Thị Hương", True),
        ("phone", "+84900000217", True),
    ]
    assert Identifier.objects.get().value == "+84900000217"
    assert [f.customer_id for f in find(query="huong", limit=5)] == [huong.id]
    assert AuditEntry.objects.get().action == "customer.created"


def test_nobody_is_made_of_nothing(now: datetime) -> None:
    with pytest.raises(WrongValue, match="name"):
        create_customer(values={"city": "Huế"}, actor="a@b.c", country="VN", now=now)

    assert Customer.objects.count() == 0
    assert SourceRecord.objects.count() == 0


@pytest.mark.req("R007")
def test_an_edit_wins_is_kept_in_history_and_can_be_undone(huong: Customer, now: datetime) -> None:
    (first,) = edit(huong, now + MINUTE, city="Đà Nẵng")
    (second,) = edit(huong, now + 2 * MINUTE, city="Hà Nội")

    history = Trait.objects.filter(name="city").order_by("observed_at")
    assert [t.value for t in history] == ["Huế", "Đà Nẵng", "Hà Nội"]
    assert undo_edit(customer_id=huong.id, trait_id=second.trait_id, actor="a", now=now)
    huong.refresh_from_db()
    assert huong.city == "Đà Nẵng"
    assert undo_edit(customer_id=huong.id, trait_id=first.trait_id, actor="a", now=now)
    huong.refresh_from_db()
    assert huong.city == "Huế"


def test_an_edit_that_was_edited_over_cannot_be_undone(huong: Customer, now: datetime) -> None:
    (first,) = edit(huong, now + MINUTE, city="Đà Nẵng")
    edit(huong, now + 2 * MINUTE, city="Hà Nội")

    assert not undo_edit(customer_id=huong.id, trait_id=first.trait_id, actor="a", now=now)
    huong.refresh_from_db()
    assert huong.city == "Hà Nội"


@pytest.mark.req("R007")
def test_undo_gives_back_what_a_source_had_said(now: datetime) -> None:
    source = Source.objects.create(key="till", name="Till", kind="till", created_at=now)
    customer = Customer.objects.create(full_name="Lan", city="Huế", created_at=now)
    SourceRecord.objects.create(source=source, source_key="1", customer=customer, created_at=now)

    (change,) = edit(customer, now + MINUTE, city="")
    customer.refresh_from_db()
    assert customer.city == ""

    assert undo_edit(customer_id=customer.id, trait_id=change.trait_id, actor="a", now=now)
    customer.refresh_from_db()
    assert customer.city == "Huế"


def test_the_same_value_is_no_edit(huong: Customer, now: datetime) -> None:
    assert edit(huong, now, full_name=" Nguyễn  Thị Hương ", phone="+84 900-000-217") == []
    assert AuditEntry.objects.filter(action="customer.edited").count() == 0


def test_the_trail_tells_of_an_edit_without_its_value(huong: Customer, now: datetime) -> None:
    (change,) = edit(huong, now, email="Huong@Shop.VN")

    entry = AuditEntry.objects.get(action="customer.edited")
    assert entry.actor == "mai@shop.vn"
    assert entry.detail == {"traits": {"email": change.trait_id}}
    huong.refresh_from_db()
    assert huong.email == "huong@shop.vn"


def test_a_phone_undone_is_no_identifier_any_more(huong: Customer, now: datetime) -> None:
    (change,) = edit(huong, now + MINUTE, phone="0911222333")
    assert undo_edit(customer_id=huong.id, trait_id=change.trait_id, actor="a", now=now)

    assert [i.value for i in Identifier.objects.all()] == ["+84900000217"]
    assert find(query="2333", limit=5) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phone", "hello"),
        ("phone", "0000000000"),
        ("email", "huong@"),
        ("email", "noemail@gmail.com"),
        ("birth_date", "31/12/1990"),
        ("birth_date", "2030-01-01"),
        ("birth_date", "1700-01-01"),
        ("full_name", "x" * 201),
        ("full_name", "a\x00b"),
        ("merged_into", "1"),
        ("is_staged", "1"),
    ],
)
def test_a_wrong_value_is_refused_and_changes_nothing(
    huong: Customer, now: datetime, field: str, value: str
) -> None:
    before = Customer.objects.values().get()

    with pytest.raises(WrongValue) as refused:
        edit(huong, now, **{"city": "Hà Nội", field: value})

    assert refused.value.field == field
    assert Customer.objects.values().get() == before
    assert Trait.objects.count() == 3


def test_a_birth_date_is_kept_as_a_day(huong: Customer, now: datetime) -> None:
    edit(huong, now, birth_date="1988-02-29")

    huong.refresh_from_db()
    assert huong.birth_date == date(1988, 2, 29)

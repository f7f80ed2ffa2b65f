"""Orders without an owner: who is suggested and why, one press, all sure ones, and back."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from idic.core import ids
from idic.core.models import Role
from idic.identify.models import (
    Customer,
    Identifier,
    IdentityLogEntry,
    ImportRun,
    Order,
    OwnerSuggestion,
    SourceRecord,
    Trait,
)
from idic.identify.selectors import count_orders
from idic.identify.services import ownerless
from idic.identify.services.flush import flush_to_lake
from idic.identify.services.identity import ChangedMeanwhile, replay
from idic.identify.services.imports.undoing.running import undo_import
from idic.identify.services.search_index import reindex
from tests.identify.importing import make_business, run_import, write_csv
from tests.interact import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(now: datetime) -> Client:
    cast.open_shop(now=now)
    client = Client()
    client.force_login(cast.hire(Role.OWNER))
    return client


def waits(now: datetime, number: str, **identifiers: str) -> Order:
    """Let an order come through a receipt that says no more than these identifiers."""
    record = SourceRecord.objects.create(
        source=cast.source(now), source_key=f"receipt:{number}", kind="receipt", created_at=now
    )
    for kind, value in identifiers.items():
        Identifier.objects.create(
            record=record, type=kind, value=value, as_given=value, created_at=now
        )
    return order(now, number, record=record)


def order(now: datetime, number: str, **fields: Any) -> Order:
    return Order.objects.create(
        order_number=number,
        source=cast.source(now),
        ordered_at=now,
        currency="GBP",
        net_amount=10_00,
        line_count=1,
        **fields,
    )


def phone(customer: Customer, now: datetime, value: str) -> None:
    record = cast.record_of(customer)
    Identifier.objects.create(
        record=record, type="phone", value=value, as_given=value, created_at=now
    )


@pytest.mark.req("R005")
def test_who_alone_has_the_phone_of_an_order_is_sure_and_two_who_share_it_are_not(
    owner: Client, now: datetime
) -> None:
    ann, ben, cay = (cast.add_customer(now=now, name=name) for name in ("Ann", "Ben", "Cay"))
    phone(ann, now, "+447700900001")
    phone(ben, now, "+447700900002")
    phone(cay, now, "+447700900002")
    first = waits(now, "A1", phone="+447700900001")
    second = waits(now, "A2", phone="+447700900002")

    ownerless.refresh_suggestions(now=now)

    rows = OwnerSuggestion.objects.order_by("order_id", "customer_id")
    assert list(rows.values_list("order_id", "customer_id", "rule", "is_sure")) == [
        (first.id, ann.id, "phone", True),
        (second.id, ben.id, "phone", False),
        (second.id, cay.id, "phone", False),
    ]
    page = owner.get(reverse("web:unlinked_orders")).content.decode()
    assert "The same phone number stands on the order" in page
    assert "2 people have it" in page
    assert "Link the sure one" in page


@pytest.mark.req("R005")
def test_nobody_is_suggested_for_a_name_alone_but_for_name_and_address(
    owner: Client, now: datetime
) -> None:
    ann = cast.add_customer(now=now, name="Ann Lee")
    home = {"record": cast.record_of(ann), "observed_at": now}
    Trait.objects.create(name="address", value="1 High Street", **home)
    for number, address in (("B1", ""), ("B2", "1 high street")):
        record = waits(now, number).record
        assert record is not None
        Trait.objects.create(record=record, name="name", value="Ann Lee", observed_at=now)
        if address:
            Trait.objects.create(record=record, name="address", value=address, observed_at=now)
    reindex(customer_ids=[ann.id])

    ownerless.refresh_suggestions(now=now)

    rows = OwnerSuggestion.objects.values_list("order__order_number", "rule", "is_sure")
    assert list(rows) == [("B2", "address", False)]


@pytest.mark.req("R005")
def test_one_press_gives_an_order_its_customer_and_undo_takes_it_away(
    owner: Client, now: datetime
) -> None:
    ann = cast.add_customer(now=now, name="Ann", lifecycle_stage="lead")
    waiting = order(now, "C1")
    customer = ids.encode("customer", ann.id)

    owner.post(
        reverse("web:order_link", args=[ids.encode("order", waiting.id)]), {"customer": customer}
    )
    linked = Order.objects.select_related("record").get(id=waiting.id)
    ann.refresh_from_db()
    stage = ann.lifecycle_stage
    entry = IdentityLogEntry.objects.get(by="order:person")
    owner.post(reverse("web:order_unlink", args=[entry.id, entry.id]))

    assert linked.record is not None
    assert (linked.record.kind, linked.record.customer_id) == ("receipt", ann.id)
    assert linked.revision > waiting.revision
    linked.record.refresh_from_db()
    ann.refresh_from_db()
    assert linked.record.customer_id is None
    assert (stage, ann.lifecycle_stage) == ("customer", "lead")
    assert count_orders()["unlinked_orders"] == 1
    assert replay().is_whole


@pytest.mark.req("R005")
def test_all_sure_ones_are_linked_by_one_press_and_parted_by_another(
    owner: Client, now: datetime
) -> None:
    ann, ben = (cast.add_customer(now=now, name=name) for name in ("Ann", "Ben"))
    phone(ann, now, "+447700900001")
    phone(ben, now, "+447700900002")
    waits(now, "D1", phone="+447700900001")
    waits(now, "D2", phone="+447700900002")
    order(now, "D3")
    ownerless.refresh_suggestions(now=now)

    answer = owner.post(reverse("web:order_link_sure"), follow=True)
    owners = list(Order.objects.order_by("id").values_list("record__customer_id", flat=True))
    entries = IdentityLogEntry.objects.filter(by="order:phone").order_by("id")
    undo = [entries[0].id, entries[1].id]
    owner.post(reverse("web:order_unlink", args=undo))

    assert "2 orders have their customers now." in answer.content.decode()
    assert owners == [ann.id, ben.id, None]
    assert count_orders()["unlinked_orders"] == 3
    assert replay().is_whole


def test_an_order_that_has_its_customer_by_now_is_left_alone(owner: Client, now: datetime) -> None:
    ann, ben = (cast.add_customer(now=now, name=name) for name in ("Ann", "Ben"))
    bought = cast.buy(ann, at=now, amount=5_00)

    with pytest.raises(ChangedMeanwhile):
        ownerless.link(order_id=bought.id, customer_id=ben.id, actor="a@b.c", now=now)

    bought.refresh_from_db()
    assert bought.record == cast.record_of(ann)
    assert IdentityLogEntry.objects.count() == 0


def test_what_somebody_said_no_to_is_not_suggested_again(owner: Client, now: datetime) -> None:
    ann = cast.add_customer(now=now, name="Ann")
    phone(ann, now, "+447700900001")
    waits(now, "E1", phone="+447700900001")
    ownerless.refresh_suggestions(now=now)
    suggestion = OwnerSuggestion.objects.get()

    owner.post(reverse("web:order_dismiss", args=[suggestion.id]))
    ownerless.refresh_suggestions(now=now)

    assert list(OwnerSuggestion.objects.values_list("is_dismissed", flat=True)) == [True]
    assert "nobody suggested" in owner.get(reverse("web:unlinked_orders")).content.decode()


@pytest.mark.req("R005")
def test_uncommon_goods_bought_again_suggest_somebody_who_is_never_sure(
    owner: Client, now: datetime
) -> None:
    people = [cast.add_customer(now=now, name=f"Person {n}") for n in range(40)]
    for person in people:
        cast.buy(person, at=now - timedelta(days=30), amount=5_00, product="Milk")
        cast.buy(person, at=now - timedelta(days=60), amount=5_00, product="Milk")
    for days in (20, 40):
        for product in ("Saffron", "Goat cheese"):
            cast.buy(people[7], at=now - timedelta(days=days), amount=9_00, product=product)
    waiting = cast.buy(people[0], at=now - timedelta(days=1), amount=9_00, product="Saffron")
    waiting.lines.create(
        line_number=2, product_code="GOAT CHEESE", product_name="Goat cheese", quantity=1,
        unit_price=9, net_amount=9_00,
    )  # fmt: skip
    Order.objects.filter(id=waiting.id).update(record=None)
    milk = cast.buy(people[0], at=now - timedelta(days=1), amount=5_00, product="Milk")
    Order.objects.filter(id=milk.id).update(record=None)
    flush_to_lake(now=now)

    ownerless.refresh_suggestions(now=now)

    rows = OwnerSuggestion.objects.values_list("order_id", "customer_id", "rule", "is_sure")
    assert list(rows) == [(waiting.id, people[7].id, "basket", False)]
    page = owner.get(reverse("web:unlinked_orders")).content.decode()
    assert "as few do: 2 of the 2 things of this order" in page


@pytest.mark.req("R004", "R005")
def test_an_order_number_leads_to_its_customer_or_to_whose_it_may_be(
    owner: Client, now: datetime
) -> None:
    ann = cast.add_customer(now=now, name="Ann")
    sold = cast.buy(ann, at=now, amount=5_00)
    Order.objects.filter(id=sold.id).update(order_number="F1001")
    order(now, "F1002")

    found = owner.get("/search/?q=F100").content.decode()
    queue = owner.get("/orders/unlinked/?number=F1002").content.decode()

    assert reverse("web:customer_detail", args=[ids.encode("customer", ann.id)]) in found
    assert "/orders/unlinked/?number=F1002" in found
    assert "F1002" in queue
    assert "Find the customer" in queue


@pytest.mark.req("R005")
def test_somebody_found_by_number_gets_the_order(owner: Client, now: datetime) -> None:
    ann = cast.add_customer(now=now, name="Ann")
    phone(ann, now, "+447700900001")
    waiting = order(now, "G1")
    word = ids.encode("order", waiting.id)

    page = owner.get("/recognise/", {"q": "07700 900001", "order": word}).content.decode()
    owner.post(reverse("web:order_link", args=[word]), {"customer": ids.encode("customer", ann.id)})

    assert "Whose is order G1?" in page
    assert reverse("web:order_link", args=[word]) in page
    assert Order.objects.filter(record__customer=ann).get() == waiting


def test_an_order_somebody_gave_its_customer_stays_when_its_file_is_undone(
    tmp_path: Path, now: datetime
) -> None:
    make_business()
    header = ("Order ID", "Date", "Customer ID", "Product", "Amount")
    rows = [("1", "2026-11-20", "", "Tea", "10.00"), ("2", "2026-11-20", "C1", "Tea", "10.00")]
    run_import(write_csv(tmp_path / "till.csv", *rows, header=header), now=now)
    run = ImportRun.objects.get()
    ann = cast.add_customer(now=now, name="Ann")
    given = Order.objects.get(order_number="1")
    entry = ownerless.link(order_id=given.id, customer_id=ann.id, actor="a@b.c", now=now)

    undo_import(run_id=run.id, actor="a@b.c", now=now)

    assert Order.objects.get().record == SourceRecord.objects.get(kind="receipt", customer=ann)
    ownerless.unlink(entry_id=entry.id, actor="a@b.c", now=now)
    assert count_orders()["unlinked_orders"] == 1

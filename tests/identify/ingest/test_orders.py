"""Orders websites tell of: what they came to, whose they are, and who has the word on them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from idic.core import clock
from idic.core.jobs.worker import drain
from idic.core.models import Job
from idic.differentiate.models import CustomerSummary
from idic.differentiate.services.refresh import refresh_all
from idic.identify import facts
from idic.identify.ingest.orders import currency_in, read_order
from idic.identify.models import Customer, Order, OrderLine, Source, SourceRecord
from idic.identify.services.flush import flush_to_lake
from tests.identify.ingest.shop import NOW, Shop, make_shop, track

TEA = {"product_id": "P1", "sku": "TEA", "name": "Trà sen", "price": 2.5, "quantity": 2}
MILK = {"product_id": "P2", "name": "Sữa tươi", "category": "Sữa", "price": "1.99"}


@pytest.fixture
def shop(db: None, tmp_path: Path, settings: Any) -> Shop:
    settings.IDIC_LAKE = tmp_path / "lake"
    return make_shop(tmp_path)


def bought(number: str = "A1", **properties: Any) -> dict[str, Any]:
    return track("Order Completed", properties={"order_id": number, **properties})


def amounts(currency: str = "GBP", **properties: Any) -> tuple[int, list[int]]:
    order = read_order("A1", properties, currency=currency)
    return order.net_amount, [line.net_amount for line in order.lines]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"products": [TEA, MILK]}, (699, [500, 199])),
        ({"products": [TEA, MILK], "discount": 0.7}, (629, [450, 179])),
        ({"products": [TEA, MILK], "subtotal": 6, "revenue": 9}, (600, [430, 170])),
        ({"products": [TEA, MILK], "total": 9.99, "tax": 1, "shipping": "2"}, (699, [500, 199])),
        ({"products": [TEA], "revenue": 500_000}, (500, [500])),
        ({"products": [TEA], "revenue": -5}, (500, [500])),
        ({"products": [TEA], "revenue": "a lot"}, (500, [500])),
        ({"products": [TEA], "revenue": True, "discount": 99}, (0, [0])),
        ({"revenue": 12.345}, (1234, [1234])),
        ({"products": "none"}, (0, [0])),
        ({"products": [{"price": 10**11, "quantity": 10**11}, TEA]}, (500, [0, 500])),
        ({"products": [{"price": 3, "quantity": -1}]}, (0, [0])),
        ({"products": [{"sku": "X"}], "total": 3}, (300, [300])),
    ],
)
def test_the_goods_come_to_what_is_named_and_the_lines_add_up(
    said: dict[str, Any], expected: tuple[int, list[int]]
) -> None:
    assert amounts(**said) == expected


def test_amounts_have_as_many_digits_as_their_currency() -> None:
    assert amounts("VND", products=[{"sku": "X", "price": 25_000, "quantity": 50}])[0] == 1_250_000


@pytest.mark.parametrize(
    ("said", "code"),
    [("vnd", "VND"), ("VNĐ", "VND"), ("RMB", "CNY"), ("", "GBP"), ("TEA", "GBP"), (7, "GBP")],
)
def test_a_currency_that_does_not_exist_is_the_shops_own(said: Any, code: str) -> None:
    assert currency_in({"currency": said}, usual="GBP") == code


def test_a_finished_order_counts_at_once(shop: Shop) -> None:
    till_order(owner=Customer.objects.create(created_at=NOW), number="B7")
    flush_to_lake(now=NOW)
    refresh_all(as_of=clock.today(), now=clock.now())

    shop.send(bought(products=[TEA, MILK], discount=0.7))
    shop.load()
    drain(queues=("events", "default"))

    order = Order.objects.get(order_number="A1")
    lan = Customer.objects.get(records__source_key="lan-1")
    assert (order.order_number, order.net_amount, order.line_count) == ("A1", 629, 2)
    assert (order.currency, order.source, order.is_return) == ("GBP", shop.source, False)
    assert lan.lifecycle_stage == "customer"
    assert CustomerSummary.objects.get(customer=lan).order_count == 1
    lines = OrderLine.objects.order_by("line_number").values_list(
        "product_code", "product_name", "category", "quantity", "unit_price", "net_amount"
    )
    assert list(lines) == [
        ("TEA", "Trà sen", "", Decimal("2"), Decimal("2.5"), 450),
        ("P2", "Sữa tươi", "Sữa", Decimal("1"), Decimal("1.99"), 179),
    ]
    flush_to_lake(now=clock.now())
    told = facts.query("SELECT net_amount FROM customer_orders WHERE customer_id = ?", [lan.id])
    assert told.rows() == [(629,)]


def test_the_first_order_of_all_has_everything_computed_once(shop: Shop) -> None:
    shop.send(track())
    shop.load()
    drain(queues=("events",))
    assert Job.objects.filter(unique_key="web.loop").count() == 0

    shop.send(bought(products=[TEA]))
    shop.load()
    drain(queues=("events",))

    assert Job.objects.filter(unique_key="web.loop", state="waiting").count() == 1


def test_an_order_told_again_changes_nothing_and_told_anew_changes_it(shop: Shop) -> None:
    shop.send(bought(products=[TEA]), bought(products=[TEA]))
    shop.load()
    before = Order.objects.get()
    shop.send(bought(products=[TEA]))
    shop.load()
    assert Order.objects.get().revision == before.revision

    shop.send(track("Order Updated", properties={"order_id": "A1", "products": [TEA, MILK]}))
    shop.load()

    after = Order.objects.get()
    assert (after.id, after.net_amount, after.line_count) == (before.id, 699, 2)
    assert after.revision > before.revision
    assert after.ordered_at == before.ordered_at
    assert OrderLine.objects.count() == 2


def test_an_event_without_a_number_is_no_order(shop: Shop) -> None:
    shop.send(track("Order Completed", properties={"revenue": 5}), track("Order Viewed"))
    shop.load()

    assert Order.objects.count() == 0
    assert shop.ledger()["stored"] == 2


def till_order(*, owner: Customer | None = None, number: str = "A1") -> Order:
    till, _ = Source.objects.get_or_create(
        key="till", defaults={"name": "Till", "kind": "till", "created_at": NOW}
    )
    record = owner and SourceRecord.objects.create(
        source=till, source_key="C7", customer=owner, created_at=NOW
    )
    return Order.objects.create(
        order_number=number,
        source=till,
        record=record,
        ordered_at=NOW,
        currency="GBP",
        net_amount=123,
        line_count=1,
    )


def test_a_till_keeps_the_word_on_an_order_and_the_website_names_its_owner(shop: Shop) -> None:
    receipt = till_order()

    shop.send(bought(products=[TEA]))
    shop.load()

    order = Order.objects.get()
    assert (order.id, order.net_amount) == (receipt.id, 123)
    assert order.record is not None
    assert order.record.source_key == "lan-1"
    assert order.revision > receipt.revision


def test_the_same_number_of_another_customer_is_another_order(shop: Shop) -> None:
    till_order(owner=Customer.objects.create(created_at=NOW))

    shop.send(bought(products=[TEA]), bought(products=[TEA]))
    shop.load()

    assert sorted(Order.objects.values_list("order_number", "net_amount")) == [
        ("A1", 123),
        ("A1 · lan-1", 500),
    ]


def test_an_order_before_the_login_belongs_to_who_logs_in(shop: Shop) -> None:
    anonymous = bought(products=[TEA]) | {"userId": None, "anonymousId": "d-1"}
    shop.send(anonymous)
    shop.load()
    assert Order.objects.get().record is not None
    assert Customer.objects.count() == 0

    shop.send(track(anonymousId="d-1"))
    shop.load()

    order = Order.objects.select_related("record").get()
    assert order.record is not None
    assert order.record.customer == Customer.objects.get()


def test_money_of_a_currency_without_a_rate_counts_as_nothing_and_is_kept(shop: Shop) -> None:
    shop.send(bought(products=[{"sku": "X", "price": 25_000}], currency="VND"))
    shop.load()
    flush_to_lake(now=NOW)

    assert Order.objects.get().net_amount == 25_000
    assert facts.query("SELECT net_amount FROM customer_orders").rows() == [(0,)]


def told(event: str, number: str = "A1", **properties: Any) -> dict[str, Any]:
    return track(event, properties={"order_id": number, **properties})


@pytest.mark.parametrize(
    "said",
    [
        told("Order Cancelled"),
        told("order canceled", products=[TEA]),
        told("Order Updated", status="cancelled", products=[TEA]),
        told("Order Updated", status="Đã hủy", products=[TEA]),
        told("Order Refunded"),
    ],
)
def test_an_order_called_off_stays_with_nothing_in_it(shop: Shop, said: dict[str, Any]) -> None:
    shop.send(bought(products=[TEA, MILK]))
    shop.load()
    before = Order.objects.get()

    shop.send(said)
    shop.load()

    after = Order.objects.get()
    assert (after.id, after.net_amount, after.line_count) == (before.id, 0, 0)
    assert after.revision > before.revision
    assert not OrderLine.objects.exists()


def test_a_part_given_back_is_an_order_below_zero_and_counts_once(shop: Shop) -> None:
    shop.send(bought(products=[TEA, MILK]))
    refund = told("Order Refunded", products=[TEA | {"quantity": 1}])
    shop.send(refund)
    shop.send(told("Order Refunded", products=[TEA | {"quantity": 1}]))
    shop.load()

    sold, back = Order.objects.order_by("-net_amount")
    assert (sold.order_number, sold.net_amount, sold.is_return) == ("A1", 699, False)
    assert back.order_number.startswith("A1 ↩")
    assert (back.net_amount, back.is_return, back.record_id) == (-250, True, sold.record_id)
    line = back.lines.get()
    assert (line.product_code, line.quantity, line.net_amount) == ("TEA", Decimal(-1), -250)


def test_an_amount_given_back_without_goods_is_taken_off(shop: Shop) -> None:
    shop.send(bought(products=[TEA]), told("Order Refunded", total=1.5))
    shop.load()

    assert sorted(Order.objects.values_list("net_amount", flat=True)) == [-150, 500]

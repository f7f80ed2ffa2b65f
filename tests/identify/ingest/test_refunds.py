"""Refunds that shop systems tell of by themselves: each lowers its order once, in whatever order
the order, its updates and its refunds arrive.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from idic.identify.models import Order, OrderLine, ShopOrder
from tests.identify.ingest.hook_shop import HookShop, connect
from tests.identify.ingest.shop import Shop, make_shop
from tests.identify.ingest.vectors import (
    HARAVAN_ORDER,
    SAPO_ORDER,
    SHOPIFY_ORDER,
    SHOPIFY_REFUND,
    WOO_ORDER,
)

pytestmark = [pytest.mark.django_db, pytest.mark.req("R008", "R020")]

SECOND = SHOPIFY_REFUND | {
    "id": 890088186047892320,
    "created_at": "2026-11-22T10:00:00+07:00",
    "refund_line_items": [
        {
            "line_item_id": 487817672276298554,
            "quantity": 1,
            "subtotal": 89.99,
            "line_item": {"sku": "SKU2006-001", "name": "Aviator sunglasses", "price": "89.99"},
        }
    ],
}
CREATED = ("orders/create", SHOPIFY_ORDER)
ONE, TWO = ("refunds/create", SHOPIFY_REFUND), ("refunds/create", SECOND)
UPDATED = (
    "orders/updated",
    SHOPIFY_ORDER
    | {
        "updated_at": "2026-11-21T11:00:00+07:00",
        "current_subtotal_price": "238.01",
        "refunds": [SHOPIFY_REFUND],
    },
)


@pytest.fixture
def shop(tmp_path: Path, settings: Any) -> Shop:
    settings.IDIC_HOME = tmp_path
    return make_shop(tmp_path)


def net() -> int:
    order = Order.objects.get()
    assert sum(line.net_amount for line in OrderLine.objects.all()) == order.net_amount
    assert OrderLine.objects.count() == order.line_count
    return order.net_amount


def tell(shop: Shop, system: HookShop, told: Sequence[Any], *, at_once: bool) -> None:
    for topic, said in told:
        assert system.send(said, topic).status == 200
        if not at_once:
            shop.load()
    shop.load()


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("told", list(permutations((CREATED, ONE, TWO))))
def test_a_refund_lowers_its_order_whichever_comes_first(
    shop: Shop, told: Sequence[Any], at_once: bool
) -> None:
    system = connect(shop, "shopify")

    tell(shop, system, told, at_once=at_once)

    assert net() == 39_800 - 15_999 - 8_999
    order = Order.objects.select_related("record__customer").get()
    assert order.order_number == "#9999"
    assert order.record is not None
    assert order.record.customer is not None


@pytest.mark.parametrize("seed", range(8))
def test_a_refund_told_alone_and_within_the_order_counts_once(shop: Shop, seed: int) -> None:
    dice = random.Random(seed)
    told = [CREATED, ONE, UPDATED, TWO, (ONE[0], dict(SHOPIFY_REFUND)), CREATED]
    dice.shuffle(told)
    system = connect(shop, "shopify")

    tell(shop, system, told, at_once=bool(seed % 2))

    assert net() == 23_801 - 8_999
    refunds = ShopOrder.objects.get().refunds
    assert refunds[str(SHOPIFY_REFUND["id"])] is None
    assert refunds[str(SECOND["id"])]["subtotal"] == "89.99"


def test_an_order_that_was_called_off_loses_nothing_more(shop: Shop) -> None:
    system = connect(shop, "shopify")
    gone = SHOPIFY_ORDER | {
        "updated_at": "2026-11-21T11:00:00+07:00",
        "cancelled_at": "2026-11-21T11:00:00+07:00",
    }

    tell(shop, system, [CREATED, ("orders/cancelled", gone), ONE], at_once=False)

    assert net() == 0


def test_more_than_it_came_to_cannot_come_back(shop: Shop) -> None:
    system = connect(shop, "shopify")
    line = SHOPIFY_REFUND["refund_line_items"][0]
    much = {**line, "subtotal": 5_000, "line_item": {**line["line_item"], "price": "5000"}}

    big = SHOPIFY_REFUND | {"refund_line_items": [much]}
    tell(shop, system, [CREATED, ("refunds/create", big)], at_once=False)

    assert net() == 0


def test_money_agreed_on_beside_the_goods_counts_and_shipping_does_not(shop: Shop) -> None:
    system = connect(shop, "shopify")
    agreed = SHOPIFY_REFUND | {
        "refund_line_items": [],
        "order_adjustments": [
            {"id": 1, "kind": "refund_discrepancy", "amount": "-20.00"},
            {"id": 2, "kind": "shipping_refund", "amount": "-5.00"},
        ],
    }
    told = SHOPIFY_ORDER | {"updated_at": "2026-11-21T11:00:00+07:00", "refunds": [agreed]}

    tell(shop, system, [CREATED, ("refunds/create", agreed)], at_once=False)
    assert net() == 37_800
    tell(shop, system, [("orders/updated", told)], at_once=False)

    assert net() == 37_800


@pytest.mark.parametrize(
    ("sender", "order", "line", "left"),
    [
        ("haravan", HARAVAN_ORDER, {"line_item_id": 1069874210, "subtotal": 125000.0}, 125_000),
        ("sapo", SAPO_ORDER, {"line_item_id": 1, "subtotal": 40000}, None),
    ],
)
def test_haravan_and_sapo_tell_of_refunds_alike(
    shop: Shop, sender: str, order: dict[str, Any], line: dict[str, Any], left: int | None
) -> None:
    system = connect(shop, sender)
    refund = {
        "id": 5511,
        "order_id": order["id"],
        "created_at": "2026-11-21T03:00:00Z",
        "refund_line_items": [{"quantity": 1, **line}],
    }
    tell(shop, system, [("orders/create", order)], at_once=False)
    before = net()

    tell(shop, system, [("refunds/create", refund)] * 2, at_once=False)

    assert net() == (before - int(line["subtotal"]) if left is None else left)


def test_woocommerce_counts_a_refund_of_its_own_and_in_the_order_once(shop: Shop) -> None:
    system = connect(shop, "woocommerce")
    refund = {
        "id": 726,
        "parent_id": WOO_ORDER["id"],
        "date_created_gmt": "2026-11-21T10:00:00",
        "amount": "6.00",
        "line_items": [],
    }
    updated = WOO_ORDER | {
        "date_modified_gmt": "2026-11-21T10:00:01",
        "refunds": [{"id": 726, "total": "-6.00"}],
    }

    tell(shop, system, [("refund.created", refund), ("order.created", WOO_ORDER)], at_once=False)
    assert net() == 1_200
    tell(shop, system, [("order.updated", updated)], at_once=False)

    assert net() == 1_200


def test_a_refund_of_an_order_nobody_told_of_waits_and_sells_nothing(shop: Shop) -> None:
    system = connect(shop, "shopify")

    tell(shop, system, [ONE], at_once=True)

    assert not Order.objects.exists()
    assert ShopOrder.objects.get().order_number == ""
    assert system.ledger()["stored"] == 1

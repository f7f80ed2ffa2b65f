"""One order told by webhook, by the snippet of the website and by a file is one order, in whatever
order the three come in, and the shop system has the word on it.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from idic.identify.models import Customer, Order, OrderLine, SourceRecord
from tests.identify.importing import run_import, write_csv
from tests.identify.ingest.hook_shop import HookShop, connect
from tests.identify.ingest.shop import NOW, Shop, make_shop, track
from tests.identify.ingest.vectors import SHOPIFY_ORDER

pytestmark = pytest.mark.django_db

HEAD = ("Order", "Date", "Customer ID", "Email", "SKU", "Product", "Qty", "Price")
PAID = SHOPIFY_ORDER | {"updated_at": "2026-11-20T16:30:00+07:00", "tags": "paid"}
CALLED_OFF = SHOPIFY_ORDER | {
    "updated_at": "2026-11-21T08:00:00+07:00",
    "cancelled_at": "2026-11-21T08:00:00+07:00",
}


@pytest.fixture
def shop(tmp_path: Path, settings: Any) -> Shop:
    settings.IDIC_HOME = tmp_path
    return make_shop(tmp_path)


def tellers(shop: Shop, folder: Path, *, who: str) -> dict[str, Callable[[], None]]:
    system = connect(shop, "shopify")

    def webhook() -> None:
        assert system.send(SHOPIFY_ORDER, "orders/create").status == 200
        shop.load()

    def snippet() -> None:
        products = [{"sku": "SKU2006-001", "price": 398, "quantity": 1}]
        said: dict[str, Any] = {"order_id": "9999", "currency": "GBP", "products": products}
        known = {
            "same": {"userId": "jon", "anonymousId": None},
            "anonymous": {"userId": None, "anonymousId": "d-1"},
            "other": {"userId": "u-17", "anonymousId": "d-1"},
        }[who]
        call = track("Order Completed", properties=said, **known)
        if who == "same":
            call["context"] = {}
            traits = {"email": "jon@example.com"}
            shop.send({"type": "identify", "userId": "jon", "traits": traits})
        shop.send(call | {"timestamp": "2026-11-20T09:09:50Z"})
        shop.load()

    def file() -> None:
        address = "" if who == "other" else "jon@example.com"
        rows = (("#9999", "2026-11-20", "C7", address, "SKU2006-001", "Sunglasses", 1, "398.00"),)
        path = folder / "orders.csv"
        run_import(write_csv(path, *rows, header=HEAD), now=NOW)

    return {"webhook": webhook, "snippet": snippet, "file": file}


@pytest.mark.req("R020")
@pytest.mark.parametrize("who", ["same", "anonymous", "other"])
@pytest.mark.parametrize("way", permutations(["webhook", "snippet", "file"]), ids="-".join)
def test_one_order_told_by_three_is_one(
    shop: Shop, tmp_path: Path, way: tuple[str, ...], who: str
) -> None:
    tell = tellers(shop, tmp_path, who=who)
    for teller in way:
        tell[teller]()

    order = Order.objects.select_related("source", "record__customer").get()
    assert order.order_number in {"9999", "#9999"}
    assert (order.source.kind, order.net_amount, order.line_count) == ("shop_system", 39_800, 2)
    assert f"{order.ordered_at:%Y-%m-%d %H:%M:%S}" == "2026-11-20 09:09:54"
    assert sum(line.net_amount for line in OrderLine.objects.all()) == 39_800
    assert order.record is not None
    jon = SourceRecord.objects.get(source_key="115310627314723954").customer
    assert order.record.customer == jon
    if who == "same":
        assert Customer.objects.count() == 1
    for teller in way:  # each again, in another order
        tell[teller]()
    assert Order.objects.get().net_amount == 39_800


@pytest.mark.parametrize("way", permutations([SHOPIFY_ORDER, PAID, CALLED_OFF]))
def test_what_the_system_said_last_counts_however_late_the_rest_comes(
    shop: Shop, way: tuple[dict[str, Any], ...]
) -> None:
    system: HookShop = connect(shop, "shopify")
    for said in way:
        system.send(said, "orders/updated")
        shop.load()

    order = Order.objects.get()
    assert (order.net_amount, order.line_count) == (0, 0)
    assert system.ledger()["stored"] == 3


def test_the_same_is_so_when_all_come_at_once(shop: Shop) -> None:
    system = connect(shop, "shopify")
    for said in (CALLED_OFF, SHOPIFY_ORDER, PAID):
        system.send(said, "orders/updated")
    shop.load()

    assert Order.objects.get().net_amount == 0


def test_an_old_file_of_the_system_does_not_undo_what_it_told_since(
    shop: Shop, tmp_path: Path
) -> None:
    system = connect(shop, "shopify")
    system.send(CALLED_OFF, "orders/updated")
    shop.load()
    rows = (("#9999", "2026-11-20", "C7", "", "SKU2006-001", "Sunglasses", 1, "398.00"),)

    report = run_import(
        write_csv(tmp_path / "o.csv", *rows, header=HEAD), now=NOW, source=system.source.name
    )

    assert report.counts["orders"] == 1
    assert Order.objects.get().net_amount == 0


def test_the_buyer_of_an_order_may_be_told_anew_by_its_system(shop: Shop) -> None:
    system = connect(shop, "shopify")
    system.send(SHOPIFY_ORDER, "orders/create")
    other = {"id": 9, "email": "mai@example.com", "first_name": "Mai"}
    system.send(
        SHOPIFY_ORDER | {"customer": other, "updated_at": "2026-11-21T00:00:00Z"}, "orders/updated"
    )
    shop.load()

    order = Order.objects.select_related("record").get()
    assert order.record is not None
    assert order.record.source_key == "9"


def test_the_same_number_at_another_time_or_price_is_still_another_order(
    shop: Shop, tmp_path: Path
) -> None:
    system = connect(shop, "shopify")
    system.send(SHOPIFY_ORDER, "orders/create")
    shop.load()
    rows = (("#9999", "2026-11-20", "C7", "", "TEA", "Tea", 1, "3.00"),)

    run_import(write_csv(tmp_path / "o.csv", *rows, header=HEAD), now=NOW)

    assert sorted(Order.objects.values_list("order_number", "net_amount")) == [
        ("#9999", 39_800),
        ("#9999 · C7", 300),
    ]

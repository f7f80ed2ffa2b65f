"""How often somebody buys and for how much within a chosen window, of one person and of a segment;
and what they prefer, with its source and how sure it is.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from idic.core import ids
from idic.differentiate.models import Segment
from idic.identify.models import Customer, ExchangeRate, Order, OrderLine, Trait
from idic.identify.services.flush import flush_to_lake
from idic.web.portrait.habits import Preference, draw_preferences, wilson
from idic.web.selectors.customer import get_facts

ZONE = "Asia/Ho_Chi_Minh"


def buy(
    customer: Customer,
    number: str,
    at: datetime,
    *goods: tuple[str, str],
    amount: int = 100_000,
    **more: Any,
) -> None:
    record = customer.records.get()
    order = Order.objects.create(
        order_number=number,
        source=record.source,
        record=record,
        ordered_at=at,
        net_amount=amount,
        line_count=len(goods),
        **{"currency": "VND", **more},
    )
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            line_number=place,
            product_code=name,
            product_name=name,
            category=kind,
            quantity=1,
            unit_price=amount,
            net_amount=amount,
        )
        for place, (name, kind) in enumerate(goods, start=1)
    )


SHIRT, POLO = (
    ("Áo sơ mi trắng Coolmate size L", "Shirts"),
    ("Áo polo xanh Coolmate size L", "Shirts"),
)
MILK = ("Sữa tươi không đường 1l", "Milk")


@pytest.fixture
def an(add: Callable[..., Any], now: datetime) -> Customer:
    """Somebody who buys shirts of one make and size, in the evening, at one store."""
    an: Customer = add("An Lê", orders=0)
    evening = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)  # half past seven in Hanoi
    for n in range(6):
        at = evening - timedelta(days=n * 14)
        buy(an, f"A{n}", at, SHIRT if n % 2 else POLO, store="Quận 1" if n else "Quận 7")
    buy(an, "A9", evening - timedelta(days=2), MILK, store="Quận 1", amount=40_000)
    buy(an, "R1", evening, SHIRT, store="Quận 1", amount=-100_000, is_return=True)
    return an


def preferences(customer: Customer, now: datetime) -> dict[str, Preference]:
    facts = get_facts(customer.id, now=now)
    return {one.name: one for one in draw_preferences(facts, facts.purchases, ZONE)}


@pytest.mark.req("R002")
def test_brand_size_place_and_hours_are_read_from_purchases_with_source_and_sureness(
    an: Customer, now: datetime
) -> None:
    found = preferences(an, now)

    said = {name: (one.value, one.source) for name, one in found.items()}
    assert said == {
        "place": ("Quận 1", "from 6 of 7 purchases"),
        "hours": ("in the evening", "from 7 of 7 purchases"),
        "weekday": ("on working days", "from 7 of 7 purchases"),
        "category": ("Shirts", "from 6 of 7 purchases"),
        "size": ("L", "from 6 of 6 purchases"),
        "brand": ("Coolmate", "from 6 of 6 purchases"),
    }
    assert found["hours"].confidence == pytest.approx(wilson(7, 7))
    assert 0.7 < found["hours"].confidence < 0.9
    assert found["hours"].sureness == "quite sure"
    assert found["place"].confidence < found["hours"].confidence
    assert found["place"].sureness == "likely"


@pytest.mark.req("R002")
def test_what_they_said_themselves_comes_before_what_they_bought(
    an: Customer, now: datetime
) -> None:
    record = an.records.get()
    for name, value in (("size", "XL"), ("preferred_channel", "zalo")):
        Trait.objects.create(record=record, name=name, value=value, observed_at=now)

    found = preferences(an, now)

    assert (found["size"].value, found["size"].is_stated) == ("XL", True)
    assert found["size"].source.startswith(record.source.name)
    assert (found["channel"].value, found["channel"].sureness) == ("zalo", "said themselves")


@pytest.mark.req("R002")
def test_two_purchases_or_a_mixed_lot_are_no_habit(add: Callable[..., Any], now: datetime) -> None:
    be = add("Be Vũ", orders=0)
    for n in range(2):
        buy(be, f"B{n}", now - timedelta(days=n), SHIRT)
    assert preferences(be, now) == {}

    cu = add("Cu", orders=0)
    for n, size in enumerate(("S", "M", "L", "XL", "38", "40")):
        buy(cu, f"C{n}", now - timedelta(days=n), (f"Áo thun size {size}", f"kind {n}"))
    assert not {"size", "category", "brand"} & set(preferences(cu, now))


@pytest.mark.req("R002")
def test_midnights_of_a_file_tell_no_hour(add: Callable[..., Any], now: datetime) -> None:
    be = add("Be Vũ", orders=0)
    for n in range(4):
        midnight = datetime(2026, 11, 1 + n, 17, tzinfo=UTC)
        buy(be, f"B{n}", midnight, SHIRT)

    assert "hours" not in preferences(be, now)


@pytest.mark.req("R002")
def test_the_profile_shows_what_they_prefer(owner: Client, an: Customer) -> None:
    page = owner.get(f"/customers/{ids.encode('customer', an.id)}/").content.decode()

    for told in ("What they prefer", "Coolmate", "Quận 1", "in the evening", "from 6 of 7"):
        assert told in page


def cells(client: Client, path: str) -> list[dict[str, str]]:
    response = client.get(path)
    assert response.status_code == 200
    rows: list[dict[str, str]] = response.context["rows"]
    return rows


@pytest.mark.req("R024")
def test_frequency_and_average_order_of_a_profile_follow_the_window(
    owner: Client, an: Customer, business: Any
) -> None:
    path = f"/customers/{ids.encode('customer', an.id)}/purchases/"

    month, before = cells(owner, f"{path}?days=30")
    assert (month["purchases"], month["mean"], month["amount"]) == ("3", "₫80,000", "₫240,000")
    assert month["often"] == "3.04"  # 3 in 30 days of 30.44 a month
    assert (before["purchases"], before["mean"]) == ("3", "₫100,000")
    [ever] = cells(owner, f"{path}?days=0")
    assert (ever["purchases"], ever["mean"]) == ("7", "₫91,429")
    assert len(cells(owner, f"{path}?days=nonsense")) == 2
    assert (
        "An Lê buys 3.0 times a month, for ₫80,000 each time"
        in owner.get(f"{path}?days=30").content.decode()
    )


@pytest.mark.req("R024")
def test_money_of_another_currency_is_counted_at_its_rate(
    owner: Client, add: Callable[..., Any], now: datetime
) -> None:
    ExchangeRate.objects.create(currency="USD", from_date="1970-01-01", rate="25000")
    be = add("Be Vũ", orders=0)
    buy(be, "B1", now, SHIRT, amount=1_000, currency="USD")

    rows = cells(owner, f"/customers/{ids.encode('customer', be.id)}/purchases/?days=30")

    assert rows[0]["amount"] == "₫250,000"


@pytest.mark.req("R024")
def test_frequency_and_average_order_of_a_segment_follow_the_window(
    owner: Client, an: Customer, add: Callable[..., Any], now: datetime
) -> None:
    be, cu = add("Be Vũ", orders=0), add("Cu", orders=0)
    buy(be, "B1", now - timedelta(days=40), MILK, amount=60_000)
    buy(cu, "C1", now, MILK, amount=1_000_000)
    flush_to_lake(now=now)
    segment = Segment.objects.create(name="Two of us", created_at=now, is_static=True)
    for one in (an, be):
        segment.members.create(customer=one, added_at=now)
    path = f"/segments/{ids.encode('segment', segment.id)}/purchases/"

    month, before = cells(owner, f"{path}?days=30")

    told = [month[name] for name in ("people", "buyers", "purchases", "mean", "often")]
    assert told == ["2", "1", "3", "₫80,000", "1.52"]
    assert (before["buyers"], before["purchases"], before["amount"]) == ("2", "4", "₫360,000")
    [ever] = cells(owner, f"{path}?days=0")
    assert ever["purchases"] == "8"


def test_an_address_of_nothing_is_not_found(owner: Client) -> None:
    assert owner.get("/segments/nothing/purchases/").status_code == 404


def test_both_pages_ask_the_database_few_questions(
    owner: Client, an: Customer, now: datetime
) -> None:
    segment = Segment.objects.create(name="One", created_at=now, is_static=True)
    segment.members.create(customer=an, added_at=now)
    for path in (
        f"/customers/{ids.encode('customer', an.id)}/purchases/",
        f"/segments/{ids.encode('segment', segment.id)}/purchases/",
    ):
        owner.get(path)
        with CaptureQueriesContext(connection) as caught:
            assert owner.get(path).status_code == 200
        assert len(caught) <= 10, path

"""The search: the palette's answer, the page without a script, orders by number."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from idic.core import ids
from idic.differentiate.models import Segment
from idic.identify.models import Customer, Order, Source

PALETTE = {"HX-Request": "true", "HX-Target": "palette-found"}


def palette(client: Client, query: str) -> str:
    response = client.get("/search/", {"q": query}, headers=PALETTE)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.req("R009", "R142")
@pytest.mark.parametrize("query", ["dang", "Đặng", "binh da", "0217", "900000217"])
def test_the_palette_finds_people_first(
    owner: Client, add: Callable[..., Customer], query: str
) -> None:
    dang = add("Đặng Văn Bình", phone="+84900000217", city="Đà Nẵng", tier="vip")

    found = palette(owner, query.replace(" da", " dang"))

    assert "Đặng Văn Bình" in found
    assert f'href="/customers/{ids.encode("customer", dang.id)}/"' in found
    assert "VIP · •• 0217 · Đà Nẵng" in found
    assert "<html" not in found


@pytest.mark.req("R004")
def test_an_order_number_leads_to_its_customer(
    owner: Client, add: Callable[..., Customer], source: Source, now: datetime
) -> None:
    lan = add("Trần Lan", orders=0)
    for number, record in (("HD-1001", lan.records.get()), ("HD-1002", None)):
        Order.objects.create(
            order_number=number, source=source, record=record, ordered_at=now,
            currency="VND", net_amount=50_000, line_count=1,
        )  # fmt: skip

    page = owner.get("/search/", {"q": "HD-100"})

    (orders,) = (g for g in page.context["groups"] if g["label"] == "Orders")
    assert [(i["label"], i["sub"]) for i in orders["items"]] == [
        ("Order HD-1001", "Trần Lan · ₫50,000"),
        ("Order HD-1002", "nobody's yet · ₫50,000"),
    ]
    assert orders["items"][0]["url"] == f"/customers/{ids.encode('customer', lan.id)}/"


def test_segments_and_pages_are_found_by_their_names(
    owner: Client, business: Any, now: datetime
) -> None:
    Segment.objects.create(name="Khách Đà Nẵng", created_at=now)

    groups = owner.get("/search/", {"q": "da nang"}).context["groups"]
    pages = owner.get("/search/", {"q": "settings"}).context["commands"]

    assert [(g["label"], g["items"][0]["label"]) for g in groups] == [("Segments", "Khách Đà Nẵng")]
    assert [(g["label"], g["items"][0]["url"]) for g in pages] == [("Go to", "/settings/")]


def test_nothing_found_is_said(owner: Client, business: Any) -> None:
    assert "Nothing is called “xyzzy”" in owner.get("/search/", {"q": "xyzzy"}).content.decode()
    assert "Whom are you looking for?" in owner.get("/search/").content.decode()


def test_a_search_takes_as_many_queries_for_twenty_as_for_two(
    owner: Client, add: Callable[..., Customer]
) -> None:
    def queries() -> int:
        palette(owner, "person")
        with CaptureQueriesContext(connection) as caught:
            palette(owner, "person")
        return len(caught)

    for n in range(2):
        add(f"Person {n}")
    few = queries()
    for n in range(18):
        add(f"Person {n}")

    assert queries() <= few
    assert few <= 16


def test_a_person_without_a_name_is_found_by_their_number(
    owner: Client, add: Callable[..., Customer]
) -> None:
    nobody = add("")

    assert f"Customer K{nobody.id}" in palette(owner, f"K{nobody.id}")


def test_whoever_is_not_found_can_be_written_down(owner: Client) -> None:
    page = owner.get("/search/", {"q": "0987654321"}).content.decode()

    assert 'href="/customers/new/?phone=%2B84987654321"' in page
    assert "/customers/new/?" not in owner.get("/search/", {"q": ""}).content.decode()

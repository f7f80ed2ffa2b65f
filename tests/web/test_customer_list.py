"""The customer list: what it shows, its filters, its views, its export, who may what."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from idic.core import ids
from idic.core.models import AuditEntry
from idic.differentiate.models import NeedGroup, Segment, SegmentMember
from idic.differentiate.segments import Choice, Orders
from idic.web.listing.query import rule_parameter
from idic.web.models import SavedView
from idic.web.selectors import customers as selectors
from idic.web.services.exports import harmless

LIST = "/customers/"
POLYGLOT = (
    """jaVasCript:/*-/*`/*\\`/*'/*"/**/(/* */oNcliCk=alert() )"""
    """//<svg/onload='+/"/+/onmouseover=1/+/[*/[]/+alert(1)//'>"""
)


def names(client: Client, **query: Any) -> list[str]:
    response = client.get(LIST, query)
    assert response.status_code == 200
    return [row["name"] for row in response.context["rows"]]


def queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(address).status_code == 200
    return len(caught)


def test_without_customers_the_page_leads_to_the_import(owner: Client) -> None:
    response = owner.get(LIST)

    assert "No customers yet" in response.content.decode()


@pytest.mark.req("R039", "R053")
def test_the_list_sorts_by_expected_value_and_by_each_column(
    owner: Client, add: Callable[..., Any]
) -> None:
    add("An", expected_amount=5, last_year_amount=9)
    add("Bình", expected_amount=9, last_year_amount=5)
    add("Chi", expected_amount=None, last_year_amount=7)

    assert names(owner) == ["Bình", "An", "Chi"]
    assert names(owner, sort="-expected") == ["An", "Bình", "Chi"]
    assert names(owner, sort="last_year") == ["An", "Chi", "Bình"]
    assert names(owner, sort="name") == ["An", "Bình", "Chi"]
    assert names(owner, sort="nonsense") == ["Bình", "An", "Chi"]


@pytest.mark.req("R047", "R048", "R049")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"tier": "vip"}, ["VIP"]),
        ({"tier": ["vip", "new"]}, ["VIP", "New"]),
        ({"tier": "vip", "overdue": "1"}, []),
        ({"overdue": "1"}, ["Late"]),
        ({"city": "ha noi"}, ["New"]),
        ({"reach": "email"}, ["VIP"]),
        ({"reach": "none"}, ["Late", "New"]),
        ({"new": "30"}, ["VIP", "New"]),
        ({"quiet": "90"}, ["Late"]),
        ({"bought": "30"}, ["VIP", "New"]),
        ({"min": "1tr"}, ["VIP"]),
        ({"min": "1.000.000"}, ["VIP"]),
        ({"case": "1"}, ["Late"]),
        ({"tier": "gold", "city": "", "min": "many", "new": "-5"}, ["VIP", "Late", "New"]),
    ],
)
def test_filters_narrow_the_list(
    owner: Client, add: Callable[..., Any], query: dict[str, Any], expected: list[str]
) -> None:
    add("VIP", tier="vip", expected_amount=9, last_year_amount=2_000_000, email_reach="allowed")
    add(
        "Late",
        tier="at_risk",
        expected_amount=5,
        is_overdue=True,
        overdue_days=40,
        has_open_case=True,
        first_order_date="2025-01-01",
        last_order_date="2026-06-01",
    )
    add("New", tier="new", expected_amount=1, city="Hà Nội")
    owner.cookies["idic_language"] = "vi"

    assert names(owner, **query) == expected


@pytest.mark.req("R046")
def test_a_rule_or_a_segment_opens_the_people_behind_it(
    owner: Client, add: Callable[..., Any], now: Any
) -> None:
    add("An", orders=3)
    binh = add("Bình", orders=1)
    segment = Segment.objects.create(name="Friends", is_static=True, created_at=now)
    SegmentMember.objects.create(segment=segment, customer=binh, added_at=now)

    assert names(owner, rule=rule_parameter(Orders("at_least", 2))) == ["An"]
    assert names(owner, segment=ids.encode("segment", segment.id)) == ["Bình"]
    assert names(owner, rule='{"type": "drop table"}') == ["An", "Bình"]


@pytest.mark.req("R038")
def test_a_cell_of_the_matrix_opens_its_people(
    owner: Client, add: Callable[..., Any], now: Any
) -> None:
    group = NeedGroup.objects.create(name="Fresh meals", created_at=now)
    add("An", tier="vip", need_group=group)
    add("Bình", tier="vip")

    assert names(owner, tier="vip", need=str(group.id)) == ["An"]
    assert names(owner, tier="vip", need="0") == ["Bình"]


def test_pages_are_turned_by_keys_both_ways(owner: Client, add: Callable[..., Any]) -> None:
    for n in range(53):
        add(f"Person {n:02}", orders=0)

    first = owner.get(LIST, {"sort": "name"})
    second = owner.get(LIST + first.context["next_url"])
    back = owner.get(LIST + second.context["previous_url"])

    assert [r["name"] for r in second.context["rows"]] == ["Person 50", "Person 51", "Person 52"]
    assert second.context["next_url"] == ""
    assert [r["name"] for r in back.context["rows"]] == [f"Person {n:02}" for n in range(50)]
    assert first.context["count"].number == 53


@pytest.mark.parametrize("place", ["x", "~", "=1~x", "=~5", "=99999999999999999999~1", "='~1"])
def test_a_place_that_makes_no_sense_shows_the_first_page(
    owner: Client, add: Callable[..., Any], place: str
) -> None:
    add("An", expected_amount=1)

    assert names(owner, after=place) == ["An"]
    assert names(owner, before=place, sort="last_order") == ["An"]


def test_the_list_takes_ten_queries_and_no_more_for_more_people(
    owner: Client, add: Callable[..., Any]
) -> None:
    for n in range(2):
        add(f"Person {n}", tier="vip", phone=f"+8490000000{n}")
    few = queries(owner, LIST), queries(owner, LIST + "?tier=vip&sort=name")
    for n in range(18):
        add(f"Other {n}", tier="vip")

    many = queries(owner, LIST), queries(owner, LIST + "?tier=vip&sort=name")

    assert many == few
    assert max(many) <= 10


@pytest.mark.req("R142")
def test_names_are_text_and_never_markup(owner: Client, add: Callable[..., Any]) -> None:
    add(POLYGLOT, city=POLYGLOT)
    owner.post("/customers/views/", {"name": POLYGLOT, "query": urlencode({"city": POLYGLOT})})

    for address in (LIST, f"{LIST}?{urlencode({'city': POLYGLOT})}", "/search/?q=javascript"):
        page = owner.get(address).content.decode()
        assert "<svg/onload" not in page
        assert "&lt;svg/onload" in page


def test_a_removed_view_comes_back_by_undo(owner: Client, business: Any) -> None:
    owner.post("/customers/views/", {"name": "Fish", "query": "tier=vip&columns=tier,city"})
    before = SavedView.objects.values().get()

    page = owner.post(f"/customers/views/{before['id']}/", {"act": "remove"}, follow=True)
    assert SavedView.objects.count() == 0
    assert 'action="/customers/views/restore/"' in page.content.decode()
    owner.post("/customers/views/restore/")
    again = owner.post("/customers/views/restore/", follow=True)

    assert SavedView.objects.values().get() == before
    assert "There is nothing to take back." in again.content.decode()


def test_a_view_is_saved_shown_changed_and_removed(
    owner: Client, as_role: Callable[[str], Client], add: Callable[..., Any]
) -> None:
    add("An", tier="vip")
    add("Bình", tier="new")
    owner.post("/customers/views/", {"name": "Our VIPs", "query": "tier=vip", "shared": "1"})
    view = SavedView.objects.get()
    sales = as_role("sales")

    assert names(sales, view=view.id) == ["An"]
    owner.post(f"/customers/views/{view.id}/", {"act": "change", "query": "tier=new&sort=name"})
    assert names(sales, view=view.id) == ["Bình"]
    owner.post(f"/customers/views/{view.id}/", {"act": "rename", "name": "Newcomers"})
    view.refresh_from_db()
    assert (view.name, view.query, view.owner) == ("Newcomers", "tier=new&sort=name", None)
    owner.post(f"/customers/views/{view.id}/", {"act": "remove"})
    assert SavedView.objects.count() == 0


def test_a_view_of_ones_own_is_nobody_elses(
    as_role: Callable[[str], Client], add: Callable[..., Any]
) -> None:
    add("An", tier="vip")
    sales, care = as_role("sales"), as_role("care")
    sales.post("/customers/views/", {"name": "Mine", "query": "tier=vip"})
    view = SavedView.objects.get()

    assert "Mine" not in care.get(LIST).content.decode()
    assert care.post(f"/customers/views/{view.id}/", {"act": "remove"}).status_code == 403
    assert SavedView.objects.get().name == "Mine"


def test_who_may_not_edit_segments_shares_no_view(as_role: Callable[[str], Client]) -> None:
    refused = as_role("read_only").post(
        "/customers/views/", {"name": "All", "query": "", "shared": "1"}
    )

    assert refused.status_code == 403
    assert SavedView.objects.count() == 0


@pytest.mark.parametrize("name", ["", "   ", "\u200b"])
def test_a_view_needs_a_name(owner: Client, name: str) -> None:
    owner.post("/customers/views/", {"name": name, "query": "tier=vip"})

    assert SavedView.objects.count() == 0


@pytest.mark.req("R046")
def test_chosen_people_or_the_whole_list_go_into_a_segment(
    owner: Client, add: Callable[..., Any]
) -> None:
    an, binh = add("An", tier="vip"), add("Bình", tier="vip")
    add("Chi", tier="new")
    address = "/customers/to-segment/"
    page = owner.get(address, {"list": "tier=vip"}).content.decode()
    assert "All 2 people of the list" in page

    owner.post(address, {"list": "tier=vip", "who": "all", "name": "VIPs"})
    owner.post(
        address,
        {"list": "", "who": "chosen", "chosen": ids.encode("customer", an.id), "name": "One"},
    )

    vips, one = Segment.objects.order_by("id")
    assert set(vips.members.values_list("customer_id", flat=True)) == {an.id, binh.id}
    assert set(one.members.values_list("customer_id", flat=True)) == {an.id}
    again = owner.post(
        address,
        {"list": "tier=vip", "who": "all", "segment": ids.encode("segment", one.id)},
        follow=True,
    )
    assert [row["name"] for row in again.context["rows"]] == ["An", "Bình"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"who": "all", "name": ""},
        {"who": "chosen", "name": "Nobody"},
        {"who": "all", "segment": "seg_0000000000001"},
    ],
)
def test_a_segment_without_name_or_people_is_refused(
    owner: Client, add: Callable[..., Any], wrong: dict[str, str]
) -> None:
    add("An")

    assert owner.post("/customers/to-segment/", {"list": "", **wrong}).status_code == 422
    assert Segment.objects.count() == 0


@pytest.mark.req("R053")
def test_an_export_holds_the_list_harmlessly_and_leaves_a_trail(
    owner: Client, add: Callable[..., Any]
) -> None:
    add("=HYPERLINK(1)", tier="vip", phone="+84900000217", last_year_amount=-5)
    add("Bình", tier="new")

    response = owner.get("/customers/export.csv?tier=vip")

    rows = list(csv.reader(io.StringIO(b"".join(response).decode("utf-8-sig"))))
    assert len(rows) == 2
    assert rows[1][1:3] == ["'=HYPERLINK(1)", "'+84900000217"]
    assert rows[1][11] == "-5"
    entry = AuditEntry.objects.get(action="customers.exported")
    assert (entry.actor, entry.detail["filters"]) == ("owner@shop.vn", ["tier"])


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\ta", "\ra"])
def test_a_cell_never_begins_a_formula(text: str) -> None:
    assert harmless(text) == f"'{text}"
    assert harmless(f"a{text}") == f"a{text}"


def test_a_large_export_misses_nobody(owner: Client, add: Callable[..., Any]) -> None:
    from idic.web.services import exports

    expected = {f"Person {n}" for n in range(12)}
    for name in expected:
        add(name, orders=0)
    exports._SLICE, kept = 5, exports._SLICE
    try:
        rows = b"".join(owner.get("/customers/export.csv")).decode("utf-8-sig")
    finally:
        exports._SLICE = kept

    assert {row["Name"] for row in csv.DictReader(io.StringIO(rows))} == expected


@pytest.mark.parametrize(
    ("role", "address"),
    [
        ("sales", "/customers/export.csv"),
        ("read_only", "/customers/export.csv"),
        ("read_only", "/customers/new/"),
        ("read_only", "/customers/to-segment/"),
        ("care", "/customers/to-segment/"),
    ],
)
def test_who_may_not_gets_403_and_nothing_happens(
    as_role: Callable[[str], Client], role: str, address: str
) -> None:
    assert as_role(role).get(address).status_code == 403
    assert AuditEntry.objects.count() == 0


def test_strangers_are_sent_to_the_login(business: Any) -> None:
    for address in (LIST, "/customers/new/", "/customers/export.csv", "/search/", "/settings/"):
        response = Client().get(address)
        assert (response.status_code, response["Location"].split("?")[0]) == (302, "/login/")


def test_the_lazy_count_is_exact(owner: Client, add: Callable[..., Any]) -> None:
    add("An", tier="vip")

    page = owner.get("/customers/count/?tier=vip").content.decode()

    assert "1 customer" in page


@pytest.mark.parametrize("view", ["all", "slipping", "vip_no_address", "new"])
def test_every_built_in_view_opens(owner: Client, add: Callable[..., Any], view: str) -> None:
    add("An", tier="vip")

    response = owner.get(LIST, {"view": view})

    assert response.context["view"].key == view


@pytest.mark.parametrize("language", ["vi", "zh-hans", "en"])
def test_the_list_speaks_three_languages(
    owner: Client, add: Callable[..., Any], language: str
) -> None:
    add("An", tier="vip", is_overdue=True, overdue_days=3, churn_risk=0.7)
    owner.cookies["idic_language"] = language
    columns = (
        "tier,need,worth,expected,last_year,orders,last_order,overdue,churn,reach,city,contact"
    )

    response = owner.get(LIST, {"columns": columns})

    assert response.status_code == 200
    assert f'lang="{language}"' in response.content.decode()


def test_a_long_list_is_counted_near_enough_and_says_so(
    owner: Client, add: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "MOST_COUNTED", 2)
    for n in range(3):
        add(f"Person {n}", tier="vip")
    for n in range(50):
        add(f"Other {n}", orders=0, tier="vip")

    before = owner.get(LIST, {"tier": "vip"}).content.decode()
    lazily = owner.get("/customers/count/?tier=vip").content.decode()
    after = owner.get(LIST, {"tier": "vip"}).context["count"]

    assert "more than 10,000 customers" in before
    assert "about 53 customers" in lazily
    assert (after.number, after.is_exact) == (53, False)


def test_the_rule_parameter_is_read_back(owner: Client, add: Callable[..., Any]) -> None:
    add("An", tier="vip")
    rule = rule_parameter(Choice("tier", "one_of", ("vip",)))
    address = f"{reverse('web:customer_list')}?{urlencode({'rule': rule})}"

    assert owner.get(address).context["count"].number == 1

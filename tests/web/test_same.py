"""Here twice? The page that finds the other one, compares, joins, keeps apart and parts again."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from idic.core import ids
from idic.differentiate.services.refresh import refresh_customers
from idic.identify.models import Customer, IdentityLink, IdentityLogEntry, SourceRecord
from idic.identify.services.customers import edit_customer
from idic.identify.services.search_index import reindex
from tests.cast import NOW, TODAY, Shop, browser_of, open_shop

pytestmark = [pytest.mark.django_db, pytest.mark.req("R028", "R031")]


@pytest.fixture
def shop() -> Shop:
    shop = open_shop()
    shop.add("Lan", "Lan Anh")
    shop.sell("Lan", "2026-11-01", "Tea 5")
    shop.sell("Lan Anh", "2026-11-02", "Tea 7")
    for name, mail in (("Lan", "lan@example.com"), ("Lan Anh", "anh@example.com")):
        edit_customer(
            customer_id=shop.people[name].id, changes={"email": mail}, actor="a", country="VN",
            now=NOW,
        )  # fmt: skip
    people = [one.id for one in shop.people.values()]
    reindex(customer_ids=people)
    refresh_customers(customer_ids=people, as_of=TODAY, now=NOW)
    return shop


def address(shop: Shop, name: str = "Lan") -> str:
    return reverse("web:customer_same", args=[word(shop, name)])


def word(shop: Shop, name: str) -> str:
    return ids.encode("customer", shop.people[name].id)


def decide(shop: Shop, act: str, *, browser: Client | None = None) -> int:
    posted = {"with": word(shop, "Lan Anh"), "act": act}
    return (browser or browser_of("Bob")).post(address(shop), posted).status_code


def test_the_other_one_is_found_by_the_name(shop: Shop) -> None:
    page = browser_of("Bob").get(address(shop))

    assert [one.name for _word, one in page.context["people"]] == ["Lan Anh"]
    assert f"?with={word(shop, 'Lan Anh')}" in page.content.decode()


def test_both_are_shown_side_by_side_with_what_wins(shop: Shop) -> None:
    page = browser_of("Bob").get(address(shop), {"with": word(shop, "Lan Anh")})

    rows = {row.label: (row.left, row.right, row.after) for row in page.context["rows"]}
    assert rows["Name"] == ("Lan", "Lan Anh", "Lan")
    assert rows["E-mail"] == ("lan@example.com", "anh@example.com", "anh@example.com")
    assert rows["Recognised by: E-mail"][2] == "lan@example.com, anh@example.com"
    assert page.context["kept_id"] == word(shop, "Lan")


def test_one_press_makes_them_one_and_another_parts_them_again(shop: Shop) -> None:
    lan, other = shop.people["Lan"], shop.people["Lan Anh"]
    browser = browser_of("Bob")

    assert decide(shop, "join", browser=browser) == 302
    assert set(SourceRecord.objects.values_list("customer_id", flat=True)) == {lan.id}
    entry = IdentityLogEntry.objects.get()
    assert (entry.by, entry.actor) == ("person", "bob@example.com")

    undo = reverse("web:customer_same_undo", args=[word(shop, "Lan"), entry.id])
    assert undo in browser.get(address(shop)).content.decode()
    assert browser.post(undo).status_code == 302
    assert Customer.objects.filter(id=other.id, merged_into=None).exists()
    answer = browser.post(undo, follow=True)
    assert "undone already" in answer.content.decode()


def test_who_was_said_to_be_two_is_not_joined_until_that_is_taken_back(shop: Shop) -> None:
    browser = browser_of("Bob")

    decide(shop, "apart", browser=browser)
    assert IdentityLink.objects.count() == 2
    decide(shop, "join", browser=browser)
    assert not Customer.objects.filter(merged_into__isnull=False).exists()
    page = browser.get(address(shop)).content.decode()
    assert "different people" in page
    assert "Somebody else: Lan Anh" in page

    entry = IdentityLogEntry.objects.get()
    browser.post(reverse("web:customer_same_undo", args=[word(shop, "Lan"), entry.id]))
    assert not IdentityLink.objects.exists()


def test_who_may_only_read_changes_nothing(shop: Shop) -> None:
    assert decide(shop, "join", browser=browser_of("Charlie")) == 403
    assert not IdentityLogEntry.objects.exists()


def test_the_page_asks_at_most_ten_questions(shop: Shop) -> None:
    browser = browser_of("Bob")
    browser.get(address(shop))
    assert queries(browser, shop) <= 10
    assert queries(browser, shop, q="lan@example.com") <= 10
    assert queries(browser, shop, **{"with": word(shop, "Lan Anh")}) <= 10
    decide(shop, "join", browser=browser)
    browser.get(address(shop))
    assert queries(browser, shop) <= 10


def queries(browser: Client, shop: Shop, **query: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert browser.get(address(shop), query).status_code == 200
    return len(asked)

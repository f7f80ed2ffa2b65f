"""The pages of Customize: the catalogue with its switches, and the offers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from idic.core.models import AuditEntry
from idic.customize.models import Offer, Product
from tests.cast import NOW, browser_of, open_shop

pytestmark = pytest.mark.django_db

GIFT = {"name": "A mug", "kind": "gift", "cost": "2.50"}


@pytest.fixture
def bob() -> Client:
    """Bob, who markets for a shop in £."""
    open_shop()
    return browser_of("Bob")


@pytest.fixture
def charlie(bob: Client) -> Client:
    """Charlie, who may only read."""
    return browser_of("Charlie")


def stock(count: int) -> list[Product]:
    return Product.objects.bulk_create(
        Product(code=f"P{n:03d}", name=f"Thing {n:03d}", name_key=f"thing {n:03d}", net_amount=n)
        for n in range(count)
    )


def offers(count: int) -> None:
    Offer.objects.bulk_create(
        Offer(name=f"Offer {n}", kind="gift", created_at=NOW) for n in range(count)
    )


def queries(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


@pytest.mark.parametrize(
    ("name", "fill"), [("customize:product_list", stock), ("customize:offer_list", offers)]
)
def test_a_list_of_twenty_takes_as_many_queries_as_one_of_two(
    bob: Client, name: str, fill: Callable[[int], object]
) -> None:
    fill(2)
    few = queries(bob, reverse(name))
    Product.objects.all().delete()
    Offer.objects.all().delete()
    fill(20)

    assert queries(bob, reverse(name)) == few <= 10


def test_the_catalogue_goes_on_page_by_page(bob: Client) -> None:
    stock(53)

    first = bob.get(reverse("customize:product_list"))
    last = bob.get(reverse("customize:product_list") + "?after=" + first.context["page"].next_after)

    names = [p.name for p in first.context["page"].products]
    assert names == [f"Thing {n:03d}" for n in range(52, 2, -1)]
    assert [p.name for p in last.context["page"].products] == [
        "Thing 002",
        "Thing 001",
        "Thing 000",
    ]
    assert last.context["page"].next_after == ""
    assert "53 products may be recommended" in first.content.decode()


def test_a_search_is_kept_on_the_next_page(bob: Client) -> None:
    stock(101)

    page = bob.get(reverse("customize:product_list") + "?q=Thing+0")

    assert f"?q=Thing+0&amp;after={page.context['page'].next_after}" in page.content.decode()
    assert (
        "No product is called that."
        in bob.get(reverse("customize:product_list") + "?q=nothing").content.decode()
    )


def test_an_empty_catalogue_says_where_it_comes_from(bob: Client) -> None:
    assert "No products yet" in bob.get(reverse("customize:product_list")).content.decode()


def test_a_product_is_switched_off_and_on(bob: Client) -> None:
    (product,) = stock(1)
    url = reverse("customize:product_switch", args=[product.id])
    back = reverse("customize:product_list") + "?q=Thing"

    answer = bob.post(url, {"what": "sellable", "on": "0", "next": back})

    assert (answer.status_code, answer["Location"]) == (302, back)
    product.refresh_from_db()
    assert (product.is_sellable, product.is_available) == (False, True)
    bob.post(url, {"what": "sellable", "on": "1"})
    bob.post(url, {"what": "available", "on": "0"})
    product.refresh_from_db()
    assert (product.is_sellable, product.is_available) == (True, False)


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/",
        "//evil.example/",
        "http:evil.example",
        "javascript:alert(1)",
        "/\\evil.example",
        "",
    ],
)
def test_nobody_is_led_away_by_the_address_to_go_back_to(bob: Client, back: str) -> None:
    (product,) = stock(1)

    answer = bob.post(
        reverse("customize:product_switch", args=[product.id]), {"on": "0", "next": back}
    )

    assert answer["Location"] == reverse("customize:product_list")


def test_who_may_only_read_sees_no_button_and_changes_nothing(charlie: Client) -> None:
    (product,) = stock(1)
    offers(1)
    offer = Offer.objects.get()

    posts = [
        (reverse("customize:product_switch", args=[product.id]), {"on": "0"}),
        (reverse("customize:offer_create"), GIFT),
        (reverse("customize:offer_edit", args=[offer.id]), GIFT),
        (reverse("customize:offer_switch", args=[offer.id]), {"on": "0"}),
    ]
    assert [charlie.post(url, data).status_code for url, data in posts] == [403] * 4
    assert charlie.get(reverse("customize:offer_create")).status_code == 403

    product.refresh_from_db()
    assert product.is_sellable
    assert list(Offer.objects.values_list("name", "is_active")) == [("Offer 0", True)]
    assert not AuditEntry.objects.filter(action__startswith="offer.").exists()
    for name in ("customize:product_list", "customize:offer_list"):
        page = charlie.get(reverse(name)).content.decode()
        assert "/switch/" not in page
        assert reverse("customize:offer_create") not in page


def test_strangers_are_asked_to_log_in(bob: Client) -> None:
    (product,) = stock(1)

    answer = Client().post(reverse("customize:product_switch", args=[product.id]), {"on": "0"})

    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("web:login"))
    product.refresh_from_db()
    assert product.is_sellable


def test_switches_are_posted_never_fetched(bob: Client) -> None:
    (product,) = stock(1)

    assert bob.get(reverse("customize:product_switch", args=[product.id])).status_code == 405
    assert bob.post(reverse("customize:product_switch", args=[1])).status_code == 404
    assert bob.post(reverse("customize:offer_switch", args=[1])).status_code == 404
    assert bob.post(reverse("customize:offer_edit", args=[1]), GIFT).status_code == 404


def test_an_offer_is_made_with_its_terms(bob: Client) -> None:
    posted = {
        "name": "Autumn",
        "kind": "discount",
        "terms": "On tea",
        "discount_percent": "12.5",
        "cost": "0.30",
        "from_date": "2026-11-01",
        "to_date": "2026-12-01",
    }

    answer = bob.post(reverse("customize:offer_create"), posted)

    assert answer["Location"] == reverse("customize:offer_list")
    offer = Offer.objects.get()
    assert (offer.name, offer.kind, offer.terms) == ("Autumn", "discount", "On tea")
    assert (offer.discount_rate, offer.cost_amount) == (Decimal("0.125"), 30)
    assert (offer.from_date, offer.to_date) == (date(2026, 11, 1), date(2026, 12, 1))
    assert offer.is_active
    entry = AuditEntry.objects.get(action="offer.created")
    assert (entry.actor, entry.subject_id) == ("bob@example.com", str(offer.id))
    assert "12.5" in bob.get(reverse("customize:offer_edit", args=[offer.id])).content.decode()


def test_a_changed_offer_stays_the_same_offer(bob: Client) -> None:
    offers(1)
    offer = Offer.objects.get()
    Offer.objects.update(is_active=False)

    bob.post(reverse("customize:offer_edit", args=[offer.id]), GIFT)

    assert list(Offer.objects.values_list("id", "name", "cost_amount", "is_active")) == [
        (offer.id, "A mug", 250, False)
    ]
    assert AuditEntry.objects.filter(action="offer.changed").count() == 1


def test_an_offer_ends_and_runs_again_on_the_record(bob: Client) -> None:
    offers(1)
    url = reverse("customize:offer_switch", args=[Offer.objects.get().id])

    bob.post(url, {"on": "0"})
    assert not Offer.objects.get().is_active
    bob.post(url, {"on": "1"})

    assert Offer.objects.get().is_active
    entries = AuditEntry.objects.filter(action__startswith="offer.").order_by("id")
    assert [entry.action for entry in entries] == ["offer.ended", "offer.resumed"]


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"name": ""}, "name", "This field is required."),
        ({"name": "x" * 121}, "name", "Ensure this value has at most 120 characters"),
        ({"kind": "bribe"}, "kind", "Select a valid choice."),
        ({"kind": "discount"}, "discount_percent", "Say how large the discount is."),
        (
            {"kind": "discount", "discount_percent": "101"},
            "discount_percent",
            "less than or equal to 100",
        ),
        ({"cost": "-1"}, "cost", "greater than or equal to 0"),
        ({"cost": "9" * 30}, "cost", "no more than 15 digits"),
        ({"cost": "much"}, "cost", "Enter a number."),
        ({"from_date": "soon"}, "from_date", "Write it like this: 31 Dec 2026."),
        (
            {"from_date": "2026-12-01", "to_date": "2026-12-01"},
            "to_date",
            "The end lies before the start.",
        ),
    ],
)
def test_a_wrong_offer_is_told_where_and_nothing_is_kept(
    bob: Client, changes: dict[str, str], field: str, message: str
) -> None:
    answer = bob.post(reverse("customize:offer_create"), GIFT | changes)

    assert answer.status_code == 422
    assert message in str(answer.context["form"].errors[field])
    assert message.split("'")[0] in answer.content.decode()
    assert not Offer.objects.exists()


def test_an_empty_form_is_refused_like_a_wrong_one(bob: Client) -> None:
    answer = bob.post(reverse("customize:offer_create"), {})

    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"name", "kind"}


@pytest.mark.parametrize(
    ("language", "typed", "stored"), [("vi", "12000", 12_000), ("zh-hans", "8.80", 880)]
)
def test_costs_are_kept_in_the_shops_own_money(language: str, typed: str, stored: int) -> None:
    open_shop(language=language)

    browser_of("Bob").post(reverse("customize:offer_create"), GIFT | {"cost": typed})

    assert Offer.objects.get().cost_amount == stored


@pytest.mark.parametrize("language", ["vi", "zh-hans", "en"])
def test_the_pages_stand_in_every_language(bob: Client, language: str) -> None:
    stock(2)
    offers(1)
    Offer.objects.create(name="Ten", kind="discount", discount_rate="0.1", created_at=NOW)
    bob.cookies["idic_language"] = language

    pages = [
        bob.get(reverse(name)).content.decode()
        for name in ("customize:product_list", "customize:offer_list", "customize:offer_create")
    ]

    assert all(f'lang="{language}"' in page for page in pages)
    assert all(("Saved" in page or "Offers" in page) == (language == "en") for page in pages[1:])

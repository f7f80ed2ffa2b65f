"""A customer's own page: their word counts, what stood there stays, and nobody else's shows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from idic.core import clock, ids
from idic.core.models import AuditEntry
from idic.customize.models import Product, Recommendation
from idic.customize.selectors import list_proposals
from idic.identify.models import (
    Asking,
    Consent,
    Customer,
    CustomerState,
    PersonalLink,
    PrivacyRequest,
    Question,
    Trait,
)
from idic.identify.public_forms import suspicion
from idic.identify.services import golden
from idic.identify.services.customers import edit_customer
from idic.identify.services.forms.links import create_link, revoke_links
from idic.identify.services.identity import merge
from idic.identify.services.privacy import erase_person, find_person
from idic.identify.services.questions.editing import ensure_standard
from tests.cast import NOW, Shop, browser_of, hire, open_shop

pytestmark = [pytest.mark.django_db, pytest.mark.req("R155", "R006")]


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Shop:
    suspicion.forget()
    ensure_standard(now=NOW)
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=1))
    shop = open_shop(language="vi")
    for name, phone in (("Lan", "0912345678"), ("Minh", "0987654321")):
        shop.add(name)
        edit_customer(
            customer_id=shop.people[name].id, changes={"phone": phone, "city": "Huế"},
            actor="bob@example.com", country="VN", now=NOW,
        )  # fmt: skip
    return shop


def lan(shop: Shop) -> Customer:
    return Customer.objects.get(id=shop.people["Lan"].id)


def link_of(shop: Shop, name: str = "Lan") -> str:
    return f"/me/{create_link(customer_id=shop.people[name].id, staff=hire('Bob'), now=NOW)}/"


def filled(customer: Customer, /, **changes: str) -> dict[str, str]:
    said = {"full_name": customer.full_name, "phone": customer.phone, "city": customer.city}
    return {**said, "email": "", "birth_date": "", "act": "save", **changes}


def test_they_see_what_we_know_and_where_it_is_from(shop: Shop) -> None:
    answer = Client().get(link_of(shop), {"lang": "en"})

    page = answer.content.decode()
    assert "What we know about you, Lan" in page
    assert 'value="Huế"' in page
    assert "noted by our staff" in page
    for header, value in (
        ("Cache-Control", "no-store"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Robots-Tag", "noindex, nofollow"),
    ):
        assert answer.headers[header] == value
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert not Trait.objects.exclude(verified_at=None).exists()


def test_their_word_wins_over_staffs_and_what_stood_there_stays(shop: Shop) -> None:
    Client().post(link_of(shop), filled(lan(shop), city="Đà Nẵng", birth_date="02/03/1990"))

    customer = lan(shop)
    assert (customer.city, str(customer.birth_date)) == ("Đà Nẵng", "1990-03-02")
    cities = Trait.objects.filter(record__customer=customer, name="city")
    assert set(cities.values_list("value", flat=True)) == {"Huế", "Đà Nẵng"}
    assert cities.get(value="Đà Nẵng").verified_at == clock.now()
    assert golden.find_changes(customer_ids=[customer.id]) == []
    assert AuditEntry.objects.filter(actor="customer").exists()


def test_confirming_without_a_change_verifies_each_value(shop: Shop) -> None:
    Client().post(link_of(shop), filled(lan(shop)))

    verified = Trait.objects.exclude(verified_at=None).values_list("name", flat=True)
    assert sorted(set(verified)) == ["city", "name", "phone"]
    page = browser_of("Bob").get(f"/customers/{ids.encode('customer', lan(shop).id)}/")
    assert page.context["portrait"].confirmed_on == clock.now()


def test_staff_may_correct_again_later(shop: Shop) -> None:
    Client().post(link_of(shop), filled(lan(shop), city="Đà Nẵng"))

    edit_customer(
        customer_id=lan(shop).id, changes={"city": "Vinh"}, actor="bob@example.com", country="VN",
        now=clock.now() + timedelta(days=1),
    )  # fmt: skip

    assert lan(shop).city == "Vinh"
    assert golden.find_changes(customer_ids=[lan(shop).id]) == []


@pytest.mark.req("R073")
def test_an_answer_given_there_is_remembered_and_is_no_asking_of_ours(shop: Shop) -> None:
    job = Question.objects.get(trait="occupation")
    url = link_of(shop)
    assert f'name="q{job.id}"' in Client().get(url).content.decode()

    Client().post(url, filled(lan(shop), **{f"q{job.id}": "Nurse"}))

    asking = Asking.objects.get()
    assert (asking.way, asking.answer, asking.is_repeat) == ("own_page", "Nurse", False)


def test_a_wrong_value_is_said_at_its_place_and_nothing_is_saved(shop: Shop) -> None:
    answer = Client().post(link_of(shop), filled(lan(shop), phone="12", city="<b>Vinh</b>"))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="phone_error"' in page
    assert "&lt;b&gt;Vinh" in page
    assert lan(shop).city == "Huế"
    assert not Trait.objects.exclude(verified_at=None).exists()


def test_they_stop_and_allow_offers_by_channel(shop: Shop) -> None:
    url = link_of(shop)

    Client().post(url, {"act": "refuse:sms"})
    Client().post(url, {"act": "allow:sms"})
    Client().post(url, {"act": "allow:email"})

    said = Consent.objects.order_by("id").values_list("channel", "status", "address", "proof")
    assert list(said) == [
        ("sms", "denied", "+84912345678", "own page"),
        ("sms", "granted", "+84912345678", "own page"),
    ]


def test_who_wants_no_profile_gets_no_proposals_until_they_do(shop: Shop) -> None:
    tea = Product.objects.create(code="TEA", name="Tea", is_sellable=True, is_available=True)
    Recommendation.objects.create(
        customer=lan(shop), product=tea, kind="buy_again", rank=1, score=1.0,
    )  # fmt: skip
    url = link_of(shop)
    assert len(list_proposals([lan(shop).id])) == 1

    Client().post(url, {"act": "profile:off"})
    assert list_proposals([lan(shop).id]) == {}
    Client().post(url, {"act": "profile:on"})
    assert len(list_proposals([lan(shop).id])) == 1
    assert CustomerState.objects.filter(kind="do_not_profile", until=None).count() == 0


def test_a_wish_is_listed_for_staff_with_its_day_and_is_one_however_often_asked(
    shop: Shop,
) -> None:
    url = link_of(shop)
    for _time in range(2):
        Client().post(url, {"act": "ask:copy"})
    Client().post(url, {"act": "ask:nonsense"})

    wish = PrivacyRequest.objects.get()
    assert (wish.kind, wish.due_date) == ("copy", clock.now().date() + timedelta(days=15))
    browser = browser_of("Bob")
    assert [one["name"] for one in browser.get("/requests/").context["waiting"]] == ["Lan"]
    browser.post(f"/requests/{wish.id}/done/")
    assert browser.get("/requests/").context["waiting"] == []
    assert browser_of("Charlie").post(f"/requests/{wish.id}/done/").status_code == 403


def test_the_link_is_shown_once_kept_as_a_digest_and_ends_at_a_press(shop: Shop) -> None:
    browser = browser_of("Bob")
    page = f"/customers/{ids.encode('customer', lan(shop).id)}/link/"

    first = browser.post(page, {"act": "new"}, follow=True)
    url = first.context["url"]
    word = url.rstrip("/").rpartition("/")[2]
    assert browser.get(page).context["url"] == ""
    assert word not in str(list(PersonalLink.objects.values_list()))
    assert "Lan" not in url
    assert ids.encode("customer", lan(shop).id) not in url
    assert Client().get(f"/me/{word}/").status_code == 200
    browser.post(page, {"act": "end"})
    assert Client().get(f"/me/{word}/").status_code == 404
    assert browser_of("Charlie").post(page, {"act": "new"}).status_code == 403


def test_no_guess_opens_a_page_and_one_link_opens_one_persons_alone(shop: Shop) -> None:
    url = link_of(shop)

    for wrong in ("x", "x" * 5_000, url[4:-2], ids.encode("customer", lan(shop).id)):
        assert Client().get(f"/me/{wrong}/").status_code == 404
    Client().post(url, filled(lan(shop), customer=str(shop.people["Minh"].id), city="Vinh"))
    assert Customer.objects.get(id=shop.people["Minh"].id).city == "Huế"
    assert "0987" not in Client().get(url).content.decode()


def test_a_link_ends_once_its_customer_is_joined_with_another(shop: Shop) -> None:
    url = link_of(shop)
    people = [shop.people["Lan"].id, shop.people["Minh"].id]

    merge(customer_ids=people, by="person", actor="a", now=clock.now())

    assert Client().get(url).status_code == 404


def test_a_flood_of_guesses_is_not_read(shop: Shop) -> None:
    browser = Client()

    statuses = [browser.get("/me/guess/").status_code for _number in range(90)]

    assert statuses[0] == 404
    assert statuses[-1] == 429


def test_an_erased_persons_number_tells_nothing(shop: Shop) -> None:
    erase_person(customer_id=shop.people["Minh"].id, actor="a", now=NOW)

    answer = Client().post(f"{link_of(shop)}?lang=en", filled(lan(shop), phone="0987654321"))

    assert answer.status_code == 422
    assert "erased" not in answer.content.decode().split("</form>")[0]


def test_links_wishes_and_words_go_with_the_person(shop: Shop) -> None:
    url = link_of(shop)
    Client().post(url, {"act": "ask:erasure"})
    assert find_person(customer_id=lan(shop).id).customer_ids == (lan(shop).id,)

    erase_person(customer_id=lan(shop).id, actor="a", now=NOW)

    assert not PersonalLink.objects.exists()
    assert not PrivacyRequest.objects.exists()
    assert Client().get(url).status_code == 404
    revoke_links(customer_id=shop.people["Minh"].id, staff=hire("Bob"), now=NOW)


def test_the_page_costs_ten_queries_at_most(shop: Shop) -> None:
    url = link_of(shop)
    browser = Client()
    browser.get(url)

    with CaptureQueriesContext(connection) as caught:
        assert browser.get(url).status_code == 200

    assert len(caught) <= 10

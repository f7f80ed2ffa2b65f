"""Somebody who logged in on the shop's website comes to a form on the same device: asked less,
shown nothing, and never taken for somebody else.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from idic.core.selectors import get_business
from idic.identify.models import Asking, Consent, Customer, FormSubmission, PendingConsent, Trait
from idic.identify.public_forms.look import write_embed
from idic.identify.public_forms.visitors import find_visitor
from idic.identify.services.customers import edit_customer
from idic.identify.services.forms.building import change_form, remove_place
from idic.identify.services.forms.reviewing import accept
from tests.cast import Shop as Cast
from tests.cast import hire
from tests.identify.ingest.shop import NOW, Shop, make_shop

from .cast import THANKS, Paper

pytestmark = [pytest.mark.django_db, pytest.mark.req("R009", "R073")]
DEVICE = str(UUID(int=7))
LAN = {"name": "Nguyễn Thị Lan", "phone": "0912345678", "email": "lan@example.com"}


@pytest.fixture
def web(tmp_path: Path) -> Shop:
    return make_shop(tmp_path)


@pytest.fixture
def paper(web: Shop, monkeypatch: pytest.MonkeyPatch) -> Paper:
    shop = Cast(business=get_business(), till=web.source)
    paper = Paper(shop, monkeypatch)
    for box in paper.form.fields.filter(kind="consent"):
        remove_place(form_id=paper.form.id, field_id=box.id, now=NOW)
    return paper


def log_in(web: Shop, *, user: str = "42", device: str = DEVICE, **traits: str) -> Customer:
    """Look at a page, then log in: what the script of a website sends."""
    web.send(
        {"type": "page", "messageId": f"p{user}{device}", "anonymousId": device},
        {
            "type": "identify", "messageId": f"i{user}{device}", "anonymousId": device,
            "userId": user, "traits": traits or LAN,
        },
    )  # fmt: skip
    web.load()
    return Customer.objects.get(records__source_key=user)


def live_in(customer: Customer, city: str) -> None:
    edit_customer(
        customer_id=customer.id, changes={"city": city}, actor="bob", country="VN", now=NOW
    )


def test_the_device_of_a_login_is_asked_only_what_is_not_known_and_shows_nothing(
    web: Shop, paper: Paper
) -> None:
    lan = log_in(web)
    live_in(lan, "Huế")
    url = f"{paper.url}?visitor={DEVICE}"

    page, _word = paper.open(url)

    for kind in ("name", "phone", "email"):
        assert paper.name(kind) not in page
    assert f"f{paper.question('city').id}" not in page
    assert f"f{paper.question('birth_date').id}" in page
    for value in ("Lan", "0912345678", "912345678", "lan@example.com", "Huế"):
        assert value not in page

    assert paper.send(url=url, birth_date="1990-03-02", extra={"visitor": DEVICE}).status_code == (
        THANKS
    )
    assert Customer.objects.get() == lan
    birth = Trait.objects.get(name="birth_date")
    assert (birth.record.customer, birth.record.source) == (lan, paper.form.source)
    assert birth.verified_at is None  # a browser proves nobody's word
    assert [one.is_repeat for one in Asking.objects.all()] == [False]
    assert "birth" not in paper.open(url)[0]


def test_our_own_cookie_is_enough_where_the_website_shares_its_name_with_us(
    web: Shop, paper: Paper
) -> None:
    log_in(web)
    paper.browser.cookies["idic_id"] = DEVICE

    assert paper.name("phone") not in paper.open()[0]
    assert paper.send(birth_date="1990-03-02", extra={"visitor": DEVICE}).status_code == THANKS
    assert Customer.objects.count() == 1
    assert paper.name("phone") in paper.open(f"{paper.url}?visitor=")[0]  # “That is not me”


def test_nobody_is_known_where_two_logged_in_or_the_word_could_be_guessed(
    web: Shop, paper: Paper
) -> None:
    log_in(web, device="17")
    log_in(web)
    log_in(web, user="43", name="Minh", email="minh@example.com")

    for word in ("17", DEVICE, "", "x" * 400, "nobody-ever-heard-of-this"):
        assert find_visitor(visitor=word, is_demo=False) is None
        assert paper.name("phone") in paper.open(f"{paper.url}?visitor={word}")[0]


def test_an_old_answer_is_asked_anew_without_being_shown(web: Shop, paper: Paper) -> None:
    lan = log_in(web)
    live_in(lan, "Huế")
    paper.question("city").question.__class__.objects.filter(trait="city").update(holds_for_days=30)
    paper.wait(days=60)

    page, _word = paper.open(f"{paper.url}?visitor={DEVICE}")

    assert f"f{paper.question('city').id}" in page
    assert "Huế" not in page


def test_whoever_sits_there_allows_nothing_for_an_address_they_do_not_write(
    web: Shop, paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    lan = log_in(web)
    shop = Cast(business=get_business(), till=web.source)
    other = Paper(shop, monkeypatch, kind="newsletter")
    url = f"{other.url}?visitor={DEVICE}"
    assert other.name("email") in other.open(url)[0]
    assert other.send(url=url, agree_email="1", extra={"visitor": DEVICE}).status_code == 422
    assert not Consent.objects.exists()

    change_form(form_id=other.form.id, values={"confirms_email": True}, staff=hire("Bob"), now=NOW)
    assert other.name("email") not in other.open(url)[0]
    assert other.send(url=url, agree_email="1", extra={"visitor": DEVICE}).status_code == THANKS

    pending = PendingConsent.objects.get()
    assert (pending.address, pending.record.customer) == ("lan@example.com", lan)
    assert not Consent.objects.exists()


def test_a_registration_asks_less_and_offers_no_box_for_an_address_it_does_not_show(
    web: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_in(web)
    paper = Paper(Cast(business=get_business(), till=web.source), monkeypatch)
    url = f"{paper.url}?visitor={DEVICE}"
    sms, email = (paper.name("consent", channel=channel) for channel in ("sms", "email"))

    page, _word = paper.open(url)
    assert [name in page for name in (paper.name("phone"), sms, email)] == [False] * 3
    answer = paper.send(url=url, agree_sms="1", extra={"visitor": DEVICE})
    assert answer.status_code == THANKS
    assert not Consent.objects.exists()  # a place the page did not have is not read

    change_form(form_id=paper.form.id, values={"confirms_email": True}, staff=hire("Bob"), now=NOW)
    page, _word = paper.open(url)
    assert [name in page for name in (paper.name("phone"), sms, email)] == [False, False, True]


def test_an_address_of_another_one_says_who_it_is(web: Shop, paper: Paper) -> None:
    lan = log_in(web, name="Lan", email="lan@example.com")  # no phone: the form must ask for it
    minh = log_in(web, user="43", device=str(UUID(int=8)), name="Minh", phone="0987654321")
    url = f"{paper.url}?visitor={DEVICE}"

    for phone, name in (("0987654321", "M"), ("0911222333", "Lan")):
        paper.send(url=url, name=name, phone=phone, extra={"visitor": DEVICE})
        paper.wait(hours=1)

    lan.refresh_from_db()
    first, second = FormSubmission.objects.order_by("id")
    assert first.record is not None
    assert second.record is not None
    assert (first.record.customer, second.record.customer) == (minh, lan)
    assert lan.phone == "+84911222333"


def test_a_page_made_for_one_device_cannot_be_sent_for_another(web: Shop, paper: Paper) -> None:
    lan = log_in(web)
    mine = str(UUID(int=9))
    log_in(web, user="66", device=mine, name="Eve", phone="0999888777", email="eve@example.com")
    word = paper.open(f"{paper.url}?visitor={mine}")[1]
    plain = paper.open()[1]
    paper.now += timedelta(seconds=10)
    birth = paper.filled(birth_date="1990-03-02")

    for sealed in (word, plain):
        answer = Client().post(paper.url, {"word": sealed, "visitor": DEVICE, **birth})
        assert answer.status_code == 422

    assert not Trait.objects.filter(record__customer=lan, name="birth_date").exists()
    assert not FormSubmission.objects.exists()


def test_what_was_held_back_is_still_theirs_when_it_is_taken(web: Shop, paper: Paper) -> None:
    lan = log_in(web)
    url = f"{paper.url}?visitor={DEVICE}"
    paper.send(url=url, birth_date="1990-03-02", seconds=1, extra={"visitor": DEVICE})
    held = FormSubmission.objects.get(state="held")

    accept(
        submission_id=held.id, form=paper.form, staff=hire("Bob"), business=get_business(),
        now=paper.now,
    )  # fmt: skip

    assert Customer.objects.get() == lan
    assert Trait.objects.get(name="birth_date").record.customer == lan


def test_the_page_costs_ten_queries_at_most(web: Shop, paper: Paper) -> None:
    log_in(web)
    url = f"{paper.url}?visitor={DEVICE}"
    paper.browser.get(url)
    with CaptureQueriesContext(connection) as caught:
        paper.browser.get(url)
    assert len(caught) <= 10


def test_the_frame_hands_on_the_word_of_either_script() -> None:
    embed = write_embed(token="abc", name="Members")

    assert "(?:idic_id|ajs_anonymous_id)=" in embed
    assert "document.cookie" in embed

"""A tick that counts only once the link in a mail to that address was pressed."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from idic.core import ids
from idic.identify.living import get_living_id
from idic.identify.models import (
    Consent,
    ConsentStatus,
    Customer,
    FormSubmission,
    PendingConsent,
    SourceRecord,
)
from idic.identify.permissions import list_addresses, list_holdings, list_said
from idic.identify.public_forms.links import confirm_url
from idic.identify.services.consent import record_consent
from idic.identify.services.consent.sealing import seal_ledger
from idic.identify.services.consent.verifying import verify_ledger
from idic.identify.services.forms import confirming
from idic.identify.services.forms.building import change_form
from idic.identify.services.forms.links import create_link
from idic.identify.services.forms.reviewing import accept
from idic.identify.services.identity import merge
from idic.identify.services.privacy import erase_person, find_person
from tests.cast import NOW, Shop, browser_of, hire, open_shop

from .cast import THANKS, Paper

pytestmark = [pytest.mark.django_db, pytest.mark.req("R021")]
LAN = {"name": "Lan Anh", "phone": "0912 345 678", "email": "Lan@Example.com"}


@pytest.fixture
def shop() -> Shop:
    return open_shop(language="vi")


@pytest.fixture
def paper(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Paper:
    paper = Paper(shop, monkeypatch)
    confirm_mails(paper)
    return paper


def confirm_mails(paper: Paper, *, on: bool = True) -> None:
    change_form(form_id=paper.form.id, values={"confirms_email": on}, staff=hire("Bob"), now=NOW)
    paper.form.refresh_from_db()


def path(pending: PendingConsent) -> str:
    return urlsplit(confirm_url(pending_id=pending.id)).path


def holds(customer: Customer) -> str:
    addresses = list_addresses(customer)
    holdings = list_holdings(list_said(customer, addresses), addresses)
    [mail] = [one for one in holdings if (one.channel, one.purpose) == ("email", "marketing")]
    return mail.status


def test_a_tick_allows_nothing_until_the_link_in_the_mail_is_pressed(paper: Paper) -> None:
    assert paper.send(**LAN, agree_email="1", agree_sms="1").status_code == THANKS

    [sms] = Consent.objects.all()
    assert (sms.channel, sms.status) == ("sms", ConsentStatus.GRANTED)
    [pending] = PendingConsent.objects.all()
    assert (pending.address, pending.asked_at) == ("lan@example.com", paper.now)
    assert holds(Customer.objects.get()) == ConsentStatus.UNKNOWN
    asked_at = paper.now
    paper.wait(minutes=20)

    page = Client().get(path(pending))
    assert page.status_code == 200
    assert "la…@example.com" in page.content.decode()
    assert "lan@example.com" not in page.content.decode()
    assert Client().head(path(pending)).status_code == 200
    assert holds(Customer.objects.get()) == ConsentStatus.UNKNOWN  # a scanner opens links

    assert Client(enforce_csrf_checks=True).post(path(pending)).status_code == 200

    said = Consent.objects.get(channel="email")
    assert (said.status, said.address, said.given_at) == ("granted", "lan@example.com", paper.now)
    submission = ids.encode("submission", FormSubmission.objects.get().id)
    assert said.proof == (
        f"form Membership, {submission}; asked {asked_at:%Y-%m-%dT%H:%M:%SZ}, "
        f"confirmed by mail {paper.now:%Y-%m-%dT%H:%M:%SZ}"
    )
    assert said.wording_version == f"{pending.wording_id} v1 vi"
    assert holds(Customer.objects.get()) == ConsentStatus.GRANTED
    seal_ledger(now=paper.now)
    assert verify_ledger().is_whole


def test_a_link_counts_once_and_ends(paper: Paper) -> None:
    paper.send(**LAN, agree_email="1")
    [pending] = PendingConsent.objects.all()
    for _press in range(2):
        Client().post(path(pending))
    assert Consent.objects.filter(channel="email").count() == 1

    paper.wait(hours=1)
    paper.send(name="Minh", phone="0987654321", email="minh@example.com", agree_email="1")
    late = PendingConsent.objects.get(address="minh@example.com")
    paper.now += confirming.LASTS
    answer = Client().post(path(late))

    assert paper.url in answer.content.decode()  # to the form again
    assert not Consent.objects.filter(address="minh@example.com").exists()
    paper.now += timedelta(days=31)
    confirming.delete_old(now=paper.now)
    assert not PendingConsent.objects.exists()
    assert Client().get(path(late)).status_code == 404


def test_no_guess_and_no_word_of_another_kind_confirms(paper: Paper) -> None:
    paper.send(**LAN, agree_email="1")
    [pending] = PendingConsent.objects.all()
    good = path(pending)
    sealed = paper.open()[1]
    forged = (good[:-2] + "/", f"/confirm/{pending.id}/", f"/confirm/{sealed}/", "/confirm/x/",
              f"/confirm/{'x' * 5000}/")  # fmt: skip

    for wrong in forged:
        assert Client().post(wrong).status_code == 404

    assert not Consent.objects.filter(channel="email").exists()
    headers = Client().get(good).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_whoever_presses_is_the_owner_of_the_address_so_their_refusal_is_taken_back(
    shop: Shop, paper: Paper
) -> None:
    shop.add("Lan")
    record_consent(
        record_id=shop.records["Lan"].id, address="lan@example.com", channel="email",
        status=ConsentStatus.DENIED, now=NOW,
    )  # fmt: skip

    paper.send(**LAN, agree_email="1")
    [pending] = PendingConsent.objects.all()
    customer = pending.record.customer
    assert customer is not None
    merge(customer_ids=[customer.id, shop.people["Lan"].id], by="staff", actor="bob", now=paper.now)
    customer.refresh_from_db()
    customer = Customer.objects.get(id=get_living_id(customer_id=customer.id))
    assert holds(customer) == ConsentStatus.DENIED

    Client().post(path(pending))

    assert holds(customer) == ConsentStatus.GRANTED


def test_nobodys_mailbox_is_filled_from_here(paper: Paper) -> None:
    for minutes in (0, 1, 10, 20, 30, 60):
        paper.wait(minutes=minutes)
        paper.send(**LAN, agree_email="1")
    assert PendingConsent.objects.count() == 3  # a day; and never two within five minutes

    paper.wait(days=2)
    paper.send(**LAN, agree_email="1")
    newest = PendingConsent.objects.latest("asked_at")
    Client().post(path(newest))
    paper.wait(days=2)
    paper.send(**LAN, agree_email="1")
    assert PendingConsent.objects.count() == 4  # the same words hold already
    assert not PendingConsent.objects.filter(confirmed_at=None, expires_at__gt=paper.now).exists()


def test_a_link_of_their_own_and_a_form_taken_after_all_ask_for_the_mail_too(
    shop: Shop, paper: Paper
) -> None:
    [lan] = shop.add("Lan", email="lan@example.com")
    SourceRecord.objects.filter(customer=lan).update(kind="person")
    word = create_link(customer_id=lan.id, staff=hire("Bob"), now=NOW)
    paper.send(url=f"{paper.url}{word}/", phone="0912345678", agree_email="1")
    assert PendingConsent.objects.get().address == "lan@example.com"

    paper.wait(minutes=10)
    paper.send(name="M", phone="0987654321", email="m@example.com", seconds=1, agree_email="1")
    held = FormSubmission.objects.get(state="held")
    assert PendingConsent.objects.count() == 1
    accept(
        submission_id=held.id, form=paper.form, staff=hire("Bob"), business=shop.business,
        now=paper.now,
    )  # fmt: skip
    assert PendingConsent.objects.filter(address="m@example.com").count() == 1
    assert not Consent.objects.filter(channel="email").exists()


def test_what_waits_goes_with_the_person_and_is_handed_over_with_their_data(
    paper: Paper,
) -> None:
    paper.send(**LAN, agree_email="1")
    [pending] = PendingConsent.objects.all()
    customer = Customer.objects.get()
    assert find_person(customer_id=customer.id)

    erase_person(customer_id=customer.id, actor="a", now=paper.wait(hours=1))

    assert not PendingConsent.objects.exists()
    assert Client().post(path(pending)).status_code == 404
    assert not Consent.objects.exists()


def test_the_switch_stands_at_the_box_and_the_pages_say_what_waits(
    shop: Shop, paper: Paper
) -> None:
    word = ids.encode("form", paper.form.id)
    bob = browser_of("Bob")
    page = bob.get(f"/forms/{word}/edit/").content.decode()
    assert re.search(r'name="confirms_email" value="1" checked', page)
    assert paper.browser.get(f"{paper.url}thanks/").content.decode().count('class="note') == 1

    paper.send(**LAN, agree_email="1")
    customer = Customer.objects.get()
    public_id = ids.encode("customer", customer.id)
    consents = bob.get(f"/customers/{public_id}/consent/", headers={"accept-language": "en"})
    assert "lan@example.com" in consents.content.decode()
    own = Client().get(
        f"/me/{create_link(customer_id=customer.id, staff=hire('Bob'), now=paper.now)}/?lang=en"
    )
    assert "not yet confirmed: press the link in our mail" in own.content.decode()
    assert bob.get(f"/forms/{word}/").status_code == 200

    confirm_mails(paper, on=False)
    assert 'class="note' not in paper.browser.get(f"{paper.url}thanks/").content.decode()
    paper.wait(days=1)
    paper.send(name="M", phone="0987654321", email="m@example.com", agree_email="1")
    assert Consent.objects.get(address="m@example.com").status == ConsentStatus.GRANTED


def test_the_page_costs_ten_queries_at_most(paper: Paper) -> None:
    paper.send(**LAN, agree_email="1")
    [pending] = PendingConsent.objects.all()
    Client().get(path(pending))
    with CaptureQueriesContext(connection) as caught:
        Client().get(path(pending))
    assert len(caught) <= 10


def test_what_somebody_agreed_to_stands_on_both_pages_in_the_language_they_read(
    shop: Shop, paper: Paper
) -> None:
    confirm_mails(paper, on=False)
    paper.send(**LAN, agree_email="1")
    customer = Customer.objects.get()
    text = "Tôi đồng ý nhận ưu đãi của"

    page = browser_of("Bob").get(f"/customers/{ids.encode('customer', customer.id)}/consent/")
    assert page.content.decode().count(text) == 2  # what holds, and everything said
    word = create_link(customer_id=customer.id, staff=hire("Bob"), now=paper.now)
    own = Client().get(f"/me/{word}/?lang=en").content.decode()
    assert "You agreed to this:" in own
    assert text in own
    Client().post(f"/me/{word}/", {"act": "refuse:email"})
    Client().post(f"/me/{word}/", {"act": "allow:email"})
    assert (
        "Messages about your orders still reach you.”"
        in Client().get(f"/me/{word}/?lang=en").content.decode()
    )

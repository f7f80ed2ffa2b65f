"""The mail that asks somebody to confirm what they ticked, and links in a campaign that are a
person's own: what leaves, where it goes, and what is never stored.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from idic.identify.events import ConfirmationAsked
from idic.identify.models import Consent, Customer, Identifier, PendingConsent, PersonalLink
from idic.identify.public_forms.links import confirm_url
from idic.identify.services.customers import edit_customer
from idic.identify.services.forms.building import change_form
from idic.identify.services.identity import merge
from idic.identify.services.states import set_state
from idic.interact.content.filling import Filler
from idic.interact.content.links import preview_url
from idic.interact.content.markup import Link, find_wrong_link, parse
from idic.interact.content.personal import OWN_PAGE, TARGETS
from idic.interact.delivery import Delivery
from idic.interact.handlers import mail_confirmation
from idic.interact.models import Campaign, Message, MessageState, UnusableAddress
from idic.interact.services import audience, campaigns, launching
from tests.channels.sink import Running, Sink
from tests.identify.forms.cast import Paper
from tests.interact import cast
from tests.interact.mail import go_live

pytestmark = [pytest.mark.django_db, pytest.mark.req("R021")]


@pytest.fixture
def paper(now: datetime, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Paper:
    from tests.cast import hire, open_shop

    settings.IDIC_PUBLIC_URL = "https://shop.example"
    paper = Paper(open_shop(), monkeypatch)
    change_form(
        form_id=paper.form.id, values={"confirms_email": True}, staff=hire("Bob"), now=paper.now
    )
    return paper


def deliver(now: datetime) -> None:
    delivery = Delivery(owner="test")
    delivery.turn(now=now)
    delivery.close()


def tick(paper: Paper, **who: str) -> PendingConsent:
    given = {"name": "Lan", "phone": "0912345678", "email": "lan@example.com"} | who
    paper.send(**given, agree_email="1")
    return PendingConsent.objects.latest("asked_at")


def link_in(mail: Any) -> str:
    plain = mail.get_body(["plain"]).get_content()
    found = re.search(r"https://shop\.example(/confirm/[^\s]+)", plain)
    assert found, plain
    return found[1]


def test_the_link_comes_by_mail_to_that_address_and_one_press_lets_it_count(paper: Paper) -> None:
    pending = tick(paper)
    sink = Sink()
    with Running(sink) as port:
        go_live(port=port, now=paper.now)
        for _twice in range(2):  # events come at least once
            mail_confirmation(ConfirmationAsked(pending_id=pending.id))
        deliver(paper.now)

    [mail] = sink.taken
    assert mail["To"] == "lan@example.com"  # no name: who typed the address is not known yet
    assert mail["List-Unsubscribe"] is None
    message = Message.objects.get()
    assert (message.purpose, message.state) == ("service", MessageState.SENT)
    assert "/confirm/" not in message.body.replace("https://idic.invalid/confirm/", "")
    assert Client().post(link_in(mail)).status_code == 200
    assert Consent.objects.get(channel="email").address == "lan@example.com"


def test_somebody_elses_phone_beside_ones_own_address_brings_no_mail_to_either_other(
    paper: Paper,
) -> None:
    victim = cast.add_customer(now=paper.now, name="Vy Quyen", email="vy@example.com", consent=None)
    edit_customer(
        customer_id=victim.id, changes={"phone": "0912345678"}, actor="bob", country="GB",
        now=paper.now,
    )  # fmt: skip
    pending = tick(paper, email="evil@example.com", name="x")
    assert pending.record.customer == victim
    sink = Sink()
    with Running(sink) as port:
        go_live(port=port, now=paper.now)
        mail_confirmation(ConfirmationAsked(pending_id=pending.id))
        deliver(paper.now)

    [mail] = sink.taken
    assert mail["To"] == "evil@example.com"
    bodies = [part.get_content() for part in mail.walk() if not part.is_multipart()]
    assert len(bodies) == 2
    assert "Quyen" not in f"{bodies}{mail['Subject']}"
    Client().post(link_in(mail))
    assert [one.address for one in Consent.objects.filter(channel="email")] == ["evil@example.com"]


def test_a_mail_that_waits_outlives_a_merge_and_stops_at_a_bad_address_or_a_no(
    paper: Paper,
) -> None:
    sink = Sink()
    with Running(sink) as port:
        go_live(port=port, now=paper.now)
        pending = tick(paper)
        mail_confirmation(ConfirmationAsked(pending_id=pending.id))
        customer = Customer.objects.get()
        other = cast.add_customer(now=paper.now - timedelta(days=9), consent=None)
        merge(customer_ids=[customer.id, other.id], by="staff", actor="bob", now=paper.now)
        deliver(paper.now)
        assert [mail["To"] for mail in sink.taken] == ["lan@example.com"]

        paper.wait(hours=1)
        UnusableAddress.objects.create(
            channel="email", address="gone@example.com", reason="bounced", since=paper.now
        )
        late = tick(paper, name="M", phone="0987654321", email="gone@example.com")
        mail_confirmation(ConfirmationAsked(pending_id=late.id))
        deliver(paper.now)
        paper.wait(hours=1)
        never = tick(paper, name="N", phone="0987654322", email="never@example.com")
        mail_confirmation(ConfirmationAsked(pending_id=never.id))
        owner = never.record.customer_id
        assert owner is not None
        set_state(customer_id=owner, kind="do_not_contact", now=paper.now)
        deliver(paper.now)

    assert len(sink.taken) == 1
    reasons = Message.objects.exclude(skip_reason="").order_by("id")
    assert [one.skip_reason for one in reasons] == ["address_unusable", "do_not_contact"]


def test_in_practice_nobody_is_written_to_and_no_link_is_stored(paper: Paper) -> None:
    pending = tick(paper)
    mail_confirmation(ConfirmationAsked(pending_id=pending.id))
    deliver(paper.now)

    assert Message.objects.get().state == MessageState.PRACTICE
    assert not PersonalLink.objects.exists()


def test_what_was_confirmed_or_ended_meanwhile_is_not_mailed(paper: Paper) -> None:
    pending = tick(paper)
    PendingConsent.objects.filter(id=pending.id).update(expires_at=paper.now)

    mail_confirmation(ConfirmationAsked(pending_id=pending.id))
    mail_confirmation(ConfirmationAsked(pending_id=1))

    assert not Message.objects.exists()


def write(body: str, person: Customer, now: datetime) -> str:
    """Give what is stored of a campaign's message for somebody."""
    campaign = campaigns.create_campaign(
        name="Spring", segment=cast.segment_of([person], now=now), goal="thank_you",
        language="en", staff=None, now=now,
    )  # fmt: skip
    Campaign.objects.filter(id=campaign.id).update(control_rate=0, body=body, subject="Hello")
    campaign.refresh_from_db()
    launching.approve(campaign=campaign, staff=None, now=now)
    audience.freeze(campaign_id=campaign.id, as_of=now.date(), now=now)
    return Message.objects.get(campaign=campaign).body


@pytest.mark.req("R006")
def test_a_field_becomes_each_persons_own_link_only_in_the_mail_that_leaves(
    paper: Paper,
) -> None:
    ann = cast.add_customer(now=paper.now, name="Ann Lee")
    body = write("Hi [name]\n\n[own_page]\n\nOr [check them]([confirm_details]).", ann, paper.now)
    assert "[Your page at Corner & Co.](https://idic.invalid/own-page)" in body
    assert "[check them](https://idic.invalid/confirm-details)" in body
    assert not PersonalLink.objects.exists()
    sink = Sink()
    with Running(sink) as port:
        go_live(port=port, now=paper.now)
        Message.objects.update(is_practice=False)
        deliver(paper.now)

    plain = sink.taken[0].get_body(["plain"]).get_content()  # type: ignore[union-attr]
    pages = re.findall(r"https://shop\.example(/me/[^/]+/)(#details)?", plain)
    assert [anchor for _page, anchor in pages] == ["", "#details"]
    assert len({page for page, _anchor in pages}) == 1
    assert "Ann Lee" in Client().get(pages[0][0]).content.decode()
    assert PersonalLink.objects.get().customer == ann
    assert pages[0][0].split("/")[2] not in Message.objects.get().body


@pytest.mark.req("R006")
@pytest.mark.parametrize("how", ["shared", "typed by a stranger"])
def test_whose_address_is_not_surely_theirs_gets_the_message_without_the_link(
    paper: Paper, how: str
) -> None:
    if how == "shared":
        ann = cast.add_customer(now=paper.now, email="family@example.com")
        other = cast.add_customer(now=paper.now, email="", consent=None)
        Identifier.objects.create(
            record=cast.record_of(other), type="email", value="family@example.com",
            as_given="", created_at=paper.now,
        )  # fmt: skip
    else:
        ann = cast.add_customer(now=paper.now, email="", consent=None)
        edit_customer(
            customer_id=ann.id, changes={"phone": "0912345678"}, actor="bob", country="GB",
            now=paper.now,
        )  # fmt: skip
        Client().post(link_of(tick(paper, email="evil@example.com")))
        ann.refresh_from_db()
        assert ann.email == "evil@example.com"

    body = write("Hi [name]\n\nLook: [own_page]", ann, paper.now)

    assert body.startswith("Hi ")
    assert "idic.invalid" not in body


def link_of(pending: PendingConsent) -> str:
    return urlsplit(confirm_url(pending_id=pending.id)).path


def test_no_value_of_a_person_becomes_a_link_and_tags_write_the_link_too(paper: Paper) -> None:
    ann = cast.add_customer(now=paper.now, name="[x](https://idic.invalid/own-page)")

    body = write("Hi {{ name }} {{ own_page }}", ann, paper.now)

    [line] = parse(body)
    assert [one.url for one in line.lines[0] if isinstance(one, Link)] == [OWN_PAGE]  # type: ignore[union-attr]


def test_previews_and_tests_lead_to_nobodys_page(paper: Paper) -> None:
    assert preview_url(OWN_PAGE) == "https://shop.example/me/preview/"
    assert Client().get("/me/preview/").status_code == 200
    assert Client().post("/me/preview/", {"act": "refuse:email"}).status_code == 200
    assert not Consent.objects.exists()


def test_a_link_may_stand_behind_words_and_in_bold_and_never_in_a_subject() -> None:
    filler = Filler(
        subject="[own_page]", body="**[own_page]** [see]([own_page])", known=frozenset(TARGETS)
    )
    values = {"own_page": "Your page"}

    filled = filler.fill_body(values)

    assert filled is not None
    assert filled.body == f"[Your page]({OWN_PAGE}) [see]({OWN_PAGE})"
    assert "idic.invalid" not in filler.fill_subject(values)
    assert find_wrong_link("[see]([own_page])") == ""
    assert find_wrong_link("[see]([name])") == "[name]"

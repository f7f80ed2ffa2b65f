"""The whole story against a real mail sink: files come in, a segment is written to, some are held
back, everybody left out has a reason, and what the others do with their mail is counted exactly.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from idic.core import clock, ids
from idic.core.jobs.worker import drain
from idic.core.models import Role
from idic.differentiate import segments
from idic.differentiate.services.refresh import refresh_all
from idic.differentiate.services.segments import create_segment
from idic.experiments.models import Assignment, Exposure
from idic.identify.importing.terms import ConsentTerms
from idic.identify.models import Consent, ConsentStatus, Customer
from idic.identify.services.consent import record_consent
from idic.identify.services.flush import flush_to_lake
from idic.interact.delivery import Delivery
from idic.interact.models import AudienceMember, Campaign, CampaignState, Fate, Message
from idic.interact.services.outbox import finish_campaigns
from idic.interact.services.responses import record_reply
from tests.channels.sink import Running, Sink
from tests.identify.importing import run_import, write_csv
from tests.interact import cast
from tests.interact.mail import go_live

pytestmark = pytest.mark.django_db
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15"
HOUR = timedelta(hours=1)
BUYERS = 60


class Watch:
    """The clock of the story; it moves when the story says so."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def watch(now: datetime, monkeypatch: pytest.MonkeyPatch) -> Watch:
    watch = Watch(now)
    monkeypatch.setattr(clock, "now", watch)
    return watch


@pytest.fixture
def bob(now: datetime, settings: Any) -> Client:
    cast.open_shop(now=now)
    settings.IDIC_PUBLIC_URL = "https://shop.example"
    client = Client()
    client.force_login(cast.hire(Role.MARKETER))
    return client


@pytest.fixture
def sink(bob: Client, now: datetime) -> Iterator[Sink]:
    sink = Sink()
    with Running(sink) as port:
        go_live(port=port, now=now)
        yield sink


def bring_orders(folder: Path, now: datetime) -> None:
    """A till's file: numbers and receipts, no way to reach anybody."""
    rows = [
        (f"O{n}-{k}", f"2026-{month:02}-0{k + 1}", f"C{n}", "TEA", "Tea", 1, "4.50")
        for n in range(BUYERS)
        for k, month in enumerate((8, 9, 10))
    ]
    report = run_import(write_csv(folder / "orders.csv", *rows), now=now)
    assert not report.rejected
    refresh(now)


def bring_contacts(folder: Path, now: datetime) -> None:
    """Addresses of all but the last five, who agreed on paper."""
    rows = [(f"C{n}", f"Ann Lee{n}", f"c{n}@example.com") for n in range(BUYERS - 5)]
    path = write_csv(folder / "people.csv", *rows, header=("Customer ID", "Name", "E-mail"))
    terms = ConsentTerms(
        status="granted", basis="consent", given_on=date(2026, 1, 5), proof="sign-up sheet"
    )
    run_import(path, now=now, kind="customers", consents={"email": terms})
    refresh(now)


def refresh(now: datetime) -> None:
    flush_to_lake(now=now)
    refresh_all(as_of=now.date(), now=now)


def everybody(now: datetime) -> str:
    segment = create_segment(name="Tea", staff=None, now=now, tree=segments.EVERYBODY)
    return str(segment.id)


def write(bob: Client, segment: str, *, rate: str = "0.5") -> Campaign:
    """Make and launch a campaign through the pages."""
    bob.post(
        "/campaigns/new/",
        {"name": "Winter tea", "goal": "thank_you", "segment": segment, "language": "en"},
    )
    campaign = Campaign.objects.get()
    url = f"/campaigns/{ids.encode('campaign', campaign.id)}"
    words = {
        "subject": "Tea, {{ name }}?",
        "body": "{{ greeting }}!\n\n[Look](https://tea.example/new)\n\n[Map](https://tea.example/map)",
    }
    bob.post(f"{url}/message/", words)
    bob.post(f"{url}/schedule/", {"when": "now"})
    bob.post(f"{url}/launch/", {"control_rate": rate})
    drain()
    campaign.refresh_from_db()
    return campaign


def send(watch: Watch) -> None:
    """Do what the sender process does until nothing is due."""
    delivery = Delivery(owner="story")
    while delivery.turn(now=watch.now):
        pass
    delivery.close()
    finish_campaigns(now=watch.now)


def page(bob: Client, campaign: Campaign, more: str = "") -> str:
    path = f"/campaigns/{ids.encode('campaign', campaign.id)}/{more}"
    return " ".join(bob.get(path).content.decode().split())


def figures(text: str) -> dict[str, str]:
    """Read a page's figures by their labels."""
    found = re.findall(r"<dt>([^<]+)</dt><dd>(?:<a[^>]*>)?([\d,]+)", text)
    return {label.strip(): figure for label, figure in found}


def address_in(mail: EmailMessage, kind: str) -> list[str]:
    html = mail.get_body(["html"])
    assert html is not None
    found = re.findall(rf'"(https://shop\.example/{kind}/[^"]+)"', html.get_content())
    return [urlsplit(url).path for url in found]


@pytest.mark.req("R043", "R083")
def test_without_contacts_all_are_unreachable_and_a_contact_file_changes_that(
    bob: Client, watch: Watch, tmp_path: Path
) -> None:
    bring_orders(tmp_path, watch.now)
    segment = everybody(watch.now)
    bob.post(
        "/campaigns/new/",
        {"name": "Winter tea", "goal": "thank_you", "segment": segment, "language": "en"},
    )
    campaign = Campaign.objects.get()

    before = page(bob, campaign, "review/")
    assert f"{BUYERS} customers chosen, 0 can be written to" in before
    assert "No e-mail address" in before
    assert '<button class="btn primary" disabled>' in before
    answer = page(bob, campaign, "left-out/no_address/")
    assert f"This leaves {BUYERS} people out." in answer

    bring_contacts(tmp_path, watch.now)

    after = page(bob, campaign, "review/")
    assert f"{BUYERS} customers chosen, {BUYERS - 5} can be written to" in after
    assert "This leaves 5 people out." in page(bob, campaign, "left-out/no_address/")
    assert f"Goes to {BUYERS - 5 - round((BUYERS - 5) * 0.1)} people." in after


@pytest.mark.req("R083", "R085", "R086", "R099")
def test_from_two_files_to_what_people_did_with_their_mail(
    bob: Client, sink: Sink, watch: Watch, tmp_path: Path
) -> None:
    bring_orders(tmp_path, watch.now)
    bring_contacts(tmp_path, watch.now)
    refused = Customer.objects.get(email="c7@example.com")
    record_consent(
        address=refused.email,
        channel="email",
        status=ConsentStatus.DENIED,
        customer_id=refused.id,
        now=watch.now,
    )

    campaign = write(bob, everybody(watch.now))

    # Everybody has a fate, and everybody left out a reason.
    members = AudienceMember.objects.filter(campaign=campaign)
    assert members.count() == BUYERS
    left_out = Counter(members.filter(fate=Fate.LEFT_OUT).values_list("reason", flat=True))
    assert left_out == {"no_address": 5, "consent_denied": 1}
    treated = members.filter(fate=Fate.TREATED).count()
    control = members.filter(fate=Fate.CONTROL)
    assert treated + control.count() == BUYERS - 6
    assert 10 <= control.count() <= 44
    assert Assignment.objects.filter(arm__is_control=True).count() == control.count()

    send(watch)

    # It really arrives, once each, and with nobody of the control group.
    assert len(sink.taken) == treated
    assert set(sink.count_by_id().values()) == {1}
    reached = {str(mail["X-Test-Rcpt"]) for mail in sink.taken}
    held_back = set(control.values_list("customer__email", flat=True))
    assert reached == set(Message.objects.values_list("address", flat=True))
    assert not reached & held_back
    assert "c7@example.com" not in reached
    assert Exposure.objects.filter(experiment=campaign.experiment).count() == treated
    campaign.refresh_from_db()
    assert (campaign.state, campaign.is_live) == (CampaignState.SENT, True)

    # People and machines do things with it.
    ann, ben, cem, *_rest = sink.taken
    public = Client(headers={"user-agent": PHONE})
    watch.now += HOUR
    for mail in (ann, ann, ben):
        [pixel] = address_in(mail, "o")
        assert public.get(pixel)["Content-Type"] == "image/gif"
    first, _second = address_in(ann, "r")
    assert public.get(first)["Location"] == "https://tea.example/new"
    scanner = Client(headers={"user-agent": "Barracuda Sentinel"})
    for link in address_in(ben, "r"):
        scanner.get(link)
    record_reply(references=[str(ben["Message-ID"])], now=watch.now, text="Lovely!")
    [stop] = address_in(cem, "u")
    assert stop == urlsplit(str(cem["List-Unsubscribe"]).strip("<>")).path
    public.get(stop)  # a link preview
    assert figures(page(bob, campaign))["Unsubscribed"] == "0"
    public.post(stop, {"List-Unsubscribe": "One-Click"})

    # The campaign's page says exactly that.
    detail = page(bob, campaign)
    assert f"{treated} messages have gone out" in detail
    assert figures(detail) == {
        "Sent": str(treated),
        "Opened": "2",
        "Pressed a link": "1",
        "Answered": "1",
        "Unsubscribed": "1",
    }
    assert "(2 of those)" in detail  # what the scanner pressed
    assert f"{BUYERS} customers chosen, {BUYERS - 6} could be written to" in detail
    outbox = f"/outbox/?campaign={ids.encode('campaign', campaign.id)}"
    assert f"{treated} messages have gone out" in bob.get(outbox).content.decode()

    # So does each message's own.
    def said_of(mail: EmailMessage) -> list[str]:
        message = Message.objects.get(message_id_header=str(mail["Message-ID"]))
        text = bob.get(f"/outbox/{ids.encode('message', message.id)}/").content.decode()
        return re.findall(r"<span>(\w+ · [\w ]+)<span", text.partition("What came back")[2])

    assert said_of(ann) == ["Opened · A person", "Opened · A person", "Clicked · A person"]
    assert said_of(ben) == [
        "Opened · A person",
        "Clicked · A scanner",
        "Clicked · A scanner",
        "Replied · A person",
    ]
    assert said_of(cem) == ["Unsubscribed · A person"]

    # Whoever unsubscribed is left out of the next one for that reason.
    gone = Customer.objects.get(email=str(cem["X-Test-Rcpt"]))
    newest = Consent.objects.filter(address=gone.email).order_by("-given_at", "-id")[0]
    assert newest.status == "denied"
    bob.post(f"/campaigns/{ids.encode('campaign', campaign.id)}/copy/")
    copy = Campaign.objects.exclude(id=campaign.id).get()
    again = page(bob, copy, "left-out/consent_denied/")
    assert "This leaves 2 people out." in again
    assert gone.full_name in again


def test_practice_holds_nobody_back_from_what_really_goes_out(
    bob: Client, watch: Watch, tmp_path: Path
) -> None:
    bring_orders(tmp_path, watch.now)
    bring_contacts(tmp_path, watch.now)
    practised = write(bob, everybody(watch.now))
    send(watch)
    bob.post(f"/campaigns/{ids.encode('campaign', practised.id)}/copy/")
    copy = Campaign.objects.exclude(id=practised.id).get()

    assert f"{BUYERS} customers chosen, 0 can be written to" in page(bob, copy, "review/")
    with Running(Sink()) as port:
        go_live(port=port, now=watch.now)
        review = page(bob, copy, "review/")

    assert f"{BUYERS} customers chosen, {BUYERS - 5} can be written to" in review
    assert "Approve and send" in review

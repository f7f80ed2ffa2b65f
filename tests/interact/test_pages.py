"""The pages of campaigns: who may open what, what each says, what a press does, what it costs."""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from idic.core import clock, ids
from idic.core.jobs.worker import drain
from idic.core.models import Role
from idic.differentiate.models import CustomerSummary, Segment
from idic.identify.models import Consent, Customer, CustomerState, StateKind
from idic.identify.services.states import states_at
from idic.interact.delivery import Delivery
from idic.interact.models import (
    Campaign,
    CampaignState,
    Case,
    ContactPolicy,
    Message,
    MessageEvent,
    MessageState,
)
from idic.interact.selectors import asking
from idic.interact.selectors.audience import Audience, list_examples, preview_audience
from idic.interact.services import campaigns
from idic.interact.services.cases import open_case
from idic.interact.services.outbox import finish_campaigns
from idic.interact.views import review as review_page
from tests.channels.sink import Running, Sink
from tests.interact import cast
from tests.interact.mail import go_live, queue

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LOOKING = ("read_only", "analyst", "sales", "care")
SENDING = ("owner", "manager", "marketer")


@pytest.fixture(autouse=True)
def _shop(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    cast.open_shop(now=now)
    monkeypatch.setattr(clock, "now", lambda: now)


@pytest.fixture
def bob() -> Client:
    return browser_of("marketer")


def browser_of(role: str) -> Client:
    client = Client()
    client.force_login(cast.hire(Role(role)))
    return client


def draft(people: list[Customer], now: datetime, **fields: Any) -> Campaign:
    campaign = campaigns.create_campaign(
        name="Spring",
        segment=cast.segment_of(people, now=now),
        goal="thank_you",
        language="en",
        staff=cast.hire(),
        now=now,
    )
    values = {"subject": "Hi {{ name }}", "body": "{{ greeting }}, hello."} | fields
    Campaign.objects.filter(id=campaign.id).update(**values)
    campaign.refresh_from_db()
    return campaign


def address(page: str, campaign: Campaign, *more: str) -> str:
    return reverse(f"interact:campaign_{page}", args=[ids.encode("campaign", campaign.id), *more])


def launch(client: Client, campaign: Campaign, now: datetime, *, rate: str = "0.1") -> Campaign:
    answer = client.post(address("launch", campaign), {"control_rate": rate})
    assert answer["Location"] == address("detail", campaign)
    drain()
    campaign.refresh_from_db()
    return campaign


def send(now: datetime) -> None:
    delivery = Delivery(owner="test")
    while delivery.turn(now=now):
        pass
    delivery.close()
    finish_campaigns(now=now)


def text_of(answer: Any) -> str:
    """Give a page's words on one line, without its tags' line breaks."""
    return " ".join(answer.content.decode().split())


# Who may do what


def pages(now: datetime) -> dict[str, str]:
    person = cast.add_customer(now=now)
    campaign, message = draft([person], now), queue(person, now=now)
    number = ids.encode("message", message.id)
    return {
        "list": "/campaigns/",
        "review": address("review", campaign),
        "left_out": address("left_out", campaign, "no_address"),
        "outbox": "/outbox/",
        "message": f"/outbox/{number}/",
        "mail": f"/outbox/{number}/mail/",
        "rules": "/contact-rules/",
        "new": "/campaigns/new/",
        "audience": address("audience", campaign),
        "edit": address("message", campaign),
        "when": address("schedule", campaign),
        "case": reverse("interact:case_create", args=[ids.encode("customer", person.id)]),
    }


@pytest.mark.req("R158")
def test_strangers_see_no_page(now: datetime) -> None:
    stranger = Client()

    for path in pages(now).values():
        answer = stranger.get(path)
        assert (answer.status_code, answer["Location"]) == (302, f"/login/?next={path}"), path


@pytest.mark.parametrize("role", LOOKING)
def test_who_may_not_send_may_look_but_not_edit(role: str, now: datetime) -> None:
    client, addresses = browser_of(role), pages(now)

    found = {name: client.get(path).status_code for name, path in addresses.items()}

    may_note_cases = role in ("sales", "care")
    assert found == {
        "list": 200,
        "review": 200,
        "left_out": 200,
        "outbox": 200,
        "message": 200,
        "mail": 200,
        "rules": 200,
        "new": 403,
        "audience": 403,
        "edit": 403,
        "when": 403,
        "case": 200 if may_note_cases else 403,
    }
    review = client.get(addresses["review"]).content.decode()
    assert "/launch/" not in review
    assert "/test/" not in review
    assert "/delete/" not in review
    assert "New campaign" not in client.get("/campaigns/").content.decode()


@pytest.mark.parametrize("role", SENDING)
def test_who_may_send_opens_every_page(role: str, now: datetime) -> None:
    client = browser_of(role)

    assert {client.get(path).status_code for path in pages(now).values()} == {200}


@pytest.mark.parametrize("role", LOOKING)
def test_no_press_of_theirs_changes_anything(role: str, now: datetime) -> None:
    client = browser_of(role)
    campaign = draft([cast.add_customer(now=now)], now)
    before = Campaign.objects.values().get()

    for page in (
        "audience", "message", "preview", "starter", "schedule", "control",
        "launch", "test", "pause", "resume", "cancel", "copy", "delete",
    ):  # fmt: skip
        assert client.post(address(page, campaign)).status_code == 403, page
    assert client.post("/campaigns/new/", {"name": "Mine"}).status_code == 403
    assert client.post("/contact-rules/", {"max_messages": 9}).status_code == 403

    assert Campaign.objects.values().get() == before


# From an idea to the outbox


def test_an_empty_shop_is_told_where_to_begin(bob: Client) -> None:
    page = text_of(bob.get("/campaigns/"))
    assert "No campaign yet" in page
    assert "Write to the right people, and see what it brings" in page

    new = text_of(bob.get("/campaigns/new/"))
    assert "First say whom you mean" in new
    assert f'href="{reverse("differentiate:segment_list")}"' in new
    assert "No message yet" in text_of(bob.get("/outbox/"))


@pytest.mark.req("R078", "R083", "R085")
def test_a_campaign_goes_from_an_idea_to_the_practice_outbox(bob: Client, now: datetime) -> None:
    people = [cast.add_customer(now=now, name=f"Ann Lee{n}") for n in range(40)]
    segment = cast.segment_of([*people, cast.add_customer(now=now, email="")], now=now)

    asked = {"name": "Spring", "goal": "thank_you", "segment": segment.id, "language": "en"}
    answer = bob.post("/campaigns/new/", asked)
    campaign = Campaign.objects.get()
    assert answer["Location"] == address("message", campaign)
    answer = bob.post(
        address("message", campaign), {"subject": "Tea, {{ name }}?", "body": "{{ greeting }}!"}
    )
    assert answer["Location"] == address("schedule", campaign)
    answer = bob.post(address("schedule", campaign), {"when": "now"})
    assert answer["Location"] == address("review", campaign)

    review = text_of(bob.get(address("review", campaign)))
    assert "41 customers chosen, 40 can be written to" in review
    assert 'aria-label="36 get it, 4 in the control group, 1 left out"' in review
    assert "1 person is left out, because" in review
    assert 'value="0.1" checked' in review
    # That it cannot be measured stands once, not again among what was looked at.
    assert review.count("Too few people") == 1
    assert "Goes to 36 people. It can be stopped at any moment." in review
    assert "Approve, send to the practice outbox" in review

    launch(bob, campaign, now, rate="0.1")
    send(now)

    campaign.refresh_from_db()
    assert campaign.state == CampaignState.SENT
    reached = Message.objects.filter(state=MessageState.PRACTICE).count()
    detail = text_of(bob.get(address("detail", campaign)))
    assert f"{reached} practice messages, nobody got them" in detail
    assert "41 customers chosen, 40 could be written to" in detail
    assert f'aria-label="{reached} get it, {40 - reached} in the control group' in detail
    assert "hx-trigger" not in detail.partition('id="live"')[2].partition(">")[0]
    assert "Done in practice" in text_of(bob.get("/campaigns/"))
    assert f"{reached} practice messages, nobody got them" in text_of(bob.get("/outbox/"))


def test_the_rate_beside_the_button_is_the_one_that_counts(bob: Client, now: datetime) -> None:
    campaign = draft([cast.add_customer(now=now) for _ in range(4)], now)

    launch(bob, campaign, now, rate="0.5")

    assert str(campaign.control_rate) == "0.5000"


def test_choosing_a_control_group_shows_the_review_with_it(bob: Client, now: datetime) -> None:
    campaign = draft([cast.add_customer(now=now) for _ in range(20)], now)
    values = {"control_rate": "0.5"}

    whole = bob.post(address("control", campaign), values)
    assert whole["Location"] == address("review", campaign)
    part = bob.post(
        address("control", campaign), values, headers={"hx-request": "true", "hx-target": "review"}
    ).content.decode()

    assert part.lstrip().startswith('<div id="review">')
    assert "Goes to 10 people." in part
    wrong = bob.post(address("control", campaign), {"control_rate": "0.3"})
    assert wrong.status_code == 302
    assert str(Campaign.objects.get().control_rate) == "0.5000"


@pytest.mark.req("R083")
def test_every_reason_is_said_with_what_to_do_and_who(bob: Client, now: datetime) -> None:
    fine = cast.add_customer(now=now)
    refused = cast.add_customer(now=now, consent="denied", name="Rita Refused")
    people = [
        fine,
        refused,
        cast.add_customer(now=now, email="", name="Una Unreachable"),
        cast.add_customer(now=now, consent=None),
    ]
    complained = cast.add_customer(now=now)
    CustomerState.objects.create(customer=complained, kind=StateKind.OPEN_CASE, since=now - DAY)
    campaign = draft([*people, complained], now)

    review = text_of(bob.get(address("review", campaign)))

    assert "5 customers chosen, 1 can be written to" in review
    for words, code, label, remedy in (
        ("Refused advertising", "consent_denied", "See who", None),
        ("No e-mail address", "no_address", "Import contacts", "/imports/"),
        ("Was never asked", "consent_unknown", "Ask at the next visit", None),
        ("Has a complaint that is still open", "open_case", "Answer first", None),
    ):
        who = address("left_out", campaign, code)
        row = review.partition(f'href="{who}">1<')[2].partition("</tr>")[0]
        assert words in row, code
        assert f'href="{remedy or who}">{label}<' in row, code

    page = text_of(bob.get(address("left_out", campaign, "consent_denied")))
    assert "Rita Refused" in page
    assert "Una Unreachable" not in page
    assert "This leaves 1 person out." in page
    assert "Nobody is left out" in text_of(bob.get(address("left_out", campaign, "gone")))
    assert "Nobody is left out" in text_of(bob.get(address("left_out", campaign, "invented")))


def test_more_left_out_than_a_page_holds_are_counted_whole(bob: Client, now: datetime) -> None:
    people = [cast.add_customer(now=now, email="") for _ in range(55)]
    campaign = draft([cast.add_customer(now=now), *people], now)

    page = text_of(bob.get(address("left_out", campaign, "no_address")))

    assert "This leaves 55 people out. The first 50 of them:" in page
    assert page.count('data-label="Last order"') == 50


def test_nobody_to_write_to_is_said_and_the_button_is_off(bob: Client, now: datetime) -> None:
    campaign = draft([cast.add_customer(now=now, email="")], now)

    review = text_of(bob.get(address("review", campaign)))

    assert "Nobody would get it: see above why." in review
    assert '<button class="btn primary" disabled>' in review


def test_a_preview_shows_what_is_typed_and_stores_nothing(bob: Client, now: datetime) -> None:
    ann, eve = (cast.add_customer(now=now, name=name) for name in ("Ann Lee", "Eve Fox"))
    campaign = draft([ann, eve], now)
    before = Campaign.objects.values().get()

    typed = {
        "subject": "Dear {{ name }}",
        "body": "<script>alert(1)</script> {{ name }}",
        "as": ids.encode("customer", eve.id),
    }
    part = bob.post(address("preview", campaign), typed).content.decode()

    assert "<b>Dear Eve</b>" in part
    assert "&lt;script&gt;alert(1)&lt;/script&gt; <mark>Eve</mark>" in part
    assert "<script" not in part
    assert Campaign.objects.values().get() == before
    broken = bob.post(address("preview", campaign), {"subject": "x", "body": "{{ nobody }}"})
    assert broken.status_code == 200
    assert "nobody" in broken.content.decode()
    stays = bob.post(address("message", campaign), {**typed, "body": "Hi", "then": "stay"})
    assert stays["Location"] == f"{address('message', campaign)}?as={typed['as']}"
    follows = bob.get(stays["Location"]).content.decode()
    assert "Dear Eve" not in follows
    found = re.search(r'hx-get="([^"]+/example/[^"]+)"', follows)
    assert found is not None
    assert "Dear Eve" in bob.get(found[1].replace("&amp;", "&")).content.decode()
    assert "Dear Eve" in bob.get(f"{stays['Location']}&whole=1").content.decode()


@pytest.mark.parametrize(
    ("page", "values", "sentence"),
    [
        ("message", {"subject": "", "body": "x"}, "This field is required."),
        ("message", {"subject": "x", "body": "{{ nobody }}"}, "nobody"),
        ("message", {"subject": "x", "body": "[a](javascript:alert)"}, "https://"),
        ("schedule", {"when": "later", "moment": ""}, "Choose a moment."),
        ("schedule", {"when": "later", "moment": "2020-01-01T10:00"}, "still to come"),
        ("audience", {"name": "", "segment": "", "measure_days": "14"}, "This field is required."),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(
    bob: Client, now: datetime, page: str, values: dict[str, str], sentence: str
) -> None:
    campaign = draft([cast.add_customer(now=now)], now)
    before = Campaign.objects.values().get()

    answer = bob.post(address(page, campaign), values)

    assert answer.status_code == 422
    errors = answer.content.decode().split('<p class="error"')[1:]
    assert any(sentence in error.partition("</p>")[0] for error in errors)
    assert Campaign.objects.values().get() == before


def test_a_later_moment_is_kept_in_the_shops_own_time(bob: Client, now: datetime) -> None:
    campaign = draft([cast.add_customer(now=now) for _ in range(3)], now)

    bob.post(address("schedule", campaign), {"when": "later", "moment": "2026-12-24T18:30"})
    campaign.refresh_from_db()
    assert campaign.send_at is not None
    assert campaign.send_at.isoformat() == "2026-12-24T18:30:00+00:00"
    assert "Approve for that moment" in text_of(bob.get(address("review", campaign)))
    launch(bob, campaign, now)

    detail = text_of(bob.get(address("detail", campaign)))
    assert "Goes out on 24 Dec 2026 18:30" in detail
    assert "Today 3 customers are chosen, 3 can be written to" in detail
    assert "<b>Hi Ann</b>" in detail
    assert "hx-trigger" not in detail.partition('id="live"')[2].partition(">")[0]
    assert "Stop for good" in detail


def test_holding_going_on_and_stopping(bob: Client, now: datetime) -> None:
    campaign = launch(bob, draft([cast.add_customer(now=now) for _ in range(30)], now), now)
    waiting = Message.objects.count()
    assert "every 2s" in text_of(bob.get(address("detail", campaign)))

    bob.post(address("pause", campaign))
    assert f"Held: {waiting} messages wait" in text_of(bob.get(address("detail", campaign)))
    assert "1 campaign is held" in text_of(bob.get("/campaigns/"))
    bob.post(address("resume", campaign))
    assert f"0 of {waiting} messages are done" in text_of(bob.get(address("detail", campaign)))
    asked = text_of(bob.get(address("cancel", campaign)))
    assert f"Stop {waiting} messages that have not gone out?" in asked
    assert Message.objects.filter(state=MessageState.QUEUED).count() == waiting
    bob.post(address("cancel", campaign))
    drain()

    detail = text_of(bob.get(address("detail", campaign)))
    assert "Stopped after 0 messages" in detail
    assert f"<b>{waiting}</b> The campaign was stopped before it went out" in detail
    assert Message.objects.filter(state=MessageState.QUEUED).count() == 0


def test_a_launched_campaign_opens_at_its_results_whatever_step_is_asked_for(
    bob: Client, now: datetime
) -> None:
    campaign = launch(bob, draft([cast.add_customer(now=now)], now), now)

    for page in ("audience", "message", "schedule", "review"):
        assert bob.get(address(page, campaign))["Location"] == address("detail", campaign)
    assert bob.post(address("launch", campaign), {"control_rate": "0.5"}).status_code == 302
    campaign.refresh_from_db()
    assert str(campaign.control_rate) == "0.1000"


def test_a_copy_is_a_draft_and_a_draft_can_be_deleted(bob: Client, now: datetime) -> None:
    campaign = launch(bob, draft([cast.add_customer(now=now)], now), now)

    answer = bob.post(address("copy", campaign))
    copy = Campaign.objects.exclude(id=campaign.id).get()
    assert answer["Location"] == address("message", copy)
    assert copy.state == CampaignState.DRAFT
    assert bob.post(address("delete", copy))["Location"] == "/campaigns/"
    bob.post(address("delete", campaign))

    assert Campaign.objects.get() == campaign


def test_a_deleted_draft_comes_back_as_it_was(bob: Client, now: datetime) -> None:
    campaign = draft([cast.add_customer(now=now)], now)
    before = Campaign.objects.values().get()

    page = bob.post(address("delete", campaign), follow=True).content.decode()
    assert 'action="/campaigns/restore/"' in page
    answer = bob.post("/campaigns/restore/")

    assert answer["Location"] == address("detail", campaign)
    assert Campaign.objects.values().get() == before
    bob.post("/campaigns/restore/")
    assert Campaign.objects.count() == 1


def test_a_test_goes_to_oneself_and_to_nobody_else(bob: Client, now: datetime) -> None:
    person = cast.add_customer(now=now, name="Ann Lee")
    campaign = draft([person], now)
    bob.post(address("test", campaign))
    assert Message.objects.count() == 0

    sink = Sink()
    with Running(sink) as port:
        go_live(port=port, now=now)
        bob.post(address("test", campaign), {"as": ids.encode("customer", person.id)})

    [mail] = sink.taken
    assert mail["X-Test-Rcpt"] == "marketer@example.com"
    assert "Hi Ann" in str(mail["Subject"])
    html = mail.get_body(["html"])
    assert html is not None
    assert "/o/" not in html.get_content()  # looking at a test counts no opening
    assert Message.objects.count() == 0


# People another page means


def test_a_rule_of_another_page_becomes_the_audience(bob: Client, now: datetime) -> None:
    cast.add_customer(now=now, summary={"tier": "at_risk"})
    cast.add_customer(now=now, summary={"tier": "loyal"})
    rule = json.dumps(
        {"type": "choice", "field": "tier", "operator": "one_of", "values": ["at_risk"]}
    )
    from idic.differentiate import segments

    assert segments.count(segments.parse(rule)) == 1

    page = text_of(
        bob.get("/campaigns/new/", {"rule": rule, "goal": "buy_again", "called": "VIP · Tea"})
    )
    assert "A campaign to 1 customer" in page
    assert 'value="VIP · Tea"' in page
    assert 'name="segment"' not in page
    assert re.search(r'value="buy_again"[^>]* checked', page)
    asked = {"name": "Come back", "goal": "win_back", "language": "en", "rule": rule}
    answer = bob.post("/campaigns/new/", asked)

    campaign = Campaign.objects.get()
    assert answer["Location"] == address("message", campaign)
    assert campaign.segment is not None
    assert campaign.segment.name == "Come back"
    assert segments.count(segments.parse(campaign.segment.tree)) == 1


def test_a_rule_that_cannot_be_is_refused_and_leaves_nothing(bob: Client) -> None:
    asked = {"name": "Come back", "goal": "win_back", "language": "en", "rule": '{"type": "x"}'}

    assert bob.post("/campaigns/new/", asked).status_code == 422
    assert bob.get("/campaigns/new/", {"rule": "{"}).status_code == 200

    assert not Segment.objects.exists()
    assert not Campaign.objects.exists()


def test_a_segment_of_another_page_is_chosen_already(bob: Client, now: datetime) -> None:
    cast.segment_of([], now=now, name="Another")
    segment = cast.segment_of([], now=now, name="These")

    page = bob.get("/campaigns/new/", {"segment": ids.encode("segment", segment.id)})

    assert f'<option value="{segment.id}" selected>These</option>' in page.content.decode()
    assert bob.get("/campaigns/new/", {"segment": "cus_x"}).status_code == 200


# The outbox


def test_the_outbox_shows_each_message_as_it_stands(bob: Client, now: datetime) -> None:
    person = cast.add_customer(now=now, name="Ann Lee")
    sent = queue(person, now=now, state=MessageState.SENT, sent_at=now, subject="Gone")
    stopped = {"state": MessageState.SKIPPED, "skip_reason": "consent_denied"}
    queue(person, now=now, subject="Held", **stopped)

    assert "1 message has gone out" in text_of(bob.get("/outbox/"))
    only = text_of(bob.get("/outbox/?show=stopped"))
    assert "Refused advertising" in only
    assert ">Gone</a>" not in only
    assert "There is none of this kind." in text_of(bob.get("/outbox/?show=failed"))
    number = ids.encode("message", sent.id)
    page = text_of(bob.get(f"/outbox/{number}/"))
    assert "To Ann Lee, " in page
    assert "Nothing yet." in page
    mail = bob.get(f"/outbox/{number}/mail/")
    assert "default-src 'none'" in mail["Content-Security-Policy"]
    assert "sandbox" in mail["Content-Security-Policy"]
    assert "/o/" not in mail.content.decode()
    assert MessageEvent.objects.count() == 0


def test_a_message_in_doubt_is_settled_by_a_person(bob: Client, now: datetime) -> None:
    doubt = {"state": MessageState.IN_DOUBT, "lease_until": None}
    message = queue(cast.add_customer(now=now), now=now, **doubt)
    url = f"/outbox/{ids.encode('message', message.id)}/"
    assert "1 message is in doubt" in text_of(bob.get("/outbox/"))
    assert "It did not arrive" in text_of(bob.get(url))
    assert browser_of("analyst").post(f"{url}settle/", {"has_arrived": "1"}).status_code == 403

    bob.post(f"{url}settle/", {"has_arrived": "1"})

    message.refresh_from_db()
    assert message.state == MessageState.SENT


@pytest.mark.parametrize(
    "path", ["/campaigns/x/", "/campaigns/cus_1/", "/outbox/x/", "/outbox/?campaign=x"]
)
def test_an_address_that_names_nothing_is_not_found(bob: Client, path: str) -> None:
    assert bob.get(path).status_code == 404


# What customers open


@pytest.mark.req("R086")
def test_opening_the_unsubscribe_page_changes_nothing(now: datetime) -> None:
    person = cast.add_customer(now=now, email="jane@example.com")
    message = queue(person, now=now, state=MessageState.SENT, sent_at=now - DAY)
    before = Consent.objects.count()

    scanner = Client(headers={"user-agent": "Mozilla/5.0 Barracuda"})
    for method in (scanner.get, scanner.head):
        answer = method(f"/u/{message.token}")
        assert answer.status_code == 200
        assert not answer.cookies
    page = text_of(scanner.get(f"/u/{message.token}"))

    assert "No more advertising?" in page
    assert "ja…@example.com" in page
    assert "jane@example.com" not in page
    assert Consent.objects.count() == before
    assert MessageEvent.objects.count() == 0


@pytest.mark.req("R086")
@pytest.mark.parametrize(
    ("values", "proof"),
    [({"List-Unsubscribe": "One-Click"}, "one-click"), ({}, "unsubscribe page")],
)
def test_one_press_ends_advertising_at_once(
    now: datetime, values: dict[str, str], proof: str
) -> None:
    person = cast.add_customer(now=now)
    message = queue(person, now=now, state=MessageState.SENT, sent_at=now - DAY)
    waiting = queue(person, now=now)

    mail_program = Client(enforce_csrf_checks=True)  # it has neither cookie nor login
    answer = mail_program.post(f"/u/{message.token}", values)
    again = mail_program.post(f"/u/{message.token}", values)

    assert (answer.status_code, again.status_code) == (200, 200)
    assert "You get no more advertising from us" in answer.content.decode()
    newest = Consent.objects.filter(address=person.email).order_by("-given_at", "-id")[0]
    assert (newest.status, newest.channel, newest.given_at) == ("denied", "email", now)
    assert newest.proof.startswith(proof)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.skip_reason) == (MessageState.SKIPPED, "unsubscribed")
    [event] = MessageEvent.objects.all()
    assert (event.message_id, event.kind) == (message.id, "unsubscribe")


def test_words_nobody_gave_out_lead_nowhere() -> None:
    stranger = Client()

    assert stranger.get("/u/invented").status_code == 404
    assert stranger.post("/u/invented").status_code == 404
    assert stranger.get("/r/invented").status_code == 404
    assert stranger.get("/r/https://evil.example/").status_code == 404
    picture = stranger.get("/o/invented.gif")
    assert (picture.status_code, picture["Content-Type"]) == (200, "image/gif")
    assert MessageEvent.objects.count() == 0
    assert "This was a test" in stranger.get("/u/preview").content.decode()


@pytest.mark.parametrize(
    ("language", "words"),
    [("vi", 'lang="vi"'), ("zh-hans", 'lang="zh-hans"'), ("en", 'lang="en"')],
)
def test_the_page_speaks_the_language_of_the_message(
    now: datetime, language: str, words: str
) -> None:
    message = queue(cast.add_customer(now=now), now=now, language=language)

    assert words in Client().get(f"/u/{message.token}").content.decode()


# Contact rules and complaints


RULES = {
    "max_messages": "3",
    "max_messages_days": "10",
    "quiet_from_hour": "22",
    "quiet_to_hour": "7",
    "large_order_amount": "120.50",
    "after_large_order_days": "5",
    "block_open_case": "on",
    "advertising_label": "[Ad]",
}


@pytest.mark.req("R084")
def test_the_rules_are_saved_as_they_were_filled_in(bob: Client) -> None:
    assert bob.post("/contact-rules/", RULES)["Location"] == "/contact-rules/"

    policy = ContactPolicy.objects.get()
    assert (policy.max_messages, policy.max_messages_days) == (3, 10)
    assert (policy.quiet_from_hour, policy.quiet_to_hour) == (22, 7)
    assert (policy.large_order_amount, policy.after_large_order_days) == (12_050, 5)
    page = text_of(bob.get("/contact-rules/"))
    assert "Nobody gets more than 3 advertising messages within 10 days" in page
    assert 'value="120.50"' in page
    read_only = text_of(browser_of("read_only").get("/contact-rules/"))
    assert "22 to 7 o&#x27;clock" in read_only or "22 to 7 o'clock" in read_only
    assert "Save the rules" not in read_only


@pytest.mark.parametrize(
    ("name", "value"),
    [("max_messages", "0"), ("quiet_from_hour", "24"), ("large_order_amount", "-1")],
)
def test_a_rule_that_cannot_be_stays_unsaved(bob: Client, name: str, value: str) -> None:
    assert bob.post("/contact-rules/", RULES | {name: value}).status_code == 422

    assert not ContactPolicy.objects.filter(max_messages=3).exists()


def test_a_complaint_is_noted_stops_advertising_and_is_solved(bob: Client, now: datetime) -> None:
    person = cast.add_customer(now=now, name="Ann Lee")
    number = ids.encode("customer", person.id)
    url = f"/cases/new/{number}/"
    assert bob.post(url, {"kind": "complaint", "text": ""}).status_code == 422

    answer = bob.post(url, {"kind": "complaint", "text": "The tea was cold."})
    assert answer["Location"] == f"/customers/{number}/"
    case = Case.objects.get()
    review = text_of(bob.get(address("review", draft([person], now))))
    assert "Has a complaint that is still open" in review
    assert "The tea was cold." in text_of(bob.get(url))
    bob.post(f"/cases/{ids.encode('case', case.id)}/close/", {"outcome": "New tea"})

    case.refresh_from_db()
    assert case.closed_at == now
    assert "The tea was cold." not in text_of(bob.get(url))


def test_a_closed_case_can_be_opened_again_from_the_toast(bob: Client, now: datetime) -> None:
    person = cast.add_customer(now=now)
    case = open_case(customer_id=person.id, text="The tea was cold.", now=now)
    close = reverse("interact:case_close", args=[case.public_id])

    page = bob.post(close, {"next": "/contact-rules/"}, follow=True)
    undo = re.search(r'action="(/cases/[^"]+/reopen/[^"]*)"', page.content.decode())
    assert undo
    back = bob.post(undo[1], follow=True)
    again = bob.post(undo[1], follow=True)

    assert [chain[-1][0] for chain in (page.redirect_chain, back.redirect_chain)] == [
        "/contact-rules/"
    ] * 2
    assert "Taken back. It is open again." in back.content.decode()
    assert "It is open already." in again.content.decode()
    case.refresh_from_db()
    assert case.closed_at is None
    assert states_at(now).filter(customer=person, kind="open_case").exists()


def test_closing_twice_says_so_and_offers_no_undo(bob: Client, now: datetime) -> None:
    case = open_case(customer_id=cast.add_customer(now=now).id, text="Cold.", now=now)
    close = reverse("interact:case_close", args=[case.public_id])
    bob.post(close, follow=True)

    page = bob.post(close, {"next": "/contact-rules/"}, follow=True).content.decode()

    assert "Somebody closed this already." in page
    assert "/reopen/" not in page


@pytest.mark.parametrize("where", ["https://elsewhere.example/", "//elsewhere.example/"])
def test_a_complaint_leads_to_no_other_house(bob: Client, now: datetime, where: str) -> None:
    number = ids.encode("customer", cast.add_customer(now=now).id)

    answer = bob.post(
        f"/cases/new/{number}/", {"kind": "complaint", "text": "Cold.", "next": where}
    )

    assert answer["Location"] == f"/customers/{number}/"


# Whom a goal speaks to


def test_winning_back_who_is_not_away_is_warned_of(bob: Client, now: datetime) -> None:
    away = [cast.add_customer(now=now, summary={"is_overdue": True}) for _ in range(3)]
    here = [cast.add_customer(now=now, summary={"is_overdue": False}) for _ in range(1)]
    campaign = draft([*away, *here], now, goal="win_back")

    steps = [text_of(bob.get(address(step, campaign))) for step in ("message", "review")]
    link = re.search(r'class="note warn"[^>]*>.*?<a href="([^"]+)"', steps[0])
    assert link
    begun = bob.get(html.unescape(link[1]))

    for page in steps:
        assert "25% of the people chosen are not overdue" in page
        assert "Write only to the 3 who are overdue" in page
    assert "A campaign to 3 customers" in text_of(begun)
    assert 'value="win_back"' in text_of(begun)


@pytest.mark.parametrize(
    ("goal", "overdue", "said"),
    [
        ("win_back", [False, False], "Nobody among them is overdue"),
        ("win_back", [True, True], ""),
        ("thank_you", [False, False], ""),
        ("win_back", [], ""),
    ],
)
def test_nothing_is_said_where_goal_and_people_fit(
    bob: Client, now: datetime, goal: str, overdue: list[bool], said: str
) -> None:
    people = [cast.add_customer(now=now, summary={"is_overdue": away}) for away in overdue]

    page = text_of(bob.get(address("message", draft(people, now, goal=goal))))

    assert ("of the people chosen are not overdue" in page) is bool(said)
    assert said in page


@pytest.mark.parametrize(
    ("overdue", "goal"), [([True, False], "win_back"), ([True, False, False], "buy_again")]
)
def test_a_campaign_to_a_segment_begins_with_its_name_and_the_goal_that_fits(
    bob: Client, now: datetime, overdue: list[bool], goal: str
) -> None:
    people = [cast.add_customer(now=now, summary={"is_overdue": late}) for late in overdue]
    segment = draft(people, now).segment
    assert segment is not None

    page = text_of(bob.get("/campaigns/new/", {"segment": ids.encode("segment", segment.id)}))

    assert f'value="{segment.name}"' in page
    assert re.search(rf'value="{goal}"[^>]* checked', page)


# What a page costs


def test_no_page_asks_the_database_often_however_much_there_is(bob: Client, now: datetime) -> None:
    def grow(count: int) -> dict[str, str]:
        people = [cast.add_customer(now=now) for _ in range(count)]
        people += [cast.add_customer(now=now, email="") for _ in range(count)]
        launched = launch(bob, draft(people, now), now)
        send(now)
        for place in range(count):
            draft([], now, name=f"Draft {count} {place}")
        message = Message.objects.order_by("-id")[0]
        waiting = draft(people, now)
        number = ids.encode("message", message.id)
        return {
            "list": "/campaigns/",
            "new": "/campaigns/new/",
            "detail": address("detail", launched),
            "left out": address("left_out", launched, "no_address"),
            "audience": address("audience", waiting),
            "message": address("message", waiting),
            "when": address("schedule", waiting),
            "review": address("review", waiting),
            "example": address("example", waiting),
            "outbox": "/outbox/",
            "one message": f"/outbox/{number}/",
            "rules": "/contact-rules/",
            "case": reverse("interact:case_create", args=[ids.encode("customer", people[0].id)]),
        }

    def count(addresses: dict[str, str]) -> dict[str, int]:
        found = {}
        for name, path in addresses.items():
            bob.get(path)
            with CaptureQueriesContext(connection) as captured:
                assert bob.get(path).status_code == 200
            found[name] = len(captured)
        return found

    few, many = count(grow(4)), count(grow(30))

    assert few == many
    assert {name: n for name, n in many.items() if n > 10} == {}


def test_a_review_of_very_many_comes_before_the_rules_have_been_asked(
    bob: Client, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = draft([cast.add_customer(now=now) for _ in range(3)], now)
    Segment.objects.update(customer_count=3)
    monkeypatch.setattr(review_page, "FEW", 2)
    review = address("review", campaign)

    page = text_of(bob.get(review))
    answer = bob.get(review, headers={"hx-request": "true", "hx-target": "review"})

    assert "Asking the rules about 3 customers …" in page
    assert "can be written to" not in page
    assert "3 customers chosen, 3 can be written to" in text_of(answer)
    assert "3 customers chosen, 3 can be written to" in text_of(bob.get(f"{review}?whole=1"))


def test_a_place_of_the_matrix_leads_into_the_editor_with_its_people(
    bob: Client, now: datetime
) -> None:
    from idic.web.services.loop import run_loop

    person = cast.add_customer(now=now)
    for month in range(1, 8):
        cast.buy(person, at=datetime(2026, month, 3, 9, tzinfo=UTC), amount=90_00)
    run_loop(as_of=now.date(), now=now)
    path = f"/matrix/?tier={CustomerSummary.objects.get().tier}"

    found = re.search(r'href="(/campaigns/new/\?rule=[^"]+)"', bob.get(path).content.decode())

    assert found is not None
    assert "A campaign to 1 customer" in text_of(bob.get(found[1].replace("&amp;", "&")))
    assert "/campaigns/new/" not in browser_of("sales").get(path).content.decode()


def test_the_best_of_very_many_are_found_along_the_order_of_worth(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [cast.add_customer(now=now, summary={"worth_amount": 9 - n}) for n in range(4)]
    campaign = draft([people[2], people[0], people[3]], now)
    Segment.objects.update(customer_count=3)
    campaign = Campaign.objects.select_related("segment").get(id=campaign.id)

    def best(many: int) -> list[int]:
        monkeypatch.setattr(asking, "MANY", many)
        found = asking.ask(campaign=campaign, as_of=now.date(), now=now)
        assert found.are_many is (many < 3)
        assert preview_audience(campaign=campaign, as_of=now.date(), now=now, asking=found) == (
            Audience(selected=3, treated=3, control=0, reasons=())
        )
        return [person.id for person in list_examples(asking=found)]

    assert best(many=2) == best(many=100) == [people[0].id, people[2].id, people[3].id]

"""One turn of the sender: the rules asked again, practice kept apart, every answer written down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from idic.channels.models import ChannelSetting
from idic.core import clock
from idic.core.models import Business
from idic.experiments.models import Exposure
from idic.identify.models import Consent, Customer, CustomerState, StateKind
from idic.interact.delivery import Delivery
from idic.interact.models import (
    Campaign,
    CampaignState,
    ContactPolicy,
    Message,
    MessageState,
    UnusableAddress,
)
from idic.interact.services import audience, campaigns, launching, sending
from idic.interact.services.outbox import finish_campaigns, queue_message, settle_doubt
from idic.interact.services.responses import unsubscribe
from tests.channels.sink import (
    ACCEPT,
    DROP_AFTER_DATA,
    DROP_EARLY,
    LATER,
    NO_MAILBOX,
    REFUSE,
    Running,
    Sink,
)
from tests.interact import cast
from tests.interact.mail import go_live, queue

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _shop(now: datetime, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    cast.open_shop(now=now)
    settings.IDIC_PUBLIC_URL = "https://shop.example"
    monkeypatch.setattr(clock, "now", lambda: now)


def deliver(now: datetime, turns: int = 1) -> int:
    delivery = Delivery(owner="test")
    taken = sum(delivery.turn(now=now) for _ in range(turns))
    delivery.close()
    return taken


def plan(*acts: str) -> Callable[[int], str]:
    return lambda number: acts[number] if number < len(acts) else ACCEPT


def state_of(message: Message) -> str:
    message.refresh_from_db()
    return message.state


def launch(people: list[Customer], now: datetime) -> Campaign:
    campaign = campaigns.create_campaign(
        name="Spring",
        segment=cast.segment_of(people, now=now),
        goal="thank_you",
        language="en",
        staff=None,
        now=now,
    )
    Campaign.objects.filter(id=campaign.id).update(control_rate=0, body="Hi {{ name }}")
    campaign.refresh_from_db()
    launching.approve(campaign=campaign, staff=None, now=now)
    audience.freeze(campaign_id=campaign.id, as_of=now.date(), now=now)
    campaign.refresh_from_db()
    return campaign


def test_without_a_live_channel_everything_lands_in_practice(now: datetime) -> None:
    campaign = launch([cast.add_customer(now=now) for _ in range(5)], now)

    assert deliver(now) == 5

    assert set(Message.objects.values_list("state", flat=True)) == {MessageState.PRACTICE}
    assert Exposure.objects.filter(experiment=campaign.experiment).count() == 5
    assert not CustomerState.objects.exists()  # nobody was written to
    assert finish_campaigns(now=now) == 1
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.SENT


def test_a_live_mail_arrives_whole(now: datetime) -> None:
    person = cast.add_customer(now=now, name="Jane Smith")
    sink = Sink()
    with Running(sink) as port:
        go_live(port=port, now=now)
        message = queue(person, now=now)
        deliver(now)

    [mail] = sink.taken
    assert mail["To"] == f"Jane Smith <{person.email}>"
    assert mail["From"] == '"Corner & Co." <shop@example.com>'
    assert mail["Message-ID"] == message.message_id_header
    assert mail["List-Unsubscribe"] == f"<https://shop.example/u/{message.token}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    plain, html = mail.get_body(["plain"]), mail.get_body(["html"])
    assert plain is not None
    assert html is not None
    assert f"https://shop.example/u/{message.token}" in plain.get_content()
    assert f"https://shop.example/o/{message.token}.gif" in html.get_content()
    assert state_of(message) == MessageState.SENT
    assert message.sent_at == now
    assert CustomerState.objects.get().kind == StateKind.MESSAGE_SENT


@pytest.mark.parametrize(
    ("act", "purpose", "state", "doubts"),
    [
        (ACCEPT, "marketing", MessageState.SENT, 1),
        (DROP_EARLY, "marketing", MessageState.QUEUED, 0),
        (LATER, "marketing", MessageState.QUEUED, 0),
        (REFUSE, "marketing", MessageState.FAILED, 1),
        (NO_MAILBOX, "marketing", MessageState.FAILED, 0),
        (DROP_AFTER_DATA, "marketing", MessageState.IN_DOUBT, 1),
        (DROP_AFTER_DATA, "service", MessageState.QUEUED, 1),
    ],
)
def test_each_answer_has_its_own_end(
    act: str, purpose: str, state: str, doubts: int, now: datetime
) -> None:
    person = cast.add_customer(now=now)
    with Running(Sink(plan=plan(act))) as port:
        go_live(port=port, now=now)
        message = queue(person, now=now, purpose=purpose)
        deliver(now)

    assert state_of(message) == state
    assert message.doubts == doubts
    assert message.lease_until is None
    assert UnusableAddress.objects.filter(address=person.email).exists() is (act == NO_MAILBOX)


@pytest.mark.req("R064")
def test_a_service_message_in_doubt_goes_out_once_more_and_no_oftener(now: datetime) -> None:
    sink = Sink(plan=plan(DROP_AFTER_DATA, DROP_AFTER_DATA))
    with Running(sink) as port:
        go_live(port=port, now=now)
        message = queue(cast.add_customer(now=now), now=now, purpose="service")
        deliver(now, turns=4)

    assert sink.count_by_id() == {message.message_id_header: 2}
    assert state_of(message) == MessageState.IN_DOUBT
    assert settle_doubt(message_id=message.id, has_arrived=True, actor="a@example.com", now=now)
    assert state_of(message) == MessageState.SENT


def test_marketing_in_doubt_is_never_sent_again(now: datetime) -> None:
    sink = Sink(plan=plan(DROP_AFTER_DATA))
    with Running(sink) as port:
        go_live(port=port, now=now)
        message = queue(cast.add_customer(now=now), now=now)
        deliver(now, turns=3)
        sending.recover(now=now + 24 * HOUR)
        deliver(now, turns=3)

    assert len(sink.taken) == 1
    assert state_of(message) == MessageState.IN_DOUBT
    assert not settle_doubt(message_id=0, has_arrived=True, actor="a@example.com", now=now)


def test_a_server_that_is_down_costs_no_attempt(now: datetime) -> None:
    with Running(Sink()) as port:
        pass
    go_live(port=port, now=now)
    messages = [queue(cast.add_customer(now=now), now=now) for _ in range(3)]

    delivery = Delivery(owner="test")
    assert delivery.turn(now=now) == 3
    assert delivery.turn(now=now) == 0  # the channel rests

    assert {state_of(message) for message in messages} == {MessageState.QUEUED}
    assert {message.attempts for message in messages} == {0}


def test_a_message_refused_for_now_waits_longer_each_time_and_then_fails(now: datetime) -> None:
    with Running(Sink(plan=lambda number: LATER)) as port:
        go_live(port=port, now=now)
        message = queue(cast.add_customer(now=now), now=now)
        waits = []
        for _ in range(sending.MOST_ATTEMPTS):
            deliver(now)
            message.refresh_from_db()
            waits.append((message.send_after - now).total_seconds() / 60)
            Message.objects.update(send_after=now)

    assert waits == [1, 2, 4, 8, 16, 32, 64, 128]
    assert state_of(message) == MessageState.FAILED
    assert "451" in message.error


@pytest.mark.parametrize("is_message_demo", [True, False])
def test_a_demo_person_is_never_written_to_for_real(is_message_demo: bool, now: datetime) -> None:
    sink = Sink()
    person = cast.add_customer(now=now, is_demo=not is_message_demo)
    with Running(sink) as port:
        go_live(port=port, now=now)
        message = queue(person, now=now, is_demo=is_message_demo, purpose="service")
        deliver(now)

    assert sink.connections == 0
    assert state_of(message) == MessageState.SKIPPED
    assert message.skip_reason == "demo_person"


def test_what_was_made_for_practice_stays_there_after_the_switch(now: datetime) -> None:
    launch([cast.add_customer(now=now) for _ in range(3)], now)
    sink = Sink()
    with Running(sink) as port:
        go_live(port=port, now=now)
        deliver(now)

    assert sink.connections == 0
    assert set(Message.objects.values_list("state", flat=True)) == {MessageState.PRACTICE}


def test_switching_back_to_practice_stops_what_waits_from_going_out(now: datetime) -> None:
    sink = Sink()
    with Running(sink) as port:
        go_live(port=port, now=now)
        launch([cast.add_customer(now=now)], now)
        ChannelSetting.objects.update(is_live=False)
        deliver(now)

    assert sink.connections == 0
    assert Message.objects.get().state == MessageState.PRACTICE


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            lambda person, now: cast.say(
                record=cast.record_of(person), address=person.email, status="denied", at=now
            ),
            "consent_denied",
        ),
        (
            lambda person, now: CustomerState.objects.create(
                customer=person, kind=StateKind.OPEN_CASE, since=now
            ),
            "open_case",
        ),
        (lambda person, now: Customer.objects.filter(id=person.id).update(email=""), "no_address"),
        (
            lambda person, now: UnusableAddress.objects.create(
                channel="email", address=person.email, reason="bounced", since=now
            ),
            "address_unusable",
        ),
    ],
)
def test_what_changed_since_the_launch_counts(
    change: Callable[[Customer, datetime], object], reason: str, now: datetime
) -> None:
    sink = Sink()
    with Running(sink) as port:
        go_live(port=port, now=now)
        person = cast.add_customer(now=now)
        launch([person], now)
        change(person, now)
        deliver(now)

    assert sink.taken == []
    message = Message.objects.get()
    assert (message.state, message.skip_reason) == (MessageState.SKIPPED, reason)


def test_a_corrected_address_is_the_one_used(now: datetime) -> None:
    sink = Sink()
    with Running(sink) as port:
        go_live(port=port, now=now)
        person = cast.add_customer(now=now)
        message = queue(person, now=now, purpose="service")
        Customer.objects.filter(id=person.id).update(email="new@example.com")
        deliver(now)

    assert sink.taken[0]["X-Test-Rcpt"] == "new@example.com"
    message.refresh_from_db()
    assert message.address == "new@example.com"


def test_quiet_hours_delay_advertising_and_nothing_else(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = now.replace(hour=22)
    monkeypatch.setattr(clock, "now", lambda: late)
    sink = Sink()
    with Running(sink) as port:
        go_live(port=port, now=now)
        ContactPolicy.objects.update(quiet_from_hour=21, quiet_to_hour=8)
        advertising = queue(cast.add_customer(now=now), now=now)
        service = queue(cast.add_customer(now=now), now=now, purpose="service")
        deliver(late)

    assert state_of(advertising) == MessageState.QUEUED
    assert advertising.send_after == (late + timedelta(days=1)).replace(hour=8)
    assert state_of(service) == MessageState.SENT


def test_pausing_holds_what_is_claimed_already(now: datetime) -> None:
    sink = Sink()
    with Running(sink) as port:
        go_live(port=port, now=now)
        campaign = launch([cast.add_customer(now=now)], now)
        [message] = sending.claim(owner="a", now=now, lease=HOUR, limit=10)
        launching.pause(campaign=campaign, staff=None, now=now)

        assert not sending.begin_hand_over(message=message, now=now)
        sending.release(messages=[message])
        assert deliver(now) == 0

        launching.resume(campaign=campaign, staff=None, now=now)
        assert deliver(now) == 1

    assert len(sink.taken) == 1


@pytest.mark.req("R064")
def test_unsubscribing_stops_a_message_up_to_its_last_byte(now: datetime) -> None:
    person = cast.add_customer(now=now)
    first, second = (queue(person, now=now) for _ in range(2))
    claimed = sending.claim(owner="a", now=now, lease=HOUR, limit=1)

    unsubscribe(token=first.token, now=now, proof="test")

    assert not sending.begin_hand_over(message=claimed[0], now=now)
    for message in (first, second):
        assert state_of(message) == MessageState.SKIPPED
        assert message.skip_reason == "unsubscribed"
    assert Consent.objects.filter(status="denied", address=person.email).count() == 1


def test_a_dead_senders_messages_come_back_after_their_lease(now: datetime) -> None:
    untouched = queue(cast.add_customer(now=now), now=now)
    doubtful = queue(cast.add_customer(now=now), now=now)
    service = queue(cast.add_customer(now=now), now=now, purpose="service")
    claimed = {m.id: m for m in sending.claim(owner="dead", now=now, lease=HOUR, limit=10)}
    assert len(claimed) == 3
    assert sending.begin_hand_over(message=claimed[doubtful.id], now=now)
    assert sending.begin_hand_over(message=claimed[service.id], now=now)

    sending.recover(now=now + HOUR - timedelta(seconds=1))
    assert state_of(untouched) == MessageState.SENDING
    sending.recover(now=now + HOUR)

    assert state_of(untouched) == MessageState.QUEUED
    assert state_of(doubtful) == MessageState.IN_DOUBT
    assert state_of(service) == MessageState.QUEUED
    # The slow sender wakes: its claim is gone, but the answer to a parked message still counts.
    assert not sending.begin_hand_over(message=claimed[untouched.id], now=now)
    assert sending.mark_sent(message=claimed[doubtful.id], now=now)


def test_two_senders_never_claim_the_same_message(now: datetime) -> None:
    for _ in range(10):
        queue(cast.add_customer(now=now), now=now)

    one = sending.claim(owner="one", now=now, lease=HOUR, limit=6)
    two = sending.claim(owner="two", now=now, lease=HOUR, limit=6)

    assert (len(one), len(two)) == (6, 4)
    assert not {message.id for message in one} & {message.id for message in two}


def test_no_sender_takes_what_the_sample_shop_sent_in_the_past(now: datetime) -> None:
    campaign = launch([cast.add_customer(now=now) for _ in range(2)], now)
    Campaign.objects.filter(id=campaign.id).update(is_demo=True)

    assert sending.claim(owner="one", now=now, lease=HOUR, limit=6) == []
    assert set(Message.objects.values_list("state", flat=True)) == {MessageState.QUEUED}


def test_an_order_confirmation_waits_for_nobodys_consent(now: datetime) -> None:
    sink = Sink()
    with Running(sink) as port:
        go_live(port=port, now=now)
        person = cast.add_customer(now=now, consent="denied")
        message = queue_message(
            customer=person, subject="Your order", body="It is here.", purpose="service", now=now
        )
        deliver(now)

    assert state_of(message) == MessageState.SENT
    assert sink.taken[0]["List-Unsubscribe"] is None
    assert Business.objects.get().name in sink.taken[0].get_body(["plain"]).get_content()  # type: ignore[union-attr]

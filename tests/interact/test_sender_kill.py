"""Kill -9 of the sender against a mail server that breaks off after DATA, answers 451 and closes
early. Advertising never goes out twice and nothing is called sent that was not taken; a service
message is never lost and goes out twice at most, under one Message-ID.

Process death only, not power loss. No failure in N kills bounds the rate at 3/N (95 %).
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connections

from idic.core import clock
from idic.interact.models import Message, MessageState
from idic.interact.services import responses
from tests.channels.sink import ACCEPT, DROP_AFTER_DATA, DROP_EARLY, LATER, Running, Sink
from tests.interact import cast
from tests.interact.mail import go_live, queue
from tests.processes import Victim

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
]
LEASE_MS = 800


def hostile(seed: int, share: float = 0.03) -> Callable[[int], str]:
    """Misbehave in about a tenth of the mails, the same way for the same seed."""
    acts = [DROP_AFTER_DATA, LATER, DROP_EARLY]

    def plan(number: int) -> str:
        chance = random.Random(seed * 1_000_003 + number)
        return chance.choice(acts) if chance.random() < share * len(acts) else ACCEPT

    return plan


def fill(count: int, purpose: str) -> None:
    now = clock.now()
    for _ in range(count):
        queue(cast.add_customer(now=now), now=now, purpose=purpose)


def send_under_fire(*, sink: Sink, home: Path, kills: int, seed: int) -> int:
    """Kill senders one after another while they work, then let one finish; give how many kills hit
    a message in hand.
    """
    chance = random.Random(seed)
    hits = 0
    with Running(sink) as port:
        go_live(port=port, now=clock.now())
        with Victim(
            "idic.interact.sender",
            home=home,
            IDIC_SENDER_LEASE_MS=str(LEASE_MS),
            IDIC_PUBLIC_URL="https://shop.example",
        ) as sender:
            for _ in range(kills):
                sender.start()
                wait_for_mail(sink)
                time.sleep(chance.uniform(0.0, 0.15))
                sender.kill()
                in_hand = [MessageState.SENDING, MessageState.IN_DOUBT]
                hits += Message.objects.filter(
                    state__in=in_hand, lease_until__isnull=False
                ).exists()
            sender.start()
            finish()
            sender.kill()
    return hits


def wait_for_mail(sink: Sink) -> None:
    """Wait until the fresh sender is at work: a mail arrives, or there is nothing more to send."""
    before, until = sink.offered, time.monotonic() + 20
    while sink.offered == before and time.monotonic() < until:
        if not Message.objects.filter(state__in=UNFINISHED).exists():
            return
        Message.objects.filter(state=MessageState.QUEUED).update(send_after=clock.now())
        time.sleep(0.005)


UNFINISHED = (MessageState.QUEUED, MessageState.SENDING)


def finish() -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        leased = Message.objects.filter(
            state=MessageState.IN_DOUBT, lease_until__isnull=False
        ).exists()
        if not leased and not Message.objects.filter(state__in=UNFINISHED).exists():
            return
        Message.objects.filter(state=MessageState.QUEUED, send_after__gt=clock.now()).update(
            send_after=clock.now()
        )
        time.sleep(0.1)
    left = Message.objects.filter(state__in=[*UNFINISHED, MessageState.IN_DOUBT])
    rows = left.values_list("state", "attempts", "doubts", "error", "lease_until", "lease_owner")
    raise AssertionError(f"the outbox was not emptied in two minutes: {list(rows[:5])}")


def check_marketing(*, sink: Sink, count: int, drops: int, kills: int) -> None:
    copies = sink.count_by_id()
    states = dict(Message.objects.values_list("message_id_header", "state"))
    assert len(states) == count
    assert [key for key, taken in copies.items() if taken > 1] == []
    sent = {key for key, state in states.items() if state == MessageState.SENT}
    doubtful = {key for key, state in states.items() if state == MessageState.IN_DOUBT}
    assert sent <= set(sink.said_yes)
    assert set(copies) <= sent | doubtful
    assert sent | doubtful == set(states)
    doubts = Message.objects.filter(state=MessageState.IN_DOUBT)
    why = list(doubts.values_list("error", "attempts", "doubts", "lease_until"))
    assert len(doubtful) <= drops + kills, why


@pytest.mark.req("R064")
@pytest.mark.parametrize("seed", [1])
def test_twenty_kills_send_no_advertising_twice(seed: int, tmp_path: Path) -> None:
    kill_marketing(count=240, kills=20, seed=seed, home=tmp_path)


@pytest.mark.long
def test_sixty_kills_of_two_thousand_send_no_advertising_twice(tmp_path: Path) -> None:
    kill_marketing(count=2_000, kills=60, seed=2, home=tmp_path)


def kill_marketing(*, count: int, kills: int, seed: int, home: Path) -> None:
    cast.open_shop(now=clock.now())
    fill(count, "marketing")
    drops: list[int] = []
    plan = hostile(seed)

    def counted(number: int) -> str:
        act = plan(number)
        if act == DROP_AFTER_DATA:
            drops.append(number)
        return act

    sink = Sink(plan=counted)

    hits = send_under_fire(sink=sink, home=home, kills=kills, seed=seed)

    check_marketing(sink=sink, count=count, drops=len(set(drops)), kills=kills)
    assert hits > kills // 4  # the kills fell into work, not into idling
    print(f"\n{count} messages, {kills} kills ({hits} in hand), {len(set(drops))} drops:", tally())


@pytest.mark.req("R064")
def test_twenty_kills_lose_no_service_message(tmp_path: Path) -> None:
    cast.open_shop(now=clock.now())
    fill(160, "service")
    sink = Sink(plan=hostile(3))

    send_under_fire(sink=sink, home=tmp_path, kills=20, seed=3)

    copies = sink.count_by_id()
    rows = list(Message.objects.values_list("message_id_header", "state", "doubts"))
    assert len(rows) == 160
    assert [row for row in rows if copies[row[0]] == 0] == []
    assert max(copies.values()) <= 2
    doubled = [key for key, taken in copies.items() if taken == 2]
    assert len(doubled) <= sum(1 for _key, _state, doubts in rows if doubts >= 1)
    for key in doubled:
        assert next(doubts for header, _state, doubts in rows if header == key) == 2
    print(f"\n160 service messages, 20 kills: {len(doubled)} came twice;", tally())


def test_unsubscribing_beats_the_queue_while_it_is_being_sent(tmp_path: Path) -> None:
    cast.open_shop(now=clock.now())
    fill(300, "marketing")
    tokens = list(Message.objects.order_by("id").values_list("token", "address"))
    sink = Sink()
    answered: dict[str, set[str]] = {}

    with Running(sink) as port:
        go_live(port=port, now=clock.now())
        with Victim(
            "idic.interact.sender", home=tmp_path, IDIC_PUBLIC_URL="https://shop.example"
        ) as sender:
            sender.start()
            wait_for_mail(sink)
            for token, address in tokens[-1:100:-10]:
                responses.unsubscribe(token=token, now=clock.now(), proof="test")
                answered[address] = {str(mail["X-Test-Rcpt"]) for mail in list(sink.taken)}
            finish()
            sender.kill()

    late = [
        mail["X-Test-Rcpt"]
        for mail in sink.taken
        if mail["X-Test-Rcpt"] in answered
        and mail["X-Test-Rcpt"] not in answered[mail["X-Test-Rcpt"]]
    ]
    assert late == []
    skipped = Message.objects.filter(state="skipped", skip_reason="unsubscribed").count()
    assert skipped > 0
    assert len(sink.taken) == 300 - skipped


def tally() -> dict[str, int]:
    counted: dict[str, int] = {}
    for state in Message.objects.values_list("state", flat=True):
        counted[state] = counted.get(state, 0) + 1
    connections.close_all()
    return counted

"""Mails read from a mailbox meet the messages they answer or tell the end of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from idic.core.jobs import publish
from idic.core.jobs.worker import drain
from idic.identify.events import MailBounced, MailReceived
from idic.identify.models import Event
from idic.interact.models import Message, MessageEvent, UnusableAddress
from tests.interact.cast import add_customer, open_shop, record_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def message(now: datetime) -> Message:
    open_shop(now=now)
    ann = add_customer(name="Ann", email="ann@example.com", now=now)
    return Message.objects.create(
        customer=ann,
        record=record_of(ann),
        channel="email",
        address="ann@example.com",
        subject="Sale",
        message_id_header="<ours-1@shop.vn>",
        send_after=now,
        created_at=now,
    )


def receive(message: Message, now: datetime, **detail: Any) -> None:
    event = Event.objects.create(
        source=record_of(message.customer).source,
        message_id="letter-1",
        record=record_of(message.customer),
        kind="email",
        occurred_at=now,
        received_at=now,
        detail=detail,
    )
    publish(event=MailReceived(event_ids=(event.id,)))
    drain()


def test_an_answer_counts_for_the_message_it_names(message: Message, now: datetime) -> None:
    receive(message, now, text="Lovely!", references=["<other@x>", "<ours-1@shop.vn>"])

    [reply] = MessageEvent.objects.all()
    assert (reply.message, reply.kind, reply.detail) == (message, "reply", {"text": "Lovely!"})


def test_a_letter_that_answers_nothing_of_ours_counts_for_none(
    message: Message, now: datetime
) -> None:
    receive(message, now, text="Hello", references=[])

    assert not MessageEvent.objects.exists()


@pytest.mark.parametrize(("status", "is_unusable"), [("5.1.1", True), ("4.2.2", False)])
def test_a_lasting_failure_alone_makes_an_address_unusable(
    message: Message, status: str, is_unusable: bool
) -> None:
    publish(event=MailBounced(status=status, references=("<ours-1@shop.vn>",)))
    drain()

    assert MessageEvent.objects.get().kind == "bounce"
    found = UnusableAddress.objects.filter(address="ann@example.com", reason="bounced")
    assert found.exists() is is_unusable

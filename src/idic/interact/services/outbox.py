"""Puts single messages into the outbox, and tidies it: cancelled campaigns, finished ones, doubts
a person has settled.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from idic.channels.adapters.registry import is_live
from idic.channels.selectors import get_sender_domain
from idic.core import ids
from idic.core.jobs import publish
from idic.core.services import audit
from idic.identify.models import Customer
from idic.interact.content.tokens import new_message_id, new_token
from idic.interact.events import CampaignFinished
from idic.interact.models import Campaign, CampaignState, Message, MessageState

_ROWS_A_TRANSACTION = 200
UNFINISHED = (MessageState.QUEUED, MessageState.SENDING)


def queue_message(
    *,
    customer: Customer,
    subject: str,
    body: str,
    purpose: str,
    now: datetime,
    channel: str = "email",
    language: str = "",
    record_id: int | None = None,
    send_after: datetime | None = None,
    address: str = "",
) -> Message:
    """Queue one message outside any campaign: an order confirmation, an answer. `body` is markup
    with fenced values (`interact.content.markup`). With an `address` it goes there alone, whatever
    the customer's own is.
    """
    number = ids.new_id()
    return Message.objects.create(
        id=number,
        customer=customer,
        record_id=record_id,
        channel=channel,
        purpose=purpose,
        address=address or (customer.email if channel == "email" else customer.phone),
        keeps_address=bool(address),
        subject=subject[:300],
        body=body,
        language=language,
        message_id_header=new_message_id(number=number, domain=get_sender_domain(channel=channel)),
        token=new_token(),
        send_after=send_after or now,
        is_practice=not is_live(channel=channel),
        is_demo=customer.is_demo,
        created_at=now,
    )


def skip_waiting(*, campaign_id: int) -> int:
    """Stop every waiting message of a cancelled campaign, 200 a transaction; give how many."""
    total = 0
    while True:
        waiting = Message.objects.filter(campaign_id=campaign_id, state__in=UNFINISHED)
        chosen = list(waiting.order_by("id").values_list("id", flat=True)[:_ROWS_A_TRANSACTION])
        if not chosen:
            return total
        total += waiting.filter(id__in=chosen).update(
            state=MessageState.SKIPPED, skip_reason="cancelled", lease_until=None
        )


def finish_campaigns(*, now: datetime) -> int:
    """Mark campaigns whose last message has left; give how many."""
    waiting = Message.objects.filter(campaign=OuterRef("pk"), state__in=UNFINISHED)
    done = Campaign.objects.filter(
        ~Exists(waiting), state=CampaignState.SENDING, audience_frozen_at__isnull=False
    )
    return sum(_finish(campaign_id, now) for campaign_id in done.values_list("id", flat=True))


def _finish(campaign_id: int, now: datetime) -> int:
    with transaction.atomic():
        sending = Campaign.objects.filter(id=campaign_id, state=CampaignState.SENDING)
        finished = sending.update(state=CampaignState.SENT, finished_at=now)
        if finished:
            publish(event=CampaignFinished(campaign_id=campaign_id))
        return finished


def list_doubts() -> Q:
    """Give the condition of messages handed over without an answer that wait for a person."""
    return Q(state=MessageState.IN_DOUBT, lease_until=None)


def settle_doubt(*, message_id: int, has_arrived: bool, actor: str, now: datetime) -> bool:
    """Record what a person found out about a message in doubt: it arrived, or it is given up.
    Sending it again would risk a second copy, so that is never done for marketing.
    """
    with transaction.atomic():
        settled = Message.objects.filter(list_doubts(), id=message_id).update(
            state=MessageState.SENT if has_arrived else MessageState.FAILED,
            skip_reason="" if has_arrived else "not_delivered",
        )
        if settled:
            audit.record(
                at=now,
                actor=actor,
                action="message.doubt_settled",
                subject_type="message",
                subject_id=message_id,
                detail={"has_arrived": has_arrived},
            )
    return bool(settled)

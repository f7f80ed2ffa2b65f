"""The journal of the outbox: claim, hand over, done. Every step is one short commit, so that a
sender killed anywhere leaves a message either untouched or listed as in doubt.

    queued → sending (leased) → in_doubt (just before the last byte) → sent
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from idic.experiments.services import experiments
from idic.identify.services.states import record_messages_sent
from idic.interact.models import (
    Campaign,
    CampaignState,
    Message,
    MessageState,
    UnusableAddress,
)

MOST_ATTEMPTS = 8
MOST_COPIES = 2  # of a service message, with one Message-ID; marketing has one and no more
GIVE_UP_AFTER = timedelta(days=3)
_SERVICE = "service"


def claim(
    *, owner: str, now: datetime, lease: timedelta, limit: int, down: Collection[str] = ()
) -> list[Message]:
    """Lease due messages to one sender: service messages first, then each sending campaign's.
    Channels that are `down` are left alone for now.
    """
    up = ~Q(channel__in=down, is_practice=False) if down else Q()
    claimed = _claim(up & Q(campaign=None), owner, now, lease, limit)
    # Campaigns of the sample shop were sent in the past: their loader leaves them in practice.
    sending = Campaign.objects.filter(
        state=CampaignState.SENDING, launched_at__isnull=False, is_demo=False
    )
    for campaign_id in sending.order_by("launched_at").values_list("id", flat=True):
        if len(claimed) >= limit:
            break
        room = limit - len(claimed)
        claimed += _claim(up & Q(campaign_id=campaign_id), owner, now, lease, room)
    return claimed


def _claim(whose: Q, owner: str, now: datetime, lease: timedelta, limit: int) -> list[Message]:
    due = Message.objects.filter(whose, state=MessageState.QUEUED, send_after__lte=now)
    due = due.order_by("send_after", "id")
    if not due.exists():  # a read: it leaves SQLite's write lock to others
        return []
    with transaction.atomic():
        if connection.vendor == "postgresql":
            due = due.select_for_update(skip_locked=True)
        chosen = list(due.values_list("id", flat=True)[:limit])
        Message.objects.filter(id__in=chosen, state=MessageState.QUEUED).update(
            state=MessageState.SENDING, lease_owner=owner, lease_until=now + lease
        )
    mine = Message.objects.filter(id__in=chosen, state=MessageState.SENDING, lease_owner=owner)
    return list(mine.select_related("campaign", "customer").order_by("send_after", "id"))


def recover(*, now: datetime) -> int:
    """Take back what dead senders held. Before the last byte: queued again. After it: a service
    message goes out once more under the same Message-ID, marketing is parked for a person.
    """
    dead = Message.objects.filter(lease_until__lte=now)
    if not dead.filter(state__in=[MessageState.SENDING, MessageState.IN_DOUBT]).exists():
        return 0
    free = {"lease_until": None, "lease_owner": ""}
    queued = dead.filter(state=MessageState.SENDING).update(state=MessageState.QUEUED, **free)
    doubtful = dead.filter(state=MessageState.IN_DOUBT)
    again = doubtful.filter(purpose=_SERVICE, doubts__lt=MOST_COPIES)
    queued += again.update(state=MessageState.QUEUED, **free)
    # The owner stays: a sender that was only slow may still bring the answer.
    doubtful.update(error="The sender ended before an answer came.", lease_until=None)
    return queued


def begin_hand_over(*, message: Message, now: datetime) -> bool:
    """Commit the doubt, immediately before the last byte. False: do not send it. Somebody
    unsubscribed, or the campaign was paused or cancelled, since the message was claimed.
    """
    open_campaign = Campaign.objects.filter(id=OuterRef("campaign_id"), state=CampaignState.SENDING)
    mine = Message.objects.filter(
        Q(campaign=None) | Q(Exists(open_campaign)),
        id=message.id,
        state=MessageState.SENDING,
        lease_owner=message.lease_owner,
    )
    return bool(mine.update(state=MessageState.IN_DOUBT, doubts=F("doubts") + 1, sent_at=now))


def mark_sent(*, message: Message, now: datetime) -> bool:
    """The other side said yes."""
    with transaction.atomic():
        sent = _held(message, MessageState.IN_DOUBT).update(
            state=MessageState.SENT, sent_at=now, lease_until=None, error=""
        )
        if sent:
            _note_exposed([message], now)
            record_messages_sent(customer_ids=[message.customer_id], now=now)
    return bool(sent)


def mark_practice(*, messages: Sequence[Message], now: datetime) -> int:
    """Leave messages in the practice outbox: nobody was written to."""
    with transaction.atomic():
        mine = Message.objects.filter(
            id__in=[message.id for message in messages],
            state=MessageState.SENDING,
            lease_owner__in={message.lease_owner for message in messages},
        )
        kept = set(mine.values_list("id", flat=True))
        mine.update(state=MessageState.PRACTICE, sent_at=now, lease_until=None, error="")
        _note_exposed([message for message in messages if message.id in kept], now)
    return len(kept)


def _note_exposed(messages: Sequence[Message], now: datetime) -> None:
    by_experiment: dict[int, list[int]] = {}
    for message in messages:
        if message.campaign and message.campaign.experiment_id:
            reached = by_experiment.setdefault(message.campaign.experiment_id, [])
            reached.append(message.customer_id)
    for experiment_id, customer_ids in by_experiment.items():
        experiments.expose(experiment_id=experiment_id, customer_ids=customer_ids, now=now)


def readdress(*, message: Message, address: str) -> None:
    """Send a claimed message to the address its customer has now."""
    if _held(message, MessageState.SENDING).update(address=address):
        message.address = address


def mark_skipped(*, message: Message, reason: str) -> None:
    """The rules say no at the last moment; the reason is kept."""
    _held(message, MessageState.SENDING).update(
        state=MessageState.SKIPPED, skip_reason=reason, lease_until=None
    )


def mark_failed(*, message: Message, error: str, is_address_bad: bool, now: datetime) -> None:
    """The other side refused for good."""
    with transaction.atomic():
        _held(message, MessageState.SENDING, MessageState.IN_DOUBT).update(
            state=MessageState.FAILED, error=error[:300], lease_until=None
        )
        if is_address_bad:
            UnusableAddress.objects.get_or_create(
                channel=message.channel,
                address=message.address,
                defaults={"reason": "bounced", "detail": error[:300], "since": now},
            )


def mark_in_doubt(*, message: Message, error: str) -> None:
    """No answer came to the last byte: marketing is parked, a service message goes out again."""
    held = _held(message, MessageState.IN_DOUBT)
    again = held.filter(purpose=_SERVICE, doubts__lt=MOST_COPIES)
    if not again.update(
        state=MessageState.QUEUED, error=error[:300], lease_until=None, lease_owner=""
    ):
        held.update(error=error[:300], lease_until=None)


def put_back(
    *, message: Message, now: datetime, error: str, delay: timedelta, is_attempt: bool
) -> None:
    """Queue a message again: the other side has nothing of it. Too many attempts, or too many days,
    and it has failed.
    """
    attempts = message.attempts + (1 if is_attempt else 0)
    is_over = attempts >= MOST_ATTEMPTS or now - message.created_at > GIVE_UP_AFTER
    held = _held(message, MessageState.SENDING, MessageState.IN_DOUBT)
    with transaction.atomic():
        was_doubtful = held.filter(state=MessageState.IN_DOUBT)
        was_doubtful.update(doubts=F("doubts") - 1, sent_at=None)
        held.update(
            state=MessageState.FAILED if is_over else MessageState.QUEUED,
            attempts=attempts,
            error=error[:300],
            send_after=now + delay,
            lease_until=None,
            lease_owner="",
        )


def release(*, messages: Sequence[Message], send_after: datetime | None = None) -> None:
    """Give claimed messages back untouched, for now or for a later moment."""
    later = {"send_after": send_after} if send_after else {}
    for message in messages:
        _held(message, MessageState.SENDING).update(
            state=MessageState.QUEUED, lease_until=None, lease_owner="", **later
        )


def _held(message: Message, *states: MessageState) -> QuerySet[Message]:
    """The row, as long as this very claim holds it."""
    return Message.objects.filter(id=message.id, state__in=states, lease_owner=message.lease_owner)

"""Records what comes back: opens, clicks, replies, bounces, complaints, and who wants no more.
An unsubscription takes effect before its answer is given.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from idic.core.jobs import publish
from idic.identify.events import CustomersChanged
from idic.identify.living import get_living_id, list_family_ids
from idic.identify.models import ConsentStatus
from idic.identify.services.consent import record_consent
from idic.interact.arrivals import Arrival, class_click, class_open
from idic.interact.content.links import read_click
from idic.interact.models import (
    Actor,
    EventKind,
    Message,
    MessageEvent,
    MessageState,
    TrackedLink,
    UnusableAddress,
)
from idic.interact.services.outbox import UNFINISHED

_AT_ONCE = timedelta(seconds=2)


def record_open(*, token: str, arrival: Arrival) -> bool:
    """Note that a message's picture was loaded; False for a token nobody gave out."""
    message = Message.objects.filter(token=token).only("id", "sent_at").first()
    if message is None:
        return False
    actor = class_open(arrival, sent_at=message.sent_at)
    _note(message, EventKind.OPENED, arrival.at, actor, agent=arrival.agent[:200])
    return True


def record_click(*, word: str, arrival: Arrival) -> str:
    """Note a click and give where it leads, from our own table; empty for a word not ours."""
    ids = read_click(word)
    if ids is None:
        return ""
    message = Message.objects.filter(id=ids[0]).first()
    link = TrackedLink.objects.filter(id=ids[1]).first()
    if message is None or link is None or message.campaign_id != link.campaign_id:
        return ""
    actor = class_click(arrival, sent_at=message.sent_at)
    with transaction.atomic():
        if actor == Actor.HUMAN and _presses_all_at_once(message, link, arrival.at):
            actor = Actor.SCANNER
        _note(message, EventKind.CLICKED, arrival.at, actor, link, agent=arrival.agent[:200])
    return link.target


def _presses_all_at_once(message: Message, link: TrackedLink, at: datetime) -> bool:
    """A scanner presses different links within moments; those it pressed before turn out so too."""
    others = MessageEvent.objects.filter(
        message=message, kind=EventKind.CLICKED, occurred_at__gte=at - _AT_ONCE
    ).exclude(link=link)
    return bool(others.update(actor=Actor.SCANNER))


def unsubscribe(*, token: str, now: datetime, proof: str) -> Message | None:
    """End advertising to the message's address, at once: the ledger says no and whatever waits for
    this address or person is stopped. None for a token nobody gave out.
    """
    message = Message.objects.filter(token=token).first()
    if message is None:
        return None
    _refuse(message, now=now, proof=proof, reason="unsubscribed")
    already = MessageEvent.objects.filter(message=message, kind=EventKind.UNSUBSCRIBED)
    if not already.exists():
        _note(message, EventKind.UNSUBSCRIBED, now, Actor.HUMAN, proof=proof)
    return message


def _refuse(message: Message, *, now: datetime, proof: str, reason: str) -> None:
    with transaction.atomic():
        record_consent(
            customer_id=message.customer_id,
            record_id=message.record_id,
            address=message.address,
            channel=message.channel,
            status=ConsentStatus.DENIED,
            proof=f"{proof}: {message.message_id_header}",
            now=now,
        )
        waiting = Message.objects.filter(
            purpose="marketing", channel=message.channel, state__in=UNFINISHED
        )
        stopped = {
            "state": MessageState.SKIPPED,
            "skip_reason": reason,
            "lease_until": None,
        }
        waiting.filter(address=message.address).update(**stopped)
        living_id = get_living_id(customer_id=message.customer_id)
        everybody = list_family_ids(customer_ids=[living_id])
        waiting.filter(customer_id__in=everybody).update(**stopped)


def record_reply(
    *, references: Iterable[str], now: datetime, text: str = "", is_automatic: bool = False
) -> Message | None:
    """Attach an answer to the message it answers, by Message-ID: In-Reply-To first, then References
    from the last to the first, never by subject. Automatic answers (`Auto-Submitted`) are dropped.
    """
    if is_automatic:
        return None
    message = _find_by_ids(references)
    if message is None:
        return None
    with transaction.atomic():
        _note(message, EventKind.REPLIED, now, Actor.HUMAN, text=text[:4000])
        publish(event=CustomersChanged(customer_ids=(message.customer_id,)))
    return message


def record_bounce(
    *, references: Iterable[str], status: str, now: datetime, detail: str = ""
) -> Message | None:
    """Note a mail that came back, by its RFC 3464 status: 5.x.x makes the address unusable, 4.x.x
    passes. Never by words in the body.
    """
    message = _find_by_ids(references)
    if message is None:
        return None
    is_hard = status.startswith("5.")
    with transaction.atomic():
        _note(message, EventKind.BOUNCED, now, Actor.HUMAN, status=status, detail=detail[:300])
        if is_hard:
            _mark_unusable(message, "bounced", f"{status} {detail}", now)
    return message


def record_complaint(*, references: Iterable[str], now: datetime) -> Message | None:
    """Note that somebody called a message spam (ARF): they get no more."""
    message = _find_by_ids(references)
    if message is None:
        return None
    _refuse(message, now=now, proof="spam report", reason="unsubscribed")
    with transaction.atomic():
        _note(message, EventKind.COMPLAINED, now, Actor.HUMAN)
        _mark_unusable(message, "complained", "", now)
    return message


def _mark_unusable(message: Message, reason: str, detail: str, now: datetime) -> None:
    UnusableAddress.objects.get_or_create(
        channel=message.channel,
        address=message.address,
        defaults={"reason": reason, "detail": detail[:300], "since": now},
    )


def _find_by_ids(references: Iterable[str]) -> Message | None:
    for reference in references:
        found = Message.objects.filter(message_id_header=reference.strip()[:200]).first()
        if found is not None:
            return found
    return None


def _note(
    message: Message,
    kind: EventKind,
    at: datetime,
    actor: Actor,
    link: TrackedLink | None = None,
    **detail: str,
) -> None:
    MessageEvent.objects.create(
        message=message,
        kind=kind,
        actor=actor,
        link=link,
        occurred_at=at,
        detail={name: value for name, value in detail.items() if value},
    )

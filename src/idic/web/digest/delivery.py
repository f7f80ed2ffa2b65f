"""Hands the morning mails over: each person's once a day, whatever worker comes by how often."""

from __future__ import annotations

import logging
from datetime import date, datetime
from zoneinfo import ZoneInfo

from idic.channels.adapters.base import Adapter, Outcome, Receipt
from idic.channels.adapters.registry import build_adapter, is_live
from idic.channels.models import ChannelKey
from idic.channels.services.settings import send_once
from idic.core import ids
from idic.core.models import Business, Staff
from idic.identify.models import Customer
from idic.web.digest.letter import put_in_envelope, write_letter
from idic.web.digest.standing import list_due
from idic.web.services import digest as journal

log = logging.getLogger("idic.digest")


def send_due(*, business: Business, now: datetime) -> int:
    """Send every mail whose hour has come; give how many were taken. While e-mail is in practice,
    or nobody is in the book, nothing is sent and nothing noted: once that changes, they go out.
    """
    people = list_due(business=business, now=now) if is_live(channel=ChannelKey.EMAIL) else []
    if not people or not Customer.objects.filter(is_staged=False).exists():
        return 0
    today, sent = now.astimezone(ZoneInfo(business.time_zone)).date(), 0
    journal.forget_old(today=today)
    adapter = build_adapter(channel=ChannelKey.EMAIL)
    try:
        for staff in people:
            receipt = _send(adapter, staff, business, today, now)
            sent += int(receipt is not None and receipt.outcome is Outcome.ACCEPTED)
            if receipt is not None and receipt.is_channel_down:
                break
    finally:
        adapter.close()
    return sent


def _send(
    adapter: Adapter, staff: Staff, business: Business, today: date, now: datetime
) -> Receipt | None:
    """Send one person's mail, unless it is another's to send or there is nobody to speak of."""
    mail = journal.claim(staff_id=staff.id, on_date=today, now=now)
    if mail is None:
        return None
    try:
        letter = write_letter(staff=staff, business=business, now=now)
        envelope = put_in_envelope(letter, staff=staff, on_date=today, now=now)
    except Exception:  # one person's page must not keep the others from theirs
        log.exception("the morning mail of staff %s could not be written", staff.id)
        receipt = Receipt(Outcome.LATER, "It could not be written.")
    else:
        receipt = adapter.send(envelope, commit=lambda: journal.begin_hand_over(mail=mail, now=now))
    journal.settle(mail=mail, receipt=receipt, now=now)
    return receipt


def send_now(*, staff: Staff, business: Business, now: datetime) -> None:
    """Send somebody what their mail says now, as a test to themselves: through the real channel,
    live or not, and not as the day's. Raises ChannelProblem.
    """
    letter = write_letter(staff=staff, business=business, now=now)
    today = now.astimezone(ZoneInfo(business.time_zone)).date()
    copy = str(ids.new_id())
    envelope = put_in_envelope(letter, staff=staff, on_date=today, now=now, copy=copy)
    send_once(channel=ChannelKey.EMAIL, envelope=envelope)

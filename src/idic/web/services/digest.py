"""The journal of the morning mail: claim, hand over, done; each step one short write. A sender
killed before the last byte leaves a mail to be claimed again; after it, one that is never sent
twice.
"""

from __future__ import annotations

import secrets
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef

from idic.channels.adapters.base import Outcome, Receipt
from idic.core.models import Staff
from idic.web.models import DigestMail

_LEASE = timedelta(minutes=5)
_RETRY = timedelta(minutes=10)
_KEEP = timedelta(days=90)
_NEVER = timedelta(days=2)  # past the hours in which a morning's mail may still go out
State = DigestMail.State


def claim(*, staff_id: int, on_date: date, now: datetime) -> DigestMail | None:
    """Take one person's mail of a day in hand; None when somebody else has it, or it is settled."""
    holder = secrets.token_hex(16)
    DigestMail.objects.bulk_create(
        [DigestMail(staff_id=staff_id, on_date=on_date, due_at=now)], ignore_conflicts=True
    )
    free = DigestMail.objects.filter(
        staff_id=staff_id,
        on_date=on_date,
        state__in=[State.WAITING, State.SENDING],
        due_at__lte=now,
    )
    if not free.update(state=State.SENDING, holder=holder, due_at=now + _LEASE):
        return None
    mail = DigestMail.objects.get(staff_id=staff_id, on_date=on_date)
    mail.holder = holder  # whoever may have taken over since
    return mail


def begin_hand_over(*, mail: DigestMail, now: datetime) -> bool:
    """Commit the doubt, immediately before the last byte. False: do not send it, for another holds
    it now, or its reader was kept out or switched it off meanwhile.
    """
    wanting = Staff.objects.filter(
        id=OuterRef("staff_id"), is_active=True, digest_from__lte=mail.on_date
    )
    held = DigestMail.objects.filter(
        Exists(wanting), id=mail.id, holder=mail.holder, state=State.SENDING
    )
    return bool(held.update(state=State.IN_DOUBT, due_at=now + _NEVER, settled_at=now))


def settle(*, mail: DigestMail, receipt: Receipt, now: datetime) -> None:
    """Write down what the other side said."""
    held = DigestMail.objects.filter(
        id=mail.id, holder=mail.holder, state__in=[State.SENDING, State.IN_DOUBT]
    )
    error = receipt.detail[:300]
    match receipt.outcome:
        case Outcome.ACCEPTED:
            held.update(state=State.SENT, settled_at=now, due_at=now + _NEVER, error="")
        case Outcome.REFUSED:
            held.update(state=State.FAILED, settled_at=now, due_at=now + _NEVER, error=error)
        case Outcome.IN_DOUBT:
            held.update(error=error)
        case Outcome.LATER | Outcome.WITHDRAWN:
            held.update(state=State.WAITING, due_at=now + _RETRY, error=error)


def forget_old(*, today: date) -> int:
    """Forget mornings three months gone; give how many."""
    return DigestMail.objects.filter(on_date__lt=today - _KEEP).delete()[0]

"""Agreements by e-mail that count only once the link in a mail to that very address was pressed.
What was ticked waits here; the ledger gets its row with both moments.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import transaction

from idic.core import ids
from idic.core.jobs import publish
from idic.identify.events import ConfirmationAsked
from idic.identify.models import (
    Consent,
    ConsentStatus,
    ConsentWording,
    FormSubmission,
    PendingConsent,
    Purpose,
    SourceRecord,
)
from idic.identify.public_forms.links import read_confirm_word
from idic.identify.services.consent import record_consent

LASTS = timedelta(days=7)
CHANNEL = "email"
# To one address, whoever asks and by whichever form: nobody's mailbox is filled from here.
_PAUSE, _MOST_A_DAY = timedelta(minutes=5), 3
_KEPT_FOR = timedelta(days=30)


def ask_to_confirm(
    *,
    record: SourceRecord,
    submission: FormSubmission,
    wording: ConsentWording,
    address: str,
    purpose: str,
    now: datetime,
) -> PendingConsent | None:
    """Note that a box was ticked and have its mail sent; None where there is nothing to ask, or the
    address was asked just now or often today: what it got still holds.
    """
    asked = PendingConsent.objects.filter(address=address, asked_at__gt=now - timedelta(days=1))
    times = list(asked.order_by("-asked_at").values_list("asked_at", flat=True)[:_MOST_A_DAY])
    is_often = len(times) >= _MOST_A_DAY or (times and times[0] > now - _PAUSE)
    if is_often or _holds_already(address, purpose, wording):
        return None
    with transaction.atomic():
        pending = PendingConsent.objects.create(
            record=record,
            submission=submission,
            wording=wording,
            address=address,
            channel=CHANNEL,
            purpose=purpose,
            asked_at=now,
            expires_at=now + LASTS,
        )
        publish(event=ConfirmationAsked(pending_id=pending.id))
    return pending


def say_wording(wording: ConsentWording, *, language: str) -> str:
    """Give how the ledger names what was read: the wording, its version, the language."""
    return f"{wording.id} v{wording.version} {language}"


def note_mailed(*, pending_id: int, now: datetime) -> PendingConsent | None:
    """Take up the mail of what waits, once; None when it was, or nothing waits any more. Call it in
    the transaction that queues the mail.
    """
    rows = PendingConsent.objects.select_for_update(of=("self",)).filter(
        id=pending_id, mailed_at=None, confirmed_at=None, expires_at__gt=now
    )
    pending = rows.select_related("record__customer", "submission__form", "wording").first()
    if pending is None or pending.record.customer is None:
        return None
    PendingConsent.objects.filter(id=pending.id).update(mailed_at=now)
    return pending


def find_pending(*, word: str) -> PendingConsent | None:
    """Give what a link's word confirms; None for a word that is not ours, or of somebody erased."""
    number = read_confirm_word(word)
    rows = PendingConsent.objects.select_related("submission__form", "wording")
    return rows.filter(id=number).first() if number is not None else None


def confirm(*, pending_id: int, now: datetime) -> bool:
    """Let it count from now on; tell whether it did not before. The word is the mailbox's owner's:
    it takes back what they refused for this address earlier.
    """
    with transaction.atomic():
        rows = PendingConsent.objects.select_for_update(of=("self",)).filter(
            id=pending_id, confirmed_at=None, expires_at__gt=now
        )
        pending = rows.select_related("submission__form", "wording").first()
        if pending is None:
            return False
        record_consent(
            record_id=pending.record_id,
            address=pending.address,
            channel=pending.channel,
            purpose=Purpose(pending.purpose),
            status=ConsentStatus.GRANTED,
            proof=_prove(pending, now),
            wording_version=say_wording(pending.wording, language=pending.submission.language),
            now=now,
            is_own_word=True,
        )
        PendingConsent.objects.filter(id=pending.id).update(confirmed_at=now)
        # Another mail to the same address asks nothing any more.
        same = PendingConsent.objects.filter(
            address=pending.address, purpose=pending.purpose, confirmed_at=None
        )
        same.filter(expires_at__gt=now).update(expires_at=now)
    return True


def delete_old(*, now: datetime) -> int:
    """Delete what ended a month ago; the ledger keeps what was confirmed."""
    return PendingConsent.objects.filter(expires_at__lt=now - _KEPT_FOR).delete()[0]


def _prove(pending: PendingConsent, now: datetime) -> str:
    """Say both moments: when the box was ticked, and when the link in the mail was pressed."""
    submission = pending.submission
    return (
        f"form {submission.form.name}, {ids.encode('submission', submission.id)}; "
        f"asked {_moment(submission.received_at)}, confirmed by mail {_moment(now)}"
    )


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _holds_already(address: str, purpose: str, wording: ConsentWording) -> bool:
    """Tell whether the last word on this address allows it, by this very wording."""
    rows = Consent.objects.filter(address=address, channel=CHANNEL, purpose=purpose)
    last = rows.order_by("-given_at", "-recorded_at", "-id").first()
    if last is None or last.status != ConsentStatus.GRANTED:
        return False
    return last.wording_version.startswith(say_wording(wording, language=""))

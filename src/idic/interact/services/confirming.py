"""Writes the mail by which somebody confirms what they ticked on a form. It goes to the address
that was typed and to no other, and names nobody: whose it is shows only when its owner presses.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from idic.core.selectors import get_business
from idic.identify.models import PendingConsent
from idic.identify.services.forms.confirming import LASTS, note_mailed
from idic.interact.content.markup import fence
from idic.interact.content.personal import confirm_target
from idic.interact.models import Message

from .outbox import queue_message


def queue_confirmation(*, pending_id: int, now: datetime) -> Message | None:
    """Queue the mail, once; None when it was before, or nothing waits to be confirmed any more."""
    with transaction.atomic():
        pending = note_mailed(pending_id=pending_id, now=now)
        if pending is None or pending.record.customer is None:
            return None
        language = pending.submission.language
        with override(language):
            subject, body = _write(pending, language, get_business().name)
        return queue_message(
            customer=pending.record.customer,
            record_id=pending.record_id,
            address=pending.address,
            subject=subject,
            body=body,
            purpose="service",
            language=language,
            now=now,
        )


def _write(pending: PendingConsent, language: str, shop: str) -> tuple[str, str]:
    texts = pending.wording.texts
    said = texts.get(language) or next(iter(texts.values()), "")
    link, press = confirm_target(pending_id=pending.id), _("Yes, I agree")
    body = [
        _("On our form this address was entered, with a tick at:"),
        f"“{fence(said)}”",
        _("Was it you? Then press here, and it counts:"),
        f"[{press}]({link})",
        _("If it was not you, do nothing: then you hear no more of it."),
        _("The link holds for %(days)d days.") % {"days": LASTS.days},
    ]
    return _("Please confirm: mails from %(shop)s") % {"shop": shop}, "\n\n".join(body)

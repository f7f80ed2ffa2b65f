"""What Interact does when something happened below."""

from __future__ import annotations

from idic.core import clock
from idic.core.jobs import Handlers
from idic.identify.events import ConfirmationAsked, MailBounced, MailReceived
from idic.identify.models import Event
from idic.interact.services import confirming, responses


def attach_answers(event: MailReceived) -> None:
    """Count mails that answer one of ours as answers to it."""
    for detail in Event.objects.filter(id__in=event.event_ids).values_list("detail", flat=True):
        if detail.get("references"):
            responses.record_reply(
                references=detail["references"], text=detail.get("text", ""), now=clock.now()
            )


def note_bounce(event: MailBounced) -> None:
    """Note that a mail of ours came back; a lasting failure makes the address unusable."""
    responses.record_bounce(references=event.references, status=event.status, now=clock.now())


def mail_confirmation(event: ConfirmationAsked) -> None:
    """Send the link by which an agreement counts. Twice is once."""
    confirming.queue_confirmation(pending_id=event.pending_id, now=clock.now())


HANDLERS: Handlers = {
    ConfirmationAsked: [mail_confirmation],
    MailReceived: [attach_answers],
    MailBounced: [note_bounce],
}

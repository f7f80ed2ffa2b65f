"""What staff write down about a customer: notes, calls and how they ended, promises and whether
they were kept. Each is an event on the CRM record.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from idic.core import ids
from idic.core.jobs import publish
from idic.identify.events import CustomersChanged
from idic.identify.living import get_living_id
from idic.identify.models import Event
from idic.identify.services.crm import get_crm_record
from idic.identify.services.customers import WrongValue
from idic.identify.services.search_index import reindex

LONGEST = 4_000


class NoteKind(models.TextChoices):
    """What is written down; the code is the event's kind."""

    NOTE = "note", gettext_lazy("Note")
    CALL = "call", pgettext_lazy("note", "Call")
    PROMISE = "promise", gettext_lazy("Promise")


class CallOutcome(models.TextChoices):
    """How a call ended."""

    REACHED = "reached", gettext_lazy("Reached")
    NO_ANSWER = "no_answer", gettext_lazy("No answer")
    LATER = "later", gettext_lazy("Call again later")


KEPT = "promise_kept"


def add_note(
    *,
    customer_id: int,
    text: str,
    author: str,
    now: datetime,
    author_name: str = "",
    kind: NoteKind = NoteKind.NOTE,
    outcome: CallOutcome | None = None,
    due: date | None = None,
) -> Event:
    """Write down a note, a call or a promise. A promise needs its day, a call outcome or text."""
    text = text.replace("\x00", "").strip()
    if len(text) > LONGEST:
        raise WrongValue("text", _("Use at most %(count)d characters.") % {"count": LONGEST})
    if not text and not (kind == NoteKind.CALL and outcome):
        raise WrongValue("text", _("Write something first."))
    if kind == NoteKind.PROMISE and due is None:
        raise WrongValue("due", _("Say until when."))
    detail: dict[str, Any] = {"text": text, "author": author}
    if author_name:
        detail["author_name"] = author_name
    if kind == NoteKind.CALL and outcome:
        detail["outcome"] = outcome.value
    if kind == NoteKind.PROMISE and due:
        detail["due"] = due.isoformat()
    return _write(customer_id, kind.value, detail, now)


def keep_promise(*, customer_id: int, promise_id: int, author: str, now: datetime) -> bool:
    """Note that a promise was kept; False when there is none such, or it was kept already."""
    with transaction.atomic():
        promises = Event.objects.select_for_update(of=("self",)).filter(
            record__customer_id=customer_id
        )
        promise = promises.filter(id=promise_id, kind=NoteKind.PROMISE).first()
        if promise is None or "kept" in promise.detail:
            return False
        promise.detail = {**promise.detail, "kept": now.isoformat()}
        promise.save(update_fields=["detail"])
        detail = {"text": promise.detail.get("text", ""), "author": author}
        _write(customer_id, KEPT, detail, now)
    return True


def reopen_promise(*, customer_id: int, promise_id: int) -> bool:
    """Take back that a promise was kept; False when it is open."""
    with transaction.atomic():
        events = Event.objects.select_for_update(of=("self",)).filter(
            record__customer_id=customer_id
        )
        promise = events.filter(id=promise_id, kind=NoteKind.PROMISE).first()
        if promise is None or "kept" not in promise.detail:
            return False
        kept_at = datetime.fromisoformat(promise.detail["kept"])
        promise.detail = {k: v for k, v in promise.detail.items() if k != "kept"}
        promise.save(update_fields=["detail"])
        Event.objects.filter(
            record__customer_id=customer_id, kind=KEPT, occurred_at=kept_at
        ).delete()
        _tell(customer_id)
    return True


def remove_note(*, customer_id: int, note_id: int, author: str) -> bool:
    """Take a note back that its author wrote; False when it is not theirs or gone."""
    with transaction.atomic():
        notes = Event.objects.filter(record__customer_id=customer_id, kind__in=NoteKind.values)
        note = notes.filter(id=note_id).first()
        if note is None or note.detail.get("author") != author:
            return False
        note.delete()
        _tell(customer_id)
    return True


def _write(customer_id: int, kind: str, detail: dict[str, Any], now: datetime) -> Event:
    with transaction.atomic():
        record = get_crm_record(customer_id=customer_id, now=now)
        number = ids.new_id()
        event = Event.objects.create(
            id=number,
            source_id=record.source_id,
            message_id=str(number),
            record=record,
            kind=kind,
            occurred_at=now,
            received_at=now,
            detail=detail,
        )
        _tell(customer_id)
    return event


def _tell(customer_id: int) -> None:
    living_id = get_living_id(customer_id=customer_id)
    reindex(customer_ids=[living_id])
    publish(event=CustomersChanged(customer_ids=(living_id,)))

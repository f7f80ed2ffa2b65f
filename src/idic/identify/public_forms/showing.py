"""What the pages of a form show staff: its places, what could be added, what came in, what waits
to be decided, and what each box to agree has ever said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _

from idic.core import ids
from idic.identify.models import (
    ConsentWording,
    FieldKind,
    Form,
    FormField,
    HeldSubmission,
    PendingConsent,
    Question,
    SubmissionState,
)
from idic.identify.names import list_names
from idic.identify.questions.memory import list_questions
from idic.identify.questions.wording import in_language, say_answer, say_label, say_question
from idic.identify.services.forms import confirming

from .places import ADDRESS_OF, latest_wordings
from .reading import Sent

_LATEST, _HELD = 20, 50
CHANNELS = {
    "email": gettext_lazy("E-mail"),
    "sms": gettext_lazy("SMS"),
    "zalo": gettext_lazy("Zalo"),
    "phone": gettext_lazy("Phone"),
}
REASONS = {
    "trap": gettext_lazy("It filled in a field people do not see"),
    "too_fast": gettext_lazy("It was filled in faster than anybody reads"),
    "too_many": gettext_lazy("Many came from one address"),
    "links": gettext_lazy("It holds links"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One place in the builder; `wordings` are (code, what a box says) a language."""

    id: int
    kind: str
    label: str
    detail: str
    is_required: bool
    wordings: list[tuple[str, str]]
    version: int
    is_mail: bool = False  # a box to agree to mails


def list_rows(fields: Sequence[FormField], *, languages: Sequence[str]) -> list[Row]:
    """Give the places of a form as its builder shows them."""
    wordings = latest_wordings(fields)
    return [_row(one, wordings.get(one.id), languages) for one in fields]


def _row(one: FormField, wording: ConsentWording | None, languages: Sequence[str]) -> Row:
    language = get_language() or "en"
    label, detail = say_contact(one.kind), ""
    if one.question is not None:
        label = say_label(one.question, language=language)
        detail = say_question(one.question, language=language)
    elif one.kind == FieldKind.CONSENT:
        label = _("Agrees to offers: %(channel)s") % {"channel": say_channel(one.channel)}
    texts = wording.texts if wording else {}
    return Row(
        one.id,
        one.kind,
        label,
        detail,
        one.is_required,
        [(code, texts.get(code, "")) for code in languages] if wording else [],
        wording.version if wording else 0,
        is_mail=is_mail_box(one),
    )


def is_mail_box(one: FormField) -> bool:
    """Tell whether a place is a box to agree to mails: the one that can be confirmed by mail."""
    return one.kind == FieldKind.CONSENT and one.channel == confirming.CHANNEL


def count_pending(form: Form) -> dict[str, int]:
    """Count who was asked to confirm by mail, and who did; one query."""
    rows = PendingConsent.objects.filter(submission__form=form)
    return rows.aggregate(asked=Count("id"), confirmed=Count("confirmed_at"))


def say_contact(kind: str) -> str:
    """Name a way to reach somebody."""
    words = {"name": pgettext("person", "Name"), "phone": _("Phone"), "email": _("E-mail")}
    return words.get(kind, "")


def say_channel(channel: str) -> str:
    """Name a channel."""
    return str(CHANNELS.get(channel, channel))


def list_addable(fields: Sequence[FormField]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Give what a form does not ask yet, in groups: (group, [(value, label)])."""
    language = get_language() or "en"
    kinds = {one.kind for one in fields}
    asked = {one.question_id for one in fields}
    channels = {one.channel for one in fields if one.kind == FieldKind.CONSENT}
    contact = [(k, say_contact(k)) for k in ("name", "phone", "email") if k not in kinds]
    questions = [
        (f"question:{one.id}", say_label(one, language=language))
        for one in list_questions()
        if one.id not in asked and one.trait not in ("name", "phone", "email")
    ]
    boxes = [(f"consent:{c}", say_channel(c)) for c in ADDRESS_OF if c not in channels]
    groups = [
        (_("How to reach them"), contact),
        (_("Questions"), questions),
        (_("Boxes to agree to offers"), boxes),
    ]
    return [(name, rows) for name, rows in groups if rows]


def list_latest(form: Form) -> list[dict[str, Any]]:
    """Give what came in last; one query."""
    rows = form.submissions.filter(state=SubmissionState.TAKEN).select_related("record__customer")
    latest = list(rows.order_by("-id")[:_LATEST])
    people = {
        one.record.customer.id: one.record.customer.full_name
        for one in latest
        if one.record and one.record.customer
    }
    names = list_names(people)
    found = []
    for one in latest:
        customer_id = one.record.customer_id if one.record else None
        found.append(
            {
                "name": names.get(customer_id, "") if customer_id else "",
                "public_id": ids.encode("customer", customer_id) if customer_id else "",
                "at": one.received_at,
                "differs": [name.replace("_", " ") for name in one.differs],
            }
        )
    return found


def list_held(form: Form) -> list[dict[str, Any]]:
    """Give what waits to be decided, with what it says; two queries."""
    rows = HeldSubmission.objects.filter(submission__form=form).select_related("submission")
    held = list(rows.order_by("-submission_id")[:_HELD])
    sent = [(one, Sent.from_json(one.said)) for one in held]
    wanted = {number for _one, said in sent for number, _value in said.answers}
    questions = Question.objects.in_bulk(wanted) if wanted else {}
    return [
        {
            "id": ids.encode("submission", one.submission_id),
            "at": one.submission.received_at,
            "reason": REASONS.get(one.submission.reason, one.submission.reason),
            "said": _said(said, questions),
        }
        for one, said in sent
    ]


def _said(sent: Sent, questions: dict[int, Question]) -> list[tuple[str, str]]:
    language = get_language() or "en"
    contact = [(say_contact(k), getattr(sent, k)) for k in ("name", "phone", "email")]
    answers = [
        (
            say_label(questions[number], language=language),
            say_answer(questions[number], value, language=language),
        )
        for number, value in sent.answers
        if number in questions
    ]
    boxes = [(_("Agrees"), say_channel(channel)) for channel, _purpose, _word in sent.agreed]
    return [(label, value) for label, value in [*contact, *answers, *boxes] if value]


@dataclass(frozen=True, slots=True)
class Worded:
    """What a box to agree said from a moment on."""

    channel: str
    version: int
    text: str
    at: datetime
    by: str


def list_wordings(form: Form) -> list[Worded]:
    """Give every wording there ever was, the newest first; one query."""
    language = get_language() or "en"
    rows = ConsentWording.objects.filter(field__form=form).select_related("field")
    return [
        Worded(
            say_channel(one.field.channel),
            one.version,
            in_language(one.texts, language=language),
            one.made_at,
            one.made_by_name,
        )
        for one in rows.order_by("field_id", "-version")
    ]

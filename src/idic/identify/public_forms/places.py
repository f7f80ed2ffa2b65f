"""What a form asks of somebody: of a stranger its places in their order, of somebody known only
what is not known; never more questions at once than the form says.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from idic.identify.models import (
    Consent,
    ConsentStatus,
    ConsentWording,
    Customer,
    FieldKind,
    Form,
    FormField,
    FormKind,
    Question,
    QuestionKind,
)
from idic.identify.questions.memory import Known, find_known
from idic.identify.questions.wording import in_language, list_choices, say_question

# Which address a channel reaches.
ADDRESS_OF = {"email": "email", "sms": "phone", "zalo": "phone", "phone": "phone"}
_CONTACT = {FieldKind.NAME: "full_name", FieldKind.PHONE: "phone", FieldKind.EMAIL: "email"}
_INPUTS = {"phone": ("tel", "tel"), "email": ("email", "email"), "name": ("text", "name")}


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a page. `kind` is that of the field; a question brings its own `answer_kind`."""

    field_id: int
    kind: str
    label: str
    answer_kind: str
    input_type: str
    autocomplete: str
    is_required: bool
    choices: list[tuple[str, str]] = field(default_factory=list)
    question: Question | None = None
    wording_id: int = 0
    channel: str = ""
    purpose: str = ""
    value: str = ""
    error: str = ""

    @property
    def name(self) -> str:
        """The name of its control."""
        return f"f{self.field_id}"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of somebody who came by a link of their own, or (`is_own` false) who is known
    on the device: then whoever sits there is asked less, and shown nothing.
    """

    customer: Customer
    known: Mapping[str, Known]
    agreed: frozenset[tuple[str, str]]  # channel, purpose
    is_own: bool = True


def list_fields(form: Form) -> list[FormField]:
    """Give a form's places in their order; one query."""
    rows = form.fields.filter(removed_at=None).select_related("question")
    return list(rows.order_by("position", "id"))


def latest_wordings(fields: Collection[FormField]) -> dict[int, ConsentWording]:
    """Give what each box to agree says now; one query."""
    boxes = [one.id for one in fields if one.kind == FieldKind.CONSENT]
    rows = ConsentWording.objects.filter(field__in=boxes).order_by("version")
    return {one.field_id: one for one in rows}


def find_standing(
    *, customer: Customer, fields: Collection[FormField], is_own: bool = True
) -> Standing:
    """Read what is known of somebody, as far as a form asks for it; two queries."""
    questions = [one.question for one in fields if one.question is not None]
    rows = Consent.objects.filter(record__customer_id=customer.id).order_by("given_at", "id")
    latest = {(one.channel, one.purpose): one.status for one in rows}
    agreed = frozenset(key for key, status in latest.items() if status == ConsentStatus.GRANTED)
    return Standing(customer, find_known(customer=customer, questions=questions), agreed, is_own)


def list_places(
    *,
    form: Form,
    fields: Sequence[FormField],
    wordings: Mapping[int, ConsentWording],
    language: str,
    standing: Standing | None,
    now: datetime,
) -> list[Place]:
    """Give what to ask on one page."""
    found = []
    left = form.most_questions
    is_introduced = standing is None or standing.is_own or _is_introduced(form, fields, standing)
    for one in fields:
        if one.kind in _CONTACT and not is_introduced:
            pass  # asked as of anybody: who it is shows only by what they write
        elif standing is not None and _is_known(one, standing, now):
            continue
        elif is_introduced and standing and not _may_agree(one, form, standing):
            continue
        if one.kind == FieldKind.QUESTION:
            if not left:
                continue
            left -= 1
        place = _place(one, wordings, language)
        if place is not None:
            found.append(_started(place, standing))
    if all(one.kind == FieldKind.CONSENT for one in found):
        has_address = standing is not None and any(
            getattr(standing.customer, name) for name in ("phone", "email")
        )
        return found if has_address else []
    return found


def shown_again(
    *,
    fields: Sequence[FormField],
    wordings: Mapping[int, ConsentWording],
    language: str,
    shown: Collection[int],
) -> list[Place]:
    """Give the places a page had, to read what came back."""
    places = (_place(one, wordings, language) for one in fields if one.id in shown)
    return [place for place in places if place is not None]


def _is_introduced(form: Form, fields: Sequence[FormField], standing: Standing) -> bool:
    """Tell whether somebody known on this device need not say who they are: what the form must know
    of that is known, and where it is there to have them agree, they can without it.
    """
    customer = standing.customer
    required = [one for one in fields if one.kind in _CONTACT and one.is_required]
    if not all(getattr(customer, _CONTACT[FieldKind(one.kind)]) for one in required):
        return False
    if form.kind == FormKind.NEWSLETTER and not all(
        (one.channel, one.purpose) in standing.agreed or _may_agree(one, form, standing)
        for one in fields
    ):
        return False
    return bool(customer.phone or customer.email)


def _may_agree(one: FormField, form: Form, standing: Standing) -> bool:
    """Tell whether a box may stand there: nobody agrees for an address that they do not write,
    unless they came by a link of their own or a mail to it has to confirm that.
    """
    if one.kind != FieldKind.CONSENT or standing.is_own:
        return True
    is_written = not getattr(standing.customer, ADDRESS_OF.get(one.channel, ""), "")
    return is_written or (one.channel == "email" and form.confirms_email)


def _is_known(one: FormField, standing: Standing, now: datetime) -> bool:
    if one.kind == FieldKind.CONSENT:
        return (one.channel, one.purpose) in standing.agreed
    if one.question is not None:
        known = standing.known.get(one.question.trait)
        return known is not None and known.holds(now)
    return bool(getattr(standing.customer, _CONTACT[FieldKind(one.kind)]))


def _started(place: Place, standing: Standing | None) -> Place:
    """Fill in an answer that is too old to rely on, for who came by a link of their own."""
    if standing is None or not standing.is_own or place.question is None:
        return place
    known = standing.known.get(place.question.trait)
    return replace(place, value=known.value) if known else place


def _place(one: FormField, wordings: Mapping[int, ConsentWording], language: str) -> Place | None:
    if one.kind == FieldKind.CONSENT:
        wording = wordings.get(one.id)
        if wording is None:
            return None
        text = in_language(wording.texts, language=language)
        return Place(
            one.id, one.kind, text, "", "checkbox", "", one.is_required,
            wording_id=wording.id, channel=one.channel, purpose=one.purpose,
        )  # fmt: skip
    question = one.question
    if question is not None:
        if question.removed_at is not None:
            return None
        return Place(
            one.id, one.kind, say_question(question, language=language), question.kind,
            _INPUTS.get(question.kind, ("text", ""))[0],
            "bday" if question.trait == "birth_date" else "off",
            one.is_required,
            choices=list_choices(question, language=language), question=question,
        )  # fmt: skip
    labels = {"name": pgettext("person", "Name"), "phone": _("Phone"), "email": _("E-mail")}
    input_type, autocomplete = _INPUTS[one.kind]
    kind = QuestionKind.TEXT if one.kind == FieldKind.NAME else QuestionKind(one.kind)
    return Place(
        one.id, one.kind, labels[one.kind], kind, input_type, autocomplete, one.is_required
    )

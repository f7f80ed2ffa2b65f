"""Makes and changes forms: their places in order, their texts, and each wording of a box to agree,
of which none is ever lost.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from idic.core import ids
from idic.core.models import Business, Staff
from idic.core.services import audit
from idic.identify.models import (
    ConsentWording,
    FieldKind,
    Form,
    FormField,
    FormKind,
    Purpose,
    Question,
    QuestionKind,
    Source,
    SourceKind,
)
from idic.identify.public_forms.links import new_token
from idic.identify.public_forms.places import ADDRESS_OF
from idic.identify.public_forms.starters import CONSENTS, FEEDBACK, STARTERS
from idic.identify.services.questions.editing import Wanted, create_question
from idic.identify.services.sources import source_key

_RANK = 55  # people may mistype: what a till says counts for more, a website's call for less
_LONGEST = {"name": 80, "title": 100, "intro": 500, "thanks": 500, "wording": 500}
_MOST_PLACES = 30
_COLOR = re.compile(r"#[0-9a-f]{6}")


class WrongForm(ValueError):
    """Raised when a form cannot be kept so; `field` names what is wrong."""

    is_for_people = True

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


def create_form(*, name: str, kind: str, business: Business, staff: Staff, now: datetime) -> Form:
    """Make a form of a kind with the usual places and words; it is closed until somebody opens
    it.
    """
    wanted = _text("name", name)
    if not wanted:
        raise WrongForm("name", _("Give the form a name."))
    if kind not in FormKind.values:
        raise WrongForm("kind", _("Choose what the form is for."))
    starter = STARTERS[kind]
    language = business.language
    with transaction.atomic():
        form = Form.objects.create(
            token=new_token(),
            name=wanted,
            kind=kind,
            source=_source(wanted, now),
            languages=[language],
            title=starter.title,
            intro=starter.intro,
            thanks=starter.thanks,
            created_by=staff,
            created_at=now,
        )
        for place, trait, is_required in starter.places:
            question = _question(trait, staff, now) if trait else None
            if question is not None or not trait:
                _add(form, kind=place, question=question, is_required=is_required)
        for channel in starter.channels:
            box = _add(form, kind=FieldKind.CONSENT, channel=channel, purpose=Purpose.MARKETING)
            _word(box, _consent_texts(channel, business), staff, now)
        _record(form, "form.created", staff, now)
    return form


def change_form(*, form_id: int, values: Mapping[str, Any], staff: Staff, now: datetime) -> Form:
    """Change a form's name, texts, languages, look, where it may be shown and how much it asks."""
    with transaction.atomic():
        form = Form.objects.select_for_update().get(id=form_id, removed_at=None)
        for name, value in _checked(values).items():
            setattr(form, name, value)
        form.save()
        _record(form, "form.changed", staff, now)
    return form


def set_open(*, form_id: int, is_open: bool, staff: Staff, now: datetime) -> None:
    """Open a form to customers, or close it. Raises WrongForm where it asks nothing."""
    with transaction.atomic():
        form = Form.objects.select_for_update().get(id=form_id, removed_at=None)
        asks = form.fields.filter(removed_at=None).exclude(kind=FieldKind.CONSENT)
        if is_open and not asks.exists():
            raise WrongForm("", _("The form asks nothing yet. Add a place first."))
        form.is_open = is_open
        form.save(update_fields=["is_open"])
        _record(form, "form.opened" if is_open else "form.closed", staff, now)


def add_place(
    *,
    form_id: int,
    kind: str,
    question_id: int | None = None,
    channel: str = "",
    business: Business,
    staff: Staff,
    now: datetime,
) -> FormField:
    """Add a place at the end: a way to reach somebody, a question, or a box to agree. Each stands
    on a form once.
    """
    with transaction.atomic():
        form = Form.objects.select_for_update().get(id=form_id, removed_at=None)
        question = Question.objects.filter(id=question_id or 0, removed_at=None).first()
        if kind not in FieldKind.values or (kind == FieldKind.QUESTION) != (question is not None):
            raise WrongForm("add", _("Choose what to add."))
        if kind == FieldKind.CONSENT and channel not in ADDRESS_OF:
            raise WrongForm("add", _("Choose what to add."))
        standing = form.fields.filter(removed_at=None)
        if standing.filter(kind=kind, question=question, channel=channel).exists():
            raise WrongForm("add", _("The form asks this already."))
        if standing.count() >= _MOST_PLACES:
            raise WrongForm("add", _("This is the most a form can ask."))
        if kind != FieldKind.CONSENT:
            return _before_boxes(_add(form, kind=kind, question=question))
        box = _add(form, kind=kind, channel=channel, purpose=Purpose.MARKETING)
        _word(box, _consent_texts(channel, business), staff, now)
        return box


def remove_place(*, form_id: int, field_id: int, now: datetime) -> bool:
    """Take a place off; what a box said stays on record."""
    with transaction.atomic():
        rows = FormField.objects.filter(form_id=form_id, id=field_id, removed_at=None)
        return bool(rows.update(removed_at=now))


def set_required(*, form_id: int, field_ids: Sequence[int]) -> None:
    """Say which places must be filled in: exactly these."""
    with transaction.atomic():
        rows = FormField.objects.filter(form_id=form_id, removed_at=None)
        rows.filter(id__in=field_ids).update(is_required=True)
        rows.exclude(id__in=field_ids).update(is_required=False)


def move_place(*, form_id: int, field_id: int, step: int) -> None:
    """Move a place up (-1) or down (1)."""
    with transaction.atomic():
        order = _order(form_id)
        if field_id not in order:
            return
        here = order.index(field_id)
        there = min(max(here + step, 0), len(order) - 1)
        order.insert(there, order.pop(here))
        _write_order(order)


def order_places(*, form_id: int, wanted: Sequence[int]) -> None:
    """Put the places into an order; what it does not name stays behind."""
    with transaction.atomic():
        order = _order(form_id)
        first = [one for one in dict.fromkeys(wanted) if one in order]
        _write_order([*first, *(one for one in order if one not in first)])


def word_consent(
    *, form_id: int, field_id: int, texts: Mapping[str, str], staff: Staff, now: datetime
) -> ConsentWording | None:
    """Let a box say something else from now on: a further version. None when nothing changed."""
    said = {code: text for code, given in texts.items() if (text := _text("wording", given))}
    if not said:
        raise WrongForm("wording", _("Say what people agree to."))
    with transaction.atomic():
        rows = FormField.objects.select_for_update().filter(form_id=form_id, id=field_id)
        box = rows.filter(kind=FieldKind.CONSENT, removed_at=None).first()
        if box is None:
            return None
        latest = box.wordings.order_by("-version").first()
        if latest is not None and latest.texts == said:
            return None
        return _word(box, said, staff, now)


def remove_form(*, form_id: int, staff: Staff, now: datetime) -> bool:
    """Take a form away; what came in by it stays."""
    with transaction.atomic():
        rows = Form.objects.filter(id=form_id, removed_at=None)
        done = rows.update(removed_at=now, is_open=False)
        if done:
            _record(Form.objects.get(id=form_id), "form.removed", staff, now)
    return bool(done)


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        if name in ("title", "intro", "thanks"):
            texts = {code: _text(name, text) for code, text in value.items()}
            found[name] = {code: text for code, text in texts.items() if text}
        elif name == "name":
            found[name] = _text(name, value)
        elif name == "sites":
            found[name] = [_site(site) for site in value]
        elif name == "languages":
            known = [code for code, _name in settings.LANGUAGES]
            found[name] = [code for code in value if code in known]
        elif name == "color":
            found[name] = _color(value)
        elif name == "most_questions":
            found[name] = min(max(int(value), 1), 12)
        elif name == "confirms_email":
            found[name] = bool(value)
    for name in ("name", "title", "languages"):
        if name in found and not found[name]:
            raise WrongForm(name, _("Please fill this in."))
    return found


def _text(name: str, given: str) -> str:
    said = " ".join("".join(c if c.isprintable() else " " for c in given).split())
    if len(said) > _LONGEST[name]:
        raise WrongForm(name, _("Use at most %(count)d characters.") % {"count": _LONGEST[name]})
    return said


def _site(given: str) -> str:
    """Give the origin of a website, as a browser compares it."""
    parts = urlsplit(given.strip().rstrip("/"))
    is_local = parts.hostname in ("localhost", "127.0.0.1")
    is_fine = parts.scheme == "https" or (parts.scheme == "http" and is_local)
    origin = f"{parts.scheme}://{parts.netloc}"
    if not is_fine or not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?", origin):
        raise WrongForm("sites", _("Write a website as https://www.example.com."))
    return origin.lower()


def _color(given: str) -> str:
    color = given.strip().lower()
    if color and not _COLOR.fullmatch(color):
        raise WrongForm("color", _("Write a colour as #0b5cad."))
    return color


def _source(name: str, now: datetime) -> Source:
    wanted = f"form-{source_key(name=name)}"
    key, number = wanted, 2
    while Source.objects.filter(key=key).exists():
        key, number = f"{wanted}-{number}", number + 1
    return Source.objects.create(
        key=key, name=name, kind=SourceKind.FORM, rank=_RANK, created_at=now
    )


def _question(trait: str, staff: Staff, now: datetime) -> Question | None:
    found = Question.objects.filter(trait=trait, removed_at=None).first()
    if found is None and trait == "feedback":
        label, wording = FEEDBACK
        wanted = Wanted(label, wording, QuestionKind.TEXT, (), 1, "everybody")
        found = create_question(wanted=wanted, staff=staff, now=now)
    return found


def _consent_texts(channel: str, business: Business) -> dict[str, str]:
    return {code: text.format(shop=business.name) for code, text in CONSENTS[channel].items()}


def _add(form: Form, *, kind: str, **values: Any) -> FormField:
    last = form.fields.filter(removed_at=None).order_by("-position").first()
    position = last.position + 1 if last else 0
    return FormField.objects.create(form=form, kind=kind, position=position, **values)


def _before_boxes(place: FormField) -> FormField:
    """Put a new place before the boxes to agree at the end: they are read last."""
    rows = FormField.objects.filter(form_id=place.form_id, removed_at=None)
    kinds = dict(rows.order_by("position", "id").values_list("id", "kind"))
    order = [number for number in kinds if number != place.id]
    last = len(order)
    while last and kinds[order[last - 1]] == FieldKind.CONSENT:
        last -= 1
    order.insert(last, place.id)
    _write_order(order)
    return place


def _word(box: FormField, texts: Mapping[str, str], staff: Staff, now: datetime) -> ConsentWording:
    return ConsentWording.objects.create(
        field=box,
        version=box.wordings.count() + 1,
        texts=dict(texts),
        made_by_name=staff.display_name,
        made_at=now,
    )


def _order(form_id: int) -> list[int]:
    rows = FormField.objects.filter(form_id=form_id, removed_at=None).order_by("position", "id")
    return list(rows.values_list("id", flat=True))


def _write_order(order: Sequence[int]) -> None:
    for position, field_id in enumerate(order):
        FormField.objects.filter(id=field_id).update(position=position)


def _record(form: Form, action: str, staff: Staff, now: datetime) -> None:
    audit.record(
        at=now,
        actor=staff.email,
        action=action,
        subject_type="form",
        subject_id=ids.encode("form", form.id),
        detail={},
    )

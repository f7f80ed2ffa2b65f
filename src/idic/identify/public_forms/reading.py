"""Reads a form that was sent: each place as its kind wants it, what is wrong said at its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from idic.identify.models import FieldKind
from idic.identify.questions.answers import (
    WrongAnswer,
    clean_words,
    read_answer,
    read_email,
    read_phone,
)

from .places import ADDRESS_OF, Place, Standing
from .visitors import clean_visitor

_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Sent:
    """What somebody said on a form. `agreed`: channel, purpose, wording of each box ticked."""

    name: str = ""
    phone: str = ""
    email: str = ""
    answers: list[tuple[int, str]] = field(default_factory=list)  # question, value
    asked: list[int] = field(default_factory=list)
    agreed: list[tuple[str, str, int]] = field(default_factory=list)
    language: str = "en"
    visitor: str = ""  # the website's own word for the device
    is_recognised: bool = False  # asked as somebody known on that device
    shown_at: str = ""  # when the page was opened

    @property
    def texts(self) -> list[str]:
        """All that was written freely."""
        return [self.name, *(value for _number, value in self.answers)]

    def to_json(self) -> dict[str, Any]:
        """Write it down to be looked at."""
        return asdict(self)

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Sent:
        """Read what was written down."""
        pairs = {
            "answers": [(number, value) for number, value in said["answers"]],
            "agreed": [(channel, purpose, word) for channel, purpose, word in said["agreed"]],
        }
        return cls(**{**said, **pairs})


def read_sent(
    *,
    places: Sequence[Place],
    posted: Mapping[str, str],
    wordings: Mapping[int, int],
    standing: Standing | None,
    language: str,
    country: str,
    today: date,
) -> tuple[Sent | None, list[Place]]:
    """Give what was said, or None and the places with what is wrong at them. `wordings` names what
    each box said when the page was shown.
    """
    read = [_read(place, posted, country, today) for place in places]
    values = {place.kind: place.value for place in read if place.kind in ADDRESSES}
    read = [_with_address(place, values, standing) for place in read]
    if any(place.error for place in read):
        return None, read
    questions = [place for place in read if place.question is not None]
    sent = Sent(
        name=values.get("name", ""),
        phone=values.get("phone", ""),
        email=values.get("email", ""),
        answers=[(p.question.id, p.value) for p in questions if p.question and p.value],
        asked=[p.question.id for p in questions if p.question],
        agreed=[
            (p.channel, p.purpose, wordings[p.field_id])
            for p in read
            if p.kind == FieldKind.CONSENT and p.value and p.field_id in wordings
        ],
        language=language,
        visitor=clean_visitor(posted.get("visitor", "")),
        is_recognised=standing is not None and not standing.is_own,
    )
    return sent, read


ADDRESSES = ("name", "phone", "email")


def _read(place: Place, posted: Mapping[str, str], country: str, today: date) -> Place:
    given = posted.get(place.name, "")
    if place.kind == FieldKind.CONSENT:
        is_missing = place.is_required and not given
        error = _("This box is needed for the form.") if is_missing else ""
        return replace(place, value="1" if given else "", error=error)
    try:
        value = _value(place, given, country, today)
    except WrongAnswer as wrong:
        return replace(place, value=clean_words(given)[:500], error=str(wrong))
    if place.is_required and not value:
        return replace(place, error=_("Please fill this in."))
    return replace(place, value=value)


def _value(place: Place, given: str, country: str, today: date) -> str:
    if place.question is not None:
        return read_answer(place.question, given, country=country, today=today)
    said = clean_words(given)
    if len(said) > _LONGEST_NAME:
        raise WrongAnswer(_("Use at most %(count)d characters.") % {"count": _LONGEST_NAME})
    if said and place.kind == FieldKind.PHONE:
        return read_phone(said, country=country)
    if said and place.kind == FieldKind.EMAIL:
        return read_email(said)
    return said


def _with_address(place: Place, values: Mapping[str, str], standing: Standing | None) -> Place:
    """Who agrees to be written to must say where."""
    if place.kind != FieldKind.CONSENT or not place.value or place.error:
        return place
    kind = ADDRESS_OF.get(place.channel, "")
    is_known = standing is not None and bool(getattr(standing.customer, kind, ""))
    if not kind or values.get(kind) or is_known:
        return place
    text = (
        _("Leave an e-mail address for this.")
        if kind == "email"
        else _("Leave a phone number for this.")
    )
    return replace(place, error=text)

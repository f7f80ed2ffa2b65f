"""Reads an answer as its question wants it: what is stored, or why it cannot be."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from idic.core.days import read_day
from idic.identify.importing.values.contacts import parse_email, parse_phone
from idic.identify.models import Question, QuestionKind

LONGEST = 500
_OLDEST = date(1880, 1, 1)


class WrongAnswer(ValueError):
    """Raised when an answer cannot be taken; the text says why in plain words."""

    is_for_people = True


def read_answer(question: Question, text: str, *, country: str, today: date) -> str:
    """Give the value to store; empty for no answer. Raises WrongAnswer."""
    said = clean_words(text)
    if not said:
        return ""
    if len(said) > LONGEST:
        raise WrongAnswer(_("Use at most %(count)d characters.") % {"count": LONGEST})
    match question.kind:
        case QuestionKind.CHOICE:
            return _choice(question, said)
        case QuestionKind.DATE:
            return _day(said, today, is_birth=question.trait == "birth_date")
        case QuestionKind.NUMBER:
            return _number(said)
        case QuestionKind.PHONE:
            return read_phone(said, country=country)
        case QuestionKind.EMAIL:
            return read_email(said)
    return said


def clean_words(text: str) -> str:
    """Give a text on one line without what cannot be shown."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def read_phone(text: str, *, country: str) -> str:
    """Give a phone number as it is stored. Raises WrongAnswer."""
    phone = parse_phone(text, country=country)
    if phone is None:
        raise WrongAnswer(_("This is no phone number. Write it as you would dial it."))
    if phone.is_placeholder:
        raise WrongAnswer(_("This number belongs to nobody. Leave the field empty instead."))
    return phone.value


def read_email(text: str) -> str:
    """Give an e-mail address as it is stored. Raises WrongAnswer."""
    email = parse_email(text)
    if email is None:
        raise WrongAnswer(_("This is no e-mail address. One looks like ten@tiem.vn."))
    if email.is_placeholder:
        raise WrongAnswer(_("This address belongs to nobody. Leave the field empty instead."))
    return email.value


def _choice(question: Question, said: str) -> str:
    if said not in {code for code, _texts in question.choices}:
        raise WrongAnswer(_("Choose one of the answers."))
    return said


def _day(said: str, today: date, *, is_birth: bool) -> str:
    found = read_day(said)
    if found is None or found < _OLDEST:
        raise WrongAnswer(_("Write the date as 23/11/2026."))
    if is_birth and found > today:
        raise WrongAnswer(_("Nobody alive was born on that day."))
    return found.isoformat()


def _number(said: str) -> str:
    plain = said.replace(" ", "").replace(",", ".")
    try:
        number = Decimal(plain)
    except InvalidOperation:
        raise WrongAnswer(_("Write a number.")) from None
    if not number.is_finite() or abs(number) >= Decimal(10) ** 15:
        raise WrongAnswer(_("Write a number."))
    return f"{number.normalize():f}"

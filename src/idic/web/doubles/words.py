"""What the matcher finds, in words: what agrees, how strongly it speaks, how sure the whole is."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from idic.core.templatetags import ui

Text = str | Promise

FIELD_WORDS: Mapping[str, Text] = {
    "name": pgettext_lazy("person", "Name"),
    "phone": _("Phone"),
    "email": _("E-mail"),
    "birth_date": _("Birth date"),
    "address": _("Address"),
    "city": _("City"),
    "postcode": _("Postal code"),
    "gender": _("Gender"),
    "card": _("Membership card"),
    "zalo": _("Zalo"),
    "wechat": _("WeChat"),
}
# Agreement levels of `engine.matching.comparing.LEVELS`, as a mark: what agrees, nearly, differs.
SAME, NEAR, DIFFERENT = "same", "near", "different"
_NAMES: Mapping[str, Text] = {
    "same_with_marks": _("Same name"),
    "same": _("Same name"),
    "same_but_marks": _("Same name but for its accents"),
    "contained": _("One name holds the other"),
    "initials": _("Same name, once with initials"),
    "one_word": _("One is called by one word, which the other's name holds"),
    "close": _("Nearly the same name"),
    "some_words": _("Some words of the name are the same"),
    "similar": _("Similar names"),
    "different_word": _("One name, one word, and it is another"),
    "different": _("Different names"),
}
_PHONES: Mapping[str, Text] = {
    "same": _("Same phone"),
    "close": _("Phones that differ by one slip"),
    "different": _("Different phones"),
}
_EMAILS: Mapping[str, Text] = {
    "same": _("Same e-mail address"),
    "same_local_part": _("Same e-mail name at two providers"),
    "close": _("E-mail addresses that differ by one slip"),
    "different": _("Different e-mail addresses"),
}
_DATES: Mapping[str, Text] = {
    "same": _("Same birth date"),
    "close": _("Birth dates that differ by one slip"),
    "two_parts": _("Birth dates that share two of day, month and year"),
    "same_year": _("Born in the same year"),
    "different": _("Different birth dates"),
}
_ADDRESSES: Mapping[str, Text] = {
    "same": _("Same address"),
    "close": _("Nearly the same address"),
    "same_numbers": _("Same house number, street written differently"),
    "same_street": _("Same street"),
    "near": _("Addresses near each other"),
    "different": _("Different addresses"),
}
_CITIES: Mapping[str, Text] = {
    "same": _("Same city"),
    "close": _("Nearly the same city"),
    "some_words": _("Cities that share a word"),
    "different": _("Different cities"),
}
_POSTCODES: Mapping[str, Text] = {
    "same": _("Same postal code"),
    "close": _("Postal codes that differ by one slip"),
    "same_area": _("Postal codes of one area"),
    "different": _("Different postal codes"),
}
_GENDERS: Mapping[str, Text] = {
    "same": _("Same gender"),
    "close": _("Same gender"),
    "some_words": _("Same gender"),
    "different": _("Different gender"),
}
_CARDS: Mapping[str, Text] = {
    "same": _("Same membership card"),
    "close": _("Card numbers that differ by one slip"),
    "different": _("Different membership cards"),
}
_ZALO: Mapping[str, Text] = {
    "same": _("Same Zalo"),
    "close": _("Nearly the same Zalo"),
    "different": _("Different Zalo"),
}
_WECHAT: Mapping[str, Text] = {
    "same": _("Same WeChat"),
    "close": _("Nearly the same WeChat"),
    "different": _("Different WeChat"),
}
_SAID: Mapping[str, Mapping[str, Text]] = {
    "name": _NAMES,
    "phone": _PHONES,
    "email": _EMAILS,
    "birth_date": _DATES,
    "address": _ADDRESSES,
    "city": _CITIES,
    "postcode": _POSTCODES,
    "gender": _GENDERS,
    "card": _CARDS,
    "zalo": _ZALO,
    "wechat": _WECHAT,
}
_SAME_LEVELS = frozenset({"same", "same_with_marks", "same_but_marks"})
_DIFFERENT_LEVELS = frozenset({"different", "different_word"})
_OTHER: Mapping[str, Text] = {
    SAME: pgettext_lazy("pair", "The same"),
    NEAR: pgettext_lazy("pair", "Nearly the same"),
    DIFFERENT: pgettext_lazy("pair", "Different"),
}
MARKS: Mapping[str, tuple[Text, str]] = {
    SAME: (pgettext_lazy("pair", "Agrees"), "check"),
    NEAR: (pgettext_lazy("pair", "Nearly"), "unsure"),
    DIFFERENT: (pgettext_lazy("pair", "Differs"), "close"),
}

# From so many bits (log2) on.
_STRENGTHS: tuple[tuple[float, Text], ...] = (
    (8.0, _("speaks very strongly for one person")),
    (4.0, _("speaks strongly for one person")),
    (1.0, _("speaks for one person")),
    (-1.0, _("says little")),
    (-4.0, _("speaks for two people")),
    (-8.0, _("speaks strongly for two people")),
)
_STRONGEST_AGAINST = _("speaks very strongly for two people")
# From a probability on.
_VERDICTS: tuple[tuple[float, Text], ...] = (
    (0.99, _("Almost certainly one person")),
    (0.9, _("Very likely one person")),
    (0.7, _("Likely one person")),
    (0.45, _("As likely one person as two")),
    (0.2, _("Rather two people, but worth a look")),
)
_LEAST_VERDICT = _("Likely two people")


def mark_of(*, level: str) -> str:
    """Tell whether a level agrees, nearly agrees or differs."""
    if level in _SAME_LEVELS:
        return SAME
    return DIFFERENT if level in _DIFFERENT_LEVELS else NEAR


def say_level(*, field: str, level: str) -> str:
    """Say what was found of a field."""
    return str(_SAID.get(field, {}).get(level) or _OTHER[mark_of(level=level)])


def say_field(*, field: str) -> str:
    """Name a field."""
    return str(FIELD_WORDS.get(field, field))


def say_strength(*, bits: float) -> str:
    """Say how strongly a finding speaks, and for what."""
    found = (words for least, words in _STRENGTHS if bits >= least)
    return str(next(found, _STRONGEST_AGAINST))


def say_verdict(*, probability: float) -> str:
    """Say how sure the whole is."""
    found = (words for least, words in _VERDICTS if probability >= least)
    return str(next(found, _LEAST_VERDICT))


def say_holders(*, field: str, count: int) -> str:
    """Say how many customers share what agrees; nothing where that does not matter."""
    if field not in ("phone", "email", "card", "zalo", "wechat") or count < 2:
        return ""
    if count == 2:
        return str(_("only these two have it"))
    words = ngettext("%(shown)s customer has it", "%(shown)s customers have it", count)
    return words % {"shown": ui.number(count)}

"""How to speak to a person in the message's language. Gender is used when it is recorded, never
guessed from a name.
"""

from __future__ import annotations

from dataclasses import dataclass

from idic.core.formatting import base_language
from idic.core.text import fold, is_han
from idic.identify.cleaning.names import COMPOUND_SURNAMES

_FEMALE = frozenset({"f", "female", "woman", "nu", "女", "女性", "chi", "co"})
_MALE = frozenset({"m", "male", "man", "nam", "男", "男性", "anh"})
_ZH_TITLES = frozenset({"先生", "女士", "小姐", "老师", "太太", "总", "经理", "医生"})


@dataclass(frozen=True, slots=True)
class Spoken:
    """The words of address: before the first sentence, in mid-sentence, and for “you”."""

    greeting: str
    name: str
    you: str


def speak_to(
    *, full_name: str, salutation: str, gender: str, is_company: bool, language: str
) -> Spoken:
    """Choose the words of address for one person."""
    name, title = " ".join(full_name.split()), salutation.strip()
    speak = {"vi": _vietnamese, "zh": _chinese, "en": _english}[base_language(language)]
    return speak(name, title, _sex(gender), is_company)


def _sex(gender: str) -> str:
    word = fold(gender).strip()
    return "f" if word in _FEMALE else "m" if word in _MALE else ""


def _vietnamese(name: str, title: str, sex: str, is_company: bool) -> Spoken:
    if is_company and name:
        return Spoken(f"Kính gửi {name}", name, "Quý công ty")
    title = title.lower() or {"f": "chị", "m": "anh"}.get(sex, "")
    if not name:
        return Spoken(f"Chào {title}", title, title) if title else _VIETNAMESE_UNKNOWN
    given = name.split()[-1]
    title = title or "anh/chị"
    return Spoken(f"Chào {title} {given}", f"{title} {given}", title)


_VIETNAMESE_UNKNOWN = Spoken("Kính chào Quý khách", "Quý khách", "Quý khách")


def _chinese(name: str, title: str, sex: str, is_company: bool) -> Spoken:
    if is_company and name:
        return Spoken(f"{name}，您好", name, "贵公司")
    if title not in _ZH_TITLES:
        title = {"f": "女士", "m": "先生"}.get(sex, "")
    if not name:
        return Spoken("您好", "您", "您")
    known = f"{_family_name(name)}{title}" if title and is_han(name[0]) else name
    return Spoken(f"{known}，您好", known, "您")


def _family_name(name: str) -> str:
    return name[:2] if name[:2] in COMPOUND_SURNAMES else name[0]


def _english(name: str, title: str, sex: str, is_company: bool) -> Spoken:
    if not name:
        return Spoken("Hello", "you", "you")
    if is_company:
        return Spoken(f"Dear {name}", name, "you")
    if title and title.isascii():
        known = f"{title} {name.split()[-1]}"
        return Spoken(f"Dear {known}", known, "you")
    # Which word is the given name is certain only where names are written in English order.
    known = name.split()[0] if name.isascii() else name
    return Spoken(f"Hello {known}", known, "you")

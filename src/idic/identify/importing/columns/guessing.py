"""Guesses what each column means: its heading against the words shops use, then its values as a
second witness that confirms, doubts or, where the heading says nothing, proposes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from idic.core.text import fold
from idic.identify.importing.values.cells import clean, read_yes_no
from idic.identify.importing.values.contacts import parse_email, parse_phone
from idic.identify.importing.values.dates import DateOrder, looks_like_date, parse_day
from idic.identify.importing.values.numbers import parse_amount, parse_quantity

from .fields import FIELDS, Field, Kind, Looks
from .words import headings

# Below this a guess is not made at all; below `SURE` the page asks to check it.
_LEAST = 0.45
SURE = 0.8
_EXACT = 0.98
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_UNIT = re.compile(
    r"[(\[（【][^)\]）】]*(?:vnd|vnđ|₫|đ|cny|rmb|usd|gbp|eur|元|£|\$|€|¥)[^(\[（【]*[)\]）】]", re.I
)
_EITHER = re.compile(r"[/／|、]")
_PUNCTUATION = re.compile(r"[\W_]+", re.UNICODE)


@dataclass(frozen=True, slots=True)
class Guess:
    """What one column seems to be: a field's name ("" for none), how sure, and some values."""

    header: str
    field: str
    confidence: float
    samples: tuple[str, ...]

    @property
    def is_sure(self) -> bool:
        """Tell whether heading and values leave little doubt."""
        return self.confidence >= SURE


def guess_columns(
    *, kind: Kind, headers: Sequence[str], samples: Mapping[str, Sequence[str]], country: str
) -> list[Guess]:
    """Give one guess a column. Each field goes to the column that fits it best, and only once.

    `samples` holds values of each column, empty ones left out; `country` reads local phones.
    """
    fits: list[tuple[float, int, int, str, str]] = []
    for place, header in enumerate(headers):
        values = _Values(samples.get(header, ()), country)
        for rank, field in enumerate(FIELDS[kind]):
            score = _score(field, header, values)
            if score >= _LEAST:
                fits.append((-round(score, 3), rank, place, header, field.name))
    chosen: dict[str, tuple[str, float]] = {}
    taken: set[str] = set()
    for negative, _rank, _place, header, name in sorted(fits):
        if header not in chosen and name not in taken:
            chosen[header] = (name, -negative)
            taken.add(name)
    return [
        Guess(header, *chosen.get(header, ("", 0.0)), tuple(samples.get(header, ())[:3]))
        for header in headers
    ]


class _Values:
    """The values of one column. Each is judged once for each look, however often it stands there
    and however many fields have that look.
    """

    def __init__(self, samples: Sequence[str], country: str) -> None:
        cleaned = (clean(value) for value in samples)
        self.counts = Counter(value for value in cleaned if value)
        self.country = country
        self._shares: dict[Looks, float] = {}

    def share_of(self, looks: Looks) -> float:
        """Give the share of values that look so, 0..1."""
        if looks not in self._shares:
            witness = _WITNESSES[looks]
            like = sum(n for value, n in self.counts.items() if witness(value, self.country))
            self._shares[looks] = like / self.counts.total()
        return self._shares[looks]


def _score(field: Field, header: str, values: _Values) -> float:
    by_heading = heading_score(field.words or field.name, header)
    by_values = _BY_VALUES.get(field.name, 0.0)
    if not values.counts or not (by_heading or by_values):
        return by_heading
    share = values.share_of(field.looks)
    # Values that contradict the heading outweigh it: a "Phone" full of names is no phone. A
    # heading that says little must not hide values that say much.
    weight = 1.0 if share >= 0.7 else 0.2 + 0.6 * share
    return max(by_heading * weight, by_values * (share >= 0.8))


@cache
def heading_score(field: str, header: str) -> float:
    """Score a heading for a field: 0.98 for one of its words, less for one among others. Of a
    heading that names two things ("recipient/collector") the better one counts, a little less.
    """
    parts = [part for part in _EITHER.split(header) if part.strip()]
    whole = _one_heading_score(field, header)
    if len(parts) < 2:
        return whole
    return max(whole, *(_one_heading_score(field, part) - 0.05 for part in parts))


def _one_heading_score(field: str, header: str) -> float:
    wanted = normal_heading(header)
    if not wanted:
        return 0.0
    best = 0.0
    for place, known in enumerate(headings(field)):
        # The plainest headings come first, so that "invoice no" beats "invoice".
        if wanted == known or wanted.replace(" ", "") == known.replace(" ", ""):
            return _EXACT - min(place, 60) * 0.001
        best = max(best, _part_score(wanted, known))
    return best


def _part_score(wanted: str, known: str) -> float:
    if not known.isascii():
        return 0.75 * len(known) / len(wanted) + 0.1 if len(known) > 1 and known in wanted else 0.0
    words, have = known.split(), wanted.split()
    if len(words) > len(have) or not set(words) <= set(have):
        return 0.0
    # "Phone (recipient)" is less a phone than "Phone": each further word counts against it.
    # A short word alone may be a syllable of something else: "nhan" (tag) in "nguoi nhan".
    doubt = 0.15 if len(known) <= 4 else 0.05 if len(words) == 1 else 0.0
    return 0.78 * float((len(words) / len(have)) ** 0.5) - doubt


@cache
def normal_heading(header: str) -> str:
    """Fold a heading: CamelCase and underscores become words, units of money in brackets go."""
    spaced = _CAMEL.sub(" ", _UNIT.sub(" ", header))
    return _PUNCTUATION.sub(" ", fold(spaced)).strip()


def _is_amount(value: str, country: str) -> bool:
    return parse_amount(value, mark=".") is not None or parse_amount(value, mark=",") is not None


def _is_quantity(value: str, country: str) -> bool:
    return (
        parse_quantity(value, mark=".") is not None or parse_quantity(value, mark=",") is not None
    )


def _is_date(value: str, country: str) -> bool:
    return looks_like_date(value) or parse_day(value, order=DateOrder.DAY_FIRST) is not None


def _is_email(value: str, country: str) -> bool:
    return "@" in value and parse_email(value) is not None


def _is_phone(value: str, country: str) -> bool:
    return not looks_like_date(value) and parse_phone(value, country=country) is not None


def _is_address(value: str, country: str) -> bool:
    return _is_email(value, country) or _is_phone(value, country)


def _is_code(value: str, country: str) -> bool:
    has_digit = any(c.isdigit() for c in value)
    return len(value) <= 120 and not looks_like_date(value) and (has_digit or " " not in value)


def _is_name(value: str, country: str) -> bool:
    return _is_text(value, country) and not value.startswith("#") and not value[:1].isdigit()


def _is_text(value: str, country: str) -> bool:
    return not looks_like_date(value) and "@" not in value


def _is_currency(value: str, country: str) -> bool:
    return len(value) <= 4


def _is_answer(value: str, country: str) -> bool:
    return read_yes_no(value) is not None


_WITNESSES: dict[Looks, Callable[[str, str], bool]] = {
    Looks.AMOUNT: _is_amount,
    Looks.QUANTITY: _is_quantity,
    Looks.DATE: _is_date,
    Looks.EMAIL: _is_email,
    Looks.PHONE: _is_phone,
    Looks.ADDRESS: _is_address,
    Looks.CODE: _is_code,
    Looks.NAME: _is_name,
    Looks.TEXT: _is_text,
    Looks.CURRENCY: _is_currency,
    Looks.ANSWER: _is_answer,
}
# What values alone may propose, where the heading says nothing.
_BY_VALUES = {"email": 0.7, "phone": 0.6, "ordered_at": 0.55, "occurred_at": 0.55}

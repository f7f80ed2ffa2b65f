"""Guesses where a file was written, and in what money, from its headings, phones and signs: what a
first import proposes before anything else is known about the shop.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .guessing import Guess

_AMOUNTS = frozenset({"unit_price", "line_total", "order_total", "discount"})
_VIETNAMESE = re.compile("[ăâđêôơưĂÂĐÊÔƠƯ\u1ea0-\u1ef9]")
_CHINESE = re.compile("[\u4e00-\u9fff]")
_PHONES = (
    ("VN", re.compile(r"(?:\+?84|0)[35789]\d{8}")),
    ("CN", re.compile(r"(?:\+?86)?1[3-9]\d{9}")),
)
_SIGNS = (
    ("VND", re.compile(r"₫|\d\s?đ\b|vnđ|vnd", re.IGNORECASE)),
    ("GBP", re.compile(r"£|gbp", re.IGNORECASE)),
    ("EUR", re.compile(r"€|eur\b", re.IGNORECASE)),
    ("CNY", re.compile(r"¥|￥|元|rmb|cny", re.IGNORECASE)),
)
_MONEY_OF = {"VN": "VND", "CN": "CNY"}
_PLACE_OF = {"VND": "VN", "CNY": "CN", "GBP": "GB"}


@dataclass(frozen=True, slots=True)
class Place:
    """A country and a currency, each empty when the file does not tell."""

    country: str
    currency: str


def guess_place(*, guesses: Sequence[Guess]) -> Place:
    """Give where a file seems to come from. Its signs of money speak first, then the script of its
    headings, then its phones.
    """
    headings = " ".join(guess.header for guess in guesses)
    currency = _sign(_texts(guesses, _AMOUNTS))
    country = _script(headings) or _phones(_texts(guesses, frozenset({"phone"})))
    return Place(
        country or _PLACE_OF.get(currency, ""),
        currency or _MONEY_OF.get(country, ""),
    )


def _texts(guesses: Sequence[Guess], fields: frozenset[str]) -> list[str]:
    chosen = (guess for guess in guesses if guess.field in fields)
    return [text for guess in chosen for text in (guess.header, *guess.samples)]


def _sign(texts: Iterable[str]) -> str:
    found = " ".join(texts)
    return next((code for code, sign in _SIGNS if sign.search(found)), "")


def _script(headings: str) -> str:
    if _CHINESE.search(headings):
        return "CN"
    return "VN" if _VIETNAMESE.search(headings) else ""


def _phones(texts: Iterable[str]) -> str:
    bare = [re.sub(r"[\s.()-]", "", text) for text in texts]
    found = [code for code, form in _PHONES if any(form.fullmatch(text) for text in bare)]
    return found[0] if len(found) == 1 else ""

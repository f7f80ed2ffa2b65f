"""Streets and places for comparison: words and numbers apart, common abbreviations as one."""

from __future__ import annotations

import re
from typing import NamedTuple

from idic.engine.matching.texts import fold, plain

_PART = re.compile(r"\d+|[^\W\d_]+")
_SHORT = {
    "street": "st", "road": "rd", "avenue": "ave", "drive": "dr", "lane": "ln", "court": "ct",
    "boulevard": "blvd", "place": "pl", "crescent": "cr", "cres": "cr", "terrace": "tce",
    "apartment": "flat", "apt": "flat", "unit": "flat", "phuong": "p", "quan": "q", "duong": "d",
}  # fmt: skip
# Ways a place is introduced that half of the sources leave out.
_PLACE = re.compile(
    r"^(thanh pho|tp|tinh|quan|q|huyen|city of)\b[\s.]*|\b(city|shi|sheng)$|[市省]$"
)
_SAME_PLACE = {
    "hcm": "ho chi minh",
    "hcmc": "ho chi minh",
    "sai gon": "ho chi minh",
    "saigon": "ho chi minh",
}


class Address(NamedTuple):
    """An address cut for comparison: all its parts in order, its numbers, its words."""

    parts: tuple[str, ...]
    numbers: tuple[str, ...]
    words: tuple[str, ...]


def clean_address(text: str) -> str:
    """Fold an address and write its parts with one space between, abbreviated alike.

    >>> clean_address("249 Trần Hưng Đạo, Phường 9, Quận 9"), clean_address("北京路149號20栋1342室")
    ('249 tran hung dao p 9 q 9', '北京路 149 号 20 栋 1342 室')
    >>> clean_address("Flat 24, 215 High Street")
    'flat 24 215 high st'
    """
    return " ".join(_SHORT.get(part, part) for part in _PART.findall(fold(plain(text))))


def split_address(cleaned: str) -> Address:
    """Cut a cleaned address into what is compared.

    >>> split_address("flat 24 215 high st")[1:]
    (('24', '215'), ('flat', 'high', 'st'))
    """
    parts = tuple(cleaned.split())
    numbers = tuple(part for part in parts if part.isdigit())
    return Address(parts, numbers, tuple(part for part in parts if not part.isdigit()))


def clean_place(text: str) -> str:
    """Fold a place's name and take off what kind of place it is.

    >>> [clean_place(p) for p in ("TP. Hồ Chí Minh", "Saigon", "上海市", "New York City")]
    ['ho chi minh', 'ho chi minh', '上海', 'new york']
    """
    folded = fold(plain(text))
    bare = " ".join(_PLACE.sub("", folded).split()) or folded
    return _SAME_PLACE.get(bare, bare)


def clean_postcode(text: str) -> str:
    """Give a postal code as letters and digits, a British one in its two halves.

    >>> clean_postcode("TQ13 8df"), clean_postcode("2119"), clean_postcode("wd180ae")
    ('tq13 8df', '2119', 'wd18 0ae')
    """
    joined = "".join(character for character in text.casefold() if character.isalnum())
    is_british = 5 <= len(joined) <= 7 and joined[:1].isalpha() and joined[-3:-2].isdigit()
    return f"{joined[:-3]} {joined[-3:]}" if is_british else joined

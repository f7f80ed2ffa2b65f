"""Cleaning of one place or address: spellings, the Vietnamese units of July 2025, Chinese levels.
Free text stays as it was written.
"""

from __future__ import annotations

import re
from functools import lru_cache

from idic.core.text import fold, is_han
from idic.identify.importing.values.cells import clean_place

from ..findings import Cleaned, Context, Problem
from ..writing import tidy
from .china import read_chinese
from .provinces import find_province, new_province
from .vietnam import VietnameseAddress, read_vietnamese, to_two_levels

__all__ = ["clean_address", "clean_city", "find_city", "read_chinese", "read_vietnamese"]

_SPACE = re.compile(r"\s*([,;])\s*")
_EDGES = " \t,;.:-_/"


def clean_city(text: str, *, context: Context) -> Cleaned:
    """Clean a city or province."""
    return _clean_city(text, context.country)


@lru_cache(maxsize=20_000)
def _clean_city(text: str, country: str) -> Cleaned:
    given = clean_place(_tidy(text))
    if not given:
        return Cleaned(value="")
    if is_han(given[0]):
        return _chinese_city(given)
    if country != "VN":
        return Cleaned(value=given)
    found = find_province(given)
    if not found:
        return Cleaned(value=given)
    new = new_province(found)
    if _is_same_place(found, new):
        return _spelling(given, new)
    return Cleaned(value=given, problem=Problem.PROVINCE_2025, proposal=new, confidence=0.9)


def _is_same_place(old: str, new: str) -> bool:
    return old in {new, "Thừa Thiên Huế"}


def _spelling(given: str, right: str) -> Cleaned:
    if given == right:
        return Cleaned(value=given)
    # "Tỉnh Đồng Nai" and "da nang": the same words, so that nobody need be asked twice.
    sure = 0.95 if fold(right) in fold(given) else 0.9
    return Cleaned(value=given, problem=Problem.PLACE_SPELLING, proposal=right, confidence=sure)


def _chinese_city(given: str) -> Cleaned:
    bare = "".join(given.split())
    short = bare.removesuffix("市") if len(bare) > 2 else bare
    if short == given:
        return Cleaned(value=given)
    return Cleaned(value=given, problem=Problem.PLACE_SPELLING, proposal=short, confidence=0.9)


def clean_address(text: str, *, context: Context) -> Cleaned:
    """Clean an address: an old Vietnamese one is proposed as of today, where that is certain."""
    given = _tidy(text)
    if not given:
        return Cleaned(value="")
    if any(is_han(c) for c in given) or context.country != "VN":
        return Cleaned(value=given)
    parts = read_vietnamese(given, place=context.place)
    today = to_two_levels(parts)
    if len(today) == 1 and today[0] != given:
        return Cleaned(value=given, problem=Problem.WARD_2025, proposal=today[0], confidence=0.9)
    if len(today) > 1:
        return Cleaned(value=given, problem=Problem.WARD_DIVIDED)
    return _province_of(given, parts)


def _province_of(given: str, parts: VietnameseAddress) -> Cleaned:
    """Rename the province at the end where only it is known."""
    last = re.split(r"[,;]", given)[-1].strip()
    old = find_province(last) if last != given else ""
    new = new_province(old)
    if parts.is_old or not old or _is_same_place(old, new) or fold(last) == fold(new):
        return Cleaned(value=given)
    renamed = given[: len(given) - len(last)] + new
    return Cleaned(value=given, problem=Problem.PROVINCE_2025, proposal=renamed, confidence=0.8)


def find_city(address: str, *, context: Context) -> str:
    """Give the city an address names, for a customer whose city nobody said."""
    given = _tidy(address)
    if any(is_han(c) for c in given):
        found = read_chinese(given)
        return found.city.removesuffix("市") if found.city and found.district else ""
    if context.country != "VN" or "," not in given:
        return ""
    parts = read_vietnamese(given)
    return new_province(parts.province) if parts.province else ""


def _tidy(text: str) -> str:
    spaced = _SPACE.sub(r"\1 ", tidy(text, edges=_EDGES, is_compatible=False))
    return tidy(spaced, edges=_EDGES, is_compatible=False)

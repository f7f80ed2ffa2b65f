"""Cleaning of one phone number: E.164, the Vietnamese prefixes of 2018, notes beside the number,
and what belongs to nobody. Reading numbers is `importing.values.contacts`' work.
"""

from __future__ import annotations

import re

from idic.identify.importing.values.contacts import parse_phone

from .findings import Cleaned, Problem
from .writing import tidy

_OLD = re.compile(r"(?:\+?84|0084|0)(?:12[0-9]|16[2-9]|18[68]|199)\d{7}")
# A number lent for one order, with an extension that leads to the buyer: it names nobody.
_RELAY = re.compile(r"(?:\+?86)?1[3-9]\d{9}\s*(?:转|轉|-|,|，|#|ext\.?)\s*\d{3,4}", re.IGNORECASE)
_READY = re.compile(r"\+[1-9]\d{7,14}")
_FILLER = re.compile(r"(\d)\1{6,}")
_SPLIT = re.compile(r"[/;,|]|\s-\s|\bhoặc\b|\bor\b|或")
_BESIDE = re.compile(r"\([^()]*[^\d()\s+.-][^()]*\)|\[[^\]]*\]")
_WORDS = re.compile(r"[^\W\d_]+(?:\s*[:.])?", re.UNICODE)
_LOOKALIKES = str.maketrans({"o": "0", "O": "0", "l": "1", "I": "1"})
_LOOKALIKE_NUMBER = re.compile(r"[\doOlI\s.+()-]+")
_MASK = re.compile(r"[*•●#?]|[xX]{2,}")


def clean_phone(text: str, *, country: str) -> Cleaned:
    """Clean a phone number. What identifies nobody comes back empty, with the reason."""
    given = tidy(text)
    if not given:
        return Cleaned(value="")
    if _READY.fullmatch(given) and not _FILLER.search(given):
        return Cleaned(value=given)  # as imports store it: nothing to work out
    if _RELAY.fullmatch(given):
        return Cleaned(value="", problem=Problem.PHONE_RELAY)
    found = parse_phone(given, country=country)
    if found is None:
        return _repair(given, country)
    if found.is_placeholder:
        is_masked = bool(_MASK.search(given)) or any(c in "xX" for c in given)
        problem = Problem.PHONE_MASKED if is_masked else Problem.PHONE_PLACEHOLDER
        return Cleaned(value="", problem=problem)
    if found.value == given:
        return Cleaned(value=given)
    return Cleaned(value=found.value, problem=_way(given, found.value))


def _way(given: str, value: str) -> Problem:
    if len([part for part in _SPLIT.split(given) if part.strip()]) > 1:
        return Problem.PHONE_SEVERAL
    plain = "".join(c for c in given if c.isdigit() or c == "+")
    is_old = value.startswith("+84") and _OLD.fullmatch(plain)
    return Problem.OLD_PREFIX if is_old else Problem.PHONE_WRITTEN


def _repair(given: str, country: str) -> Cleaned:
    """Look for the number in what stands beside it: "0912 345 678 (chị Lan)", "SĐT: 0912…"."""
    for candidate, problem, confidence in _candidates(given):
        found = parse_phone(candidate, country=country)
        if found is not None and not found.is_placeholder:
            return Cleaned(
                value=given, problem=problem, proposal=found.value, confidence=confidence
            )
    return Cleaned(value=given, problem=Problem.PHONE_UNREADABLE)


def _candidates(given: str) -> list[tuple[str, Problem, float]]:
    found = []
    if _LOOKALIKE_NUMBER.fullmatch(given):
        found.append((given.translate(_LOOKALIKES), Problem.PHONE_WRITTEN, 0.8))
    bare = _WORDS.sub(" ", _BESIDE.sub(" ", given)).strip(" :.,-")
    if bare and bare != given:
        found.append((bare, Problem.PHONE_NOTE, 0.9))
    return found

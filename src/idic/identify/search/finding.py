"""Reads what people type and asks the indexes in the order in which answers should appear."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db import connection

from idic.core import ids, text

from . import tokens
from .asking import Ask, Marks, Place, Words
from .documents import END, START
from .store import dialect

_LONGEST = 80  # characters of a query; a pasted letter is no name
_MOST_WORDS = 8
# Candidates read a step, so that those shown are the most valuable ones among equals.
_CANDIDATES = 200


@dataclass(frozen=True, slots=True)
class Found:
    """A customer found. `step` says how well: 0 best; equal steps are ordered by value."""

    customer_id: int
    step: int
    value: int


def find(*, query: str, limit: int) -> list[Found]:
    """Find the customers meant by what was typed, best first.

    Exactly as written comes before folded, whole words before words begun, names before notes; the
    end of a phone number before its middle; within each, who brought more comes first.
    """
    query = " ".join(query.split())[:_LONGEST]
    found: dict[int, Found] = {}
    numbered = enumerate(_steps(query))
    for _round, steps in groupby(numbered, key=lambda pair: pair[1].round):
        for step, customer_id, value in _answer(list(steps), max(limit, _CANDIDATES)):
            found.setdefault(customer_id, Found(customer_id, step, value))
        if len(found) >= limit:
            break
    return sorted(found.values(), key=lambda f: (f.step, -f.value, f.customer_id))[:limit]


def _answer(steps: Sequence[tuple[int, Ask]], limit: int) -> list[tuple[int, int, int]]:
    """Ask all questions of a round in one statement; give (step, customer, value), best first."""
    parts, values = [], []
    for number, ask in steps:
        statement, given = ask.sql(dialect(), limit)
        parts.append(
            f"SELECT {number} AS step, customer_id, value FROM ({statement}) s{number}"  # noqa: S608
        )
        values += given
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), values)
        return sorted(cursor.fetchall())


def _steps(query: str) -> Iterator[Ask]:
    """Give the questions to the indexes, the most exact first. Those of the second round, which
    read more, are asked only when the first found too few.
    """
    digits = _digits(query)
    code = query.lower().replace(" ", "")
    has_code = len(code) >= 3 and code != digits and not _has_han(code)
    customer_id = _public_id(query)
    if customer_id is not None:
        yield Place(1, customer_id)
    if digits:
        yield Marks(1, START + digits + END)
        yield Marks(1, digits + END)
    yield from _word_steps(query, first=True)
    if has_code:
        yield Marks(1, START + code + END)
    yield from _word_steps(query, first=False)
    if digits:
        yield Marks(2, digits)
    if has_code:
        yield Marks(2, START + code)
        yield Marks(2, code)


def _public_id(query: str) -> int | None:
    try:
        return ids.decode("customer", query)
    except ids.WrongId:
        return None


def _digits(query: str) -> str:
    """Give the digits of what looks like a number: 0900 000-217, +84 900…; no leading zeros,
    because a phone is kept with its country's code in their place.
    """
    if any(c.isalpha() for c in query):
        return ""
    digits = text.digits(query).removeprefix("00")
    shorter = digits.removeprefix("0")
    return shorter if len(shorter) >= 3 else digits if len(digits) >= 3 else ""


def _word_steps(query: str, *, first: bool) -> Iterator[Ask]:
    folded = tuple(text.words(query)[:_MOST_WORDS])
    if not folded:
        return
    exact = tuple(tokens.exact_tokens(query)[:_MOST_WORDS])
    if first:
        yield Words(1, exact)
        if _has_marks(query):
            yield Words(1, exact[:-1], exact[-1:])
        yield Words(1, folded)
        return
    yield Words(2, (), folded)
    yield Words(2, (), tuple(sorted(tokens.note_tokens(query))[:_MOST_WORDS]))


def _has_marks(query: str) -> bool:
    return any(word != text.fold(word) for word in tokens.as_written(query))


def _has_han(query: str) -> bool:
    return any(text.is_han(c) for c in query)

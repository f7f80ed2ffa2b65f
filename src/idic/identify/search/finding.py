"""Reads what people type and asks the indexes in the order in which answers should appear."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import TypeAlias

from django.db import connection
from django.db.backends.utils import CursorWrapper

from idic.core import ids, text

from . import tokens
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


_Ask: TypeAlias = Callable[[int], list[tuple[int, int]]]


def find(*, query: str, limit: int) -> list[Found]:
    """Find the customers meant by what was typed, best first.

    Exactly as written comes before folded, whole words before words begun, names before notes; the
    end of a phone number before its middle; within each, who brought more comes first.
    """
    query = " ".join(query.split())[:_LONGEST]
    found: dict[int, Found] = {}
    with connection.cursor() as cursor:
        for step, ask in enumerate(_steps(query, cursor)):
            answers = sorted(ask(max(limit, _CANDIDATES)), key=lambda pair: -pair[1])
            for customer_id, value in answers:
                found.setdefault(customer_id, Found(customer_id, step, value))
            if len(found) >= limit:
                break
    return sorted(found.values(), key=lambda f: (f.step, -f.value, f.customer_id))[:limit]


def _steps(query: str, cursor: CursorWrapper) -> Iterator[_Ask]:
    """Give the questions to the indexes, the most exact first; later ones are asked only when
    earlier ones found too few.
    """
    sql = dialect()
    customer_id = _public_id(query)
    if customer_id is not None:
        yield partial(_ask_id, cursor, customer_id)
    digits = _digits(query)
    if digits:
        yield from _mark_steps(sql, cursor, digits)
    yield from _word_steps(sql, cursor, query)
    code = query.lower().replace(" ", "")
    if len(code) >= 3 and code != digits and not _has_han(code):
        yield from _mark_steps(sql, cursor, code)


def _public_id(query: str) -> int | None:
    try:
        return ids.decode("customer", query)
    except ids.WrongId:
        return None


def _ask_id(cursor: CursorWrapper, customer_id: int, limit: int) -> list[tuple[int, int]]:
    cursor.execute(
        "SELECT customer_id, value FROM identify_search_document WHERE customer_id = %s",
        [customer_id],
    )
    return [(row[0], row[1]) for row in cursor.fetchall()]


def _digits(query: str) -> str:
    """Give the digits of what looks like a number: 0900 000-217, +84 900…; no leading zeros,
    because a phone is kept with its country's code in their place.
    """
    if any(c.isalpha() for c in query):
        return ""
    digits = text.digits(query).removeprefix("00")
    shorter = digits.removeprefix("0")
    return shorter if len(shorter) >= 3 else digits if len(digits) >= 3 else ""


def _mark_steps(sql: ModuleType, cursor: CursorWrapper, part: str) -> Iterator[_Ask]:
    for enclosed in (START + part + END, part + END, START + part, part):
        yield partial(sql.match_marks, cursor, enclosed)


def _word_steps(sql: ModuleType, cursor: CursorWrapper, query: str) -> Iterator[_Ask]:
    folded = text.words(query)[:_MOST_WORDS]
    if not folded:
        return
    exact = tokens.exact_tokens(query)[:_MOST_WORDS]
    ask = partial(sql.match_words, cursor)
    yield partial(ask, exact, [])
    if _has_marks(query):
        yield partial(ask, exact[:-1], exact[-1:])
    yield partial(ask, folded, [])
    yield partial(ask, [], folded)
    notes = sorted(tokens.note_tokens(query))[:_MOST_WORDS]
    yield partial(ask, [], notes)


def _has_marks(query: str) -> bool:
    return any(word != text.fold(word) for word in tokens.as_written(query))


def _has_han(query: str) -> bool:
    return any(text.is_han(c) for c in query)

"""A query that is asked of one row after another, or of a few: written by Django once, not each
time, which takes longer than the answer of the database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.db import connection
from django.db.models import QuerySet

# Stand for the numbers asked for while a query is written; nothing else is one of these.
_ANY = 4_611_686_018_427_387_847
# Asked for more numbers than this at once, a query is written anew: nobody would ask it again.
_MOST = 24
_Converters: TypeAlias = Mapping[int, tuple[list[Callable[..., Any]], Any]]


@dataclass(frozen=True, slots=True)
class _Statement:
    text: str
    values: tuple[Any, ...]
    # Places of the values that are the numbers asked for, and which of them.
    places: tuple[tuple[int, int], ...]
    converters: _Converters


class Prepared:
    """The rows of `make(numbers).values_list(…)` as Django would give them."""

    def __init__(self, make: Callable[[list[int]], QuerySet[Any, Any]]) -> None:
        self._make = make
        self._written: dict[tuple[str, int], _Statement] = {}

    def rows(self, *numbers: int) -> list[tuple[Any, ...]]:
        """Ask for these numbers; for none, nothing is asked."""
        if not numbers:
            return []
        if len(numbers) > _MOST:
            return list(self._make(list(numbers)))
        place = (connection.vendor, len(numbers))
        statement = self._written.get(place) or self._written.setdefault(
            place, _write(self._make, len(numbers))
        )
        values = list(statement.values)
        for at, which in statement.places:
            values[at] = numbers[which]
        with connection.cursor() as cursor:
            cursor.execute(statement.text, values)
            found: list[tuple[Any, ...]] = cursor.fetchall()
        return _convert(found, statement.converters) if statement.converters else found


def _write(make: Callable[[list[int]], QuerySet[Any, Any]], count: int) -> _Statement:
    compiler = make([_ANY - which for which in range(count)]).query.get_compiler(
        connection=connection
    )
    text, values = compiler.as_sql()
    asked = [(at, _ANY - value) for at, value in enumerate(values) if isinstance(value, int)]
    places = tuple((at, which) for at, which in asked if 0 <= which < count)
    chosen = [column[0] for column in compiler.select]
    return _Statement(text, tuple(values), places, compiler.get_converters(chosen))


def _convert(rows: list[tuple[Any, ...]], converters: _Converters) -> list[tuple[Any, ...]]:
    found = []
    for row in rows:
        cells = list(row)
        for at, (steps, expression) in converters.items():
            for step in steps:
                cells[at] = step(cells[at], expression, connection)
        found.append(tuple(cells))
    return found

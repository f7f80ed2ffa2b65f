"""Asks the properties of events: JSON read by name in both databases, name and value always bound.
What a property is not (a text where a number is asked for) does not hold.
"""

from __future__ import annotations

from typing import Any as Anything

from django.db.models import FloatField, Func, Q, QuerySet, TextField, Value

from idic.identify.models import Event

from . import tree as t
from .check import read_figure

# Beyond it one of the databases has no number any more.
_MOST = "1e300"


class _Part(Func):
    """One reading of the property of a name; null where it is not of that kind."""

    arity = 2
    sqlite = postgresql = ""

    def as_sqlite(self, compiler: Anything, connection: Anything, **_more: Anything) -> Anything:
        """Look it up among the object's members: a path would be text to put together."""
        detail, name = self._parts(compiler)
        sql = f"(SELECT {self.sqlite} FROM json_each({detail[0]}) WHERE key = {name[0]})"  # noqa: S608
        return sql, (*detail[1], *name[1])

    def as_postgresql(
        self, compiler: Anything, connection: Anything, **_more: Anything
    ) -> Anything:
        """Read the member by its name; nothing in something that is no object."""
        detail, name = self._parts(compiler)
        member = f"({detail[0]} -> {name[0]}::text)"
        text = f"({detail[0]} ->> {name[0]}::text)"
        sql = self.postgresql.format(member=member, text=text)
        return sql, (*detail[1], *name[1]) * self.postgresql.count("{")

    def _parts(self, compiler: Anything) -> list[tuple[str, tuple[Anything, ...]]]:
        compiled = [compiler.compile(part) for part in self.get_source_expressions()]
        return [(sql, tuple(parameters)) for sql, parameters in compiled]


class _Kind(_Part):
    output_field = TextField()
    sqlite = "type"
    postgresql = "jsonb_typeof({member})"


class _Words(_Part):
    """A text, or true and false as words."""

    output_field = TextField()
    sqlite = "CASE WHEN type = 'text' THEN atom WHEN type IN ('true', 'false') THEN type END"
    postgresql = "CASE WHEN jsonb_typeof({member}) IN ('string', 'boolean') THEN {text} END"


class _Figure(_Part):
    output_field = FloatField()
    sqlite = (
        "CASE WHEN type IN ('integer', 'real') AND"
        f" abs(CAST(atom AS REAL)) < {_MOST} THEN CAST(atom AS REAL) END"
    )
    postgresql = (
        "CASE WHEN jsonb_typeof({member}) = 'number' THEN"
        f" CASE WHEN abs({{text}}::numeric) < {_MOST}::numeric"
        " THEN {text}::double precision END END"
    )


def has_properties(events: QuerySet[Event], where: tuple[t.Property, ...]) -> QuerySet[Event]:
    """Give the events that have all of these properties."""
    for place, one in enumerate(where):
        events = _having(events, one, place)
    return events


def _having(events: QuerySet[Event], node: t.Property, place: int) -> QuerySet[Event]:
    def read(part: type[_Part]) -> _Part:
        return part("detail", Value(node.name, TextField()))

    words, figure, kind = f"words_{place}", f"figure_{place}", f"kind_{place}"
    if node.operator == "known":
        return events.alias(**{kind: read(_Kind)}).filter(
            ~Q(**{kind: "null"}), **{f"{kind}__isnull": False}
        )
    if node.operator == "contains":
        found = events.alias(**{words: read(_Words)})
        return found.filter(**{f"{words}__icontains": node.value})
    number = read_figure(node.value)
    if node.operator in ("at_least", "at_most"):
        lookup = "gte" if node.operator == "at_least" else "lte"
        found = events.alias(**{figure: read(_Figure)})
        return found.filter(**{f"{figure}__{lookup}": number})
    is_it = Q(**{words: node.value})
    found = events.alias(**{words: read(_Words)})
    if number is not None:
        found = found.alias(**{figure: read(_Figure)})
        is_it |= Q(**{figure: number})
    return found.filter(is_it)

"""Asks for rows whose number is one of many in one short statement: named one by one, Django takes
longer to write the question than the database to answer it.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Field, ForeignObject, Func, Lookup, Q, QuerySet, TextField


def among(name: str, numbers: Collection[int]) -> Q:
    """Give the condition that a column (`record__customer_id`) is one of these numbers."""
    # A set, for Django looks into lists element by element.
    return Q(**{f"{name}__among": frozenset(numbers)})


def raw_rows(rows: QuerySet[Any, Any]) -> list[tuple[Any, ...]]:
    """Give the rows of `values_list` as the database gives them: on SQLite moments are texts and
    truth values whole numbers, good for comparing with each other only.
    """
    try:
        statement, values = rows.query.sql_with_params()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


class AsStored(Func):
    """A column as it is stored: else SQLite's moments are read, one by one, before they come."""

    template = "%(expressions)s"
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        """Put a plus before it, which changes nothing but that it is no column of a type."""
        return self.as_sql(compiler, connection, template="+%(expressions)s", **more)


def one_of(numbers: Collection[int]) -> tuple[str, Any]:
    """Give what stands behind a column in a statement of one's own, and its one value: a list on
    PostgreSQL, a text of JSON on SQLite.
    """
    if connection.vendor == "postgresql":
        return "= ANY(%s)", list(numbers)
    return "IN (SELECT value FROM json_each(%s))", json.dumps(list(numbers))


@ForeignObject.register_lookup
@Field.register_lookup
class _Among(Lookup):
    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Write the condition; databases differ in `one_of`."""
        if not self.rhs:
            raise EmptyResultSet
        column, values = self.process_lhs(compiler, connection)
        among_them, value = one_of(self.rhs)
        return f"{column} {among_them}", (*values, value)

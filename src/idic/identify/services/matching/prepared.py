"""A query that is asked of one record after another: written by Django once, not each time, which
would take longer than the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.models import QuerySet

# Stands for the record's number while the query is written; nothing else is this number.
_ANY = 4_611_686_018_427_387_847


class Prepared:
    """The rows of `make(number)` as tuples, as the database gives them: moments and truth values
    may be texts and whole numbers there, good for comparing with each other only.
    """

    def __init__(self, make: Callable[[int], QuerySet[Any, Any]]) -> None:
        self._make = make
        self._written: dict[str, tuple[str, tuple[Any, ...]]] = {}

    def rows(self, number: int) -> list[tuple[Any, ...]]:
        """Ask for one record."""
        if connection.vendor not in self._written:
            self._written[connection.vendor] = self._make(_ANY).query.sql_with_params()
        statement, values = self._written[connection.vendor]
        with connection.cursor() as cursor:
            cursor.execute(statement, [number if one == _ANY else one for one in values])
            found: list[tuple[Any, ...]] = cursor.fetchall()
        return found

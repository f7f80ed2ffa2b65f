"""Counts what each write transaction changes: how long it holds SQLite's lock cannot be asserted,
how much it does can. Inside a test's own transaction every one of the product's is a savepoint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

_CHANGES = ("INSERT", "UPDATE", "DELETE")


@contextmanager
def rows_by_transaction() -> Iterator[list[tuple[int, str]]]:
    """Collect (rows changed, the statement that changed most) of each transaction."""
    found: list[tuple[int, str]] = []
    depth, rows, most, longest = 0, 0, 0, ""

    def note(count: int, sql: str) -> None:
        nonlocal rows, most, longest
        rows += count
        if count > most:
            most, longest = count, sql[:120]

    def close() -> None:
        nonlocal rows, most, longest
        if rows:
            found.append((rows, longest))
        rows, most, longest = 0, 0, ""

    def look(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal depth
        answer = execute(sql, params, many, context)
        if sql.startswith("SAVEPOINT"):
            depth += 1
        elif sql.startswith(("RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")):
            depth -= 1
        elif sql.lstrip().upper().startswith(_CHANGES):
            note(max(0, context["cursor"].rowcount), sql)
        if depth == 0:
            close()
        return answer

    with connection.execute_wrapper(look):
        yield found

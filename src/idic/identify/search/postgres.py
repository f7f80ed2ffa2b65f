"""The index on PostgreSQL: one table with a text-search vector and trigrams (`pg_trgm`). The same
functions as `sqlite.py`, the same answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.backends.utils import CursorWrapper

from .sqlite import Row, list_vanished

CREATE = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    """CREATE TABLE identify_search_document (
        id bigint PRIMARY KEY, customer_id bigint NOT NULL UNIQUE, value bigint NOT NULL,
        digest text NOT NULL, words tsvector NOT NULL, marks text NOT NULL)""",
    "CREATE INDEX identify_search_words ON identify_search_document USING gin (words)",
    "CREATE INDEX identify_search_marks ON identify_search_document USING gin (marks gin_trgm_ops)",
)
DROP = ("DROP TABLE identify_search_document",)


def lock(cursor: CursorWrapper) -> None:
    """Stand in line: two writers must not give the same place to two documents."""
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [7_241_002])


def drop(cursor: CursorWrapper, customer_ids: Sequence[int]) -> None:
    """Take the documents of these customers out."""
    cursor.execute(
        "DELETE FROM identify_search_document WHERE customer_id = ANY(%s)", [list(customer_ids)]
    )


def put(cursor: CursorWrapper, rows: Sequence[Row]) -> None:
    """Put documents in."""
    cursor.executemany(
        "INSERT INTO identify_search_document (id, customer_id, value, digest, words, marks) "
        "VALUES (%s, %s, %s, %s, array_to_tsvector(%s::text[]), %s)",
        sorted(rows),
    )


def settle(cursor: CursorWrapper, *, pages: int) -> bool:
    """Nothing to merge: the server's own cleaner does it."""
    return False


def match_words(whole: Sequence[str], begun: Sequence[str], limit: int) -> tuple[str, list[Any]]:
    """Ask for (customer, value) of those who have every whole word and every word begun."""
    query = " & ".join([*(f"'{word}'" for word in whole), *(f"'{word}':*" for word in begun)])
    return (
        "SELECT customer_id, value FROM identify_search_document "
        "WHERE words @@ %s::tsquery ORDER BY id LIMIT %s",
        [query, limit],
    )


def match_marks(part: str, limit: int) -> tuple[str, list[Any]]:
    """Ask for (customer, value) of those with an identifier holding this run of characters."""
    escaped = part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return (
        "SELECT customer_id, value FROM identify_search_document "
        "WHERE marks LIKE %s ORDER BY id LIMIT %s",
        [f"%{escaped}%", limit],
    )


__all__ = [
    "CREATE",
    "DROP",
    "drop",
    "list_vanished",
    "lock",
    "match_marks",
    "match_words",
    "put",
    "settle",
]

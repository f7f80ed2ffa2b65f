"""The index on SQLite: two FTS5 tables over one table of documents, whose ids run from the most
valuable customer down, so that the first matches FTS5 meets are the ones to show.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from django.db.backends.utils import CursorWrapper

# id, customer_id, value, digest, words, marks
Row: TypeAlias = tuple[int, int, int, str, list[str], str]

CREATE = (
    """CREATE TABLE identify_search_document (
        id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL UNIQUE, value INTEGER NOT NULL,
        digest TEXT NOT NULL, words TEXT NOT NULL, marks TEXT NOT NULL)""",
    """CREATE VIRTUAL TABLE identify_search_words USING fts5(
        words, content='identify_search_document', content_rowid='id', prefix='1 2 3',
        detail='none', tokenize="unicode61 remove_diacritics 0 tokenchars '=~'")""",
    """CREATE VIRTUAL TABLE identify_search_marks USING fts5(
        marks, content='identify_search_document', content_rowid='id',
        detail='none', tokenize='trigram')""",
)
DROP = (
    "DROP TABLE identify_search_marks",
    "DROP TABLE identify_search_words",
    "DROP TABLE identify_search_document",
)
_TABLES = ("words", "marks")


def _rules(**values: int) -> tuple[str, ...]:
    return tuple(
        f"INSERT INTO identify_search_{table} (identify_search_{table}, rank) "  # noqa: S608
        f"VALUES ('{rule}', {value})"
        for table in _TABLES
        for rule, value in values.items()
    )


# By itself FTS5 merges now and then, much at once, in whoever's transaction comes next: 60 ms of
# the lock. `settle` does it instead, a little after each write.
MERGE_BY_HAND = _rules(automerge=0, crisismerge=500)
MERGE_BY_ITSELF = _rules(automerge=4, crisismerge=16)

# Candidates checked for the exact sequence after their trigrams matched.
_CHECKED = 2_000


def lock(cursor: CursorWrapper) -> None:
    """Nothing to do: a writer on SQLite is alone already."""


def drop(cursor: CursorWrapper, customer_ids: Sequence[int]) -> None:
    """Take the documents of these customers out. FTS5 wants the old text back to forget it."""
    places = ", ".join(["%s"] * len(customer_ids))
    cursor.execute(
        "SELECT id, words, marks FROM identify_search_document "  # noqa: S608
        f"WHERE customer_id IN ({places}) ORDER BY id",
        list(customer_ids),
    )
    old = cursor.fetchall()
    for place, table in enumerate(_TABLES, start=1):
        cursor.executemany(
            f"INSERT INTO identify_search_{table} (identify_search_{table}, rowid, {table}) "  # noqa: S608
            "VALUES ('delete', %s, %s)",
            [(row[0], row[place]) for row in old],
        )
    cursor.executemany(
        "DELETE FROM identify_search_document WHERE id = %s", [(row[0],) for row in old]
    )


def put(cursor: CursorWrapper, rows: Sequence[Row]) -> None:
    """Put documents in, in the order of their ids: FTS5 begins a new segment at each step back."""
    ordered = sorted((i, c, v, d, " ".join(words), marks) for i, c, v, d, words, marks in rows)
    cursor.executemany(
        "INSERT INTO identify_search_document (id, customer_id, value, digest, words, marks) "
        "VALUES (%s, %s, %s, %s, %s, %s)",
        ordered,
    )
    for place, table in enumerate(_TABLES, start=4):
        cursor.executemany(
            f"INSERT INTO identify_search_{table} (rowid, {table}) VALUES (%s, %s)",  # noqa: S608
            [(row[0], row[place]) for row in ordered],
        )


def settle(cursor: CursorWrapper, *, pages: int) -> bool:
    """Merge so many pages of each index; tell whether there is more to merge."""
    more = False
    for table in _TABLES:
        cursor.execute("SELECT total_changes()")
        before = cursor.fetchone()[0]
        cursor.execute(
            f"INSERT INTO identify_search_{table} (identify_search_{table}, rank) "  # noqa: S608
            "VALUES ('merge', %s)",
            [pages],
        )
        cursor.execute("SELECT total_changes()")
        more = more or cursor.fetchone()[0] - before > 1
    return more


def begin_anew(cursor: CursorWrapper) -> None:
    """Let all segments be merged into one by the calls of `settle` that follow."""
    for table in _TABLES:
        cursor.execute(
            f"INSERT INTO identify_search_{table} (identify_search_{table}, rank) "  # noqa: S608
            "VALUES ('merge', -1)"
        )


def match_words(whole: Sequence[str], begun: Sequence[str], limit: int) -> tuple[str, list[Any]]:
    """Ask for (customer, value) of those who have every whole word and every word begun."""
    query = " ".join([*(f'"{word}"' for word in whole), *(f'"{word}"*' for word in begun)])
    return (
        "SELECT d.customer_id, d.value FROM identify_search_words w "
        "JOIN identify_search_document d ON d.id = w.rowid "
        "WHERE identify_search_words MATCH %s ORDER BY w.rowid LIMIT %s",
        [query, limit],
    )


def match_marks(part: str, limit: int) -> tuple[str, list[Any]]:
    """Ask for (customer, value) of those with an identifier holding this run of characters."""
    trigrams = dict.fromkeys(part[i : i + 3] for i in range(len(part) - 2))
    query = " ".join('"' + trigram.replace('"', '""') + '"' for trigram in trigrams)
    return (
        "SELECT d.customer_id, d.value FROM (SELECT rowid AS id FROM identify_search_marks "
        "WHERE identify_search_marks MATCH %s ORDER BY rowid LIMIT %s) m "
        "JOIN identify_search_document d ON d.id = m.id "
        "WHERE instr(d.marks, %s) > 0 ORDER BY d.id LIMIT %s",
        [query, _CHECKED, part, limit],
    )


def list_vanished(cursor: CursorWrapper, limit: int) -> list[int]:
    """Give customers who stand in the index and must not: gone, staged or merged away."""
    cursor.execute(
        "SELECT d.customer_id FROM identify_search_document d "
        "LEFT JOIN identify_customer c ON c.id = d.customer_id "
        "AND c.is_staged = %s AND c.merged_into_id IS NULL WHERE c.id IS NULL LIMIT %s",
        [False, limit],
    )
    return [row[0] for row in cursor.fetchall()]

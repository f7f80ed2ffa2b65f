"""Reads Parquet through DuckDB; every column comes in as text, exactly as it prints."""

from __future__ import annotations

import glob
from pathlib import Path

import duckdb
from django.utils.translation import gettext as _

from idic.engine.table import connect
from idic.identify.importing.problems import ImportProblem

_NESTED = ("STRUCT", "MAP", "LIST", "UNION")


def read_columns(path: Path) -> list[str]:
    """Give the names of the plain columns. Raises ImportProblem when the file cannot be read."""
    with connect(threads=1, memory_limit="200MB") as duck:
        return [name for name, _kind in describe(duck, path)]


def describe(duck: duckdb.DuckDBPyConnection, path: Path) -> list[tuple[str, str]]:
    """Give names and types of the columns that hold plain values."""
    try:
        found = duck.execute(
            "DESCRIBE SELECT * FROM read_parquet(?)", [glob.escape(str(path))]
        ).fetchall()
    except duckdb.Error as error:
        raise unreadable() from error
    plain = [
        (str(row[0]), str(row[1]))
        for row in found
        if not str(row[1]).startswith(_NESTED) and not str(row[1]).endswith("]")
    ]
    if len(plain) < 2:
        raise ImportProblem(
            "not_a_table", _("The Parquet file has fewer than two plain columns: nothing to read.")
        )
    return plain


def unreadable() -> ImportProblem:
    """Say that the file is damaged."""
    return ImportProblem(
        "unreadable_parquet",
        _("This Parquet file cannot be read; it is damaged or cut off. Export it again."),
    )


def read_start(duck: duckdb.DuckDBPyConnection, path: Path, *, count: int) -> list[list[str]]:
    """Give the first rows as text."""
    cells = ", ".join(text_cell(name, kind) for name, kind in describe(duck, path))
    rows = duck.execute(
        f"SELECT {cells} FROM read_parquet(?) LIMIT ?",  # noqa: S608 - names, quoted
        [glob.escape(str(path)), count],
    ).fetchall()
    return [[cell or "" for cell in row] for row in rows]


def count_rows(duck: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Give the number of rows, from the file's own foot."""
    row = duck.execute("SELECT count(*) FROM read_parquet(?)", [glob.escape(str(path))]).fetchone()
    return int(row[0]) if row else 0


def text_cell(name: str, kind: str) -> str:
    """Give SQL that prints a column exactly; whole floats print as the keys or counts they are."""
    quoted = '"' + name.replace('"', '""') + '"'
    if kind in {"DOUBLE", "FLOAT"}:
        return (
            f"CASE WHEN {quoted} = trunc({quoted}) AND abs({quoted}) < 1e15 "
            f"THEN CAST(CAST({quoted} AS BIGINT) AS VARCHAR) ELSE CAST({quoted} AS VARCHAR) END"
        )
    return f"CAST({quoted} AS VARCHAR)"

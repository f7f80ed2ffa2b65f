"""The private DuckDB in which one file is read, cleaned and compared. It lives as long as the
import runs, keeps to its memory limit by spilling, and never touches the system of record.
"""

from __future__ import annotations

import glob
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from django.conf import settings
from django.utils.translation import gettext as _

from idic.engine.table import connect
from idic.identify.importing.problems import ImportProblem

from . import parquet, spreadsheet, vcard
from .inspection import FileShape
from .uneven import TOO_MANY, UnevenRows

RAW = "raw"
_CHUNK_ROWS = 20_000
_TRANSCODE_CHARACTERS = 4_000_000
_READY = frozenset({"utf-8", "utf-8-sig"})
_MEMORY = "500MB"
_MISREAD = ("row_number", "reason", "cells")

Progress = Callable[[int], None]


class Workspace:
    """A connection and a directory of one import's own. `headers` are those of the loaded file;
    its cells lie in the table `raw` as `row_number, c0, c1, …`, all text.
    """

    def __init__(self, duck: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self.duck = duck
        self.folder = folder
        self.headers: tuple[str, ...] = ()

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> duckdb.DuckDBPyConnection:
        """Execute a statement of ours; values go in as `?`."""
        return self.duck.execute(sql, list(parameters) or None)

    def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """Give the single value a statement returns."""
        rows = self.run(sql, parameters).fetchall()  # to the end, or the connection stays taken
        return rows[0][0] if rows else None

    def count(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Give the single number a statement returns."""
        return int(self.value(sql, parameters) or 0)

    def counts(self, sql: str) -> dict[str, int]:
        """Give numbers by what they are of."""
        return {str(name): int(number) for name, number in self.rows(sql)}

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Give the rows of a statement in turn, on a cursor of their own."""
        cursor = self.duck.cursor()
        cursor.execute(sql, list(parameters) or None)
        while chunk := cursor.fetchmany(_CHUNK_ROWS):
            yield from chunk

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Append text rows to a table of ours, in chunks."""
        chunk: list[Sequence[Any]] = []
        for row in rows:
            chunk.append(row)
            if len(chunk) == _CHUNK_ROWS:
                self._insert_chunk(table, columns, chunk)
                chunk = []
        if chunk:
            self._insert_chunk(table, columns, chunk)

    def _insert_chunk(self, table: str, columns: Sequence[str], chunk: list[Sequence[Any]]) -> None:
        cells = zip(*chunk, strict=True)
        held = {name: _array(values) for name, values in zip(columns, cells, strict=True)}
        self.duck.register("chunk held", held)
        names = ", ".join(f'"{name}"' for name in columns)
        self.duck.execute(f'INSERT INTO {table} ({names}) SELECT {names} FROM "chunk held"')  # noqa: S608
        self.duck.unregister("chunk held")


def _array(values: Sequence[Any]) -> Any:
    if values and all(type(value) is int for value in values):
        return np.array(values, dtype="int64")
    return np.array(values, dtype=object)


@contextmanager
def open_workspace() -> Iterator[Workspace]:
    """Open an empty workspace; it is gone at the end, whatever happens."""
    home = settings.IDIC_HOME / "tmp"
    home.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="import-", dir=home))
    try:
        with connect(memory_limit=_MEMORY) as duck:
            yield Workspace(duck, folder)
    except duckdb.IOException as error:
        if "No space left" in str(error):
            raise ImportProblem("disk_full", disk_full()) from error
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def disk_full() -> str:
    """Say that nothing fits any more."""
    return _(
        "The disk is full. Nothing was imported. Free some space, then start the import again."
    )


def load(
    workspace: Workspace, path: Path, shape: FileShape, *, progress: Progress | None = None
) -> int:
    """Read the file into `raw` and give its number of rows. Rows are numbered as a spreadsheet
    numbers them, so that a person finds a rejected one. Rows with too many cells go to `misread`.
    """
    workspace.headers = shape.headers
    columns = _columns(shape)
    typed = ", ".join(f"{name} VARCHAR" for name in columns)
    workspace.run(f"CREATE TABLE {RAW} (row_number BIGINT, {typed})")
    workspace.run("CREATE TABLE misread (row_number BIGINT, reason VARCHAR, cells VARCHAR)")
    if shape.format == "parquet":
        _load_parquet(workspace, path, shape)
    elif shape.format == "xlsx":
        rows = spreadsheet.read_rows(path, sheet=shape.sheet)
        _load_rows(workspace, enumerate(rows, start=1), shape, progress)
    elif shape.format == "vcard":
        cards = vcard.read_rows(path, encoding=shape.encoding)
        _load_rows(workspace, enumerate(cards, start=1), shape, progress)
    elif not _load_csv_fast(workspace, path, shape):
        _load_csv_carefully(workspace, path, shape, progress)
    count = int(workspace.value(f"SELECT count(*) FROM {RAW}"))  # noqa: S608
    if count == 0:
        raise ImportProblem("no_rows", no_rows())
    return count


def no_rows() -> str:
    """Say that there is nothing below the headings."""
    return _("The file has headings but no rows below them. Export it again with its rows.")


def _columns(shape: FileShape) -> list[str]:
    return [f"c{place}" for place in range(len(shape.headers))]


def _load_parquet(workspace: Workspace, path: Path, shape: FileShape) -> None:
    found = parquet.describe(workspace.duck, path)
    cells = ", ".join(parquet.text_cell(name, kind) for name, kind in found)
    try:
        workspace.run(
            f"INSERT INTO {RAW} SELECT file_row_number + 2, {cells} "  # noqa: S608 - names, quoted
            "FROM read_parquet(?, file_row_number = true)",
            [glob.escape(str(path))],
        )
    except duckdb.Error as error:
        raise parquet.unreadable() from error


def _load_csv_fast(workspace: Workspace, path: Path, shape: FileShape) -> bool:
    """Let DuckDB read an even file. False, with nothing kept, when any row is out of line."""
    if shape.header_row > 1:
        return False
    ready = path if shape.encoding in _READY else _transcode(workspace, path, shape.encoding)
    if _needs_care(ready):
        return False
    columns = _columns(shape)
    kinds = ", ".join(f"'{name}': 'VARCHAR'" for name in columns)
    try:
        workspace.run(
            f"INSERT INTO {RAW} SELECT row_number() OVER () + ?, {', '.join(columns)} "  # noqa: S608
            "FROM read_csv(?, auto_detect = false, header = ?, delim = ?, quote = '\"', "
            f"escape = '\"', columns = {{{kinds}}}, nullstr = '', max_line_size = 4000000, "
            "strict_mode = true)",
            [shape.header_row, glob.escape(str(ready)), shape.header_row == 1, shape.delimiter],
        )
    except duckdb.Error as error:
        if "No space left" in str(error):
            raise ImportProblem("disk_full", disk_full()) from error
        return False
    return True


def _needs_care(path: Path) -> bool:
    """Tell whether rows have to be read one by one: DuckDB skips empty lines without counting them,
    and no database of ours holds a NUL.
    """
    tail = b""
    with path.open("rb") as file:
        while chunk := file.read(_TRANSCODE_CHARACTERS):
            window = tail + chunk
            at = window.replace(b"\r", b"").find(b"\n\n")
            if at >= 0 or b"\x00" in chunk:
                return True
            tail = window[-2:]
    return False


def _transcode(workspace: Workspace, path: Path, encoding: str) -> Path:
    target = workspace.folder / "utf8.csv"
    try:
        with (
            path.open(encoding=encoding, errors="replace", newline="") as source,
            target.open("w", encoding="utf-8", newline="") as written,
        ):
            while text := source.read(_TRANSCODE_CHARACTERS):
                written.write(text)
    except OSError as error:
        raise ImportProblem("disk_full", disk_full()) from error
    return target


def _load_csv_carefully(
    workspace: Workspace, path: Path, shape: FileShape, progress: Progress | None
) -> None:
    with path.open(encoding=shape.encoding, errors="replace", newline="") as file:
        rows = UnevenRows(file, shape.delimiter, len(shape.headers), shape.header_row)
        _load_rows(workspace, rows, shape, progress)
    workspace.insert("misread", _MISREAD, ((n, why, text[:2000]) for n, why, text in rows.misread))


def _load_rows(
    workspace: Workspace,
    rows: Iterable[tuple[int, list[str]]],
    shape: FileShape,
    progress: Progress | None,
) -> None:
    width = len(shape.headers)
    misread: list[tuple[int, str, str]] = []

    def even() -> Iterator[list[Any]]:
        for number, row in rows:
            if number <= shape.header_row or not any(cell.strip() for cell in row):
                continue
            if len(row) > width and any(cell.strip() for cell in row[width:]):
                misread.append((number, TOO_MANY, shape.delimiter.join(row)[:2000]))
                continue
            if progress is not None and number % _CHUNK_ROWS == 0:
                progress(number)
            cells: list[Any] = [cell or None for cell in row[:width]]
            yield [number, *cells, *([None] * (width - len(cells)))]

    workspace.insert(RAW, ["row_number", *_columns(shape)], even())
    workspace.insert("misread", _MISREAD, misread)

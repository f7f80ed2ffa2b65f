"""Reads the lake: an in-memory DuckDB with one view for each declared data set, over the files
that were live at the moment of opening. It sees nothing else of the machine and writes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
from django.conf import settings

from idic.engine.table import ArrowStream, Source, Table, add_table, connect
from idic.lake.datasets import Dataset, list_datasets
from idic.lake.models import LakeFile
from idic.lake.selectors import list_live_files


class Reader:
    """SQL over one moment of the lake. Data sets are tables of their own names."""

    def __init__(self, duck: duckdb.DuckDBPyConnection) -> None:
        self._duck = duck

    def add(self, *, name: str, table: Source) -> None:
        """Let SQL read a table of the caller's, such as rows of the system of record, as `name`."""
        add_table(self._duck, name=name, table=Table.read(table))

    def define(self, *, name: str, sql: str, is_kept: bool = False) -> None:
        """Let SQL read a SELECT of the caller's as `name`; `is_kept` computes it once, here."""
        self._check(sql)
        kind = "TABLE" if is_kept else "VIEW"
        quoted = name.replace('"', '""')
        self._duck.execute(f'CREATE TEMP {kind} "{quoted}" AS {sql}')

    def query(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> Table:
        """Run one statement and give its rows; values go in as `?` or `$name` parameters."""
        return Table.read(self._relation(sql, parameters))

    def stream(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> ArrowStream:
        """Run one statement and hand its rows out as an Arrow stream, for results too large to
        hold. Read it before the reader closes.
        """
        return self._relation(sql, parameters)

    def _relation(
        self, sql: str, parameters: Sequence[Any] | Mapping[str, Any]
    ) -> duckdb.DuckDBPyRelation:
        self._check(sql)
        return self._duck.sql(sql, params=parameters or None)

    def _check(self, sql: str) -> None:
        kinds = [statement.type for statement in self._duck.extract_statements(sql)]
        if kinds != [duckdb.StatementType.SELECT]:  # COPY would write beside the segments
            raise ValueError("a reader takes one SELECT")


@contextmanager
def open_reader(*, threads: int = 2, memory_limit: str = "1GB") -> Iterator[Reader]:
    """Open the lake as it is now; later writes stay unseen until the next reader."""
    files: dict[str, list[LakeFile]] = defaultdict(list)
    for file in list_live_files():
        files[file.dataset].append(file)
    folder = Path(settings.IDIC_LAKE)
    with connect(threads=threads, memory_limit=memory_limit) as duck:
        duck.execute(f"SET allowed_directories = [{_text(str(folder))}]")
        duck.execute("SET enable_external_access = false")
        for dataset in list_datasets():
            make_view(duck, dataset=dataset, files=files[dataset.name], folder=folder)
        duck.execute("SET lock_configuration = true")
        yield Reader(duck)


def make_view(
    duck: duckdb.DuckDBPyConnection, *, dataset: Dataset, files: Sequence[LakeFile], folder: Path
) -> None:
    """Make the data set readable on this connection: its declared columns over these files.

    Names and types come from declarations, paths from the manifest: nothing a user typed.
    """
    typed = ", ".join(f'CAST(NULL AS {kind}) AS "{name}"' for name, kind in dataset.columns.items())
    select = f"SELECT {typed} WHERE false"
    if files:
        paths = ", ".join(_text(str(folder / file.path)) for file in files)
        # Files older than the newest column need the empty rows beside them to have it at all.
        is_even = all(file.schema_version == dataset.schema_version for file in files)
        source = f"read_parquet([{paths}], union_by_name = {not is_even})"
        select = (
            "SELECT {} FROM {}".format(", ".join(f'"{name}"' for name in dataset.columns), source)  # noqa: S608
            if is_even
            else f"{select} UNION ALL BY NAME SELECT * FROM {source}"  # noqa: S608
        )
    duck.execute(f'CREATE TEMP VIEW "{dataset.name}" AS {select}')


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"

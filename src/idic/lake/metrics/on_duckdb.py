"""Runs the metrics on DuckDB, on this machine, within a limit of memory: it spills to disk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from idic.engine.rfm import RfmCuts
from idic.engine.table import connect
from idic.lake.metrics.computing import compute

_TYPES = {"int64": "BIGINT", "float64": "DOUBLE", "date": "DATE", "string": "VARCHAR"}


def run(
    *,
    orders: Sequence[str],
    events: Sequence[str],
    out: Path,
    as_of: dt.date,
    bins: int = 5,
    threads: int = 2,
    memory_limit: str = "4GB",
) -> RfmCuts:
    """Read Parquet files (or patterns) of orders and events, write one Parquet file `out`."""
    with connect(threads=threads, memory_limit=memory_limit) as duck:
        # The order of rows is said where it counts; keeping it everywhere else costs memory.
        duck.execute("SET preserve_insertion_order = false")
        duck.read_parquet(list(orders)).create_view("orders")
        duck.read_parquet(list(events)).create_view("events")
        return compute(_DuckDb(duck), as_of=as_of, out=out, bins=bins)


class _DuckDb:
    dialect = "duckdb"

    def __init__(self, duck: duckdb.DuckDBPyConnection) -> None:
        self._duck = duck

    def keep(self, *, name: str, sql: str, schema: Mapping[str, str]) -> None:
        # Sums of whole numbers are HUGEINT here: the declared types bring them back.
        columns = ", ".join(f'"{column}" {_TYPES[kind]}' for column, kind in schema.items())
        self._duck.execute(f'CREATE TEMP TABLE "{name}" ({columns})')
        self._duck.execute(f'INSERT INTO "{name}" {sql}')

    def fetch(self, *, sql: str) -> tuple[int, ...]:
        rows: list[tuple[int, ...]] = self._duck.execute(sql).fetchall()
        return rows[0]

    def write(self, *, sql: str, out: Path) -> None:
        self._duck.sql(sql).write_parquet(str(out), compression="zstd")

"""The aggregates and scores: on DuckDB against plain Python and the engine's own RFM, on a Spark
cluster (`make test-spark`) against DuckDB, to the row. Skipped without the `spark` extra.
"""

from __future__ import annotations

import datetime as dt
import os
import random
from pathlib import Path
from typing import Any

import duckdb
import pytest

from idic.engine import orders as engine_orders
from idic.engine import rfm as engine_rfm
from idic.engine.rfm import RfmCuts
from idic.engine.table import Table
from tests.lake.metrics import brute_force

pytest.importorskip("ibis", reason="the spark extra is not installed: make test-spark")

AS_OF = dt.date(2024, 2, 29)
MASTER = os.environ.get("IDIC_SPARK_MASTER", "")
_KINDS = ["page", "Page", "Product Viewed", "product_viewed", "cart", "Product Added", "查看", None]


def _make_orders(count: int, *, people: int) -> list[brute_force.Order]:
    """Make orders full of what goes wrong: ties, returns, zeros, gaps, days after the last."""
    dice = random.Random(7)
    found: list[brute_force.Order] = []
    for _ in range(count):
        who = (1 << 62) + dice.randrange(people) if dice.random() > 0.02 else None
        day = AS_OF - dt.timedelta(days=dice.choice([0, 1, 29, 30, 31, 89, 90, 364, 365, 366]))
        if dice.random() < 0.5:
            day = AS_OF - dt.timedelta(days=dice.randrange(-20, 900))
        amount = dice.choice([0, 1, 500, 500, 99_999, -500, dice.randrange(1, 10**10)])
        found.append((who, day, amount, dice.choice([amount < 0, amount < 0, None])))
    # Somebody who only ever brought something back, and rows that say too little.
    found += [(5, AS_OF, -100, True), (6, None, 100, False), (6, AS_OF, None, False)]
    return found


def _make_events(count: int, *, people: int) -> list[brute_force.Event]:
    dice = random.Random(8)
    found: list[brute_force.Event] = []
    for _ in range(count):
        # Some look and never buy, some buy and never look.
        who = (1 << 62) + people // 3 + dice.randrange(people) if dice.random() > 0.02 else None
        day = AS_OF - dt.timedelta(days=dice.choice([0, 29, 30, 89, 90, dice.randrange(-9, 500)]))
        found.append((who, day, dice.choice(_KINDS)))
    return found


def _write(path: Path, rows: list[Any], columns: dict[str, str]) -> list[str]:
    with duckdb.connect() as duck:
        names = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        duck.execute(f"CREATE TABLE t ({names})")
        if rows:
            duck.executemany(f"INSERT INTO t VALUES ({', '.join('?' * len(columns))})", rows)
        duck.execute(f"COPY t TO '{path}'")
    return [str(path)]


def _write_both(
    folder: Path, orders: list[brute_force.Order], events: list[brute_force.Event]
) -> dict[str, list[str]]:
    order = {"customer_id": "BIGINT", "ordered_on": "DATE", "net_amount": "BIGINT"}
    event = {"customer_id": "BIGINT", "happened_on": "DATE", "kind": "VARCHAR"}
    return {
        "orders": _write(folder / "o.parquet", orders, {**order, "is_return": "BOOLEAN"}),
        "events": _write(folder / "e.parquet", events, event),
    }


def _read(path: Path) -> list[tuple[Any, ...]]:
    pattern = str(path / "*.parquet") if path.is_dir() else str(path)
    return duckdb.read_parquet(pattern).order("customer_id").fetchall()


def test_aggregates_are_those_that_plain_python_counts(tmp_path: Path) -> None:
    from idic.lake.metrics import behaviour, on_duckdb, rfm

    orders, events = _make_orders(1500, people=60), _make_events(2500, people=60)
    paths = _write_both(tmp_path, orders, events)
    on_duckdb.run(**paths, out=tmp_path / "out.parquet", as_of=AS_OF)

    made = duckdb.read_parquet(str(tmp_path / "out.parquet"))
    rows = [row[: 1 + len(behaviour.AGGREGATES)] for row in _read(tmp_path / "out.parquet")]
    assert len(behaviour.AGGREGATES) == 22
    assert made.columns == ["customer_id", *behaviour.AGGREGATES, *rfm.SCORES]
    assert rows == brute_force.summarize(orders, events, as_of=AS_OF)
    assert len(rows) == 81  # 60 who buy and 20 more who only look; one with nothing but a return


@pytest.mark.parametrize("bins", [2, 5, 9])
def test_cuts_and_scores_are_those_of_the_engine(tmp_path: Path, bins: int) -> None:
    from idic.lake.metrics import on_duckdb

    orders = _make_orders(600, people=97)
    paths = _write_both(tmp_path, orders, [])
    cuts = on_duckdb.run(**paths, out=tmp_path / "out.parquet", as_of=AS_OF, bins=bins)

    columns = {"customer_id": int, "ordered_on": dt.date, "net_amount": int}
    table = Table.from_rows([row[:3] for row in orders], columns=columns)
    summary = engine_orders.summarize(table, as_of=AS_OF)
    assert cuts == engine_rfm.fit(summary, bins=bins)
    assert [(row[0], *row[-4:]) for row in _read(tmp_path / "out.parquet")] == engine_rfm.predict(
        cuts, summary
    ).rows()


def test_without_a_row_there_is_an_empty_file_and_every_cut_is_zero(tmp_path: Path) -> None:
    from idic.lake.metrics import on_duckdb

    cuts = on_duckdb.run(**_write_both(tmp_path, [], []), out=tmp_path / "out.parquet", as_of=AS_OF)

    assert cuts == RfmCuts(bins=5, recency_days=(0,) * 4, order_count=(0,) * 4, net_amount=(0,) * 4)
    assert _read(tmp_path / "out.parquet") == []


@pytest.mark.skipif(not MASTER, reason="no Spark master: make test-spark")
def test_spark_agrees_with_duckdb_on_rows_full_of_traps(tmp_path: Path) -> None:
    from idic.lake.metrics import on_duckdb, on_spark

    orders, events = _make_orders(1500, people=60), _make_events(2500, people=60)
    paths = _write_both(tmp_path, orders, events)
    here = on_duckdb.run(**paths, out=tmp_path / "here.parquet", as_of=AS_OF)
    there = on_spark.run(
        **paths, out=tmp_path / "there.parquet", as_of=AS_OF, master=MASTER, options=_OPTIONS
    )

    assert there == here
    assert _read(tmp_path / "there.parquet") == _read(tmp_path / "here.parquet")


@pytest.mark.skipif(not MASTER, reason="no Spark master: make test-spark")
def test_spark_agrees_with_duckdb_on_a_million_events(tmp_path: Path) -> None:
    from benchmarks import behaviour
    from idic.lake.metrics import on_duckdb, on_spark

    behaviour.make(tmp_path, customers=20_000, orders=200_000, events=1_000_000)
    paths = {name: [str(tmp_path / f"{name}.parquet")] for name in ("orders", "events")}
    last = behaviour.LAST_DAY
    here = on_duckdb.run(**paths, out=tmp_path / "duckdb.parquet", as_of=last)
    there = on_spark.run(
        **paths, out=tmp_path / "spark.parquet", as_of=last, master=MASTER, options=_OPTIONS
    )

    assert there == here
    assert len(_read(tmp_path / "duckdb.parquet")) > 19_000
    assert behaviour.count_differences(tmp_path) == 0


_OPTIONS = {
    "spark.executor.memory": "768m",
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "4",
}

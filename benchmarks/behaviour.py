"""22 behavioural aggregates and RFM over 10 million orders and 50 million events of a million
customers: on DuckDB, and with `--spark` on a real Spark master with two workers, row by row.

Orders and events are made from a seed with DuckDB, in order of day as the lake keeps them; a visit
is five events on one day on average, one purchase in twenty comes back. The making does not count.

    python benchmarks/behaviour.py [--customers N] [--orders N] [--events N] [--runs N] [--spark]

Needs the `spark` extra (`make test-spark` installs it); `--spark` needs Java 17 too. Each run is a
process of its own; the clock of Spark's holds the start of its driver and executors.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from tools.spark import FOLDER, cluster  # noqa: E402

# Before the rest: another package may have brought an older parsy than Ibis asks for.
sys.path.insert(0, str(FOLDER))

FIRST_DAY, LAST_DAY = dt.date(2021, 1, 1), dt.date(2023, 12, 31)
_SPAN = (LAST_DAY - FIRST_DAY).days + 1
# Whose: the square lets few customers buy and look often. `h` spreads a number evenly.
_SQL = """
CREATE MACRO h(x, salt) AS (hash(x * 1000003 + salt) % 1000000007) / 1000000007.0;
CREATE MACRO whose(x, salt, customers) AS
    CAST(floor(pow(h(x, salt), 2) * customers) AS BIGINT) * 4194304 + 1700000000000000;
COPY (
    SELECT whose(i, 1, {customers}) AS customer_id, i AS order_id,
        DATE '{first}' + CAST(i * {span} // {orders} AS INTEGER) AS ordered_on,
        h(i, 2) < 0.05 AS is_return,
        CAST((CASE WHEN h(i, 2) < 0.05 THEN -1 ELSE 1 END)
            * (1000 + 50000 * pow(h(i, 3), 4)) AS BIGINT) AS net_amount
    FROM range({orders}) t(i)
) TO '{folder}/orders.parquet';
COPY (
    SELECT whose(day * 100000007 + visit, 4, {customers}) AS customer_id,
        DATE '{first}' + CAST(day AS INTEGER) AS happened_on,
        (['page', 'page', 'page', 'Product Viewed', 'Product Viewed', 'Product Added',
          'search', 'email_opened'])[1 + CAST(floor(h(i, 6) * 8) AS INTEGER)] AS kind
    FROM (
        SELECT i, i * {span} // {events} AS day,
            CAST(floor(h(i, 5) * greatest({events} // {span} // 5, 1)) AS BIGINT) AS visit
        FROM range({events}) t(i)
    )
) TO '{folder}/events.parquet';
"""


def make(folder: Path, *, customers: int, orders: int, events: int) -> None:
    """Write orders.parquet and events.parquet."""
    with duckdb.connect(config={"threads": 2, "memory_limit": "2GB"}) as duck:
        duck.execute(
            _SQL.format(
                folder=folder,
                customers=customers,
                orders=orders,
                events=events,
                first=FIRST_DAY,
                span=_SPAN,
            )
        )


def run_duckdb(folder: Path) -> dict[str, Any]:
    """Compute on DuckDB in this process."""
    from idic.lake.metrics import on_duckdb

    clock, cpu = time.perf_counter(), time.process_time()
    cuts = on_duckdb.run(**_paths(folder), out=folder / "duckdb.parquet", as_of=LAST_DAY)
    return {
        "clock": time.perf_counter() - clock,
        "cpu": time.process_time() - cpu,
        "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "cuts": cuts.to_json(),
    }


def run_spark(folder: Path, *, master: str, memory: str) -> dict[str, Any]:
    """Compute on that Spark; the driver's start counts apart."""
    from idic.lake.metrics import on_spark

    clock = time.perf_counter()
    cuts = on_spark.run(
        **_paths(folder),
        out=folder / "spark.parquet",
        as_of=LAST_DAY,
        master=master,
        options={
            "spark.executor.memory": memory,
            "spark.ui.enabled": "false",
            # 200 by default, which is for more cores than two.
            "spark.sql.shuffle.partitions": "16",
        },
    )
    return {"clock": time.perf_counter() - clock, "cuts": cuts.to_json()}


def count_differences(folder: Path) -> int:
    """Count the rows that stand on one side only."""
    ours, theirs = f"'{folder}/duckdb.parquet'", f"'{folder}/spark.parquet/*.parquet'"
    found = duckdb.sql(
        f"SELECT (SELECT count(*) FROM (FROM {ours} EXCEPT ALL FROM {theirs}))"
        f" + (SELECT count(*) FROM (FROM {theirs} EXCEPT ALL FROM {ours}))"
    ).fetchall()
    return int(found[0][0])


def _paths(folder: Path) -> dict[str, Any]:
    return {name: [str(folder / f"{name}.parquet")] for name in ("orders", "events")}


def measure(side: str, folder: Path, *more: str) -> dict[str, Any]:
    """Run one side once in a fresh process."""
    command = [sys.executable, __file__, "--side", side, "--folder", str(folder), *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{side} failed: {done.stderr.strip()[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Make the facts, run DuckDB and, if asked, Spark, and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--orders", type=int, default=10_000_000)
    parser.add_argument("--events", type=int, default=50_000_000)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--spark", action="store_true")
    parser.add_argument("--worker-memory", default="2g")
    parser.add_argument("--side", choices=["duckdb", "spark"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--master", default="", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side == "duckdb":
        print(json.dumps(run_duckdb(given.folder)))
    elif given.side == "spark":
        found = run_spark(given.folder, master=given.master, memory=given.worker_memory)
        print(json.dumps(found))
    elif find_spec("ibis") is None:
        print(json.dumps({"name": "behaviour", "figure": None, "skipped": "no spark extra"}))
    else:
        compare(given)


def compare(given: argparse.Namespace) -> None:
    """Run the sides asked for over one made set and print the figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        started = time.perf_counter()
        make(folder, customers=given.customers, orders=given.orders, events=given.events)
        print(f"made in {time.perf_counter() - started:.0f} s", flush=True)
        runs = []
        for number in range(given.runs):
            runs.append(measure("duckdb", folder))
            print(f"run {number + 1}: {runs[-1]}", flush=True)
        result = {
            "name": "behaviour",
            "figure": round(statistics.median(run["clock"] for run in runs), 1),
            "unit": "s",
            "cpu": round(statistics.median(run["cpu"] for run in runs), 1),
            "mb": max(run["mb"] for run in runs),
            "rows": given.orders + given.events,
            "runs": given.runs,
        }
        if given.spark:
            with cluster(memory=given.worker_memory) as master:
                more = ["--master", master, "--worker-memory", given.worker_memory]
                spark = measure("spark", folder, *more)
            print(f"spark: {spark}", flush=True)
            result |= {
                "peer": "Spark, a master and two workers",
                "peer_figure": round(spark["clock"], 1),
                "ratio": round(spark["clock"] / result["figure"], 2),
                "differing_rows": count_differences(folder),
                "same_cuts": spark["cuts"] == runs[-1]["cuts"],
            }
    print(json.dumps(result))


if __name__ == "__main__":
    main()

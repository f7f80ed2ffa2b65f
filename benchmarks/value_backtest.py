"""The automatic backtest on any table of orders: every candidate, the naive ones, and the choice.

    python benchmarks/value_backtest.py --orders FILE.parquet --customer COL --at COL --amount COL
        [--origins N] [--horizon DAYS] [--calendar vi|zh]

`--amount` may be any SQL expression over the columns (quantity * unit_price). Rows of one customer
on one day are one purchase; rows without a customer, a day or an amount are left out. Ids may be
of any type, moments with or without a zone, amounts negative (returns).

A tree of rolling origins: each forecasts `--horizon` days from what was known, hidden days after
it; how the method is chosen is written at `idic.engine.replay.choice.choose`. The horizon, when not
given, is the longest of 365, 180, 90, 60, 30, 14 and 7 days that leaves four tries.

The last line is the JSON: the chosen method with `rmse` (of the expected amount), `mae` (of the
median), `spearman`, `gini`, `top10`, `total_error`, `coverage80` (randomised PIT), and the same for
every candidate and naive baseline; `unseen` is the method that the rule takes without the latest
origin, and how it did there.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from idic.engine import replay
from idic.engine.replay import MethodScore, ReplayReport
from idic.engine.table import Table

HORIZONS = (365, 180, 90, 60, 30, 14, 7)
_TRIES = 5


def read(file: Path, *, customer: str, at: str, amount: str) -> Table:
    """Read the orders: whole ids in the order of the names, days, hundredths."""
    suffix = file.suffix.lower()
    reader = "read_csv" if suffix in (".csv", ".tsv", ".gz") else "read_parquet"
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET python_enable_replacements = false")
        columns = {
            row[0]
            for row in connection.execute(
                f"DESCRIBE SELECT * FROM {reader}(?)",
                [str(file)],
            ).fetchall()
        }
        name, when, paid = (
            '"' + cell.replace('"', '""') + '"' if cell in columns else f"({cell})"
            for cell in (customer, at, amount)
        )
        held = connection.execute(
            # The three are the caller's own columns or expressions, on the caller's own file.
            f"""WITH plain AS (
                    SELECT CAST({name} AS VARCHAR) AS who, CAST({when} AS DATE) AS day,
                           CAST({paid} AS DOUBLE) AS paid
                    FROM {reader}(?))
                SELECT dense_rank() OVER (ORDER BY who) AS customer_id, day,
                       sum(paid) AS paid
                FROM plain
                WHERE who IS NOT NULL AND day IS NOT NULL AND isfinite(paid)
                GROUP BY who, day ORDER BY customer_id, day""",
            [str(file)],
        ).fetchnumpy()
    cents = np.asarray(held["paid"], dtype=np.float64)
    return Table(
        {
            "customer_id": np.asarray(held["customer_id"]).astype(np.int64),
            "ordered_on": np.asarray(held["day"]).astype("datetime64[D]"),
            "net_amount": np.rint(np.clip(cents * 100, -1e15, 1e15)).astype(np.int64),
        }
    )


def horizon_of(orders: Table, *, as_of: dt.date) -> int:
    """Choose the longest horizon that leaves several tries."""
    days = orders["ordered_on"]
    history = (np.datetime64(as_of, "D") - days.min()).astype(int) + 1 if len(days) else 0
    return next((days for days in HORIZONS if history >= _TRIES * days), HORIZONS[-1])


def figures(score: MethodScore) -> dict[str, Any]:
    """Name a method's figures as the benchmark does, amounts in whole units."""
    return {
        "rmse": _round(score.rmse_amount / 100),
        "mae": _round(score.mae_amount / 100),
        "mae_of_mean": _round((score.point_mae_amount or 0.0) / 100),
        "spearman": _round(score.rank_correlation),
        "gini": _round(score.gini),
        "top10": _round(score.top_tenth_capture_rate),
        "total_error": _round(score.total_error_rate),
        "total_miss": _round(score.total_miss_rate),
        "coverage80": _round(score.interval_coverage_rate),
        "total_coverage80": _round(score.total_coverage_rate),
        "is_naive": score.is_naive,
    }


def _round(number: float | None) -> float | None:
    return None if number is None else float(f"{number:.6g}")


def result(report: ReplayReport) -> dict[str, Any]:
    """Put the last line together."""
    base = {
        "name": "value_backtest",
        "chosen": report.chosen_method,
        "horizon_days": report.holdout_days,
        "origins": [str(day) for day in report.origins],
        "customers": report.customer_count,
    }
    if report.chosen is None:
        # Nothing could be tried: the product then uses its prior, and says so.
        return {**base, "chosen": "shared_rate", "reason": report.reason_code, "candidates": {}}
    unseen = report.unseen_score
    return {
        **base,
        **figures(report.chosen),
        "best": report.best_method,
        "candidates": {score.method: figures(score) for score in report.scores},
        "naive": [score.method for score in report.scores if score.is_naive],
        "rfm": {
            "gini": _round(report.rfm_gini),
            "top10": _round(report.rfm_top_tenth_capture_rate),
        },
        "totals": [
            {
                "origin": str(one.origin),
                "expected": one.expected_amount / 100,
                "low": one.low_amount / 100,
                "high": one.high_amount / 100,
                "actual": one.actual_amount / 100,
            }
            for one in report.totals
        ],
        "unseen": {"method": unseen.method, **figures(unseen)} if unseen else None,
    }


def main() -> None:
    """Read the table, run the backtest, print a line a method and the JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=Path, required=True)
    parser.add_argument("--customer", required=True)
    parser.add_argument("--at", required=True)
    parser.add_argument("--amount", required=True)
    parser.add_argument("--origins", type=int, default=3)
    parser.add_argument("--horizon", type=int)
    parser.add_argument("--calendar", choices=["", "vi", "zh"], default="")
    given = parser.parse_args()
    if not given.orders.exists():
        sys.exit(f"{given.orders} is not there; name the file with --orders")
    orders = read(given.orders, customer=given.customer, at=given.at, amount=given.amount)
    days = orders["ordered_on"]
    as_of = days.max().item() if len(days) else dt.date(2000, 1, 1)
    started = time.process_time()
    report = replay.replay(
        orders,
        as_of=as_of,
        holdout_days=given.horizon or horizon_of(orders, as_of=as_of),
        most_origins=max(given.origins, 1),
        calendar=given.calendar,
    )
    spent = time.process_time() - started
    found = {**result(report), "cpu_seconds": round(spent, 2)}
    for method, one in found["candidates"].items():
        mark = "*" if method == report.chosen_method else " "
        print(
            f"{mark} {method:<20} rmse {one['rmse']:<10} mae {one['mae']:<10} "
            f"total {one['total_error']} top10 {one['top10']} coverage {one['coverage80']}"
        )
    print(json.dumps(found))


if __name__ == "__main__":
    main()

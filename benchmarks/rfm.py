"""RFM of 7 million orders by 1 million customers, against lifetimes' summary of the same orders.

Ours: one row a customer (dates, counts, sums, days), quintile cuts, three scores and the cell. The
peer: `lifetimes.utils.summary_data_from_transaction_data` with money, which is our first step
only. Both start from the same arrays in memory, in a process of their own; imports and the making
of the orders do not count. The figure is CPU seconds of all threads, the median over the runs.

    python benchmarks/rfm.py [--customers N] [--orders N] [--runs N] [--peer-python PATH]

`lifetimes` is in the `bench` extra; `--peer-python` names the interpreter that has it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

SEED = 20_240_101
FIRST_DAY = np.datetime64("2021-01-01")
LAST_DAY = np.datetime64("2023-12-31")


def make_orders(path: Path, *, customers: int, orders: int) -> None:
    """Write seeded orders in order of day: everyone buys once, a few buy very often."""
    random = np.random.default_rng(SEED)
    again = (customers * random.random(orders - customers) ** 1.5).astype(np.int64)
    span = int((LAST_DAY - FIRST_DAY).astype(int)) + 1
    day = np.sort(random.integers(0, span, orders))
    who = random.permutation(np.concatenate([np.arange(customers), again]))
    # Ids as ours are: milliseconds before a counter of 22 bits, over the three years.
    made_at = np.sort(random.integers(0, span * 86_400_000, customers))
    ids = (made_at << 22) + random.integers(0, 2**21, customers)
    paid = random.gamma(2.0, 2000.0, orders).astype(np.int64) + 1
    np.savez(path, customer_id=ids[who], day=day, net_amount=paid)


def run_ours(path: Path) -> dict[str, Any]:
    """Summarize, cut and score; return the CPU time and what must agree with the peer."""
    from idic.engine import orders, rfm

    held = np.load(path)
    table = {
        "customer_id": held["customer_id"],
        "ordered_on": FIRST_DAY + held["day"],
        "net_amount": held["net_amount"],
    }
    started = time.process_time()
    summary = orders.summarize(table, as_of=dt.date(2023, 12, 31))
    scores = rfm.predict(rfm.fit(summary), summary)
    spent = time.process_time() - started
    assert len(scores) == len(summary)
    columns = ("repeat_count", "age_at_last_purchase_days", "customer_age_days")
    return {"cpu": spent, "agree": [len(summary), *(int(summary[c].sum()) for c in columns)]}


def run_peer(path: Path) -> dict[str, Any]:
    """Summarize with lifetimes; return the CPU time and what must agree with ours."""
    pd: Any = importlib.import_module("pandas")
    lifetimes: Any = importlib.import_module("lifetimes.utils")
    held = np.load(path)
    frame = pd.DataFrame(
        {
            "customer_id": held["customer_id"],
            "ordered_on": (FIRST_DAY + held["day"]).astype("datetime64[ns]"),
            "net_amount": held["net_amount"],
        }
    )
    started = time.process_time()
    summary = lifetimes.summary_data_from_transaction_data(
        frame,
        "customer_id",
        "ordered_on",
        monetary_value_col="net_amount",
        observation_period_end=pd.Timestamp(2023, 12, 31),
        freq="D",
    )
    spent = time.process_time() - started
    columns = ("frequency", "recency", "T")
    return {"cpu": spent, "agree": [len(summary), *(int(summary[c].sum()) for c in columns)]}


def measure(python: str, side: str, path: Path) -> dict[str, Any]:
    """Run one side once in a fresh process."""
    command = [python, __file__, "--side", side, "--file", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{side} failed: {done.stderr.strip().splitlines()[-1]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Run both sides in turns and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--orders", type=int, default=7_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peer-python", default=sys.executable)
    parser.add_argument("--side", choices=["ours", "peer"], help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side:
        print(json.dumps((run_ours if given.side == "ours" else run_peer)(given.file)))
        return

    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.npz"
        make_orders(path, customers=given.customers, orders=given.orders)
        for run in range(given.runs):
            ours.append(measure(sys.executable, "ours", path))
            theirs.append(measure(given.peer_python, "peer", path))
            print(f"run {run + 1}: ours {ours[-1]['cpu']:.2f} s, peer {theirs[-1]['cpu']:.2f} s")
    if any(found["agree"] != ours[0]["agree"] for found in ours + theirs):
        sys.exit(f"the sums disagree: {ours[0]['agree']} and {theirs[0]['agree']}")
    figure = statistics.median(found["cpu"] for found in ours)
    peer_figure = statistics.median(found["cpu"] for found in theirs)
    result = {
        "name": "rfm",
        "figure": round(figure, 2),
        "unit": "CPU s",
        "peer": "lifetimes summary_data_from_transaction_data",
        "peer_figure": round(peer_figure, 2),
        "ratio": round(peer_figure / figure, 2),
        "rows": given.orders,
        "runs": given.runs,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()

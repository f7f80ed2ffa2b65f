"""Refreshing every customer's summary on UCI Online Retail; RFM and value against lifetimes.

Two figures. `refresh`: orders and lines from the lake → replay of the value methods, RFM, rhythm,
value with intervals, tiers, need groups → 4,372 rows written to SQLite; nobody else does this, so
it has no peer. `refresh_value`: the part of it that lifetimes does, too, from the same purchases in
memory: RFM summary, BG/NBD and Gamma-Gamma fitted and predicted, nothing written.

Each side in a process of its own; imports of modules do not count, nor does bringing the file in.
Figures are CPU seconds of all threads, the median over the runs.

    python benchmarks/refresh.py [--file PATH] [--runs N] [--peer-python PATH]

`lifetimes` is in the `bench` extra; `--peer-python` names the interpreter that has it. Without it
the peer's figure is null.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

_BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"
FILE = Path(os.environ.get("IDIC_TEST_DATA", _BESIDE)) / "uci_online_retail.parquet"
AS_OF = dt.date(2011, 12, 9)


def prepare(file: Path) -> dict[str, Any]:
    """Bring the file in, into the state directory of IDIC_HOME; nothing is measured."""
    _start_django()
    from django.core.management import call_command

    from idic.core import clock
    from idic.core.services.setup import set_up
    from idic.identify.services.flush import flush_to_lake

    call_command("migrate", verbosity=0)
    now = clock.now()
    set_up(language="en", now=now)
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("idic")),
            "import",
            "orders",
            str(file),
            "--as-of",
            str(AS_OF),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"the import failed: {(done.stderr or done.stdout).strip().splitlines()[-1]}")
    flush_to_lake(now=clock.now())
    return {}


def run_ours() -> dict[str, Any]:
    """Refresh all customers; give the CPU time and what was found."""
    _start_django()
    from idic.core import clock
    from idic.differentiate.models import ValueModel
    from idic.differentiate.services.refresh import refresh_all

    ValueModel.objects.all().delete()  # nothing of an earlier run may be used again
    started = time.process_time()
    report = refresh_all(as_of=AS_OF, now=clock.now())
    spent = time.process_time() - started
    return {"cpu": spent, "customers": report.customers, "method": report.method}


def run_value() -> dict[str, Any]:
    """Do what the peer does with our engine; give the CPU time."""
    from idic.engine import rfm, value

    held = np.load(Path(os.environ["IDIC_HOME"]) / "purchases.npz")
    orders = {
        "customer_id": held["customer_id"],
        "ordered_on": held["day"].astype("datetime64[D]"),
        "net_amount": np.rint(held["amount"] * 100).astype(np.int64),
    }
    started = time.process_time()
    summary = value.summarize(orders, as_of=AS_OF, horizon_days=365)
    rfm.predict(rfm.fit(summary), summary)
    known = value.fit(orders, as_of=AS_OF, method="purchase_model", horizon_days=365)
    forecast = value.predict(known, summary, as_of=AS_OF)
    return {"cpu": time.process_time() - started, "customers": len(forecast)}


def _start_django() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "idic.settings"
    import django

    django.setup()


def write_purchases(file: Path, home: str) -> None:
    """Put the purchases where the peer's interpreter, which has no DuckDB, can read them."""
    import duckdb

    held = duckdb.execute(
        "SELECT customer_id, min(invoice_ts) AS day, sum(quantity * unit_price) AS amount "
        "FROM read_parquet(?) WHERE customer_id IS NOT NULL "
        "GROUP BY customer_id, invoice HAVING amount > 0",
        [str(file)],
    ).fetchnumpy()
    names = ("customer_id", "day", "amount")
    np.savez(Path(home) / "purchases.npz", **{name: np.asarray(held[name]) for name in names})


def run_peer() -> dict[str, Any]:
    """Summarize, fit and predict with lifetimes; give the CPU time."""
    pd: Any = importlib.import_module("pandas")
    lifetimes: Any = importlib.import_module("lifetimes")
    summarize: Any = importlib.import_module("lifetimes.utils").summary_data_from_transaction_data
    held = np.load(Path(os.environ["IDIC_HOME"]) / "purchases.npz")
    frame = pd.DataFrame({name: held[name] for name in ("customer_id", "day", "amount")})
    started = time.process_time()
    summary = summarize(
        frame,
        "customer_id",
        "day",
        monetary_value_col="amount",
        observation_period_end=pd.Timestamp(AS_OF),
    )
    purchases = fit(lifetimes.BetaGeoFitter, summary["frequency"], summary["recency"], summary["T"])
    again = summary[(summary["frequency"] > 0) & (summary["monetary_value"] > 0)]
    spend = fit(lifetimes.GammaGammaFitter, again["frequency"], again["monetary_value"])
    spend.customer_lifetime_value(
        purchases,
        summary["frequency"],
        summary["recency"],
        summary["T"],
        summary["monetary_value"],
        time=12,
        freq="D",
    )
    return {"cpu": time.process_time() - started, "customers": len(summary)}


def fit(fitter: Any, *columns: Any) -> Any:
    """Fit with the smallest penalty that converges; on these orders the peer needs one."""
    for penalty in (0.0, 0.001, 0.01, 0.1, 1.0):
        try:
            return fitter(penalizer_coef=penalty).fit(*columns)
        except importlib.import_module("lifetimes.utils").ConvergenceError:
            continue
    raise SystemExit("lifetimes does not converge")


def measure(python: str, side: str, *, file: Path, home: str) -> dict[str, Any] | None:
    """Run one side once in a fresh process; None when it cannot."""
    done = subprocess.run(
        [python, __file__, "--side", side, "--file", str(file)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "IDIC_HOME": home, "DATABASE_URL": ""},
    )
    if done.returncode:
        print(f"{side} failed: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        return None
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Bring the file in once, run both sides in turns, print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", type=Path, default=FILE)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peer-python", default=sys.executable)
    parser.add_argument(
        "--side", choices=["prepare", "ours", "value", "peer"], help=argparse.SUPPRESS
    )
    given = parser.parse_args()
    if given.side:
        sides = {
            "prepare": lambda: prepare(given.file),
            "ours": run_ours,
            "value": run_value,
            "peer": run_peer,
        }
        print(json.dumps(sides[given.side]()))
        return
    if not given.file.exists():
        sys.exit(f"{given.file} is not there; name the file with --file")

    found: dict[str, list[float]] = {"ours": [], "value": [], "peer": []}
    with tempfile.TemporaryDirectory() as home:
        if measure(sys.executable, "prepare", file=given.file, home=home) is None:
            sys.exit(1)
        write_purchases(given.file, home)
        for run in range(given.runs):
            for side, held in found.items():
                python = given.peer_python if side == "peer" else sys.executable
                told = measure(python, side, file=given.file, home=home)
                if told is None and side != "peer":
                    sys.exit(1)
                held += [told["cpu"]] if told else []
            print(f"run {run + 1}: { ({side: held[-1:] for side, held in found.items()}) }")
    report("refresh_value", found["value"], found["peer"], runs=given.runs)
    report("refresh", found["ours"], [], runs=given.runs)


def report(name: str, ours: list[float], theirs: list[float], *, runs: int) -> None:
    """Print one figure's line."""
    figure = statistics.median(ours)
    peer_figure = statistics.median(theirs) if theirs else None
    result = {
        "name": name,
        "figure": round(figure, 3),
        "unit": "CPU s",
        "peer": "lifetimes RFM + BG/NBD + Gamma-Gamma" if name == "refresh_value" else None,
        "peer_figure": round(peer_figure, 3) if peer_figure else None,
        "ratio": round(peer_figure / figure, 2) if peer_figure else None,
        "rows": 541_909,
        "runs": runs,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()

"""Purchase and spend models on a million customers against Lifetimes, on the same data.

Customers are simulated with the published parameters of CDNOW (BG/NBD in days) over two years, the
first purchase of each on any day of them, so that few were seen equally long. Seconds are CPU
seconds of the whole process: reading the summary, fitting, and for `predict` the expected purchases
of a year and the chance to be there for everybody. The last line is JSON.

    python benchmarks/purchase_models.py [--customers 1000000] [--no-peer] [--moments]

With `--moments` purchases have a time of day and no two customers the same history, so that nothing
can be grouped: the worst case, which whole days never are.

The peer is Lifetimes (extra `bench`). Its Pareto/NBD is fitted on `--pareto-peer` customers only:
it would take hours on all of them. PyMC-Marketing is not measured here: 37.8 CPU s for the maximum
of BG/NBD's posterior of a million customers was measured on another day on such a machine.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib
import json
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from idic.engine import clv, purchases, spend
from idic.engine.purchases import PurchaseParameters, bg_nbd, mbg_nbd, pareto_nbd
from idic.engine.table import Table

CDNOW = PurchaseParameters(r=0.243, alpha_days=4.414 * 7, a=0.793, b=2.426)
DAYS = 730
PYMC_CPU_SECONDS = 37.8


def make_summary(customer_count: int, *, seed: int) -> Table:
    """Simulate customers and what they paid, and summarize them as `orders.summarize` does."""
    random = np.random.default_rng(seed)
    age = random.integers(1, DAYS + 1, customer_count)
    bought = purchases.simulate(
        CDNOW, customer_count=customer_count, start=dt.date(2023, 1, 1), days=DAYS, seed=seed
    )
    customer = bought["customer_id"] - 1
    day = np.floor(bought["purchased_after_days"]).astype(np.int64)
    is_seen = day <= age[customer]
    packed = np.unique(customer[is_seen] * 1024 + day[is_seen])
    customer, day = packed >> 10, packed & 1023
    count = np.bincount(customer, minlength=customer_count)
    last = np.zeros(customer_count, dtype=np.int64)
    np.maximum.at(last, customer, day)
    rate = random.gamma(3.74, 1 / 1544, customer_count)
    amount = np.maximum(np.rint(random.gamma(6.25 * count) / rate), 1).astype(np.int64)
    return Table(
        {
            "customer_id": np.arange(customer_count),
            "repeat_count": count - 1,
            "age_at_last_purchase_days": last,
            "customer_age_days": age,
            "purchase_day_count": count,
            "net_amount": amount,
        }
    )


def blur(summary: Table, *, seed: int) -> Table:
    """Return the same with a time of day in every moment."""
    random = np.random.default_rng(seed)
    recency, age = (
        summary.floats(name) for name in ("age_at_last_purchase_days", "customer_age_days")
    )
    has_repeat = summary["repeat_count"] > 0
    later = random.random(len(summary)) / 2
    return summary.with_columns(
        age_at_last_purchase_days=np.where(has_repeat, recency + later, 0.0),
        customer_age_days=age + 0.5 + later,
    )


def timed(act: Callable[[], Any]) -> tuple[Any, float]:
    """Return what an act gives and its CPU seconds."""
    started = time.process_time()
    given = act()
    return given, time.process_time() - started


def measure_ours(summary: Table) -> dict[str, Any]:
    """Fit and forecast with each model."""
    found: dict[str, Any] = {}
    for name, model in (("bg_nbd", bg_nbd), ("mbg_nbd", mbg_nbd), ("pareto_nbd", pareto_nbd)):
        fitted, seconds = timed(lambda model=model: model.fit(summary))  # type: ignore[misc]
        _, predicting = timed(
            lambda fitted=fitted: purchases.predict(fitted, summary, horizon_days=365)  # type: ignore[misc]
        )
        found[name] = {
            "fit": seconds,
            "predict": predicting,
            "log_likelihood": fitted.log_likelihood,
            "converged": fitted.converged,
        }
        if name == "bg_nbd":
            found["parameters"] = [fitted.r, fitted.alpha_days, fitted.a, fitted.b]
            held = fitted
    amounts, seconds = timed(lambda: spend.fit(summary))
    found["gamma_gamma"] = {"fit": seconds, "parameters": [amounts.p, amounts.q]}
    _, found["clv_12_months"] = timed(
        lambda: clv.predict(held, amounts, summary, horizon_days=365, discount_rate=0.1)
    )
    return found


def measure_lifetimes(summary: Table, *, pareto_count: int) -> dict[str, Any]:
    """Fit the same with Lifetimes; empty when it is not installed."""
    try:
        lifetimes: Any = importlib.import_module("lifetimes")
    except ImportError:
        print("Lifetimes is not installed: install the extra `bench`")
        return {}
    x, recency, age = (
        summary.floats(name)
        for name in ("repeat_count", "age_at_last_purchase_days", "customer_age_days")
    )
    warnings.simplefilter("ignore")
    fitter = lifetimes.BetaGeoFitter()
    _, seconds = timed(lambda: fitter.fit(x, recency, age))
    found: dict[str, Any] = {
        "bg_nbd": {"fit": seconds, "parameters": [float(v) for v in fitter.params_]}
    }
    count = summary.floats("purchase_day_count")
    mean = summary.floats("net_amount") / count / 100
    gamma = lifetimes.GammaGammaFitter()
    _, seconds = timed(lambda: gamma.fit(count, mean))
    found["gamma_gamma"] = {"fit": seconds, "parameters": [float(v) for v in gamma.params_[:2]]}
    if pareto_count:
        some = slice(None, None, max(len(summary) // pareto_count, 1))
        pareto = lifetimes.ParetoNBDFitter()
        _, seconds = timed(lambda: pareto.fit(x[some], recency[some], age[some]))
        found["pareto_nbd"] = {"fit": seconds, "customers": len(x[some])}
    return found


def main() -> None:
    """Measure, print each figure, and the result as JSON on the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pareto-peer", type=int, default=2_000)
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--moments", action="store_true")
    given = parser.parse_args()
    # What is loaded once a process is no part of a fit.
    importlib.import_module("scipy.special")
    summary = make_summary(given.customers, seed=given.seed)
    if given.moments:
        summary = blur(summary, seed=given.seed)
    repeats = int(summary["repeat_count"].sum())
    print(f"{len(summary):,} customers, {repeats:,} repeat purchases, {DAYS} days")
    ours = measure_ours(summary)
    for name in ("bg_nbd", "mbg_nbd", "pareto_nbd"):
        print(f"{name}: fit {ours[name]['fit']:.2f}, predict {ours[name]['predict']:.2f} CPU s")
    print(f"gamma_gamma: fit {ours['gamma_gamma']['fit']:.2f} CPU s")
    print(f"12 months of CLV, BG/NBD: {ours['clv_12_months']:.2f} CPU s")
    peer = {} if given.no_peer else measure_lifetimes(summary, pareto_count=given.pareto_peer)
    ratios = {}
    for name in ("bg_nbd", "gamma_gamma"):
        if name in peer:
            ratios[name] = peer[name]["fit"] / ours[name]["fit"]
            print(f"Lifetimes {name}: fit {peer[name]['fit']:.2f} CPU s, ratio {ratios[name]:.1f}")
    if "pareto_nbd" in peer:
        held = peer["pareto_nbd"]
        print(f"Lifetimes pareto_nbd: {held['fit']:.2f} CPU s on {held['customers']:,} customers")
    print(f"PyMC-Marketing bg_nbd, not measured in this run: {PYMC_CPU_SECONDS} CPU s")
    print(
        json.dumps(
            {
                "benchmark": "purchase_models",
                "customers": len(summary),
                "moments": given.moments,
                "ours": ours,
                "lifetimes": peer,
                "ratio": ratios.get("bg_nbd"),
                "ratios": ratios,
                "marks": {"bg_nbd_cpu_seconds": 1.2, "ratio": 13, "pareto_nbd_cpu_seconds": 5},
            }
        )
    )


if __name__ == "__main__":
    main()

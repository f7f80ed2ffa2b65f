"""How many a rule holds for, at a million customers with 2.4 million orders and 4.8 million lines
on SQLite: CPU and clock time (p50, p95) of rules a shop asks, each exact, against the database
alone asked the same. The mark: 500 ms.

    python benchmarks/segment_counts.py

The data is that of `pages.py`, with lines added once.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from benchmarks.pages import CUSTOMERS, RUNS, at, set_up  # noqa: E402

MARK_MS = 500


def orders(operator: str, count: int, **window: Any) -> dict[str, Any]:
    """A rule about the number of orders."""
    return {"type": "orders", "operator": operator, "count": count, "window": window}


def spent(operator: str, amount: int, **window: Any) -> dict[str, Any]:
    """A rule about what was spent."""
    return {"type": "spent", "operator": operator, "amount": amount, "window": window}


def bought(code: str, **window: Any) -> dict[str, Any]:
    """A rule about a product."""
    return {"type": "bought", "by": "code", "value": code, "window": window}


def every(*of: Any) -> dict[str, Any]:
    """All of these."""
    return {"type": "all", "of": list(of)}


def some(*of: Any) -> dict[str, Any]:
    """Any of these."""
    return {"type": "any", "of": list(of)}


def no(of: Any) -> dict[str, Any]:
    """Not this."""
    return {"type": "not", "of": of}


def asked(kind: str, field: str, operator: str, **more: Any) -> dict[str, Any]:
    """A rule about a customer's own row."""
    return {"type": kind, "field": field, "operator": operator, **more}


VIP = asked("choice", "tier", "one_of", values=["vip", "loyal"])
MAIL = asked("choice", "email_reach", "one_of", values=["allowed"])
LEEDS = asked("text", "city", "is", values=["Leeds"])
LATE = {"type": "flag", "field": "is_overdue", "value": True}
QUIET = asked("date", "last_order_date", "more_than_days_ago", days=180)
RULES: Mapping[str, dict[str, Any]] = {
    "2 orders in 90 days": orders("at_least", 2, last_days=90),
    "1 order in 30 days": orders("at_least", 1, last_days=30),
    "1 order in 7 days": orders("at_least", 1, last_days=7),
    "3 orders in a year": orders("at_least", 3, last_days=365),
    "exactly 1 order in a year": orders("exactly", 1, last_days=365),
    "2 orders ever": orders("at_least", 2),
    "no order in 180 days": orders("at_most", 0, last_days=180),
    "orders in a summer": orders("at_least", 1, from_date="2026-06-01", to_date="2026-08-31"),
    "bought ≥ 2 in 90 days, not since": every(
        orders("at_least", 2, from_date="2026-05-01", to_date="2026-07-31"),
        orders("at_most", 0, from_date="2026-08-01"),
    ),
    "VIP with 2 orders in 90 days": every(VIP, orders("at_least", 2, last_days=90)),
    "mail, Leeds, 1 order in 30": every(MAIL, LEEDS, orders("at_least", 1, last_days=30)),
    "late or no order in 90": some(LATE, orders("at_most", 0, last_days=90)),
    "spent 1m in 90 days": spent("at_least", 1_000_000, last_days=90),
    "spent 5m in a year": spent("at_least", 5_000_000, last_days=365),
    "spent at most 200k in a year": spent("at_most", 200_000, last_days=365),
    "spent 1m to 3m in a year": every(
        spent("at_least", 1_000_000, last_days=365), spent("at_most", 3_000_000, last_days=365)
    ),
    "bought the best seller in a year": bought("P0", last_days=365),
    "bought the tenth in 90 days": bought("P9", last_days=90),
    "bought a rare one": bought("P3000"),
    "bought two products": every(bought("P1", last_days=365), bought("P2", last_days=365)),
    "bought one, not the other": every(bought("P0", last_days=365), no(bought("P1"))),
    "VIP, mail, bought the third": every(VIP, MAIL, bought("P2", last_days=180)),
    "mail, not VIP, came 3 times": every(MAIL, no(VIP), orders("at_least", 3, last_days=365)),
    "tier": VIP,
    "quiet for 180 days": QUIET,
    "spent between (own row)": asked("money", "net_amount", "between", value=10**6, to=10**7),
    "quiet, spent, may be mailed": every(
        QUIET, MAIL, asked("money", "net_amount", "at_least", value=1_000_000)
    ),
    "Leeds and late": every(LEEDS, LATE),
    "first order within a year": asked("date", "first_order_date", "last_days", days=365),
    "at risk of leaving": asked("number", "churn_risk", "at_least", value=0.6),
}


def clocked(call: Callable[[], int]) -> tuple[int, list[float], list[float]]:
    """Count once to warm up, then some times; give the count, CPU and clock milliseconds."""
    count, cpu, wall = call(), [], []
    for _ in range(RUNS):
        began = time.perf_counter(), time.process_time()
        call()
        wall.append((time.perf_counter() - began[0]) * 1_000)
        cpu.append((time.process_time() - began[1]) * 1_000)
    return count, cpu, wall


def report(kind: str, own: list[float], peer: list[float], rules: int) -> None:
    """Print the line of JSON."""
    own, peer = sorted(own), sorted(peer)
    line = {
        "name": f"count of a rule, {kind}",
        "figure": round(at(own, 0.95), 1),
        "median": round(at(own, 0.5), 1),
        "unit": f"{kind} ms p95",
        "peer": "the database alone",
        "peer_figure": round(at(peer, 0.95), 1),
        "ratio": round(at(peer, 0.95) / at(own, 0.95), 1),
        "rows": CUSTOMERS,
        "runs": len(own),
        "rules": rules,
    }
    print(json.dumps(line, ensure_ascii=False), flush=True)


def main() -> None:
    """Count each rule both ways, hold the counts against each other, print the figures."""
    set_up()
    from django.conf import settings

    from benchmarks.data import lines
    from idic.differentiate import segments
    from idic.differentiate.segments import columns

    lines.build(Path(settings.DATABASES["default"]["NAME"]))
    began = time.perf_counter(), time.process_time()
    columns.current()
    if columns.keeper.reader is not None:
        columns.keeper.reader.join()
    wall, cpu = time.perf_counter() - began[0], time.process_time() - began[1]
    print(f"orders read into memory beside the pages: {wall:.1f} s, {cpu:.1f} CPU s", flush=True)
    columns.TRUSTED_SECONDS = 0.0  # each count looks whether anything has changed
    found: dict[str, list[float]] = {"cpu": [], "wall": [], "peer_cpu": [], "peer_wall": []}
    for name, rule in RULES.items():
        tree = segments.parse(rule)
        count, cpus, walls = clocked(lambda tree=tree: segments.count(tree))  # type: ignore[misc]
        query = segments.to_query(tree)
        plain, peer_cpus, peer_walls = clocked(lambda query=query: query.all().count())  # type: ignore[misc]
        if count != plain:
            raise SystemExit(f"“{name}”: {count} in memory, {plain} in the database")
        lists = zip(found, (cpus, walls, peer_cpus, peer_walls), strict=True)
        for kind, times in lists:
            found[kind] += times
        middle = [at(sorted(times), 0.5) for times in (cpus, walls, peer_cpus)]
        print(
            f"{name}: {count:,}; CPU {middle[0]:.0f} ms, clock {middle[1]:.0f} ms; "
            f"database alone {middle[2]:.0f}{'  beyond the mark' if middle[1] > MARK_MS else ''}",
            flush=True,
        )
    report("CPU", found["cpu"], found["peer_cpu"], len(RULES))
    report("clock", found["wall"], found["peer_wall"], len(RULES))


if __name__ == "__main__":
    main()

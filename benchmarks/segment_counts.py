"""Segments at a million customers with 2.4 million orders, 4.8 million lines and fifty million
events, on SQLite and the lake. Three marks, each figure exact:

- `counts`: how many a rule holds for while it is typed, p95 of CPU and clock time: 500 ms. Rules
  over orders against the database alone, rules over events against DuckDB over the lake's rows.
- `change`: one customer buys; their figures and every segment they are in are right again: 2 s.
- `refresh`: a hundred segments found anew, with who came and went and what each separates: 60 s.

    python benchmarks/segment_counts.py [counts] [change] [refresh]

The data is that of `pages.py`, with lines and events added once. IDIC_BENCH_EVENTS sets how many.
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


def event(kind: str, operator: str, count: int, **window: Any) -> dict[str, Any]:
    """A rule about events."""
    return {"type": "event", "kind": kind, "operator": operator, "count": count, "window": window}


EVENT_RULES: Mapping[str, dict[str, Any]] = {
    "3 pages in 90 days": event("page_viewed", "at_least", 3, last_days=90),
    "1 page in 7 days": event("page_viewed", "at_least", 1, last_days=7),
    "20 pages in a year": event("page_viewed", "at_least", 20, last_days=365),
    "100 pages ever": event("page_viewed", "at_least", 100),
    "no page in 180 days": event("page_viewed", "at_most", 0, last_days=180),
    "exactly 2 products seen in 30 days": event("product_viewed", "exactly", 2, last_days=30),
    "5 products seen in two years": event("product_viewed", "at_least", 5, last_days=730),
    "pages in a summer": event(
        "page_viewed", "at_least", 4, from_date="2026-06-01", to_date="2026-08-31"
    ),
    "a cart in 14 days": event("cart_viewed", "at_least", 1, last_days=14),
    "2 coupons ever": event("coupon_applied", "at_least", 2),
    "checkout begun in 60 days": event("checkout_started", "at_least", 1, last_days=60),
}
MIXED_RULES: Mapping[str, dict[str, Any]] = {
    "VIP, 5 pages in 30 days": every(VIP, event("page_viewed", "at_least", 5, last_days=30)),
    "cart, no order since": every(
        event("cart_viewed", "at_least", 1, last_days=30), orders("at_most", 0, last_days=30)
    ),
    "mail, Leeds, 3 products seen": every(
        MAIL, LEEDS, event("product_viewed", "at_least", 3, last_days=90)
    ),
    "late, but still looking": every(LATE, event("page_viewed", "at_least", 1, last_days=30)),
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


def asked_anew(tree: Any) -> int:
    """Count as for a rule nobody has asked before: what was kept of the last time is forgotten."""
    from idic.differentiate import segments
    from idic.differentiate.segments import columns

    if columns.keeper.held is not None:
        columns.keeper.held.memo.clear()
    return segments.count(tree)


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


def counts() -> None:
    """Count each rule both ways, hold the counts against each other, print the figures."""
    from idic.differentiate import segments
    from idic.differentiate.models import CustomerSummary
    from idic.differentiate.segments import columns, lake, rollups
    from idic.differentiate.segments.columns import numbers_of

    began = time.perf_counter(), time.process_time()
    columns.current()
    columns.keeper.wait()
    wall, cpu = time.perf_counter() - began[0], time.process_time() - began[1]
    print(f"orders read into memory beside the pages: {wall:.1f} s, {cpu:.1f} CPU s", flush=True)
    # Each count looks whether anything has changed.
    columns.TRUSTED_SECONDS = rollups.TRUSTED_SECONDS = 0.0
    people = numbers_of(CustomerSummary.objects.order_by("pk").values_list("customer_id"))
    frame = segments.current_frame()
    found: dict[str, list[float]] = {"cpu": [], "wall": [], "peer_cpu": [], "peer_wall": []}
    with lake.open_lake() as reader:
        for name, rule in {**RULES, **EVENT_RULES, **MIXED_RULES}.items():
            tree = segments.parse(rule)
            count, cpus, walls = clocked(lambda tree=tree: asked_anew(tree))  # type: ignore[misc]
            if name in EVENT_RULES:
                peer = lambda tree=tree: len(  # noqa: E731
                    lake.ask(tree, reader, frame=frame, people=people)
                )
            elif name in MIXED_RULES:
                peer = None
            else:
                query = segments.to_query(tree)
                peer = lambda query=query: query.all().count()  # noqa: E731
            middle = [at(sorted(times), 0.5) for times in (cpus, walls)]
            found["cpu"] += cpus
            found["wall"] += walls
            said = ""
            if peer is not None:
                plain, peer_cpus, peer_walls = clocked(peer)
                if count != plain:
                    raise SystemExit(f"“{name}”: {count} in memory, {plain} otherwise")
                found["peer_cpu"] += peer_cpus
                found["peer_wall"] += peer_walls
                said = f"; otherwise {at(sorted(peer_cpus), 0.5):.0f}"
            print(
                f"{name}: {count:,}; CPU {middle[0]:.0f} ms, clock {middle[1]:.0f} ms{said}"
                f"{'  beyond the mark' if middle[1] > MARK_MS else ''}",
                flush=True,
            )
    rules = len(RULES) + len(EVENT_RULES) + len(MIXED_RULES)
    report("CPU", found["cpu"], found["peer_cpu"], rules)
    report("clock", found["wall"], found["peer_wall"], rules)


def hundred() -> None:
    """Have a hundred segments: every rule of above, and variations of their figures."""
    from idic.core import clock
    from idic.differentiate import segments
    from idic.differentiate.models import Segment

    Segment.objects.exclude(name__startswith="bench ").update(archived_at=clock.now())
    wanted = [*RULES.values(), *EVENT_RULES.values(), *MIXED_RULES.values()]
    for days in range(10, 200, 10):
        wanted.append(orders("at_least", 1, last_days=days))
        wanted.append(every(MAIL, asked("date", "last_order_date", "last_days", days=days)))
        wanted.append(every(VIP, event("product_viewed", "at_least", 2, last_days=days)))
    for number, rule in enumerate(wanted[:100]):
        Segment.objects.get_or_create(
            name=f"bench {number}",
            defaults={"tree": segments.dump(segments.parse(rule)), "created_at": clock.now()},
        )
    print(f"{Segment.objects.filter(archived_at=None).count()} segments", flush=True)


def refresh() -> None:
    """Find a hundred segments anew: once listed for the first time, once a day later."""
    from dataclasses import replace
    from datetime import timedelta

    from idic.core import clock
    from idic.differentiate import segments
    from idic.differentiate.services.segments import count_all

    hundred()
    frame = segments.current_frame()
    for name, days in (("the first time", 0), ("a week later", 7)):
        as_of = frame.as_of + timedelta(days=days)
        later = replace(frame, as_of=as_of)
        segments.current_frame = lambda later=later, **_more: later
        began = time.perf_counter(), time.process_time()
        found = count_all(as_of=as_of, now=clock.now())
        wall, cpu = time.perf_counter() - began[0], time.process_time() - began[1]
        line = {
            "name": f"{found} segments found anew, {name}",
            "figure": round(cpu, 1),
            "clock": round(wall, 1),
            "unit": "CPU s",
            "mark": 60,
            "rows": CUSTOMERS,
        }
        print(json.dumps(line), flush=True)


def change() -> None:
    """Let customers buy, one by one, and handle what the event says of it."""
    from datetime import timedelta

    from idic.core import clock, ids
    from idic.differentiate import handlers
    from idic.differentiate.models import CustomerSummary, SegmentMove
    from idic.identify.events import CustomersChanged
    from idic.identify.models import Order, Source, SourceRecord

    hundred()
    cpus, walls = [], []
    before = SegmentMove.objects.count()
    for customer_id in CustomerSummary.objects.order_by("-worth_amount").values_list(
        "pk", flat=True
    )[5_000:5_020]:
        for _ in range(2):
            Order.objects.create(
                order_number=f"bench-{ids.new_id()}",
                source=Source.objects.first(),
                record=SourceRecord.objects.filter(customer_id=customer_id).first(),
                ordered_at=clock.now() - timedelta(hours=1),
                currency="VND",
                net_amount=500_000,
                line_count=0,
            )
        began = time.perf_counter(), time.process_time()
        handlers.refresh_changed(CustomersChanged(customer_ids=(customer_id,)))
        walls.append(time.perf_counter() - began[0])
        cpus.append(time.process_time() - began[1])
    line = {
        "name": "one customer's change, figures and a hundred segments",
        "figure": round(at(sorted(cpus), 0.95), 3),
        "median": round(at(sorted(cpus), 0.5), 3),
        "clock": round(at(sorted(walls), 0.95), 3),
        "unit": "CPU s p95",
        "mark": 2,
        "moves": SegmentMove.objects.count() - before,
        "rows": CUSTOMERS,
    }
    print(json.dumps(line), flush=True)


def main() -> None:
    """Make the data and measure what is asked for."""
    set_up()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from benchmarks.data import events, lines
    from idic.core.selectors import get_business
    from idic.differentiate.segments import rollups

    call_command("migrate", verbosity=0, skip_checks=True)
    lines.build(Path(settings.DATABASES["default"]["NAME"]))
    events.build(customers=CUSTOMERS)
    with connection.cursor() as cursor:  # as an import does: SQLite guesses badly without
        cursor.execute("PRAGMA analysis_limit = 2000")
        cursor.execute("ANALYZE")
    began = time.perf_counter(), time.process_time()
    rollups.renew(zone=get_business().time_zone)
    wall, cpu = time.perf_counter() - began[0], time.process_time() - began[1]
    print(f"events rolled up: {wall:.1f} s, {cpu:.1f} CPU s", flush=True)
    wanted = set(sys.argv[1:]) or {"counts", "refresh", "change"}
    for name, measure in (("counts", counts), ("refresh", refresh), ("change", change)):
        if name in wanted:
            measure()


if __name__ == "__main__":
    main()

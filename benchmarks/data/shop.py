"""What the loop leaves behind for the crowd of `crowd.py`: sales that name nobody, products and
wishes, consents, the figures of the first look, the matrix, segments and a draft campaign.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.data.crowd import FIRST_ID, NOW, TODAY, insert

PRODUCTS = 5_000
_SOURCE = FIRST_ID - 1
_BASE = 1 << 56
_REASON = '{"times_bought": 4, "last_bought_date": "2026-09-01", "usual_gap_days": 30.0}'


def _asked(kind: str, field: str, operator: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "field": field, "operator": operator, **more}


def _choice(field: str, *values: str) -> dict[str, Any]:
    return _asked("choice", field, "one_of", values=list(values))


# Rules a shop asks for, from the plainest to those that look into every order.
RULES: Mapping[str, Mapping[str, Any]] = {
    "everybody": {"type": "all", "of": []},
    "tier": _choice("tier", "vip", "loyal"),
    "lapsed": {
        "type": "all",
        "of": [
            _asked("date", "last_order_date", "more_than_days_ago", days=180),
            _asked("money", "net_amount", "at_least", value=1_000_000),
            _choice("email_reach", "allowed"),
        ],
    },
    "city and overdue": {
        "type": "all",
        "of": [
            _asked("text", "city", "is", values=["Leeds", "London"]),
            {"type": "flag", "field": "is_overdue", "value": True},
        ],
    },
    "orders in 90 days": {
        "type": "orders",
        "operator": "at_least",
        "count": 2,
        "window": {"last_days": 90},
    },
    "bought": {"type": "bought", "by": "code", "value": "P1", "window": {"last_days": 365}},
}


def build(path: Path, *, customers: int) -> None:
    """Add to a database that `crowd.build` has filled."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA synchronous=OFF")
    _nobodys_orders(database, customers // 5)
    _wishes(database, customers)
    _consents(database)
    _figures(database, customers)
    # As `core.planning.learn_spread` does after a refresh: to know more would flatter the figures.
    database.execute("PRAGMA analysis_limit = 100000")
    database.execute("ANALYZE differentiate_customersummary")
    database.close()


def _nobodys_orders(database: sqlite3.Connection, count: int) -> None:
    """Write sales at the till that name no customer."""
    insert(
        database,
        "identify_order",
        "id merchant order_number source_id record_id ordered_at currency net_amount line_count "
        "is_return store revision fingerprint",
        (
            (_BASE + n, "main", f"NO{n}", _SOURCE, None,
             str(NOW - timedelta(minutes=5 * n))[:19], "VND", 90_000, 3, 0, "", _BASE + n, "")
            for n in range(count)
        ),
    )  # fmt: skip


def _wishes(database: sqlite3.Connection, customers: int) -> None:
    insert(
        database,
        "customize_product",
        "id code name name_key category is_sellable is_available last_sold_date customer_count "
        "net_amount typical_price",
        (
            (_BASE + n, f"P{n}", f"Cá hồi {n}", f"ca hoi {n}", "Cá", 1, 1, str(TODAY), 900,
             9_000_000 - n, 16_666)
            for n in range(PRODUCTS)
        ),
    )  # fmt: skip

    def wishes() -> Iterator[tuple[Any, ...]]:
        for n in range(customers):
            for rank in range(3):
                kind = "discover" if rank else "buy_again"
                product = _BASE + (n * 7 + rank) % PRODUCTS
                yield _BASE + 3 * n + rank, FIRST_ID + n, product, kind, rank + 1, 0.5, _REASON

    columns = "id customer_id product_id kind rank score reason"
    insert(database, "customize_recommendation", columns, wishes())


def _consents(database: sqlite3.Connection) -> None:
    """Nearly everybody with an address agreed to e-mail; some refused, some were never asked."""
    database.execute("BEGIN")
    database.execute(
        "INSERT INTO identify_consent (id, record_id, address, channel, purpose, status, basis, "
        "proof, wording_version, given_at, recorded_at) "
        "SELECT id, record_id, value, 'email', 'marketing', "
        "CASE id % 10 WHEN 0 THEN 'denied' WHEN 1 THEN 'unknown' ELSE 'granted' END, 'consent', "
        "'', '', ?, ? FROM identify_identifier WHERE type = 'email'",
        [str(NOW)[:19]] * 2,
    )
    database.execute("COMMIT")


def _figures(database: sqlite3.Connection, customers: int) -> None:
    from idic.differentiate.models import BusinessFigures, Segment
    from idic.differentiate.services.figures import refresh_cells
    from idic.interact.services.campaigns import create_campaign

    refresh_cells()
    grid = [[r, f, customers // 25, 10**9] for r in range(5, 0, -1) for f in range(1, 6)]
    BusinessFigures.objects.create(
        as_of_date=TODAY,
        computed_at=NOW,
        figures={
            "buyers": customers, "repeat_buyers": customers // 2, "top_fifth_rate": 0.8,
            "last_year_amount": 10**12, "expected_amount": 10**12, "rfm": grid, "tiers": {},
            "late": {"count": 9_000, "median_days": 30, "last_year_amount": 10**11},
            "unlinked": {"order_count": customers // 5, "line_count": 3 * customers // 5},
        },
    )  # fmt: skip
    for name, rule in RULES.items():
        Segment.objects.create(name=name, tree=dict(rule), created_at=NOW)
    create_campaign(
        name="Win back",
        segment=Segment.objects.get(name="everybody"),
        goal="win_back",
        language="vi",
        staff=None,
        now=NOW,
    )

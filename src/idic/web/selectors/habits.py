"""What somebody bought, where and when: the ground of their habits. Reads a part of the customer
page's one statement.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from idic.identify.services.sources import shown_source

from .timeline import moment_of

_MOST_ORDERS, _MOST_LINES = 1_000, 1_500
_PUBLISHED = (
    "(x.import_run_id IS NULL OR EXISTS (SELECT 1 FROM identify_importrun p "
    "WHERE p.id = x.import_run_id AND p.state = 'published'))"
)
# What was sold: neither returns nor what was called off.
_SOLD = f"{_PUBLISHED} AND NOT x.is_return AND x.line_count > 0"
STATEMENT = f"""
UNION ALL SELECT * FROM (SELECT 'bought', x.id, x.source_id AS source,
    x.store, s.name, x.ordered_at, x.currency, '', '', x.net_amount * 1.0
    FROM identify_order x JOIN own ON own.id = x.record_id
        JOIN identify_source s ON s.id = x.source_id WHERE {_SOLD}
    ORDER BY x.ordered_at DESC, x.id DESC LIMIT {_MOST_ORDERS}) bought
UNION ALL SELECT * FROM (SELECT 'goods', x.id, x.source_id AS source,
    l.product_name, l.category, x.ordered_at, '', '', '', 0.0
    FROM identify_order x JOIN own ON own.id = x.record_id
        JOIN identify_orderline l ON l.order_id = x.id WHERE {_SOLD}
    ORDER BY x.ordered_at DESC, x.id DESC, l.line_number LIMIT {_MOST_LINES}) goods
"""  # noqa: S608 - our own names


@dataclass(frozen=True, slots=True)
class Purchase:
    """One purchase: when, what it came to (minor units), where, and what was in it: names and
    categories of its goods.
    """

    at: datetime
    amount: int
    currency: str
    place: str
    goods: tuple[tuple[str, str], ...]


def read_purchases(rows: Iterable[tuple[Any, ...]]) -> list[Purchase]:
    """Give the latest purchases, the newest first. Where: the store, or the system that sold it."""
    held = [row for row in rows if row[0] in {"bought", "goods"}]
    goods: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for row in held:
        if row[0] == "goods":
            goods[row[1]].append((row[3], row[4]))
    return [
        Purchase(
            at=moment_of(row[5]),
            amount=int(row[9]),
            currency=row[6],
            place=row[3] or shown_source(row[4]),
            goods=tuple(goods.get(row[1], ())),
        )
        for row in held
        if row[0] == "bought"
    ]

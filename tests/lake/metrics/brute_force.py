"""The aggregates counted once more in plain Python, row by row: slow, and nothing shared with the
expressions but the names.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

Order = tuple[int | None, dt.date | None, int | None, bool | None]
Event = tuple[int | None, dt.date | None, str | None]


def summarize(orders: list[Order], events: list[Event], *, as_of: dt.date) -> list[tuple[Any, ...]]:
    """Give a row a customer, in the order of `behaviour.AGGREGATES`, by customer."""
    bought: dict[int, list[Any]] = defaultdict(list)
    did: dict[int, list[Any]] = defaultdict(list)
    for who, day, amount, is_return in orders:
        if who is not None and day is not None and amount is not None and day <= as_of:
            bought[who].append((day, amount, bool(is_return)))
    for who, day, kind in events:
        if who is not None and day is not None and day <= as_of:
            did[who].append((day, kind))
    return [
        (who, *_of_orders(bought[who], as_of), *_of_events(did[who], as_of))
        for who in sorted({*bought, *did})
    ]


def _of_orders(rows: list[Any], as_of: dt.date) -> list[Any]:
    plus = [(day, amount) for day, amount, _ in rows if amount > 0]
    days = sorted({day for day, _ in plus})
    net = sum(amount for _, amount, _ in rows)
    return [
        len(plus),
        sum(is_return for _, _, is_return in rows),
        net,
        net / len(plus) if plus else None,
        max((amount for _, amount in plus), default=None),
        days[0] if days else None,
        days[-1] if days else None,
        len(days),
        (days[-1] - days[0]).days / (len(days) - 1) if len(days) > 1 else None,
        sum(day.weekday() in (5, 6) for day, _ in plus),
        *(sum((as_of - day).days < window for day, _ in plus) for window in (30, 90, 365)),
        sum(amount for day, amount, _ in rows if (as_of - day).days < 365),
    ]


def _of_events(rows: list[Any], as_of: dt.date) -> list[Any]:
    days = {day for day, _ in rows}
    kinds = [kind for _, kind in rows if kind is not None]
    return [
        len(rows),
        len(days),
        max(days, default=None),
        *(sum((as_of - day).days < window for day, _ in rows) for window in (30, 90)),
        len(set(kinds)),
        sum(kind in ("Product Viewed", "product_viewed", "product_view") for kind in kinds),
        sum(k in ("Product Added", "product_added", "added_to_cart", "cart") for k in kinds),
    ]

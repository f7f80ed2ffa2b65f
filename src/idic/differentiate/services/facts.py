"""The orders and lines that scores are made of: all of them from the lake, or those of a few
customers from the system of record, in one shape.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import numpy as np

from idic.core import money
from idic.core.models import Business
from idic.engine.table import Table, query
from idic.identify.facts import open_facts
from idic.identify.models import ExchangeRate, Order, OrderLine

# What somebody wanted longer ago says little about what they want now.
NEEDS_DAYS = 730
# As many customers are placed at a time as fit into memory with all their lines.
BUCKET_CUSTOMERS = 50_000

_ORDERS = {"customer_id": int, "ordered_on": date, "net_amount": int}
_LINES = {
    "customer_id": int,
    "product_code": str,
    "product_name": str,
    "category": str,
    "net_amount": int,
}
# Products have no number of their own in a line; a digest of the code stays the same for ever.
_BY_PRODUCT = """
    SELECT customer_id, CAST(md5_number_lower(product_code) >> 2 AS BIGINT) AS product_id,
           max(product_name) AS product_name, nullif(max(category), '') AS category,
           CAST(sum(net_amount) AS BIGINT) AS net_amount
    FROM {lines} WHERE customer_id IS NOT NULL AND {condition}
    GROUP BY ALL
"""


class Facts(Protocol):
    """Orders as the engine takes them, and lines in portions."""

    orders: Table

    def sample_lines(self, *, customers: int) -> Table:
        """Give the lines of at most so many customers, summed by product."""

    def lines(self) -> Iterator[Table]:
        """Give all lines, summed by customer and product, some customers at a time."""


@contextmanager
def read_facts(*, as_of: date) -> Iterator[Facts]:
    """Open the lake and read all orders up to a day."""
    with open_facts() as lake:
        orders = lake.query(
            "SELECT customer_id, ordered_on, net_amount FROM customer_orders "
            "WHERE customer_id IS NOT NULL AND ordered_on <= $as_of",
            {"as_of": as_of},
        )
        yield _LakeFacts(lake, orders, as_of)


@dataclass
class _LakeFacts:
    lake: Any
    orders: Table
    as_of: date

    def sample_lines(self, *, customers: int) -> Table:
        total = len(np.unique(np.ma.getdata(self.orders["customer_id"])))
        parts = max(1, -(-total // customers))
        return self._lines(part=0, parts=parts)

    def lines(self) -> Iterator[Table]:
        total = len(np.unique(np.ma.getdata(self.orders["customer_id"])))
        parts = max(1, -(-total // BUCKET_CUSTOMERS))
        for part in range(parts):
            yield self._lines(part=part, parts=parts)

    def _lines(self, *, part: int, parts: int) -> Table:
        condition = "ordered_on BETWEEN $first AND $last AND hash(customer_id) % $parts = $part"
        found: Table = self.lake.query(
            _BY_PRODUCT.format(lines="customer_lines", condition=condition),
            {
                "first": self.as_of - timedelta(days=NEEDS_DAYS),
                "last": self.as_of,
                "parts": parts,
                "part": part,
            },
        )
        return found


def read_facts_of(*, customer_ids: Collection[int], business: Business, as_of: date) -> Facts:
    """Read the orders and lines of a few customers from the system of record, where a merge or a
    new order shows at once.
    """
    zone = ZoneInfo(business.time_zone)
    orders = Order.objects.filter(
        record__customer_id__in=list(customer_ids),
        ordered_at__lt=_midnight(as_of + timedelta(days=1), zone),
    )
    rate = _Rates(business)
    rows = [
        (customer_id, at.astimezone(zone).date(), rate.apply(amount, currency, at.date()))
        for customer_id, at, amount, currency in orders.values_list(
            "record__customer_id", "ordered_at", "net_amount", "currency"
        )
    ]
    recent = orders.filter(ordered_at__gte=_midnight(as_of - timedelta(days=NEEDS_DAYS), zone))
    lines = OrderLine.objects.filter(order__in=recent.values("id")).values_list(
        *("order__record__customer_id", "product_code", "product_name", "category"),
        *("net_amount", "order__currency", "order__ordered_at"),
    )
    held = [(*line[:4], rate.apply(line[4], line[5], line[6].date())) for line in lines]
    return _RowFacts(
        orders=Table.from_rows(rows, columns=_ORDERS),
        held=Table.from_rows(held, columns=_LINES),
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


class _Rates:
    """Brings amounts into the business's currency as the facts of the lake do."""

    def __init__(self, business: Business) -> None:
        self._business = business
        self._rates = list(
            ExchangeRate.objects.order_by("-from_date").values_list("currency", "from_date", "rate")
        )

    def apply(self, amount: int, currency: str, day: date) -> int:
        """Convert minor units; an amount without a rate counts as nothing."""
        own = self._business.currency
        if currency == own:
            return amount
        for code, from_date, rate in self._rates:
            if code == currency and from_date <= day:
                shift = money.exponent(own) - money.exponent(currency)
                return round(amount * float(rate) * 10.0**shift)
        return 0


@dataclass
class _RowFacts:
    orders: Table
    held: Table

    def sample_lines(self, *, customers: int) -> Table:
        return self._summed()

    def lines(self) -> Iterator[Table]:
        yield self._summed()

    def _summed(self) -> Table:
        return query(_BY_PRODUCT.format(lines="held", condition="true"), held=self.held)

"""The orders and lines that scores are made of: all of them from the lake, or those of a few
customers from the system of record, in one shape.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import numpy as np

from idic.core import money
from idic.core.models import Business
from idic.engine.table import Table, query
from idic.identify.facts import open_facts
from idic.identify.models import ExchangeRate, Order, OrderLine, SourceRecord

# What somebody wanted longer ago says little about what they want now.
NEEDS_DAYS = 730
# As many customers are placed at a time as fit into memory with all their lines.
BUCKET_CUSTOMERS = 50_000
# As many keys are asked for at a time as either database takes.
_KEYS = 5_000

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
    rate = _Rates(business)
    owners = dict(
        SourceRecord.everything.filter(customer_id__in=list(customer_ids)).values_list(
            "id", "customer_id"
        )
    )
    orders = _list_orders(owners, before=_midnight(as_of + timedelta(days=1), zone))
    rows = [
        (one.customer_id, one.at.astimezone(zone).date(), rate.apply(one.amount, *one.priced))
        for one in orders
    ]
    first = _midnight(as_of - timedelta(days=NEEDS_DAYS), zone)
    recent = {one.id: one for one in orders if one.at >= first}
    held = [
        (recent[order_id].customer_id, *product, rate.apply(amount, *recent[order_id].priced))
        for order_id, *product, amount in _list_lines(recent)
    ]
    return _RowFacts(
        orders=Table.from_rows(rows, columns=_ORDERS),
        held=Table.from_rows(held, columns=_LINES),
    )


# Step by step by keys, not by one join: right after a large file PostgreSQL knows nothing of the
# sizes yet, and may read all lines for one customer.
@dataclass(frozen=True, slots=True)
class _OrderFact:
    id: int
    customer_id: int
    at: datetime
    amount: int
    currency: str

    @property
    def priced(self) -> tuple[str, date]:
        """What its amount is converted by."""
        return self.currency, self.at.date()


def _list_orders(owners: Mapping[int, int], *, before: datetime) -> list[_OrderFact]:
    found: list[_OrderFact] = []
    for record_ids in _parts(owners):
        rows = Order.objects.filter(record_id__in=record_ids, ordered_at__lt=before).values_list(
            "id", "record_id", "ordered_at", "net_amount", "currency"
        )
        found += [
            _OrderFact(key, owners[record or 0], at, amount, currency)
            for key, record, at, amount, currency in rows
        ]
    return found


def _list_lines(order_ids: Iterable[int]) -> Iterator[tuple[Any, ...]]:
    for keys in _parts(order_ids):
        yield from OrderLine.objects.filter(order_id__in=keys).values_list(
            "order_id", "product_code", "product_name", "category", "net_amount"
        )


def _parts(keys: Iterable[int]) -> Iterator[list[int]]:
    rest = iter(keys)
    while part := list(islice(rest, _KEYS)):
        yield part


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

"""Reads the facts about customers from the lake: orders and lines as they stand now, each with the
customer its record belongs to, amounts in the business's currency. All other rooms read them here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from idic.core import money
from idic.core.models import Business
from idic.core.selectors import get_business
from idic.engine.table import Table
from idic.identify.models import ExchangeRate
from idic.lake.reader import Reader, open_reader

# Of each order the latest revision counts; the zone and the currency are the business's own,
# checked where they were set.
_ORDERS = """
    SELECT m.customer_id, o.record_id, o.order_id, o.revision, o.source_id, o.ordered_at,
        o.is_return,
        CAST(timezone('{zone}', timezone('UTC', o.ordered_at)) AS DATE) AS ordered_on,
        o.net_amount AS own_amount, o.currency
    FROM "order" o
    JOIN (SELECT order_id, max(revision) AS revision FROM "order" GROUP BY order_id)
        USING (order_id, revision)
    LEFT JOIN record_customer_map m ON m.record_id = o.record_id
"""
_WITH_FACTOR = """
    SELECT o.*, CASE WHEN o.currency = '{currency}' THEN 1.0 ELSE coalesce(r.factor, 0.0) END
        AS factor
    FROM order_now o ASOF LEFT JOIN rate r
        ON r.currency = o.currency AND o.ordered_on >= r.from_date
"""
_CUSTOMER_ORDERS = """
    SELECT customer_id, record_id, order_id, ordered_on, ordered_at,
        CASE WHEN factor = 1.0 THEN own_amount
             ELSE CAST(round_even(own_amount * factor, 0) AS BIGINT) END AS net_amount,
        is_return, source_id
    FROM order_rated
"""
_CUSTOMER_LINES = """
    SELECT o.customer_id, o.order_id, l.line_number, o.ordered_on, l.product_code,
        l.product_name, l.category, l.quantity,
        CASE WHEN o.factor = 1.0 THEN l.net_amount
             ELSE CAST(round_even(l.net_amount * o.factor, 0) AS BIGINT) END AS net_amount
    FROM order_line l JOIN order_rated o USING (order_id, revision)
"""

_CUSTOMER_EVENTS = """
    SELECT m.customer_id, e.kind,
        CAST(timezone('{zone}', timezone('UTC', e.occurred_at)) AS DATE) AS happened_on
    FROM event e LEFT JOIN record_customer_map m ON m.record_id = e.record_id
"""


@contextmanager
def open_facts(*, threads: int = 2, memory_limit: str = "1GB") -> Iterator[Reader]:
    """Open the lake with the views `customer_orders`, `customer_lines` and `customer_events`.

    `customer_orders`: customer_id (NULL when nobody knows whose), record_id, order_id, ordered_on,
    ordered_at, net_amount, is_return, source_id. `customer_lines`: customer_id, order_id,
    line_number, ordered_on, product_code, product_name, category, quantity, net_amount.
    `customer_events`: customer_id, kind, happened_on. Amounts are minor units of the business's
    currency; an amount without a rate counts as nothing.
    """
    business = get_business()
    with open_reader(threads=threads, memory_limit=memory_limit) as reader:
        reader.add(name="rate", table=_rates(business))
        reader.define(name="order_now", sql=_ORDERS.format(zone=business.time_zone), is_kept=True)
        reader.define(name="order_rated", sql=_WITH_FACTOR.format(currency=business.currency))
        reader.define(name="customer_orders", sql=_CUSTOMER_ORDERS)
        reader.define(name="customer_lines", sql=_CUSTOMER_LINES)
        events = _CUSTOMER_EVENTS.format(zone=business.time_zone)
        reader.define(name="customer_events", sql=events)
        yield reader


def query(sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> Table:
    """Run one SELECT over the facts and give its rows."""
    with open_facts() as facts:
        return facts.query(sql, parameters)


def _rates(business: Business) -> Table:
    """Give what turns minor units of a currency into minor units of the business's."""
    own = money.exponent(business.currency)
    rows = [
        (
            rate.currency,
            rate.from_date,
            float(rate.rate) * 10.0 ** (own - money.exponent(rate.currency)),
        )
        for rate in ExchangeRate.objects.order_by("currency", "from_date")
    ]
    return Table.from_rows(rows, columns={"currency": str, "from_date": date, "factor": float})

"""Twenty-two aggregates of what each customer did, as one Ibis expression for every engine.

Only whole numbers are summed, days compared and different ones counted; the two means are divided
at the very end (`divide`). So nothing depends on the order in which an engine adds, and all agree
to the row.
"""

from __future__ import annotations

import datetime as dt

import ibis

# `net_amount` in minor units; one row an order. More columns than these do no harm.
ORDERS = ibis.table(
    {
        "customer_id": "int64",
        "ordered_on": "date",
        "net_amount": "int64",
        "is_return": "boolean",
    },
    name="orders",
)
EVENTS = ibis.table(
    {"customer_id": "int64", "happened_on": "date", "kind": "string"}, name="events"
)

# How websites and shop systems spell the two steps towards an order.
VIEWS = ("Product Viewed", "product_viewed", "product_view")
CARTS = ("Product Added", "product_added", "added_to_cart", "cart")

AGGREGATES = {
    "order_count": "int64",
    "return_count": "int64",
    "net_amount": "int64",
    "mean_order_amount": "float64",
    "largest_order_amount": "int64",
    "first_order_on": "date",
    "last_order_on": "date",
    "purchase_day_count": "int64",
    "mean_gap_days": "float64",
    "weekend_order_count": "int64",
    "order_count_30": "int64",
    "order_count_90": "int64",
    "order_count_365": "int64",
    "net_amount_365": "int64",
    "event_count": "int64",
    "event_day_count": "int64",
    "last_event_on": "date",
    "event_count_30": "int64",
    "event_count_90": "int64",
    "kind_count": "int64",
    "product_view_count": "int64",
    "cart_count": "int64",
}
MEANS = ("mean_order_amount", "mean_gap_days")
SUMMARY = {"customer_id": "int64"} | {k: v for k, v in AGGREGATES.items() if k not in MEANS}


def summarize(*, as_of: dt.date) -> ibis.Table:
    """Give the expression over ORDERS and EVENTS: a row a customer, as known at the end of `as_of`.

    Out: the columns of SUMMARY, which are `customer_id` and AGGREGATES but for the means. A
    purchase is a row above zero, as in `engine.orders.summarize`; `net_amount` is the sum of all
    rows, returns included. A window of n days ends with `as_of` and holds it. Days and the largest
    order are missing where there is none, counts and sums are 0. Rows without a customer, a day or
    an amount, and those after `as_of`, are left out.
    """
    bought, did = _orders(as_of), _events(as_of)
    joined = bought.outer_join(did, bought.customer_id == did.event_customer_id)
    whole = joined.mutate(customer_id=joined.customer_id.coalesce(joined.event_customer_id))
    is_missing = {"customer_id", "largest_order_amount"}
    counted = [n for n, kind in SUMMARY.items() if kind == "int64" and n not in is_missing]
    return whole.mutate(**{name: whole[name].coalesce(0) for name in counted}).select(*SUMMARY)


def divide(summary: ibis.Table) -> dict[str, ibis.Value]:
    """Give the MEANS of a kept summary; missing without a purchase, or a second day of purchase.

    They belong into the last select: Ibis compiles a floating column that is read again for Spark
    only with a live session, which the compiler alone does not need.
    """
    span = summary.last_order_on.delta(summary.first_order_on, unit="day")
    return {
        "mean_order_amount": summary.net_amount / summary.order_count.nullif(0),
        "mean_gap_days": span / (summary.purchase_day_count - 1).nullif(0),
    }


def _orders(as_of: dt.date) -> ibis.Table:
    """Reduce the orders. Different days are counted apart, by two groupings in a row: a distinct
    count within each group costs both engines several times as much.
    """
    rows = ORDERS.filter(
        ORDERS.customer_id.notnull(),
        ORDERS.net_amount.notnull(),
        ORDERS.ordered_on <= ibis.literal(as_of),
    )
    is_bought = rows.net_amount > 0
    totals = rows.group_by("customer_id").agg(
        order_count=rows.count(where=is_bought),
        return_count=rows.count(where=rows.is_return.coalesce(False)),
        net_amount=rows.net_amount.sum(),
        largest_order_amount=rows.net_amount.max(where=is_bought),
        first_order_on=rows.ordered_on.min(where=is_bought),
        last_order_on=rows.ordered_on.max(where=is_bought),
        weekend_order_count=rows.count(
            where=is_bought & (rows.ordered_on.day_of_week.index() >= _SATURDAY)
        ),
        order_count_30=rows.count(where=is_bought & _in(rows.ordered_on, 30, as_of)),
        order_count_90=rows.count(where=is_bought & _in(rows.ordered_on, 90, as_of)),
        order_count_365=rows.count(where=is_bought & _in(rows.ordered_on, 365, as_of)),
        net_amount_365=rows.net_amount.sum(where=_in(rows.ordered_on, 365, as_of)),
    )
    days = _count_days(rows.filter(is_bought), "ordered_on").rename(
        purchase_day_count="day_count", day_customer_id="customer_id"
    )
    return totals.left_join(days, totals.customer_id == days.day_customer_id).drop(
        "day_customer_id"
    )


def _events(as_of: dt.date) -> ibis.Table:
    """Reduce the events: first to one row a customer and kind, then to one a customer."""
    rows = EVENTS.filter(EVENTS.customer_id.notnull(), EVENTS.happened_on <= ibis.literal(as_of))
    by_kind = rows.group_by("customer_id", "kind").agg(
        times=rows.count(),
        times_30=rows.count(where=_in(rows.happened_on, 30, as_of)),
        times_90=rows.count(where=_in(rows.happened_on, 90, as_of)),
        last_on=rows.happened_on.max(),
    )
    totals = by_kind.group_by(event_customer_id=by_kind.customer_id).agg(
        event_count=by_kind.times.sum(),
        last_event_on=by_kind.last_on.max(),
        event_count_30=by_kind.times_30.sum(),
        event_count_90=by_kind.times_90.sum(),
        kind_count=by_kind.count(where=by_kind.kind.notnull()),
        product_view_count=by_kind.times.sum(where=by_kind.kind.isin(VIEWS)),
        cart_count=by_kind.times.sum(where=by_kind.kind.isin(CARTS)),
    )
    days = _count_days(rows, "happened_on").rename(
        event_day_count="day_count", day_customer_id="customer_id"
    )
    return totals.left_join(days, totals.event_customer_id == days.day_customer_id).drop(
        "day_customer_id"
    )


def _count_days(rows: ibis.Table, day: str) -> ibis.Table:
    each = rows.select("customer_id", day).distinct()
    return each.group_by("customer_id").agg(day_count=each.count())


_SATURDAY = 5


def _in(day: ibis.Value, days: int, as_of: dt.date) -> ibis.Value:
    return day > ibis.literal(as_of - dt.timedelta(days=days))

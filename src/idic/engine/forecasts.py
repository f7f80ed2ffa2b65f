"""What each method expects a customer to buy and pay in the next days, as a mean.

A row of equal cells: one function a method, from simple to elaborate. Intervals are in
`intervals`, the door to all of it is `value`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from idic.engine import churn, purchases, spend
from idic.engine import orders as order_summaries
from idic.engine.churn import ChurnParameters
from idic.engine.purchases import AnyParameters, PurchaseParameters
from idic.engine.spend import SpendParameters
from idic.engine.table import Array, Source, Table

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Models:
    """The fitted models that a method may use."""

    purchases: PurchaseParameters
    spend: SpendParameters
    churn: ChurnParameters


@dataclass(frozen=True)
class Forecast:
    """Expected net amount (minor units) and number of orders, one entry a customer."""

    amount: Floats
    order_count: Floats


def summarize(orders: Source, *, as_of: dt.date, horizon_days: int) -> Table:
    """Summarize orders (see `orders.summarize`), with what came in the last `horizon_days` beside.

    Adds `recent_net_amount` and `recent_order_count`, of the days after `as_of` − `horizon_days` up
    to `as_of`.

    >>> orders = {"customer_id": [1, 1], "net_amount": [500, 300],
    ...           "ordered_on": np.array(["2024-01-01", "2024-01-20"], "datetime64[D]")}
    >>> both = summarize(orders, as_of=dt.date(2024, 1, 31), horizon_days=30)
    >>> both.select("net_amount", "recent_net_amount").rows()
    [(800, 300)]
    """
    table = Table.read(orders).select("customer_id", "ordered_on", "net_amount")
    summary = order_summaries.summarize(table, as_of=as_of)
    amounts, counts = observe(
        table, summary["customer_id"], after=as_of - dt.timedelta(days=horizon_days), until=as_of
    )
    return summary.with_columns(recent_net_amount=amounts, recent_order_count=counts)


def observe(
    orders: Table, customer_ids: Array, *, after: dt.date, until: dt.date
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the net amount and number of orders of each customer after one day, up to another.

    `customer_ids` are ascending and without repetition; orders of others are left out.
    """
    is_in = orders["ordered_on"].astype("datetime64[D]") > np.datetime64(after, "D")
    found = order_summaries.summarize(orders.filter(is_in), as_of=until)
    amounts = np.zeros(len(customer_ids), dtype=np.int64)
    counts = np.zeros(len(customer_ids), dtype=np.int64)
    _, places, rows = np.intersect1d(
        customer_ids, found["customer_id"], assume_unique=True, return_indices=True
    )
    amounts[places] = found["net_amount"][rows]
    counts[places] = found["order_count"][rows]
    return amounts, counts


def fit_models(orders: Table, summary: Table, *, as_of: dt.date, churn_horizon_days: int) -> Models:
    """Fit how often and how much customers buy, and who stays away."""
    return Models(
        purchases=purchases.fit(summary),
        spend=spend.fit(summary),
        churn=churn.fit(orders, as_of=as_of, horizon_days=churn_horizon_days),
    )


def expect(method: str, models: Models, summary: Table, *, horizon_days: int) -> Forecast:
    """Forecast by the named method; amounts and counts are never below zero."""
    forecast = _METHODS[method](models, summary, horizon_days)
    return Forecast(np.maximum(forecast.amount, 0.0), np.maximum(forecast.order_count, 0.0))


def _repeat_last_period(models: Models, summary: Table, horizon_days: int) -> Forecast:
    """Expect the next period to be like the last one of equal length."""
    return Forecast(summary.floats("recent_net_amount"), summary.floats("recent_order_count"))


def _own_rate(models: Models, summary: Table, horizon_days: int) -> Forecast:
    """Expect the customer's own average per day since the first purchase.

    A customer seen for less than the horizon is expected to repeat what has been seen.
    """
    seen_days = np.nan_to_num(summary.floats("customer_age_days"))
    share = horizon_days / np.maximum(seen_days, horizon_days)
    return Forecast(summary.floats("net_amount") * share, summary.floats("order_count") * share)


def _own_rate_alive(models: Models, summary: Table, horizon_days: int) -> Forecast:
    """Expect the own rate, less as somebody stays away for longer than is usual for them."""
    forecast = _own_rate(models, summary, horizon_days)
    stays = churn.staying_rate(models.churn, models.purchases, summary)
    return Forecast(forecast.amount * stays, forecast.order_count * stays)


def expect_from_model(
    bought: AnyParameters, spent: SpendParameters, summary: Table, *, horizon_days: float
) -> Forecast:
    """Expect the purchase days of any purchase model, each worth the Gamma-Gamma amount."""
    days = purchases.predict(bought, summary, horizon_days=horizon_days)["expected_purchase_count"]
    amount = spend.predict(spent, summary)["expected_purchase_amount"]
    purchase_days = np.maximum(summary.floats("purchase_day_count"), 1.0)
    orders_a_day = summary.floats("order_count") / purchase_days
    return Forecast(days * amount, days * orders_a_day)


def _purchase_model(models: Models, summary: Table, horizon_days: int) -> Forecast:
    """Expect BG/NBD purchase days, each worth the Gamma-Gamma amount."""
    return expect_from_model(models.purchases, models.spend, summary, horizon_days=horizon_days)


_METHODS: Mapping[str, Callable[[Models, Table, int], Forecast]] = {
    "repeat_last_period": _repeat_last_period,
    "own_rate": _own_rate,
    "own_rate_alive": _own_rate_alive,
    "purchase_model": _purchase_model,
}
# From simple to elaborate: of methods that do equally well, the first is chosen.
METHODS = tuple(_METHODS)

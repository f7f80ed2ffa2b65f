"""What each method expects a customer to buy and pay in the next days, as a mean.

A row of equal cells: one function a method, from simple to elaborate. How far the truth may lie
from it is in `intervals`, trees are in `boosting`, the door to all of it is `value`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from idic.engine import boosting, churn, purchases, spend
from idic.engine import orders as order_summaries
from idic.engine.boosting import BoostedParameters
from idic.engine.churn import ChurnParameters
from idic.engine.purchases import (
    AnyParameters,
    MbgNbdParameters,
    ParetoNbdParameters,
    PurchaseParameters,
)
from idic.engine.spend import SpendParameters
from idic.engine.table import Array, Source, Table

Floats = NDArray[np.float64]

# Of a customer's rate, what all customers do weighs as much as one repeat purchase.
_SHARED_WEIGHT = 1.0
# Of how many customers Pareto/NBD and MBG/NBD are learnt at most.
_MOST_FITTED = 5_000
# What is assumed of a shop before it has shown anything: one repeat purchase a year.
_PRIOR_GAP_DAYS = 365.0


@dataclass(frozen=True)
class ShopParameters:
    """What all customers do on average: per customer in `horizon_days`, and per order."""

    horizon_days: int = 30
    recent_amount: float = 0.0
    recent_order_count: float = 0.0
    repeats_a_day: float = 1 / _PRIOR_GAP_DAYS
    mean_order_amount: float = 0.0


@dataclass(frozen=True)
class Models:
    """The fitted models that a method may use.

    `purchases` is BG/NBD, `others` the purchase models beside it where a method asks for them, and
    `partner` the method whose purchase model did best in earlier trials: trees correct it, and the
    blend mixes it with them.
    """

    purchases: PurchaseParameters
    spend: SpendParameters
    churn: ChurnParameters
    shop: ShopParameters = field(default_factory=ShopParameters)
    boosted: BoostedParameters | None = None
    others: Mapping[str, AnyParameters] = field(default_factory=dict)
    partner: str = "purchase_model"


@dataclass(frozen=True)
class Forecast:
    """Expected net amount (minor units) and number of orders, and the chance of no purchase.

    One entry a customer; the chance is as the method has it, `intervals` corrects it by what came.
    """

    amount: Floats
    order_count: Floats
    no_purchase: Floats


def summarize(
    orders: Source, *, as_of: dt.date, horizon_days: int, window_days: int | None = None
) -> Table:
    """Summarize orders (see `orders.summarize`), with what came in the last `horizon_days` beside.

    Adds `recent_net_amount` and `recent_order_count`, of the days after `as_of` − `horizon_days` up
    to `as_of`; with `window_days` also the windows that boosted trees read (`boosting`).

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
    summary = summary.with_columns(recent_net_amount=amounts, recent_order_count=counts)
    if window_days is None:
        return summary
    return boosting.add_windows(summary, table, as_of=as_of, trial_days=window_days)


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


def fit_models(
    orders: Table,
    summary: Table,
    *,
    as_of: dt.date,
    horizon_days: int,
    churn_horizon_days: int,
    others: Collection[str] = (),
) -> Models:
    """Fit how often and how much customers buy, who stays away, and what all do on average.

    `others` names methods of purchase models beside BG/NBD that are wanted, too.
    """
    plain = purchases.fit(summary)
    return Models(
        purchases=plain,
        spend=spend.fit(summary),
        churn=churn.fit(orders, as_of=as_of, horizon_days=churn_horizon_days),
        shop=_fit_shop(summary, horizon_days),
        others={name: _fit_other(name, plain, summary) for name in others},
    )


def _fit_other(name: str, plain: PurchaseParameters, summary: Table) -> AnyParameters:
    """Fit another purchase model on every n-th customer: four parameters need no more than a few
    thousand. Where BG/NBD sees nobody leave, all of them are the same NBD, and it is taken as is.
    """
    if not plain.sees_churn:
        nbd = {"r": plain.r, "alpha_days": plain.alpha_days, "dropout_detectable": False}
        learnt = {"converged": plain.converged, "reason_code": plain.reason_code}
        if name == "mbg_nbd":
            return MbgNbdParameters(a=0.0, b=1.0, **nbd, **learnt)  # type: ignore[arg-type]
        return ParetoNbdParameters(s=0.0, beta_days=1.0, **nbd, **learnt)  # type: ignore[arg-type]
    step = -(-len(summary) // _MOST_FITTED) or 1
    some = summary.filter(np.arange(0, len(summary), step)) if step > 1 else summary
    fitted: AnyParameters = purchases.MODELS[name].fit(some)
    return fitted


def _fit_shop(summary: Table, horizon_days: int) -> ShopParameters:
    age = summary.floats("customer_age_days")
    bought = ~np.isnan(age)
    if not bought.any():
        return ShopParameters(horizon_days=horizon_days)
    orders = float(summary.floats("order_count")[bought].sum())
    amount = max(float(summary.floats("net_amount")[bought].sum()), 0.0)
    repeats = float(summary.floats("repeat_count")[bought].sum())
    # Their own first purchase would make newcomers look like people who come back.
    known = bought & (np.nan_to_num(age) >= horizon_days)
    known = known if known.any() else bought
    return ShopParameters(
        horizon_days=horizon_days,
        recent_amount=max(float(summary.floats("recent_net_amount")[known].mean()), 0.0),
        recent_order_count=float(summary.floats("recent_order_count")[known].mean()),
        repeats_a_day=(repeats + 1) / (float(age[bought].sum()) + _PRIOR_GAP_DAYS),
        mean_order_amount=amount / orders,
    )


def boosted_columns(models: Models, summary: Table, *, trial_days: int) -> list[Floats]:
    """Return the features of the trees: what was bought, and what BG/NBD expects of it."""
    model = purchases.predict(models.purchases, summary, horizon_days=trial_days)
    worth = spend.predict(models.spend, summary).floats("expected_purchase_amount")
    scale = scale_amount(models)
    count = model.floats("expected_purchase_count")
    expected = (
        count,
        model.floats("alive_probability"),
        model.floats("no_purchase_probability"),
        worth / max(scale, 1e-9),
        count * worth / max(scale, 1e-9),
        churn.predict(models.churn, models.purchases, summary).floats("churn_risk"),
    )
    return boosting.features(summary, expected, scale_amount=scale)


def scale_amount(models: Models) -> float:
    """Return the amount that trees count money in: the shop's mean order."""
    return models.shop.mean_order_amount


def expect(method: str, models: Models, summary: Table, *, horizon_days: int) -> Forecast:
    """Forecast by the named method; amounts and counts are never below zero."""
    forecast = _METHODS[method](models, summary, horizon_days)
    return Forecast(
        np.maximum(forecast.amount, 0.0),
        np.maximum(forecast.order_count, 0.0),
        np.clip(forecast.no_purchase, 0.0, 1.0),
    )


def _by_rate(amount: Floats, count: Floats) -> Forecast:
    """Take purchases to come at random: none with the chance e^−count (Poisson)."""
    return Forecast(amount, count, np.exp(-np.maximum(count, 0.0)))


def _everybody_mean(models: Models, summary: Table, horizon_days: int) -> Forecast:
    """Expect of everybody what all customers brought on average in the last period."""
    share = horizon_days / models.shop.horizon_days
    ones = np.where(summary.floats("order_count") > 0, share, 0.0)
    return _by_rate(ones * models.shop.recent_amount, ones * models.shop.recent_order_count)


def _repeat_last_period(models: Models, summary: Table, horizon_days: int) -> Forecast:
    """Expect the next period to be like the last one of equal length."""
    return _by_rate(summary.floats("recent_net_amount"), summary.floats("recent_order_count"))


def _own_rate(models: Models, summary: Table, horizon_days: int) -> Forecast:
    """Expect the customer's own average per day since the first purchase.

    A customer seen for less than the horizon is expected to repeat what has been seen.
    """
    seen_days = np.nan_to_num(summary.floats("customer_age_days"))
    share = horizon_days / np.maximum(seen_days, horizon_days)
    return _by_rate(summary.floats("net_amount") * share, summary.floats("order_count") * share)


def _shared_rate(models: Models, summary: Table, horizon_days: int) -> Forecast:
    """Expect repeats at the own rate and amounts at the own mean, both drawn toward everybody's.

    What all customers do weighs as much as one purchase, and what no shop has shown yet (one
    repeat a year) as much as one of the shop's: finite, and cautious, with any history.
    """
    w, shop = _SHARED_WEIGHT, models.shop
    bought = summary.floats("order_count") > 0
    age = np.nan_to_num(summary.floats("customer_age_days"))
    repeats = np.nan_to_num(summary.floats("repeat_count"))
    rate = (repeats + w) / (age + w / shop.repeats_a_day)
    count = np.where(bought, rate * horizon_days, 0.0)
    orders = summary.floats("order_count")
    worth = (np.maximum(summary.floats("net_amount"), 0.0) + w * shop.mean_order_amount) / (
        orders + w
    )
    return _by_rate(count * worth, count)


def _own_rate_alive(models: Models, summary: Table, horizon_days: int) -> Forecast:
    """Expect the own rate, less as somebody stays away for longer than is usual for them."""
    forecast = _own_rate(models, summary, horizon_days)
    stays = churn.staying_rate(models.churn, models.purchases, summary)
    return _by_rate(forecast.amount * stays, forecast.order_count * stays)


def _purchase_model(models: Models, summary: Table, horizon_days: int) -> Forecast:
    """Expect BG/NBD purchase days, each worth the Gamma-Gamma amount."""
    return _by_model(models.purchases, models, summary, horizon_days)


def _mbg_nbd(models: Models, summary: Table, horizon_days: int) -> Forecast:
    """Expect MBG/NBD purchase days: who bought once may be gone already."""
    return _by_model(models.others["mbg_nbd"], models, summary, horizon_days)


def _pareto_nbd(models: Models, summary: Table, horizon_days: int) -> Forecast:
    """Expect Pareto/NBD purchase days: customers may leave at any time."""
    return _by_model(models.others["pareto_nbd"], models, summary, horizon_days)


def _by_model(fitted: AnyParameters, models: Models, summary: Table, horizon_days: int) -> Forecast:
    forecast = purchases.predict(fitted, summary, horizon_days=horizon_days)
    days = forecast.floats("expected_purchase_count")
    amount = spend.predict(models.spend, summary)["expected_purchase_amount"]
    bought = np.maximum(summary.floats("purchase_day_count"), 1.0)
    orders_a_day = summary.floats("order_count") / bought
    return Forecast(days * amount, days * orders_a_day, forecast.floats("no_purchase_probability"))


def _boosted(models: Models, summary: Table, horizon_days: int) -> Forecast:
    """Expect the purchase model as boosted trees correct it; the model alone where none grew.

    Trees answer for the days they were trained on. Another horizon is reached by the ratio that the
    purchase model has for each customer.
    """
    whole = expect(models.partner, models, summary, horizon_days=horizon_days)
    if models.boosted is None:
        return whole
    if boosting.WINDOW_COLUMNS[0] not in summary:
        raise ValueError("boosted trees read windows: summarize with window_days")
    days = models.boosted.trial_days
    part = (
        whole
        if horizon_days == days
        else expect(models.partner, models, summary, horizon_days=days)
    )
    columns = boosted_columns(models, summary, trial_days=days)
    amount = boosting.predict(models.boosted, columns, part.amount)
    amount = np.where(summary.floats("order_count") > 0, amount, 0.0)
    if part is not whole:
        amount = amount * whole.amount / np.maximum(part.amount, 1e-9)
    worth = spend.predict(models.spend, summary).floats("expected_purchase_amount")
    count = amount / np.maximum(worth, 1e-9)
    known = models.purchases.r + np.nan_to_num(summary.floats("repeat_count"))
    return Forecast(amount, count, (1 + count / known) ** -known)


def _blend(models: Models, summary: Table, horizon_days: int) -> Forecast:
    """Expect the middle between the best purchase model and the boosted trees."""
    first = expect(models.partner, models, summary, horizon_days=horizon_days)
    second = _boosted(models, summary, horizon_days)
    return Forecast(
        (first.amount + second.amount) / 2,
        (first.order_count + second.order_count) / 2,
        (first.no_purchase + second.no_purchase) / 2,
    )


_METHODS: Mapping[str, Callable[[Models, Table, int], Forecast]] = {
    "everybody_mean": _everybody_mean,
    "repeat_last_period": _repeat_last_period,
    "own_rate": _own_rate,
    "shared_rate": _shared_rate,
    "own_rate_alive": _own_rate_alive,
    "purchase_model": _purchase_model,
    "mbg_nbd": _mbg_nbd,
    "pareto_nbd": _pareto_nbd,
    "boosted": _boosted,
    "blend": _blend,
}
# From simple to elaborate: of methods that do equally well, the first is chosen.
METHODS = tuple(_METHODS)
# What anybody could do without a model; kept raw, so that there is something to beat.
NAIVE = ("everybody_mean", "repeat_last_period", "own_rate")
# The purchase models: the second and third are fitted only where a method asks for them.
PURCHASE_MODELS = ("purchase_model", "mbg_nbd", "pareto_nbd")
BOOSTED = ("boosted", "blend")

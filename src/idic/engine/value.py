"""What each customer will bring in the next days, between what and what, and the churn risk.

The door to `forecasts` (the methods), `intervals` and `churn`; which method suits a shop is found
out by `replay`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from idic.engine import churn, intervals, purchases
from idic.engine.churn import ChurnParameters
from idic.engine.forecasts import METHODS, Models, expect, fit_models, observe, summarize
from idic.engine.intervals import Bands
from idic.engine.purchases import PurchaseParameters
from idic.engine.spend import SpendParameters
from idic.engine.table import Source, Table

__all__ = [
    "METHODS",
    "ValueParameters",
    "fit",
    "fit_methods",
    "observe",
    "predict",
    "summarize",
]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ValueParameters:
    """What `fit` learnt. `bands` is empty when history was too short to try the forecast on.

    `churn` is learnt from the shop's past, or of the purchase model (`churn_basis` says which).
    """

    method: str
    horizon_days: int
    churn_horizon_days: int
    purchases: PurchaseParameters
    spend: SpendParameters
    bands: Bands | None
    churn: ChurnParameters

    @property
    def interval_basis(self) -> str:
        """Return `replay` (errors seen on this shop's own past) or `model`."""
        return "replay" if self.bands else "model"

    @property
    def churn_basis(self) -> str:
        """Return `replay` (learnt from who came back before) or `model`."""
        return self.churn.basis

    def to_json(self) -> str:
        """Return the parameters as JSON; `from_json` gives an equal object back."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> ValueParameters:
        """Return the parameters that `to_json` wrote."""
        held: dict[str, Any] = json.loads(text)
        bands = held.pop("bands")
        # Kept fits of before churn was learnt from the past hold none.
        unlearnt = {"basis": "model", "horizon_days": held["churn_horizon_days"]}
        return cls(
            **{
                **held,
                "churn": ChurnParameters.from_json(json.dumps(held.get("churn", unlearnt))),
                "purchases": PurchaseParameters(**held["purchases"]),
                "spend": SpendParameters(**held["spend"]),
                "bands": bands and Bands(**{name: _tuple(cell) for name, cell in bands.items()}),
            }
        )


def fit(
    orders: Source,
    *,
    as_of: dt.date,
    method: str,
    horizon_days: int,
    churn_horizon_days: int | None = None,
) -> ValueParameters:
    """Fit one method on what was known at the end of `as_of`; never raises on well-formed orders.

    In: orders as for `orders.summarize`. Methods, from simple to elaborate (`METHODS`):

    - `repeat_last_period`: the next `horizon_days` bring what the last ones brought
    - `own_rate`: the customer's average per day since the first purchase goes on
    - `own_rate_alive`: the same, less for those away for longer than usual for them (see `churn`)
    - `purchase_model`: BG/NBD purchase days × Gamma-Gamma amounts (see `purchases`, `spend`)

    The interval is learnt from this shop's own errors: the method is fitted as of `horizon_days`
    earlier, and what it expected is set against what came since. That takes orders over twice the
    horizon and 100 customers; otherwise the interval follows from the models.
    `churn_horizon_days` is `horizon_days` when not given; how the risk is learnt tells `churn.fit`.

    >>> orders = {"customer_id": [1, 1, 2], "net_amount": [500, 300, 900],
    ...           "ordered_on": np.array(["2024-01-01", "2024-03-20", "2024-03-01"], "M8[D]")}
    >>> known = fit(orders, as_of=dt.date(2024, 3, 31), method="own_rate", horizon_days=30)
    >>> known.interval_basis, ValueParameters.from_json(known.to_json()) == known
    ('model', True)
    """
    fitted = fit_methods(
        orders,
        as_of=as_of,
        methods=[method],
        horizon_days=horizon_days,
        churn_horizon_days=churn_horizon_days,
    )
    return fitted[method]


def fit_methods(
    orders: Source,
    *,
    as_of: dt.date,
    methods: Sequence[str] = METHODS,
    horizon_days: int,
    churn_horizon_days: int | None = None,
) -> dict[str, ValueParameters]:
    """Fit several methods as `fit` does, sharing what they have in common."""
    unknown = set(methods) - set(METHODS)
    if unknown or horizon_days < 1:
        raise ValueError(f"methods are {', '.join(METHODS)}; horizon_days is at least 1")
    table = Table.read(orders)
    churn_horizon = churn_horizon_days or horizon_days
    summary = summarize(table, as_of=as_of, horizon_days=horizon_days)
    models = fit_models(table, summary, as_of=as_of, churn_horizon_days=churn_horizon)
    bands = _learn_bands(table, churn_horizon, as_of=as_of, methods=methods, horizon=horizon_days)
    return {
        method: ValueParameters(
            method=method,
            horizon_days=horizon_days,
            churn_horizon_days=churn_horizon,
            purchases=models.purchases,
            spend=models.spend,
            bands=bands.get(method),
            churn=models.churn,
        )
        for method in methods
    }


def predict(
    parameters: ValueParameters,
    source: Source,
    *,
    as_of: dt.date,
    horizon_days: int | None = None,
) -> Table:
    """Forecast each customer's next `horizon_days` (those of the fit when not given).

    In: orders, or a summary from `value.summarize` made for this `as_of` and horizon. Out:

    - `expected_amount`: net, in minor units (a mean, so not a whole number)
    - `low_amount`, `high_amount`: 8 of 10 such customers bring something between these; from 0
      where one in ten or more brings nothing. The expected amount always lies inside
    - `expected_order_count`
    - `churn_risk`: chance of no purchase within the fit's `churn_horizon_days`, whatever the method

    >>> orders = {"customer_id": [1, 1, 2], "net_amount": [500, 300, 900],
    ...           "ordered_on": np.array(["2024-01-01", "2024-03-20", "2024-03-01"], "M8[D]")}
    >>> known = fit(orders, as_of=dt.date(2024, 3, 31), method="own_rate", horizon_days=30)
    >>> predict(known, orders, as_of=dt.date(2024, 3, 31))["expected_amount"].round().tolist()
    [267.0, 900.0]
    """
    horizon = horizon_days or parameters.horizon_days
    table = Table.read(source)
    if "ordered_on" in table:
        table = summarize(table, as_of=as_of, horizon_days=horizon)
    models = Models(parameters.purchases, parameters.spend, parameters.churn)
    forecast = expect(parameters.method, models, table, horizon_days=horizon)
    if parameters.bands:
        scale = horizon / parameters.horizon_days
        low, high = intervals.from_bands(parameters.bands, forecast.amount, scale=scale)
    else:
        bought = purchases.predict(parameters.purchases, table, horizon_days=horizon)
        none = bought["no_purchase_probability"]
        low, high = intervals.from_models(
            models, table, forecast.amount, none, forecast.order_count
        )
    risk = churn.predict(parameters.churn, parameters.purchases, table)
    return Table(
        {
            "customer_id": table["customer_id"],
            "expected_amount": forecast.amount,
            "low_amount": low,
            "high_amount": high,
            "expected_order_count": forecast.order_count,
            "churn_risk": risk["churn_risk"],
        }
    )


def _learn_bands(
    orders: Table, churn_horizon: int, *, as_of: dt.date, methods: Sequence[str], horizon: int
) -> dict[str, Bands | None]:
    """Try every method one horizon earlier and learn how far off it was."""
    origin = as_of - dt.timedelta(days=horizon)
    days = orders["ordered_on"].astype("datetime64[D]")
    known = days[days <= np.datetime64(origin, "D")]
    if not len(known) or np.datetime64(origin, "D") - known.min() + 1 < horizon:
        return {}
    summary = summarize(orders, as_of=origin, horizon_days=horizon)
    if len(summary) < intervals.FEWEST_CUSTOMERS:
        return {}
    amounts, _ = observe(orders, summary["customer_id"], after=origin, until=as_of)
    models = fit_models(orders, summary, as_of=origin, churn_horizon_days=churn_horizon)
    return {
        method: intervals.fit_bands(
            expect(method, models, summary, horizon_days=horizon).amount,
            amounts.astype(np.float64),
        )
        for method in methods
    }


def _tuple(cell: Any) -> Any:
    return tuple(cell) if isinstance(cell, list) else cell

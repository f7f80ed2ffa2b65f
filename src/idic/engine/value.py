"""What each customer will bring in the next days, between what and what, and the churn risk.

The door to `forecasts` (the methods), `intervals` and `churn`; which method suits a shop is found
out by `replay`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from idic.engine import churn, intervals
from idic.engine.boosting import BoostedParameters
from idic.engine.churn import ChurnParameters
from idic.engine.forecasts import (
    BOOSTED,
    METHODS,
    NAIVE,
    Models,
    ShopParameters,
    observe,
    summarize,
)
from idic.engine.intervals import Calibration, Shape, scaled
from idic.engine.purchases import (
    AnyParameters,
    MbgNbdParameters,
    ParetoNbdParameters,
    PurchaseParameters,
)
from idic.engine.seasons import Seasons
from idic.engine.spend import SpendParameters
from idic.engine.table import Source, Table
from idic.engine.trials import Past, calibrate, seasonal

__all__ = [
    "METHODS",
    "NAIVE",
    "ValueParameters",
    "fit",
    "fit_methods",
    "observe",
    "predict",
    "predict_total",
    "summarize",
]

Floats = NDArray[np.float64]

_ROWS_AT_ONCE = 100_000
_OTHERS: dict[str, type[AnyParameters]] = {
    "mbg_nbd": MbgNbdParameters,
    "pareto_nbd": ParetoNbdParameters,
}


@dataclass(frozen=True)
class ValueParameters:
    """What `fit` learnt; `predict` needs nothing else.

    `trial_days` is the length of the earlier forecasts that `calibration` and the trees in
    `boosted` were learnt from. `first_day` is that of the first order known.
    """

    method: str
    horizon_days: int
    churn_horizon_days: int
    purchases: PurchaseParameters
    spend: SpendParameters
    churn: ChurnParameters
    shop: ShopParameters = field(default_factory=ShopParameters)
    calibration: Calibration = field(default_factory=Calibration)
    seasons: Seasons = field(default_factory=Seasons)
    boosted: BoostedParameters | None = None
    others: dict[str, AnyParameters] = field(default_factory=dict)
    partner: str = "purchase_model"
    trial_days: int = 0
    first_day: str = ""

    @property
    def interval_basis(self) -> str:
        """Return `replay` (errors seen on this shop's own past) or `model`."""
        return "replay" if self.calibration.customer_count else "model"

    @property
    def churn_basis(self) -> str:
        """Return `replay` (learnt from who came back before) or `model`."""
        return self.churn.basis

    @property
    def window_days(self) -> int | None:
        """Return the `window_days` that a summary needs for these parameters, None for none."""
        return self.boosted.trial_days if self.boosted and self.method in BOOSTED else None

    @property
    def models(self) -> Models:
        """Return the models the method reads."""
        return Models(
            self.purchases,
            self.spend,
            self.churn,
            self.shop,
            self.boosted,
            self.others,
            self.partner,
        )

    def to_json(self) -> str:
        """Return the parameters as JSON; `from_json` gives an equal object back."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> ValueParameters:
        """Return the parameters that `to_json` wrote, or an earlier version of it."""
        held: dict[str, Any] = json.loads(text)
        held.pop("bands", None)  # how intervals were kept before they were distributions
        # Kept fits of before churn was learnt from the past hold none.
        unlearnt = {"basis": "model", "horizon_days": held["churn_horizon_days"]}
        boosted = held.get("boosted")
        return cls(
            **{
                **held,
                "churn": ChurnParameters.from_json(json.dumps(held.get("churn", unlearnt))),
                "purchases": PurchaseParameters(**held["purchases"]),
                "spend": SpendParameters(**held["spend"]),
                "shop": ShopParameters(**held.get("shop", {})),
                "calibration": Calibration.from_held(held["calibration"])
                if "calibration" in held
                else Calibration(),
                "seasons": Seasons.from_json(json.dumps(held["seasons"]))
                if "seasons" in held
                else Seasons(),
                "others": {
                    name: _OTHERS[name](**cell) for name, cell in held.get("others", {}).items()
                },
                "boosted": boosted and BoostedParameters.from_held(boosted),
            }
        )


def fit(
    orders: Source,
    *,
    as_of: dt.date,
    method: str,
    horizon_days: int,
    churn_horizon_days: int | None = None,
    trial_days: int | None = None,
    calendar: str = "",
    past: Past | None = None,
) -> ValueParameters:
    """Fit one method on what was known at the end of `as_of`; never raises on well-formed orders.

    In: orders as for `orders.summarize`. Methods, from simple to elaborate (`METHODS`):

    - `everybody_mean`: all bring what all brought on average in the last `horizon_days`
    - `repeat_last_period`: the next `horizon_days` bring what the last ones brought
    - `own_rate`: the customer's average per day since the first purchase goes on
    - `shared_rate`: the same drawn toward what is usual in the shop; what is used without a past
    - `own_rate_alive`: the own rate, less for those away for longer than usual for them (`churn`)
    - `purchase_model`: BG/NBD purchase days × Gamma-Gamma amounts (see `purchases`, `spend`)
    - `mbg_nbd`, `pareto_nbd`: the same with other ideas of when customers leave
    - `boosted`: the best of these as trees correct it by counts in several windows (`boosting`)
    - `blend`: the middle between the best purchase model and the trees

    The first three are naive and stay as they are. All others are moved by the season where the
    shop has shown one (`seasons`; `calendar` is `vi` or `zh` where a lunar new year is kept), and
    by the level that the last forecasts missed.

    Everything is learnt from this shop's own errors: the method is fitted as of `trial_days`
    (`horizon_days` when not given) earlier, up to three times, and what it expected is set against
    what came since. That takes orders over twice that time and 100 customers; otherwise the
    interval follows from the models. `past` saves making those earlier forecasts again.
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
        trial_days=trial_days,
        calendar=calendar,
        past=past,
    )
    return fitted[method]


def fit_methods(
    orders: Source,
    *,
    as_of: dt.date,
    methods: Sequence[str] = METHODS,
    horizon_days: int,
    churn_horizon_days: int | None = None,
    trial_days: int | None = None,
    calendar: str = "",
    past: Past | None = None,
) -> dict[str, ValueParameters]:
    """Fit several methods as `fit` does, sharing what they have in common."""
    unknown = set(methods) - set(METHODS)
    if unknown or horizon_days < 1:
        raise ValueError(f"methods are {', '.join(METHODS)}; horizon_days is at least 1")
    past = past or Past(
        Table.read(orders),
        as_of=as_of,
        trial_days=trial_days or horizon_days,
        methods=methods,
        churn_horizon_days=churn_horizon_days or horizon_days,
        calendar=calendar,
    )
    summary = summarize(past.orders, as_of=as_of, horizon_days=past.trial_days)
    models = past.fit_models(0, summary=summary, known=past.orders)
    models = past.with_trees(models, 0)
    days = past.orders["ordered_on"]
    first_day = str(days.min().astype("datetime64[D]")) if len(days) else str(as_of)
    lessons = past.lessons(0)
    swings = past.fit_seasons(0)
    return {
        method: ValueParameters(
            method=method,
            horizon_days=horizon_days,
            churn_horizon_days=past.churn_horizon_days,
            purchases=models.purchases,
            spend=models.spend,
            churn=models.churn,
            shop=models.shop,
            calibration=calibrate(method, lessons),
            seasons=swings,
            boosted=models.boosted if method in BOOSTED else None,
            others=_asked_for(method, models),
            partner=models.partner if method in BOOSTED else "purchase_model",
            trial_days=past.trial_days,
            first_day=first_day,
        )
        for method in methods
    }


def _asked_for(method: str, models: Models) -> dict[str, AnyParameters]:
    """Return the purchase models beside BG/NBD that a method reads."""
    wanted = models.partner if method in BOOSTED else method
    return {name: fitted for name, fitted in models.others.items() if name == wanted}


def predict(
    parameters: ValueParameters,
    source: Source,
    *,
    as_of: dt.date,
    horizon_days: int | None = None,
) -> Table:
    """Forecast each customer's next `horizon_days` (those of the fit when not given).

    In: orders, or a summary from `value.summarize` made for this `as_of`, horizon and the
    parameters' `window_days`. Out:

    - `expected_amount`: net, in minor units (a mean, so not a whole number)
    - `low_amount`, `high_amount`: 8 of 10 such customers bring something between these; from 0
      where one in ten or more brings nothing. The expected amount always lies inside
    - `median_amount`: half of such customers bring no more
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
        table = summarize(
            table, as_of=as_of, horizon_days=horizon, window_days=parameters.window_days
        )
    if len(table) > _ROWS_AT_ONCE:
        # Trees read thirty columns a customer: of a million that would be a gigabyte more.
        parts = [
            predict(parameters, table.filter(rows), as_of=as_of, horizon_days=horizon)
            for rows in np.array_split(np.arange(len(table)), -(-len(table) // _ROWS_AT_ONCE))
        ]
        return Table(
            {name: np.concatenate([part[name] for part in parts]) for name in parts[0].columns}
        )
    amount, count, drawn = _draw(parameters, table, as_of=as_of, horizon_days=horizon)
    low, high = intervals.ends(drawn, parameters.calibration, amount)
    risk = churn.predict(parameters.churn, parameters.purchases, table)
    return Table(
        {
            "customer_id": table["customer_id"],
            "expected_amount": amount,
            "low_amount": low,
            "high_amount": high,
            "median_amount": intervals.quantile(drawn, parameters.calibration, 0.5),
            "expected_order_count": count,
            "churn_risk": risk["churn_risk"],
        }
    )


def predict_total(
    parameters: ValueParameters,
    source: Source,
    *,
    as_of: dt.date,
    horizon_days: int | None = None,
    chance: float = 0.8,
) -> tuple[float, float, float]:
    """Return low end, expectation and high end of what all these customers bring together.

    In: as for `predict`. The ends hold the total with this chance, as far as the shop's totals can
    be missed like those of the earlier forecasts.
    """
    horizon = horizon_days or parameters.horizon_days
    table = Table.read(source)
    if "ordered_on" in table:
        table = summarize(
            table, as_of=as_of, horizon_days=horizon, window_days=parameters.window_days
        )
    amount, _, drawn = _draw(parameters, table, as_of=as_of, horizon_days=horizon)
    total = float(amount.sum())
    low, high = intervals.total_ends(drawn, parameters.calibration, total, chance=chance)
    return low, total, high


def _draw(
    parameters: ValueParameters, table: Table, *, as_of: dt.date, horizon_days: int
) -> tuple[Floats, Floats, Shape]:
    first = dt.date.fromisoformat(parameters.first_day) if parameters.first_day else as_of
    forecast = seasonal(
        parameters.method,
        parameters.models,
        parameters.seasons,
        table,
        origin=as_of,
        horizon_days=horizon_days,
        first_day=first,
    )
    forecast = scaled(forecast, parameters.calibration.level)
    drawn = intervals.shape(parameters.models, table, forecast, parameters.calibration)
    return forecast.amount, forecast.order_count, drawn

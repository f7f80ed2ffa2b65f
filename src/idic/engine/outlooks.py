"""What all customers together are expected to bring by when, and what that is worth today.

Totals over several horizons from one fit; what each customer brings is in `value`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from idic.engine.table import Table
from idic.engine.value import ValueParameters, predict_total, summarize

HORIZONS = (91, 182, 365, 730, 1095)
_YEAR_DAYS = 365.25
_MONTH_DAYS = _YEAR_DAYS / 12


@dataclass(frozen=True)
class Outlook:
    """Between what and what all customers' total of the next `days` ends, 8 times in 10."""

    days: int
    low_amount: float
    expected_amount: float
    high_amount: float


def look_ahead(
    parameters: ValueParameters,
    orders: Table,
    *,
    as_of: dt.date,
    horizons: Sequence[int] = HORIZONS,
) -> tuple[Outlook, ...]:
    """Expect the total of all customers known over each horizon, in minor units.

    In: orders as for `value.fit`. Repeating the last period is repeating it over and over.
    """
    summary = summarize(
        orders,
        as_of=as_of,
        horizon_days=parameters.horizon_days,
        window_days=parameters.window_days,
    )
    repeats = parameters.method == "repeat_last_period"
    found = []
    for days in horizons:
        horizon = parameters.horizon_days if repeats else days
        share = days / horizon
        low, expected, high = predict_total(parameters, summary, as_of=as_of, horizon_days=horizon)
        found.append(Outlook(days, low * share, expected * share, high * share))
    return tuple(found)


def present_value(
    outlooks: Sequence[Outlook], *, horizon_days: float, discount_rate: float
) -> Outlook:
    """Return the total by a day between the horizons known, in money of today.

    What comes between two horizons is spread evenly over the days, and each month discounted to its
    middle, as in `clv.predict`; `discount_rate` is a year's.

    >>> year = [Outlook(365, 90.0, 120.0, 150.0)]
    >>> present_value(year, horizon_days=365, discount_rate=0.0).expected_amount
    120.0
    >>> round(present_value(year, horizon_days=365, discount_rate=0.1).expected_amount, 1)
    114.5
    """
    if discount_rate <= -1 or horizon_days <= 0:
        raise ValueError("a discount rate is above −1, a horizon is longer than nothing")
    days = [0.0, *(float(one.days) for one in outlooks)]
    ends = np.append(np.arange(_MONTH_DAYS, horizon_days - 1e-9, _MONTH_DAYS), horizon_days)
    starts = np.append(0.0, ends[:-1])
    factors = (1 + discount_rate) ** -((starts + ends) / 2 / _YEAR_DAYS)

    def worth(name: str) -> float:
        amounts = [0.0, *(getattr(one, name) for one in outlooks)]
        return float((np.diff(np.interp(ends, days, amounts), prepend=0.0) * factors).sum())

    return Outlook(
        round(horizon_days), worth("low_amount"), worth("expected_amount"), worth("high_amount")
    )

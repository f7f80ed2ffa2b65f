"""What customers are worth: expected purchases × their amounts, discounted, at a margin.

Joins any model of `purchases` with `spend`; how sure that is, is the business of `intervals`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from idic.engine import purchases, spend
from idic.engine.purchases import AnyParameters
from idic.engine.spend import SpendParameters
from idic.engine.table import Source, Table

Floats = NDArray[np.float64]

_YEAR_DAYS = 365.25
_MONTH_DAYS = _YEAR_DAYS / 12


def predict(
    bought: AnyParameters,
    spent: SpendParameters,
    summary: Source,
    *,
    horizon_days: float,
    discount_rate: float,
    margin_rate: float | None = None,
) -> Table:
    """Expect what each customer brings over the horizon, in money of today.

    In: a summary of `orders.summarize`; `discount_rate` a year (0.1 is a tenth less for each year
    of waiting); `margin_rate` what is left of an amount after the cost of goods. Out, in minor
    units:

    - `expected_purchase_count`: purchase days within the horizon
    - `expected_amount`: their amounts, not discounted
    - `clv_revenue_amount`: discounted; or, where `margin_rate` is given, `clv_margin_amount`:
      discounted and times the margin. Without cost there is no column that looks like profit

    Purchases are summed month by month, each month's discounted to its middle (Fader, Hardie & Lee,
    "RFM and CLV", J. of Marketing Research 42 (2005), eq. 1, in discrete time). Assumes that
    amounts do not go with how often somebody buys, and that prices stay as they are.

    >>> steady = purchases.PurchaseParameters(r=1.0, alpha_days=30.0, a=0.0, b=1.0)
    >>> amounts = SpendParameters(p=6.25, q=3.74, gamma_amount=1544.0)
    >>> known = {"customer_id": [1], "repeat_count": [9], "purchase_day_count": [10],
    ...          "age_at_last_purchase_days": [350.0], "customer_age_days": [365.0],
    ...          "net_amount": [30_000]}
    >>> worth = predict(steady, amounts, known, horizon_days=365.25, discount_rate=0.1,
    ...                 margin_rate=0.4)
    >>> [round(worth[name][0]) for name in worth.columns[2:]]
    [27943, 10661]
    """
    if discount_rate <= -1 or horizon_days <= 0:
        raise ValueError("a discount rate is above −1, a horizon is longer than nothing")
    table = Table.read(summary)
    ahead, spread = purchases.look_ahead(bought, table)
    ends, factors = _months(horizon_days, discount_rate)
    counts = ahead.expected_by(ends.tolist())
    monthly = np.diff(counts, axis=0, prepend=0.0)
    discounted = np.zeros(counts.shape[1])
    for month, factor in zip(monthly, factors.tolist(), strict=True):
        discounted += factor * month
    amount = spend.predict(spent, table).floats("expected_purchase_amount")
    worth = spread(discounted, 0.0) * amount
    count = spread(counts[-1], 0.0)
    name = "clv_revenue_amount" if margin_rate is None else "clv_margin_amount"
    return Table(
        {
            "customer_id": table["customer_id"],
            "expected_purchase_count": count,
            "expected_amount": count * amount,
            name: worth if margin_rate is None else worth * margin_rate,
        }
    )


def _months(horizon_days: float, discount_rate: float) -> tuple[Floats, Floats]:
    """Return the last day of each month of the horizon, and what its money is worth today."""
    starts = np.arange(0.0, horizon_days - 1e-9, _MONTH_DAYS)
    ends = np.append(starts[1:], horizon_days)
    return ends, (1 + discount_rate) ** -((starts + ends) / 2 / _YEAR_DAYS)

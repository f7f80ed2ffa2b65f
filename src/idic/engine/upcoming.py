"""A customer's next purchase: when, how large, and between what and what.

Of one purchase only; what comes over a time is in `value`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from idic.engine import purchases
from idic.engine.purchases import AnyParameters
from idic.engine.spend import SpendParameters

_WITHIN_DAYS = 730.0
_ENDS = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class NextPurchase:
    """When and how large the next purchase is, with the ends that 8 of 10 fall between.

    `chance` is that of coming again within two years; days count from the day looked at, of those
    who do come. Amounts are in minor units; `usual_amount` is exceeded half of the time.
    """

    chance: float
    early_days: float
    usual_days: float
    late_days: float
    low_amount: float
    usual_amount: float
    high_amount: float


def expect_next(
    bought: AnyParameters,
    spent: SpendParameters,
    *,
    purchase_day_count: int,
    net_amount: float,
    age_at_last_purchase_days: float,
    customer_age_days: float,
) -> NextPurchase:
    """Expect the next purchase of one customer who has bought; always finite.

    The day is that of `purchases.predict_next`. The amount follows from Gamma-Gamma: with n
    purchases of S in sum, the next one is (γ + S) · B/(1 − B), B ~ Beta(p, q + p·n), which is the
    posterior predictive distribution of the model (Fader & Hardie 2013).

    >>> steady = purchases.PurchaseParameters(r=1.0, alpha_days=30.0, a=0.1, b=9.0)
    >>> amounts = SpendParameters(p=6.25, q=3.74, gamma_amount=1544.0)
    >>> coming = expect_next(steady, amounts, purchase_day_count=10, net_amount=30_000,
    ...                      age_at_last_purchase_days=350.0, customer_age_days=365.0)
    >>> round(coming.usual_days), round(coming.low_amount), round(coming.high_amount)
    (28, 1566, 4718)
    """
    known = {
        "customer_id": [1],
        "repeat_count": [max(purchase_day_count - 1, 0)],
        "age_at_last_purchase_days": [age_at_last_purchase_days],
        "customer_age_days": [customer_age_days],
    }
    day = purchases.predict_next(bought, known, within_days=_WITHIN_DAYS)
    early, usual, late = (
        float(np.nan_to_num(day.floats(name)[0], nan=_WITHIN_DAYS))
        for name in ("early_days", "median_days", "late_days")
    )
    share = scipy.special.betaincinv(
        spent.p, spent.q + spent.p * purchase_day_count, np.array(_ENDS)
    )
    ends = (spent.gamma_amount + max(net_amount, 0.0)) * share / (1 - share)
    low, middle, high = ends.tolist()
    chance = float(day.floats("purchase_probability")[0])
    return NextPurchase(chance, early, usual, late, low, middle, high)

"""BG/NBD: customers buy at steady rates, and each repeat purchase may be the last.

One cell of the row of purchase models; see `idic.engine.purchases` for the door to all.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import numpy as np

from idic.engine.purchases import after_purchase
from idic.engine.purchases.histories import Floats, read_histories
from idic.engine.purchases.outlook import AfterPurchase, Never, Outlook
from idic.engine.table import Source, Table


@dataclass(frozen=True)
class BgNbdParameters:
    """What `fit` learnt: purchases come at rate Gamma(r, alpha), dropout at Beta(a, b).

    `alpha_days` is in days; `a` is 0 when dropout is not detectable, and the model is then NBD.
    `reason_code` is empty, or says why the fit is only a fallback: `no_customers`,
    `no_repeat_purchases`, `not_converged`.

    >>> known = BgNbdParameters(r=0.243, alpha_days=30.9, a=0.793, b=2.426)
    >>> BgNbdParameters.from_json(known.to_json()) == known
    True
    """

    r: float
    alpha_days: float
    a: float
    b: float
    log_likelihood: float = 0.0
    customer_count: int = 0
    converged: bool = True
    dropout_detectable: bool = True
    reason_code: str = ""

    @property
    def sees_churn(self) -> bool:
        """Return whether customers who left for good can be told from those who are silent."""
        return self.dropout_detectable

    def to_json(self) -> str:
        """Return the parameters as JSON; `from_json` gives an equal object back."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> BgNbdParameters:
        """Return the parameters that `to_json` wrote."""
        return cls(**json.loads(text))


def fit(summary: Source) -> BgNbdParameters:
    """Fit BG/NBD by maximum likelihood; never raises on any well-formed summary.

    In: `repeat_count` (x), `age_at_last_purchase_days` (t_x), `customer_age_days` (T), as
    `orders.summarize` gives them. Customers without a purchase (T missing) are left out.

    Fader, Hardie & Lee, "Counting Your Customers the Easy Way", Marketing Science 24 (2005), eq. 6,
    in logarithms, with its analytic gradient, over the distinct (x, t_x, T).

    Assumes that a customer buys at a steady rate until dropping out for good after some repeat
    purchase, and that rates and dropout chances differ between customers (Gamma and Beta),
    independently. No season. On one day several orders are one purchase.

    Dropout must earn its two parameters: where BG/NBD is not better than NBD (Ehrenberg 1959) by a
    likelihood-ratio test at 95 %, `dropout_detectable` is False, `a` is 0, and only "no purchase
    in the next days" can be told, not "gone for good".

    >>> fit({"repeat_count": [0, 0], "age_at_last_purchase_days": [0, 0],
    ...      "customer_age_days": [30, 90]}).reason_code
    'no_repeat_purchases'
    """
    found = after_purchase.fit(read_histories(Table.read(summary)), leaves_at_first=False)
    return BgNbdParameters(**asdict(found))


def outlook(parameters: BgNbdParameters, x: Floats, recency: Floats, age: Floats) -> Outlook:
    """Return what is known of customers with these x, t_x and T (days)."""
    shape, rate = parameters.r + x, parameters.alpha_days + age
    if not parameters.a:
        return Outlook(np.ones(len(x)), shape, rate, Never())
    alive = after_purchase.alive(
        parameters.r, parameters.alpha_days, parameters.a, parameters.b,
        chances=x, x=x, recency=recency, age=age,
    )  # fmt: skip
    return Outlook(alive, shape, rate, AfterPurchase(parameters.a, parameters.b + x))

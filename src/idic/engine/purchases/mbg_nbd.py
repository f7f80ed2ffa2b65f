"""MBG/NBD: as BG/NBD, but the very first purchase, too, may be the last.

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
class MbgNbdParameters:
    """What `fit` learnt: purchases come at rate Gamma(r, alpha), dropout at Beta(a, b).

    The fields mean what they do in `BgNbdParameters`.

    >>> known = MbgNbdParameters(r=0.525, alpha_days=43.3, a=0.891, b=1.614)
    >>> MbgNbdParameters.from_json(known.to_json()) == known
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
    def from_json(cls, text: str) -> MbgNbdParameters:
        """Return the parameters that `to_json` wrote."""
        return cls(**json.loads(text))


def fit(summary: Source) -> MbgNbdParameters:
    """Fit MBG/NBD by maximum likelihood; never raises on any well-formed summary.

    In and guards as for `bg_nbd.fit`. Batislam, Denizel & Filiztekin, "Empirical validation and
    comparison of models for customer base analysis", Int. J. of Research in Marketing 24 (2007).

    Suits shops of which many never come back: BG/NBD takes who bought once to be there for ever.

    >>> fit({"repeat_count": [0, 0], "age_at_last_purchase_days": [0, 0],
    ...      "customer_age_days": [30, 90]}).reason_code
    'no_repeat_purchases'
    """
    found = after_purchase.fit(read_histories(Table.read(summary)), leaves_at_first=True)
    return MbgNbdParameters(**asdict(found))


def outlook(parameters: MbgNbdParameters, x: Floats, recency: Floats, age: Floats) -> Outlook:
    """Return what is known of customers with these x, t_x and T (days)."""
    shape, rate = parameters.r + x, parameters.alpha_days + age
    if not parameters.a:
        return Outlook(np.ones(len(x)), shape, rate, Never())
    alive = after_purchase.alive(
        parameters.r, parameters.alpha_days, parameters.a, parameters.b,
        chances=x + 1, x=x, recency=recency, age=age,
    )  # fmt: skip
    return Outlook(alive, shape, rate, AfterPurchase(parameters.a, parameters.b + x + 1))

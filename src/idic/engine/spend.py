"""What a purchase of each customer is worth: the Gamma-Gamma model. How often is in `purchases`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from idic.engine.table import Source, Table

Floats = NDArray[np.float64]

# Bounds of p, q − 1 and gamma / mean amount. q stays above 1.05, where the mean of all customers
# would run away; amounts are scaled by their mean, so that any currency fits in.
_LOWER = np.log([1e-2, 0.05, 1e-4])
_UPPER = np.log([1e4, 1e4, 1e4])
_GRADIENT_TOLERANCE = 1e-4
_FEWEST_CUSTOMERS = 3


@dataclass(frozen=True)
class SpendParameters:
    """What `fit` learnt: amounts are Gamma(p, ν), and ν differs as Gamma(q, gamma_amount).

    `gamma_amount` is in minor units. `reason_code` is empty, or `no_customers`, `few_customers`
    (then everyone is expected to spend the shop's mean) or `not_converged`.

    >>> known = SpendParameters(p=6.25, q=3.74, gamma_amount=1544.0)
    >>> SpendParameters.from_json(known.to_json()) == known
    True
    """

    p: float
    q: float
    gamma_amount: float
    log_likelihood: float = 0.0
    customer_count: int = 0
    converged: bool = True
    reason_code: str = ""

    @property
    def mean_amount(self) -> float:
        """Return the mean amount of a purchase by a customer of whom nothing is known."""
        return self.p * self.gamma_amount / (self.q - 1)

    def to_json(self) -> str:
        """Return the parameters as JSON; `from_json` gives an equal object back."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> SpendParameters:
        """Return the parameters that `to_json` wrote."""
        return cls(**json.loads(text))


def fit(summary: Source) -> SpendParameters:
    """Fit Gamma-Gamma by maximum likelihood; never raises on any well-formed summary.

    In: `purchase_day_count` (how many amounts a customer has) and `net_amount` (their sum, minor
    units), as `orders.summarize` gives them. Customers without a purchase, or whose returns eat the
    whole sum, are left out.

    Fader & Hardie, "The Gamma-Gamma Model of Monetary Value" (2013), eq. 1a. Assumes that the
    amount of a purchase varies around the customer's own mean, that means vary between customers,
    and that neither goes with how often they buy.

    >>> fit({"purchase_day_count": [2], "net_amount": [500]}).reason_code
    'few_customers'
    """
    count, total = _columns(Table.read(summary))
    usable = (count > 0) & (total > 0)
    count, total = count[usable], total[usable]
    if len(count) < _FEWEST_CUSTOMERS:
        return _fallback(count, total)
    scale = float(total.sum() / count.sum())
    theta, value, gradient = _maximize(count, total / scale)
    p, q_above_one, gamma = np.exp(theta).tolist()
    converged = gradient < _GRADIENT_TOLERANCE
    return SpendParameters(
        p=p,
        q=1 + q_above_one,
        gamma_amount=gamma * scale,
        log_likelihood=value - len(count) * float(np.log(scale)),
        customer_count=len(count),
        converged=converged,
        reason_code="" if converged else "not_converged",
    )


def predict(parameters: SpendParameters, summary: Source) -> Table:
    """Expect the amount of each customer's next purchase.

    In: `customer_id`, `purchase_day_count`, `net_amount`. Out: `customer_id`,
    `expected_purchase_amount` in minor units: p·(gamma + total) / (p·count + q − 1), between the
    customer's own mean and the shop's (eq. 5). A total below zero counts as zero.

    >>> cdnow = SpendParameters(p=6.25, q=3.74, gamma_amount=1544.0)
    >>> known = {"customer_id": [1], "purchase_day_count": [2], "net_amount": [4500]}
    >>> round(predict(cdnow, known).rows()[0][1])
    2479
    """
    table = Table.read(summary)
    count, total = _columns(table)
    p, q, gamma = parameters.p, parameters.q, parameters.gamma_amount
    expected = p * (gamma + np.maximum(total, 0.0)) / (p * count + q - 1)
    return Table({"customer_id": table["customer_id"], "expected_purchase_amount": expected})


def _columns(table: Table) -> tuple[Floats, Floats]:
    return table.floats("purchase_day_count"), table.floats("net_amount")


def _fallback(count: Floats, total: Floats) -> SpendParameters:
    mean = float(total.sum() / count.sum()) if len(count) else 0.0
    # With q this large a customer's own amounts weigh nothing.
    return SpendParameters(
        p=1.0,
        q=1e9 + 1,
        gamma_amount=mean * 1e9,
        customer_count=len(count),
        converged=False,
        reason_code="few_customers" if len(count) else "no_customers",
    )


def _maximize(count: Floats, total: Floats) -> tuple[Floats, float, float]:
    """Return the best ln(p, q − 1, gamma), their log-likelihood and largest free gradient."""
    counts, places = np.unique(count, return_inverse=True)
    weights = np.bincount(places).astype(np.float64)
    customers = len(count)
    log_total = np.log(total)
    # The density is of the mean amount, as in the paper.
    constant = float((log_total - np.log(count)).sum())
    count_log_total = _dot(count, log_total)

    def loss(theta: Floats) -> tuple[float, Floats]:
        p, above, gamma = np.exp(theta)
        q = 1 + above
        log_sum = np.log(gamma + total)
        sum_log_sum, count_log_sum = float(log_sum.sum()), _dot(count, log_sum)
        value = _dot(
            weights,
            scipy.special.gammaln(p * counts + q)
            - scipy.special.gammaln(p * counts)
            - scipy.special.gammaln(q),
        )
        value += customers * q * float(theta[2]) + p * (count_log_total - count_log_sum)
        value -= constant + q * sum_log_sum
        d_p = _dot(
            weights * counts,
            scipy.special.digamma(p * counts + q) - scipy.special.digamma(p * counts),
        )
        d_p += count_log_total - count_log_sum
        d_q = _dot(weights, scipy.special.digamma(p * counts + q) - scipy.special.digamma(q))
        d_q += customers * float(theta[2]) - sum_log_sum
        d_gamma = customers * q / gamma - float(((p * count + q) / (gamma + total)).sum())
        gradient = np.array([d_p * p, d_q * above, d_gamma * gamma])
        return -float(value) / customers, -gradient / customers

    found = scipy.optimize.minimize(
        loss,
        np.log([2.0, 2.0, 1.0]),
        jac=True,
        method="L-BFGS-B",
        bounds=list(zip(_LOWER, _UPPER, strict=True)),
        options={"maxiter": 1000, "ftol": 1e-14, "gtol": 1e-8},
    )
    blocked = ((found.x <= _LOWER) & (found.jac > 0)) | ((found.x >= _UPPER) & (found.jac < 0))
    gradient = float(np.abs(np.where(blocked, 0.0, found.jac)).max())
    return found.x, -float(found.fun) * customers, gradient


def _dot(first: Floats, second: Floats) -> float:
    # Not `@`: BLAS starts threads for long vectors, which costs more than the product.
    return float((first * second).sum())

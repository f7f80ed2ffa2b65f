"""What a purchase of each customer is worth: the Gamma-Gamma model. How often is in `purchases`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cached_property

import numpy as np
import scipy
from numpy.typing import NDArray

from idic.engine.maximum import maximize
from idic.engine.table import Source, Table

Floats = NDArray[np.float64]

# Bounds of p, q − 1 and gamma / mean amount. q stays above 1.05, where the mean of all customers
# would run away; amounts are scaled by their mean, so that any currency fits in.
_LOWER = np.log([1e-2, 0.05, 1e-4])
_UPPER = np.log([1e4, 1e4, 1e4])
_STARTS = [np.log([2.0, 2.0, 1.0]), np.log([0.5, 1.0, 1.0]), np.log([20.0, 5.0, 0.2])]
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
    data = Totals(count, total / scale, np.ones(len(count)))
    found = maximize(log_likelihood, data, starts=_STARTS, lower=_LOWER, upper=_UPPER)
    p, q_above_one, gamma = np.exp(found.theta).tolist()
    return SpendParameters(
        p=p,
        q=1 + q_above_one,
        gamma_amount=gamma * scale,
        log_likelihood=found.value - len(count) * float(np.log(scale)),
        customer_count=len(count),
        converged=found.converged,
        reason_code="" if found.converged else "not_converged",
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


@dataclass(frozen=True)
class Totals:
    """Totals of customers in the shop's mean amount, and of how many purchases each is the sum."""

    count: Floats
    total: Floats
    weight: Floats

    def __len__(self) -> int:
        return len(self.count)

    @cached_property
    def customer_count(self) -> float:
        """Return how many customers there are."""
        return float(self.weight.sum())

    @cached_property
    def counts(self) -> tuple[Floats, Floats, NDArray[np.int64]]:
        """Return the distinct counts, how many customers have each, and the place of theirs."""
        counts, places = np.unique(self.count, return_inverse=True)
        return counts, np.bincount(places, self.weight).astype(np.float64), places

    @cached_property
    def sums(self) -> tuple[float, float]:
        """Return the sums of ln(mean amount) and of count · ln(total)."""
        log_total = np.log(self.total)
        means = (self.weight * (log_total - np.log(self.count))).sum()
        return float(means), float((self.weight * self.count * log_total).sum())

    def sample(self, size: int) -> Totals:
        """Return every n-th of them, standing for all."""
        kept = np.arange(0, len(self), max(-(-len(self) // size), 1))
        weight = self.weight[kept] * self.weight.sum() / self.weight[kept].sum()
        return Totals(self.count[kept], self.total[kept], weight)


def log_likelihood(theta: Floats, data: Totals) -> tuple[float, Floats]:
    """Return the log-likelihood of the mean amounts and its gradient in ln p, ln(q − 1), ln gamma.

    What depends on the count alone is computed once a distinct count.
    """
    special = scipy.special
    p, above, gamma = np.exp(theta)
    q, log_gamma = 1 + above, float(theta[2])
    counts, weights, places = data.counts
    customers = data.customer_count
    log_means, count_log_totals = data.sums
    shapes = p * counts
    log_sum = data.weight * np.log(gamma + data.total)
    sum_log_sum, count_log_sum = float(log_sum.sum()), _dot(data.count, log_sum)
    gammas = special.gammaln(shapes + q) - special.gammaln(shapes) - special.gammaln(q)
    value = _dot(weights, gammas) + customers * q * log_gamma - log_means - q * sum_log_sum
    value += p * (count_log_totals - count_log_sum)
    both = special.digamma(shapes + q)
    d_p = _dot(weights * counts, both - special.digamma(shapes))
    d_p += count_log_totals - count_log_sum
    d_q = _dot(weights, both - special.digamma(q)) + customers * log_gamma - sum_log_sum
    d_gamma = customers * q / gamma
    d_gamma -= _dot(data.weight, (shapes + q)[places] / (gamma + data.total))
    return value, np.array([d_p * p, d_q * above, d_gamma * gamma])


def _dot(first: Floats, second: Floats) -> float:
    # Not `@`: BLAS starts threads for long vectors, which costs more than the product.
    return float((first * second).sum())

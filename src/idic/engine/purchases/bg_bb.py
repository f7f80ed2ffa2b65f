"""BG/BB: customers who do or do not something once a period: donate a year, come to a season.

Beside the row of purchase models, whose time runs on: here it is counted in periods.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cached_property

import numpy as np
import scipy

from idic.engine.maximum import maximize
from idic.engine.purchases.histories import Floats, take_every
from idic.engine.purchases.nbd import dot
from idic.engine.table import Source, Table

_LOWER, _UPPER = np.full(4, np.log(1e-3)), np.full(4, np.log(1e4))
_STARTS = [np.log(start) for start in ([1.0, 1, 1, 3], [0.3, 0.3, 0.3, 1], [5.0, 5, 1, 20])]


@dataclass(frozen=True)
class BgBbParameters:
    """What `fit` learnt: doing it with chance Beta(alpha, beta), leaving with Beta(gamma, delta).

    `reason_code` is empty, or `no_customers` or `not_converged`.

    >>> known = BgBbParameters(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)
    >>> BgBbParameters.from_json(known.to_json()) == known
    True
    """

    alpha: float
    beta: float
    gamma: float
    delta: float
    log_likelihood: float = 0.0
    customer_count: int = 0
    converged: bool = True
    reason_code: str = ""

    def to_json(self) -> str:
        """Return the parameters as JSON; `from_json` gives an equal object back."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> BgBbParameters:
        """Return the parameters that `to_json` wrote."""
        return cls(**json.loads(text))


@dataclass(frozen=True)
class Periods:
    """How often of how many periods, in which last, and how many customers."""

    x: Floats
    last: Floats
    n: Floats
    weight: Floats

    def __len__(self) -> int:
        return len(self.x)

    @cached_property
    def customer_count(self) -> float:
        """Return how many customers there are."""
        return float(self.weight.sum())

    def sample(self, size: int) -> Periods:
        """Return every n-th of them."""
        kept = take_every(np.lexsort((self.n, self.last, self.x)), size)
        weight = self.weight[kept] * self.customer_count / self.weight[kept].sum()
        return Periods(self.x[kept], self.last[kept], self.n[kept], weight)


def fit(summary: Source) -> BgBbParameters:
    """Fit BG/BB by maximum likelihood; never raises on any well-formed summary.

    In: `active_period_count` (x), `last_active_period` (t_x, from 1; 0 without any),
    `period_count` (n), and if there `customer_count`, for how many customers the row stands.

    Fader, Hardie & Shang, "Customer-Base Analysis in a Discrete-Time Noncontractual Setting",
    Marketing Science 29 (2010), eq. 5, in logarithms.

    >>> fit({"active_period_count": [], "last_active_period": [], "period_count": []}).reason_code
    'no_customers'
    """
    table = Table.read(summary)
    data = _read(table)
    if not len(data):
        return BgBbParameters(
            alpha=1.0, beta=1.0, gamma=1.0, delta=1.0, converged=False, reason_code="no_customers"
        )
    found = maximize(log_likelihood, data, starts=_STARTS, lower=_LOWER, upper=_UPPER)
    alpha, beta, gamma, delta = np.exp(found.theta).tolist()
    return BgBbParameters(
        alpha=alpha,
        beta=beta,
        gamma=gamma,
        delta=delta,
        log_likelihood=found.value,
        customer_count=int(data.customer_count),
        converged=found.converged,
        reason_code="" if found.converged else "not_converged",
    )


def predict(parameters: BgBbParameters, summary: Source, *, horizon_periods: int) -> Table:
    """Forecast the next `horizon_periods`.

    In as for `fit`. Out, in the order of the rows: `expected_active_period_count` and
    `alive_probability` (in the first period to come; ibid., eq. 11 and 13).

    >>> donors = BgBbParameters(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)
    >>> best = {"active_period_count": [6], "last_active_period": [6], "period_count": [6]}
    >>> round(predict(donors, best, horizon_periods=5).rows()[0][0], 2)
    3.75
    """
    data = _read(Table.read(summary))
    log_beta = scipy.special.betaln
    a, b, c, d = parameters.alpha, parameters.beta, parameters.gamma, parameters.delta
    theta = np.log([a, b, c, d])
    whole = np.logaddexp.reduce(_log_terms(theta, data), axis=0)
    stays = log_beta(a + data.x, b + data.n - data.x) - log_beta(a, b) - log_beta(c, d) - whole
    alive = np.exp(stays + log_beta(c, d + data.n + 1))
    chance = (a + data.x) / (a + b + data.n)
    expected = np.zeros(len(data))
    for k in range(1, horizon_periods + 1):
        expected += chance * np.exp(stays + log_beta(c, d + data.n + k))
    return Table({"expected_active_period_count": expected, "alive_probability": alive})


def log_likelihood(theta: Floats, data: Periods) -> tuple[float, Floats]:
    """Return the log-likelihood and its gradient in ln(alpha, beta, gamma, delta).

    The sum over the period after which the customer left, and over not having left at all.
    """
    terms = _log_terms(theta, data)
    each = np.logaddexp.reduce(terms, axis=0)
    shares = np.exp(terms - each) * data.weight
    parameters = np.exp(theta)
    digamma = scipy.special.digamma
    gradient = np.zeros(4)
    for share, (p, q, u, v) in zip(shares, _shapes(parameters, data), strict=True):
        slopes = (
            digamma(p) - digamma(p + q), digamma(q) - digamma(p + q),
            digamma(u) - digamma(u + v), digamma(v) - digamma(u + v),
        )  # fmt: skip
        gradient += [dot(share, slope) for slope in slopes]
    a, b, c, d = parameters
    count = data.customer_count
    gradient -= count * np.array(
        [digamma(a) - digamma(a + b), digamma(b) - digamma(a + b),
         digamma(c) - digamma(c + d), digamma(d) - digamma(c + d)]
    )  # fmt: skip
    return dot(data.weight, each), gradient * parameters


def _shapes(parameters: Floats, data: Periods) -> list[tuple[Floats, Floats, Floats, Floats]]:
    """Return the shapes of both Beta functions: not left at all, then left after period i."""
    a, b, c, d = parameters
    found = [(a + data.x, b + data.n - data.x, c + 0 * data.n, d + data.n)]
    for i in range(int((data.n - data.last).max(initial=0))):
        # Beyond n the row has no such term; its share is 0.
        until = np.minimum(data.last + i, data.n)
        found.append((a + data.x, b + until - data.x, c + 1 + 0 * until, d + until))
    return found


def _log_terms(theta: Floats, data: Periods) -> Floats:
    log_beta = scipy.special.betaln
    parameters = np.exp(theta)
    base = log_beta(parameters[0], parameters[1]) + log_beta(parameters[2], parameters[3])
    terms = [log_beta(p, q) + log_beta(u, v) for p, q, u, v in _shapes(parameters, data)]
    for i, term in enumerate(terms[1:]):
        term[data.last + i >= data.n] = -np.inf
    return np.asarray(np.array(terms) - base, dtype=np.float64)


def _read(table: Table) -> Periods:
    n = np.maximum(np.nan_to_num(table.floats("period_count")), 0)
    last = np.clip(np.nan_to_num(table.floats("last_active_period")), 0, n)
    x = np.clip(np.nan_to_num(table.floats("active_period_count")), 0, last)
    weight = np.ones(len(n))
    if "customer_count" in table:
        weight = np.maximum(np.nan_to_num(table.floats("customer_count")), 0.0)
    return Periods(x, last, n, weight)

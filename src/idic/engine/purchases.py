"""How often each customer will buy again, and whether at all: the BG/NBD model.

Counts of purchase days only; money is in `spend`, and the choice among methods in `value`.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from idic.engine.table import Array, Source, Table

Floats = NDArray[np.float64]

# Bounds of r, alpha (days), a and b: wide enough for any shop, tight enough that every term of
# the likelihood stays finite inside them.
_LOWER = np.log([1e-3, 1e-2, 1e-6, 1e-4])
_UPPER = np.log([1e3, 1e7, 1e3, 1e5])
# Half of the 95 % point of chi-square with two degrees: what two more parameters must earn.
_WORTH_TWO_PARAMETERS = 2.996
_GRADIENT_TOLERANCE = 1e-4
_NODES = 24


@dataclass(frozen=True)
class PurchaseParameters:
    """What `fit` learnt: purchases come at rate Gamma(r, alpha), dropout at Beta(a, b).

    `alpha_days` is in days; `a` is 0 when dropout is not detectable, and the model is then NBD.
    `reason_code` is empty, or says why the fit is only a fallback: `no_customers`,
    `no_repeat_purchases`, `not_converged`.

    >>> known = PurchaseParameters(r=0.243, alpha_days=30.9, a=0.793, b=2.426)
    >>> PurchaseParameters.from_json(known.to_json()) == known
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

    def to_json(self) -> str:
        """Return the parameters as JSON; `from_json` gives an equal object back."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> PurchaseParameters:
        """Return the parameters that `to_json` wrote."""
        return cls(**json.loads(text))


def fit(summary: Source) -> PurchaseParameters:
    """Fit BG/NBD by maximum likelihood; never raises on any well-formed summary.

    In: `repeat_count` (x), `age_at_last_purchase_days` (t_x), `customer_age_days` (T), as
    `orders.summarize` gives them. Customers without a purchase (T missing) are left out.

    Fader, Hardie & Lee, "Counting Your Customers the Easy Way", Marketing Science 24 (2005), eq. 6,
    in logarithms, with its analytic gradient, over the distinct (x, t_x, T).

    Assumes that a customer buys at a steady rate until dropping out for good after some purchase,
    and that rates and dropout chances differ between customers (Gamma and Beta), independently.
    No season. On one day several orders are one purchase.

    Dropout must earn its two parameters: where BG/NBD is not better than NBD (Ehrenberg 1959) by a
    likelihood-ratio test at 95 %, `dropout_detectable` is False, `a` is 0, and only "no purchase
    in the next days" can be told, not "gone for good".

    >>> fit({"repeat_count": [0, 0], "age_at_last_purchase_days": [0, 0],
    ...      "customer_age_days": [30, 90]}).reason_code
    'no_repeat_purchases'
    """
    data = _read(Table.read(summary))
    count = float(data.weight.sum())
    if not data.x.any():
        return _fallback(data)
    nbd, nbd_value, nbd_gradient = _maximize(data, size=2)
    full, full_value, full_gradient = _maximize(data, size=4)
    has_dropout = full_value - nbd_value > _WORTH_TWO_PARAMETERS
    theta, value, gradient = (
        (full, full_value, full_gradient) if has_dropout else (nbd, nbd_value, nbd_gradient)
    )
    r, alpha, a, b = [*np.exp(theta).tolist(), 0.0, 1.0][:4]
    converged = gradient < _GRADIENT_TOLERANCE
    return PurchaseParameters(
        r=r,
        alpha_days=alpha,
        a=a,
        b=b,
        log_likelihood=value,
        customer_count=int(count),
        converged=converged,
        dropout_detectable=has_dropout,
        reason_code="" if converged else "not_converged",
    )


def predict(parameters: PurchaseParameters, summary: Source, *, horizon_days: float) -> Table:
    """Forecast the next `horizon_days` from the day the summary was made as of.

    In: `customer_id`, `repeat_count`, `age_at_last_purchase_days`, `customer_age_days`. Out:

    - `expected_purchase_count`: purchase days in the horizon, on average
    - `alive_probability`: not dropped out for good (1 when dropout is not detectable)
    - `no_purchase_probability`: no purchase at all within the horizon

    Customers without any purchase get 0, missing, 1. The expectation (eq. 10 of the paper) is
    taken over the posterior dropout p ~ Beta(a, b + x) by Gauss–Jacobi quadrature of
    (1 − (1 + p·t/(α + T))^−(r+x)) / p, which stays exact where 2F1 cancels and at a = 1.

    >>> cdnow = PurchaseParameters(r=0.243, alpha_days=4.414 * 7, a=0.793, b=2.426)
    >>> known = {"customer_id": [1], "repeat_count": [2],
    ...          "age_at_last_purchase_days": [30.43 * 7], "customer_age_days": [38.86 * 7]}
    >>> round(predict(cdnow, known, horizon_days=39 * 7).rows()[0][1], 3)
    1.226
    """
    table = Table.read(summary)
    x, recency, age = _columns(table)
    has_bought = ~np.isnan(age)
    x, recency, age = x[has_bought], recency[has_bought], age[has_bought]
    alive = _alive(parameters, x, recency, age)
    buys_if_alive = -np.expm1(
        -(parameters.r + x) * np.log1p(horizon_days / (parameters.alpha_days + age))
    )
    expected = alive * _expected_if_alive(parameters, x, age, horizon_days)
    return Table(
        {
            "customer_id": table["customer_id"],
            "expected_purchase_count": _spread(expected, has_bought, missing=0.0),
            "alive_probability": _spread(alive, has_bought, missing=np.nan),
            "no_purchase_probability": _spread(1 - alive * buys_if_alive, has_bought, missing=1.0),
        }
    )


def simulate(
    parameters: PurchaseParameters,
    *,
    customer_count: int,
    start: dt.date,
    days: int,
    seed: int,
) -> Table:
    """Draw customers who behave as BG/NBD says: one row a purchase, all first on `start`.

    Out: `customer_id` 1…, `purchased_after_days` (0 for the first purchase), `ordered_on`. Used to
    test the fit and to plan: what a shop like this one would look like.

    >>> simulate(PurchaseParameters(r=1, alpha_days=30, a=1, b=3), customer_count=2,
    ...          start=dt.date(2024, 1, 1), days=0, seed=1).rows()
    [(1, 0.0, datetime.date(2024, 1, 1)), (2, 0.0, datetime.date(2024, 1, 1))]
    """
    random = np.random.default_rng(seed)
    rate = random.gamma(parameters.r, 1 / parameters.alpha_days, customer_count)
    leave = random.beta(parameters.a, parameters.b, customer_count) if parameters.a else 0.0 * rate
    customer = np.arange(customer_count)
    clock = np.zeros(customer_count)
    found = [(customer, clock)]
    while len(customer):
        clock = clock + random.exponential(1 / np.maximum(rate[customer], 1e-12))
        is_in = clock <= days
        customer, clock = customer[is_in], clock[is_in]
        found.append((customer, clock))
        stays = random.random(len(customer)) >= leave[customer]
        customer, clock = customer[stays], clock[stays]
    ids = np.concatenate([part[0] for part in found])
    after = np.concatenate([part[1] for part in found])
    ordered_on = np.datetime64(start, "D") + after.astype(np.int64)
    return Table({"customer_id": ids + 1, "purchased_after_days": after, "ordered_on": ordered_on})


@dataclass(frozen=True)
class _Data:
    """Distinct (x, t_x, T) with their weights, and the counts of each x."""

    x: Floats
    recency: Floats
    age: Floats
    weight: Floats
    x_values: Floats
    x_weights: Floats


def _columns(table: Table) -> tuple[Floats, Floats, Floats]:
    x = np.nan_to_num(table.floats("repeat_count"))
    return x, table.floats("age_at_last_purchase_days"), table.floats("customer_age_days")


def _read(table: Table) -> _Data:
    x, recency, age = _columns(table)
    known = ~np.isnan(age) & ~np.isnan(recency)
    x, recency, age = x[known], recency[known], age[known]
    recency = np.where(x > 0, recency, 0.0)
    (x, recency, age), weight = _distinct(x, recency, age)
    x_values, places = np.unique(x, return_inverse=True)
    x_weights = np.bincount(places, weights=weight).astype(np.float64)
    return _Data(x, recency, age, weight, x_values, x_weights)


def _distinct(*columns: Floats) -> tuple[list[Floats], Floats]:
    order = np.lexsort(columns)
    ordered = [column[order] for column in columns]
    is_new = np.ones(len(order), dtype=bool)
    if len(order):
        is_new[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in ordered])
    starts = np.flatnonzero(is_new)
    weight = np.diff(np.append(starts, len(order))).astype(np.float64)
    return [column[starts] for column in ordered], weight


def _fallback(data: _Data) -> PurchaseParameters:
    """Rate of half a repeat purchase over all the time seen: finite, and close to none."""
    count = int(data.weight.sum())
    seen_days = _dot(data.weight, data.age)
    return PurchaseParameters(
        r=1.0,
        alpha_days=2 * (seen_days + 365.0),
        a=0.0,
        b=1.0,
        customer_count=count,
        converged=False,
        dropout_detectable=False,
        reason_code="no_repeat_purchases" if count else "no_customers",
    )


def _maximize(data: _Data, *, size: int) -> tuple[Floats, float, float]:
    """Return the best ln parameters, their log-likelihood and their largest free gradient."""
    count = float(data.weight.sum())
    mean_rate = _dot(data.weight, data.x) / max(_dot(data.weight, data.age), 1.0)
    lower, upper = _LOWER[:size], _UPPER[:size]

    def loss(theta: Floats) -> tuple[float, Floats]:
        value, gradient = _log_likelihood(theta, data)
        return -value / count, -gradient / count

    best: Any = None
    # The first start is enough on every set we have; the others are for the odd shop.
    for r, a, b in ((0.5, 0.5, 2.0), (2.0, 0.1, 1.0), (0.1, 2.0, 8.0)):
        start = np.log([r, r / mean_rate, a, b])[:size]
        found = scipy.optimize.minimize(
            loss,
            np.clip(start, lower, upper),
            jac=True,
            method="L-BFGS-B",
            bounds=list(zip(lower, upper, strict=True)),
            options={"maxiter": 500, "ftol": 1e-13, "gtol": 1e-7},
        )
        if best is None or found.fun < best.fun:
            best = found
        if _free_gradient(best, lower, upper) < _GRADIENT_TOLERANCE:
            break
    return best.x, float(-best.fun * count), _free_gradient(best, lower, upper)


def _free_gradient(found: Any, lower: Floats, upper: Floats) -> float:
    """Largest gradient in a direction that the bounds still leave open."""
    blocked = ((found.x <= lower) & (found.jac > 0)) | ((found.x >= upper) & (found.jac < 0))
    return float(np.abs(np.where(blocked, 0.0, found.jac)).max())


def _log_likelihood(theta: Floats, data: _Data) -> tuple[float, Floats]:
    """Log-likelihood and its gradient in ln(r, alpha, a, b), or in ln(r, alpha) for NBD."""
    r, alpha = np.exp(theta[:2])
    log_age = np.log(alpha + data.age)
    value = _dot(
        data.x_weights, scipy.special.gammaln(r + data.x_values) - scipy.special.gammaln(r)
    )
    value += _dot(data.weight, r * math.log(alpha) - (r + data.x) * log_age)
    d_r = _dot(data.x_weights, scipy.special.digamma(r + data.x_values) - scipy.special.digamma(r))
    d_r += _dot(data.weight, math.log(alpha) - log_age)
    d_alpha = _dot(data.weight, r / alpha - (r + data.x) / (alpha + data.age))
    if len(theta) == 2:
        return value, np.array([d_r * r, d_alpha * alpha])

    a, b = np.exp(theta[2:])
    bought = data.x > 0
    x, weight = data.x[bought], data.weight[bought]
    age, recency = alpha + data.age[bought], alpha + data.recency[bought]
    log_ratio = log_age[bought] - np.log(recency)
    dropped = math.log(a) - np.log(b + x - 1) + (r + x) * log_ratio
    weighted = weight * scipy.special.expit(dropped)
    value += _dot(weight, np.logaddexp(0.0, dropped))
    value += _dot(
        data.x_weights,
        scipy.special.gammaln(b + data.x_values)
        - scipy.special.gammaln(b)
        + scipy.special.gammaln(a + b)
        - scipy.special.gammaln(a + b + data.x_values),
    )
    both = _dot(
        data.x_weights, scipy.special.digamma(a + b) - scipy.special.digamma(a + b + data.x_values)
    )
    d_r += _dot(weighted, log_ratio)
    d_alpha += _dot(weighted, (r + x) * (1 / age - 1 / recency))
    d_a = both + float(weighted.sum()) / a
    d_b = both + _dot(
        data.x_weights, scipy.special.digamma(b + data.x_values) - scipy.special.digamma(b)
    )
    d_b -= float((weighted / (b + x - 1)).sum())
    return value, np.array([d_r * r, d_alpha * alpha, d_a * a, d_b * b])


def _dot(first: Floats, second: Floats) -> float:
    # Not `@`: BLAS starts threads for long vectors, which costs more than the product.
    return float((first * second).sum())


def _alive(parameters: PurchaseParameters, x: Floats, recency: Floats, age: Floats) -> Floats:
    alive = np.ones(len(x))
    bought = x > 0
    if not parameters.a or not bought.any():
        return alive
    x, recency, age = x[bought], recency[bought], age[bought]
    alpha = parameters.alpha_days
    dropped = math.log(parameters.a) - np.log(parameters.b + x - 1)
    dropped += (parameters.r + x) * (np.log(alpha + age) - np.log(alpha + recency))
    alive[bought] = scipy.special.expit(-dropped)
    return alive


def _expected_if_alive(
    parameters: PurchaseParameters, x: Floats, age: Floats, horizon_days: float
) -> Floats:
    ratio = horizon_days / (parameters.alpha_days + age)
    if not parameters.a or not len(x):
        return (parameters.r + x) * ratio
    expected = np.empty(len(x))
    by_x = np.argsort(x, kind="stable")
    values, starts = np.unique(x[by_x], return_index=True)
    for value, group in zip(values, np.split(by_x, starts[1:]), strict=True):
        nodes, weights = _beta_nodes(parameters.a, parameters.b + value)
        ratios, places = np.unique(ratio[group], return_inverse=True)
        grown = -np.expm1(-(parameters.r + value) * np.log1p(np.outer(ratios, nodes)))
        expected[group] = ((grown / nodes) @ weights)[places]
    return expected


def _beta_nodes(a: float, b: float) -> tuple[Floats, Floats]:
    """Nodes and weights that integrate smooth functions over Beta(a, b) (Golub & Welsch 1969)."""
    n = np.arange(1, _NODES)
    up, down = b - 1.0, a - 1.0
    total = 2 * n + up + down
    diagonal = np.empty(_NODES)
    diagonal[0] = (down - up) / (up + down + 2)
    diagonal[1:] = (down**2 - up**2) / (total * (total + 2))
    side = 4 * n * (n + up) * (n + down) * (n + up + down)
    # At n = 1 the last two factors cancel; written out they are 0/0 when a + b is 1.
    squares = np.append(
        4 * (1 + up) * (1 + down) / (total[0] ** 2 * (total[0] + 1)),
        (side / (total**2 * (total + 1) * np.where(n == 1, 1.0, total - 1)))[1:],
    )
    matrix = np.diag(diagonal) + np.diag(np.sqrt(squares), 1) + np.diag(np.sqrt(squares), -1)
    points, vectors = np.linalg.eigh(matrix)
    return np.clip((1 + points) / 2, 1e-300, 1.0), vectors[0] ** 2


def _spread(values: Floats, places: NDArray[np.bool_], *, missing: float) -> Array:
    column = np.full(len(places), missing)
    column[places] = values
    return column

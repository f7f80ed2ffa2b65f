"""Purchases without end: the NBD model, and what is believed where nothing can be learnt.

The simplest of the purchase models: what dropout has to be better than.
"""

from __future__ import annotations

import numpy as np
import scipy

from idic.engine.maximum import Maximum, maximize
from idic.engine.purchases.histories import Floats, Histories

# Bounds of r and alpha (days): wide enough for any shop, tight enough that every term of the
# likelihood stays finite inside them.
LOWER = np.log([1e-3, 1e-2])
UPPER = np.log([1e3, 1e7])
# Half of the 95 % point of chi-square with two degrees: what two more parameters must earn.
WORTH_TWO_PARAMETERS = 2.996


def fit_nbd(data: Histories) -> Maximum:
    """Fit ln r and ln alpha by maximum likelihood (Ehrenberg 1959)."""
    rate = mean_rate(data)
    starts = [np.log([r, r / rate]) for r in (0.5, 5.0)]
    return maximize(log_likelihood, data, starts=starts, lower=LOWER, upper=UPPER)


def log_likelihood(theta: Floats, data: Histories) -> tuple[float, Floats]:
    """Return the log-likelihood of NBD and its gradient in ln r and ln alpha."""
    r, alpha = np.exp(theta)
    value, d_r = counted(r, data)
    age = alpha + data.moments
    log_age = np.log(age)
    weight, both = data.age_weights, r * data.age_weights + data.age_repeats
    value += data.customer_count * r * float(theta[1]) - dot(both, log_age)
    d_r += data.customer_count * float(theta[1]) - dot(weight, log_age)
    d_alpha = data.customer_count * r / alpha - dot(both, 1 / age)
    return value, np.array([d_r * r, d_alpha * alpha])


def counted(r: float, data: Histories) -> tuple[float, float]:
    """Return the sum of ln Γ(r + x) − ln Γ(r) over all customers, and its derivative by r."""
    return count_part(r, data.x_values, data.x_weights)


def count_part(r: float, x_values: Floats, weights: Floats) -> tuple[float, float]:
    """Return the same of distinct x and how many customers have each."""
    special = scipy.special
    value = dot(weights, special.gammaln(r + x_values) - special.gammaln(r))
    slope = dot(weights, special.digamma(r + x_values) - special.digamma(r))
    return value, slope


def mean_rate(data: Histories) -> float:
    """Return repeat purchases a day of all customers together, above zero."""
    return max(dot(data.weight, data.x), 1e-9) / max(dot(data.weight, data.age), 1.0)


def without_repeats(data: Histories) -> tuple[float, float]:
    """Return r and alpha where nobody bought twice: finite, and close to no purchase at all.

    Half a repeat purchase over all the time seen.
    """
    return 1.0, 2 * (dot(data.weight, data.age) + 365.0)


def is_worth(with_dropout: Maximum, without: Maximum) -> bool:
    """Tell whether dropout earns its two parameters, by a likelihood-ratio test at 95 %."""
    return bool(with_dropout.value - without.value > WORTH_TWO_PARAMETERS)


def dot(first: Floats, second: Floats) -> float:
    """Return the sum of the products."""
    # Not `@`: BLAS starts threads for long vectors, which costs more than the product.
    return float((first * second).sum())

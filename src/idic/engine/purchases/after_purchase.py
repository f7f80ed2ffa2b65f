"""The likelihood of customers who may leave after a purchase: shared by BG/NBD and MBG/NBD.

They differ in one thing: whether the first purchase, too, can be the last.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from idic.engine.maximum import maximize
from idic.engine.purchases import nbd
from idic.engine.purchases.histories import Floats, Histories
from idic.engine.purchases.nbd import dot

# Bounds of r, alpha (days), a and b.
_LOWER = np.append(nbd.LOWER, np.log([1e-6, 1e-4]))
_UPPER = np.append(nbd.UPPER, np.log([1e3, 1e5]))
# Of r, a and b: the likelihood of MBG/NBD now and then has two tops.
_STARTS = ((0.5, 0.5, 2.0), (0.1, 2.0, 8.0), (0.3, 0.1, 0.1))


@dataclass(frozen=True)
class Found:
    """What a fit found, in the words of the parameters of both models."""

    r: float
    alpha_days: float
    a: float
    b: float
    log_likelihood: float
    customer_count: int
    converged: bool
    dropout_detectable: bool
    reason_code: str


def fit(data: Histories, *, leaves_at_first: bool) -> Found:
    """Fit by maximum likelihood; NBD (`a` is 0) where dropout does not earn its parameters."""
    count = int(data.customer_count)
    if not data.x.any():
        r, alpha = nbd.without_repeats(data)
        reason = "no_repeat_purchases" if count else "no_customers"
        return Found(r, alpha, 0.0, 1.0, 0.0, count, False, False, reason)
    without = nbd.fit_nbd(data)
    rate = nbd.mean_rate(data)
    found = maximize(
        log_likelihood_at_first if leaves_at_first else log_likelihood_later,
        data,
        starts=[
            *(np.log([r, r / rate, a, b]) for r, a, b in _STARTS),
            np.append(without.theta, np.log([0.1, 2.0])),
        ],
        lower=_LOWER,
        upper=_UPPER,
    )
    has_dropout = nbd.is_worth(found, without)
    best = found if has_dropout else without
    r, alpha, a, b = [*np.exp(best.theta).tolist(), 0.0, 1.0][:4]
    reason = "" if best.converged else "not_converged"
    return Found(r, alpha, a, b, best.value, count, best.converged, has_dropout, reason)


def log_likelihood_later(theta: Floats, data: Histories) -> tuple[float, Floats]:
    """Return that of BG/NBD, where only who has come back can have left."""
    return _log_likelihood(theta, data, first=0)


def log_likelihood_at_first(theta: Floats, data: Histories) -> tuple[float, Floats]:
    """Return that of MBG/NBD, where one in some leaves at once."""
    return _log_likelihood(theta, data, first=1)


def alive(
    r: float, alpha: float, a: float, b: float,
    *, chances: Floats, x: Floats, recency: Floats, age: Floats,
) -> Floats:  # fmt: skip
    """Return the chance of being there still, with so many `chances` to leave so far."""
    odds = np.log(a) - np.log(np.maximum(b + chances - 1, 1e-300))
    odds += (r + x) * (np.log(alpha + age) - np.log(alpha + recency))
    return np.where(chances > 0, scipy.special.expit(-odds), 1.0)


def _log_likelihood(theta: Floats, data: Histories, *, first: int) -> tuple[float, Floats]:
    """Return the log-likelihood and its gradient in ln r, ln alpha, ln a and ln b.

    With k = x + `first` chances to leave, and as B is the Beta function,

        Γ(r+x)·α^r / Γ(r) · B(a, b+k) / B(a, b) · [(α+T)^−(r+x) + [k > 0]·a/(b+k−1)·(α+t_x)^−(r+x)]

    in logarithms: NBD's part, the Beta part, and ln(1 + odds of having left).
    """
    special = scipy.special
    r, alpha, a, b = np.exp(theta)
    value, (slope_r, slope_alpha) = nbd.log_likelihood(theta[:2], data)
    k_values = data.x_values + first
    value += dot(
        data.x_weights,
        special.gammaln(b + k_values)
        - special.gammaln(b)
        + special.gammaln(a + b)
        - special.gammaln(a + b + k_values),
    )
    both = dot(data.x_weights, special.digamma(a + b) - special.digamma(a + b + k_values))
    d_b = both + dot(data.x_weights, special.digamma(b + k_values) - special.digamma(b))

    can_have_left = slice(0 if first else data.single_count, None)
    x_places, weight = data.x_places[can_have_left], data.weight[can_have_left]
    log_moments, inverse = np.log(alpha + data.moments), 1 / (alpha + data.moments)
    ages, recencies = data.age_places[can_have_left], data.recency_places[can_have_left]
    log_ratio = log_moments[ages] - log_moments[recencies]
    powers = (r + data.x_values)[x_places]
    # Without a chance to leave (first in line of BG/NBD's x) the entry is not read.
    chances = np.maximum(b + k_values - 1, 1e-300)
    odds = (theta[2] - np.log(chances))[x_places] + powers * log_ratio
    gone = weight * special.expit(odds)
    value += dot(weight, np.logaddexp(0.0, odds))
    slope_r += dot(gone, log_ratio) * r
    slope_alpha += dot(gone * powers, inverse[ages] - inverse[recencies]) * alpha
    d_a = both * a + float(gone.sum())
    d_b -= dot(gone, (1 / chances)[x_places])
    return value, np.array([slope_r, slope_alpha, d_a, d_b * b])

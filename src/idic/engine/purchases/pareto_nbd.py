"""Pareto/NBD: customers buy at steady rates until they leave, at any time and unseen.

One cell of the row of purchase models; see `idic.engine.purchases` for the door to all.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import numpy as np
import scipy

from idic.engine.maximum import maximize
from idic.engine.purchases import nbd, race
from idic.engine.purchases.histories import Floats, Histories, read_histories
from idic.engine.purchases.nbd import dot
from idic.engine.purchases.outlook import AnyTime, Never, Outlook
from idic.engine.table import Source, Table

# Bounds of r, alpha (days), s and beta (days).
_LOWER = np.append(nbd.LOWER, np.log([1e-3, 5e-2]))
_UPPER = np.append(nbd.UPPER, np.log([1e2, 1e6]))
# Of s, and of beta as a multiple of the time the customers were seen.
_STARTS = ((0.5, 0.5, 0.5), (0.5, 2.0, 5.0))


@dataclass(frozen=True)
class ParetoNbdParameters:
    """What `fit` learnt: purchases come at rate Gamma(r, alpha), leaving at Gamma(s, beta).

    `alpha_days` and `beta_days` are in days; `s` is 0 when leaving is not detectable, and the model
    is then NBD. `reason_code` is empty, or says why the fit is only a fallback: `no_customers`,
    `no_repeat_purchases`, `not_converged`.

    >>> known = ParetoNbdParameters(r=0.553, alpha_days=74.0, s=0.606, beta_days=81.6)
    >>> ParetoNbdParameters.from_json(known.to_json()) == known
    True
    """

    r: float
    alpha_days: float
    s: float
    beta_days: float
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
    def from_json(cls, text: str) -> ParetoNbdParameters:
        """Return the parameters that `to_json` wrote."""
        return cls(**json.loads(text))


def fit(summary: Source) -> ParetoNbdParameters:
    """Fit Pareto/NBD by maximum likelihood; never raises on any well-formed summary.

    In and guards as for `bg_nbd.fit`. Schmittlein, Morrison & Colombo, "Counting Your Customers:
    Who Are They and What Will They Do Next?", Management Science 33 (1987).

    Assumes that a customer buys at a steady rate until leaving for good at some moment, at a steady
    chance, and that both rates differ between customers (Gamma), independently.

    >>> fit({"repeat_count": [0, 0], "age_at_last_purchase_days": [0, 0],
    ...      "customer_age_days": [30, 90]}).reason_code
    'no_repeat_purchases'
    """
    data = read_histories(Table.read(summary))
    count = int(data.customer_count)
    if not data.x.any():
        r, alpha = nbd.without_repeats(data)
        reason = "no_repeat_purchases" if count else "no_customers"
        return ParetoNbdParameters(r, alpha, 0.0, 1.0, 0.0, count, False, False, reason)
    without = nbd.fit_nbd(data)
    rate = nbd.mean_rate(data)
    seen = max(dot(data.weight, data.age) / data.customer_count, 1.0)
    starts = [np.log([r, r / rate, s, part * seen]) for r, s, part in _STARTS]
    starts.append(np.append(without.theta, np.log([0.1, seen])))
    found = maximize(
        log_likelihood, data, starts=starts, lower=_LOWER, upper=_UPPER, enough=without.value
    )
    has_dropout = nbd.is_worth(found, without)
    best = found if has_dropout else without
    r, alpha, s, beta = [*np.exp(best.theta).tolist(), 0.0, 1.0][:4]
    return ParetoNbdParameters(
        r=r,
        alpha_days=alpha,
        s=s,
        beta_days=beta,
        log_likelihood=best.value,
        customer_count=count,
        converged=best.converged,
        dropout_detectable=has_dropout,
        reason_code="" if best.converged else "not_converged",
    )


def bounds() -> tuple[Floats, Floats]:
    """Return the bounds of ln r, ln alpha, ln s and ln beta."""
    return _LOWER, _UPPER


def outlook(parameters: ParetoNbdParameters, x: Floats, recency: Floats, age: Floats) -> Outlook:
    """Return what is known of customers with these x, t_x and T (days)."""
    alpha = np.full(len(x), parameters.alpha_days)
    beta = np.full(len(x), parameters.beta_days)
    return look_from(parameters.r, alpha, parameters.s, beta, x=x, recency=recency, age=age)


def look_from(
    r: float, alpha: Floats, s: float, beta: Floats,
    *, x: Floats, recency: Floats, age: Floats,
) -> Outlook:  # fmt: skip
    """Return the outlook of customers who may differ in alpha and beta (see `static_pareto`)."""
    shape, rate = r + x, alpha + age
    if not s:
        return Outlook(np.ones(len(x)), shape, rate, Never())
    stays = side(r, alpha, s, beta, x=x, days=age, leaves=False)
    leaves = side(r, alpha, s, beta, x=x, days=recency, leaves=True)
    still = -shape * np.log(rate) - s * np.log(beta + age)
    alive = np.exp(still - np.logaddexp(stays, leaves))
    return Outlook(np.minimum(alive, 1.0), shape, rate, AnyTime(s, beta + age))


def log_likelihood(theta: Floats, data: Histories) -> tuple[float, Floats]:
    """Return the log-likelihood and its gradient in ln r, ln alpha, ln s and ln beta.

    With A(t) = (α+t)^−(r+x) · (β+t)^−s, the likelihood of still being there at t, and φ(t) the
    chance to leave before the next purchase when there at t (see `race`), the customer had either
    not left before T, or left between t_x and T:

        Γ(r+x)·α^r·β^s / Γ(r) · [A(T)·(1 − φ(T)) + A(t_x)·φ(t_x)]

    (Schmittlein et al. have it as A(T) + s/(r+s+x)·A₀, and A₀ as a difference of two 2F1.) Both
    terms are above zero, and φ depends on (x, t) alone: it is computed once a distinct pair.
    """
    r, alpha, s, beta = np.exp(theta)
    value, d_r = nbd.counted(r, data)
    sides = []
    for pairs, leaves in ((data.age_pairs, False), (data.recency_pairs, True)):
        x, days = data.x_values[pairs.first], data.moments[pairs.second]
        found = side_with_slopes(r, alpha, s, beta, x=x, days=days, leaves=leaves)
        sides.append([column[pairs.places] for column in found])
    joint, *slopes = join(*sides)
    count = data.customer_count
    value += count * (r * theta[1] + s * theta[3]) + dot(data.weight, joint)
    gradient = np.array([dot(data.weight, slope) for slope in slopes])
    gradient += [d_r * r + count * r * theta[1], count * r, count * s * theta[3], count * s]
    return float(value), gradient


def join(stays: list[Floats], leaves: list[Floats]) -> list[Floats]:
    """Return ln of the sum of both sides and its derivatives."""
    odds = leaves[0] - stays[0]
    gone = scipy.special.expit(odds)
    slopes = [one + gone * (two - one) for one, two in zip(stays[1:], leaves[1:], strict=True)]
    return [stays[0] + np.logaddexp(0.0, odds), *slopes]


def side(
    r: float, alpha: Floats | float, s: float, beta: Floats | float,
    *, x: Floats, days: Floats, leaves: bool,
) -> Floats:  # fmt: skip
    """Return ln A(t) + ln P: at t_x with P the chance to leave first, or at T to buy first."""
    buy, leave = alpha + days, beta + days
    powers, shapes = r + x, np.full(len(days), s)
    if leaves:
        won = race.log_chance(shape=shapes, rate=leave, other_shape=powers, other_rate=buy)
    else:
        won = race.log_chance(shape=powers, rate=buy, other_shape=shapes, other_rate=leave)
    return won - powers * np.log(buy) - s * np.log(leave)


def side_with_slopes(
    r: float, alpha: Floats | float, s: float, beta: Floats | float,
    *, x: Floats, days: Floats, leaves: bool,
) -> list[Floats]:  # fmt: skip
    """Return what `side` does, and its derivatives by ln r, ln alpha, ln s and ln beta."""
    buy, leave = alpha + days, beta + days
    powers, shapes = r + x, np.full(len(days), s)
    if leaves:
        won = race.run(shape=shapes, rate=leave, other_shape=powers, other_rate=buy)
        by_power, by_alpha, by_s, by_beta = (
            won.d_other_shape, won.d_other_rate, won.d_shape, won.d_rate
        )  # fmt: skip
    else:
        won = race.run(shape=powers, rate=buy, other_shape=shapes, other_rate=leave)
        by_power, by_alpha, by_s, by_beta = (
            won.d_shape, won.d_rate, won.d_other_shape, won.d_other_rate
        )  # fmt: skip
    log_buy, log_leave = np.log(buy), np.log(leave)
    return [
        won.log_chance - powers * log_buy - s * log_leave,
        (by_power / powers - log_buy) * r,
        (by_alpha - powers) * alpha / buy,
        by_s - s * log_leave,
        (by_beta - s) * beta / leave,
    ]

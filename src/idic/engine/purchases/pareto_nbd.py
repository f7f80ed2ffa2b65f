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
# The first start is enough on every set we have; the others are for the odd shop. Of s, and of
# beta as a multiple of the time the customers were seen.
_STARTS = ((0.5, 0.5, 0.5), (1.5, 0.2, 0.1), (0.5, 2.0, 5.0))


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
    found = maximize(
        log_likelihood, data, starts=starts, lower=_LOWER, upper=_UPPER, floor=without.value
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


def outlook(parameters: ParetoNbdParameters, x: Floats, recency: Floats, age: Floats) -> Outlook:
    """Return what is known of customers with these x, t_x and T (days)."""
    shape, rate = parameters.r + x, parameters.alpha_days + age
    if not parameters.s:
        return Outlook(np.ones(len(x)), shape, rate, Never())
    leave = parameters.beta_days + age
    alive = _alive(parameters, x, recency, age)
    return Outlook(alive, shape, rate, AnyTime(parameters.s, leave))


def log_likelihood(theta: Floats, data: Histories) -> tuple[float, Floats]:
    """Return the log-likelihood and its gradient in ln r, ln alpha, ln s and ln beta.

    With A(t) = (α+t)^−(r+x) · (β+t)^−s, the likelihood of still being there at t, and φ(t) the
    chance to leave before the next purchase when there at t (see `race`), the customer had either
    not left before T, or left between t_x and T:

        Γ(r+x)·α^r·β^s / Γ(r) · [A(T)·(1 − φ(T)) + A(t_x)·φ(t_x)]

    (Schmittlein et al. have it as A(T) + s/(r+s+x)·A₀, and A₀ as a difference of two 2F1.) Both
    terms are above zero, and φ depends on (x, t) alone: it is computed once a distinct pair.
    """
    r, _, s, _ = np.exp(theta)
    value, d_r = nbd.counted(r, data)
    stays, leaves = _terms(theta, data, leaves=False), _terms(theta, data, leaves=True)
    odds = leaves[0] - stays[0]
    value += data.customer_count * (r * theta[1] + s * theta[3])
    value += dot(data.weight, stays[0] + np.logaddexp(0.0, odds))
    gone = data.weight * scipy.special.expit(odds)
    here = data.weight - gone
    gradient = np.array(
        [dot(here, one) + dot(gone, two) for one, two in zip(stays[1:], leaves[1:], strict=True)]
    )
    count = data.customer_count
    gradient += [d_r * r + count * r * theta[1], count * r, count * s * theta[3], count * s]
    return float(value), gradient


def _terms(theta: Floats, data: Histories, *, leaves: bool) -> list[Floats]:
    """Return ln A(t) + ln P and its derivatives by ln r, ln alpha, ln s and ln beta, a history.

    At t_x with P the chance to leave first, or at T with that to buy first.
    """
    r, alpha, s, beta = np.exp(theta)
    pairs = data.recency_pairs if leaves else data.age_pairs
    powers, days = r + data.x_values[pairs.first], data.moments[pairs.second]
    buy = {"shape": powers, "rate": alpha + days}
    leave = {"shape": np.full(len(days), s), "rate": beta + days}
    first, other = (leave, buy) if leaves else (buy, leave)
    won = race.run(
        shape=first["shape"], rate=first["rate"],
        other_shape=other["shape"], other_rate=other["rate"],
    )  # fmt: skip
    own = (won.d_shape, won.d_rate, won.d_other_shape, won.d_other_rate)
    by_power, by_alpha, by_s, by_beta = (*own[2:], *own[:2]) if leaves else own
    log_buy, log_leave = np.log(buy["rate"]), np.log(leave["rate"])
    columns = (
        won.log_chance - powers * log_buy - s * log_leave,
        (by_power / powers - log_buy) * r,
        (by_alpha - powers) * alpha / buy["rate"],
        by_s - s * log_leave,
        (by_beta - s) * beta / leave["rate"],
    )
    return [column[pairs.places] for column in columns]


def _alive(parameters: ParetoNbdParameters, x: Floats, recency: Floats, age: Floats) -> Floats:
    """Return A(T) / [A(T)·(1 − φ(T)) + A(t_x)·φ(t_x)]."""
    s = np.full(len(x), parameters.s)
    power = parameters.r + x
    chance = {}
    for days, leaves in ((recency, True), (age, False)):
        buy, leave = parameters.alpha_days + days, parameters.beta_days + days
        if leaves:
            won = race.log_chance(shape=s, rate=leave, other_shape=power, other_rate=buy)
        else:
            won = race.log_chance(shape=power, rate=buy, other_shape=s, other_rate=leave)
        chance[leaves] = won - power * np.log(buy) - s * np.log(leave)
    still = -power * np.log(parameters.alpha_days + age) - s * np.log(parameters.beta_days + age)
    alive = np.exp(still - np.logaddexp(chance[True], chance[False]))
    return np.asarray(np.minimum(alive, 1.0))

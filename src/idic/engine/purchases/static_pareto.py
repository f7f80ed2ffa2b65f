"""Pareto/NBD for customers of whom more is known: a channel, a city, the first category bought.

What is known scales how often customers buy, and how soon they leave. One cell of the row of
purchase models; see `idic.engine.purchases` for the door to all.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from idic.engine import covariates
from idic.engine.covariates import Encoding
from idic.engine.maximum import maximize
from idic.engine.purchases import nbd, pareto_nbd
from idic.engine.purchases.histories import Floats, read_columns, take_every
from idic.engine.purchases.nbd import dot
from idic.engine.purchases.outlook import Outlook
from idic.engine.purchases.pareto_nbd import ParetoNbdParameters
from idic.engine.table import Source, Table

# An effect of 1 (2.7 times as often) costs as much as half a customer's evidence: enough to hold
# what the data do not tell, too little to bend what they do.
_RIDGE = 1.0
_FARTHEST = 8.0


@dataclass(frozen=True)
class StaticParetoParameters:
    """What `fit` learnt: `base` holds for a customer whose covariates are all 0.

    Of others, rates of purchase are exp(Σ z · `purchase_effects`) times as high, and rates of
    leaving exp(Σ z · `leaving_effects`) times; one entry a label of `encoding`.

    >>> base = ParetoNbdParameters(r=0.553, alpha_days=74.0, s=0.606, beta_days=81.6)
    >>> known = StaticParetoParameters(base)
    >>> StaticParetoParameters.from_json(known.to_json()) == known
    True
    """

    base: ParetoNbdParameters
    encoding: Encoding = field(default_factory=Encoding)
    purchase_effects: tuple[float, ...] = ()
    leaving_effects: tuple[float, ...] = ()

    @property
    def sees_churn(self) -> bool:
        """Return whether customers who left for good can be told from those who are silent."""
        return self.base.sees_churn

    def to_json(self) -> str:
        """Return the parameters as JSON; `from_json` gives an equal object back."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> StaticParetoParameters:
        """Return the parameters that `to_json` wrote."""
        held: dict[str, Any] = json.loads(text)
        return cls(
            ParetoNbdParameters(**held["base"]),
            Encoding.from_cells(held["encoding"]),
            tuple(held["purchase_effects"]),
            tuple(held["leaving_effects"]),
        )


@dataclass(frozen=True)
class Cases:
    """Customers of a fit, and what is known of each as numbers (`z`, a row a customer)."""

    x: Floats
    recency: Floats
    age: Floats
    z: Floats
    weight: Floats

    def __len__(self) -> int:
        return len(self.x)

    @cached_property
    def customer_count(self) -> float:
        """Return how many customers the cases stand for."""
        return float(self.weight.sum())

    def sample(self, size: int) -> Cases:
        """Return every n-th, in order of x, t_x and T."""
        kept = take_every(np.lexsort((self.age, self.recency, self.x)), size)
        weight = self.weight[kept] * self.customer_count / self.weight[kept].sum()
        x, recency, age, z = (c[kept] for c in (self.x, self.recency, self.age, self.z))
        return Cases(x, recency, age, z, weight)


def fit(summary: Source, *, by: Sequence[str]) -> StaticParetoParameters:
    """Fit Pareto/NBD with static covariates by penalized likelihood; never raises.

    In: the columns of `bg_nbd.fit`, and those named in `by`, known when the customer came (see
    `covariates.learn`).

    alpha is divided by exp(Σ z·γ) and beta by exp(Σ z·δ) (Fader & Hardie, "Incorporating
    Time-Invariant Covariates into the Pareto/NBD and BG/NBD Models", 2007), with a ridge on γ and
    δ, so that they stay finite whatever the data. Where leaving is not detectable δ is 0.

    >>> rows = {"repeat_count": [0, 0], "age_at_last_purchase_days": [0, 0],
    ...         "customer_age_days": [30, 90], "city": ["Huế", "Vinh"]}
    >>> fit(rows, by=["city"]).base.reason_code
    'no_repeat_purchases'
    """
    table = Table.read(summary)
    base = pareto_nbd.fit(table)
    x, recency, age, has_bought = read_columns(table)
    known = table.filter(has_bought)
    encoding = covariates.learn(known, by)
    z = covariates.encode(encoding, known)
    size = z.shape[1]
    if not size or not x.any():
        return StaticParetoParameters(base, encoding, (0.0,) * size, (0.0,) * size)
    lower, upper = pareto_nbd.bounds()
    start = [base.r, base.alpha_days, base.s, base.beta_days][: 4 if base.s else 2]
    kept = len(start)
    effects = np.full(size * kept // 2, _FARTHEST)
    found = maximize(
        log_likelihood,
        Cases(x, recency, age, z, np.ones(len(x))),
        starts=[np.append(np.log(start), 0 * effects)],
        lower=np.append(lower[:kept], -effects),
        upper=np.append(upper[:kept], effects),
    )
    r, alpha, s, beta = [*np.exp(found.theta[:kept]).tolist(), 0.0, 1.0][:4]
    gamma = found.theta[kept : kept + size]
    delta = found.theta[kept + size :] if base.s else np.zeros(size)
    return StaticParetoParameters(
        base=ParetoNbdParameters(
            r=r,
            alpha_days=alpha,
            s=s,
            beta_days=beta,
            log_likelihood=found.value,
            customer_count=len(x),
            converged=found.converged,
            dropout_detectable=base.dropout_detectable,
            reason_code="" if found.converged else "not_converged",
        ),
        encoding=encoding,
        purchase_effects=tuple(gamma.tolist()),
        leaving_effects=tuple(delta.tolist()),
    )


def look_ahead(
    parameters: StaticParetoParameters, summary: Table
) -> tuple[Outlook, NDArray[np.bool_]]:
    """Return the outlook of those who have bought, one by one, and a mask of who that is."""
    x, recency, age, has_bought = read_columns(summary)
    z = covariates.encode(parameters.encoding, summary.filter(has_bought))
    base = parameters.base
    alpha = base.alpha_days / _scales(z, np.array(parameters.purchase_effects))
    beta = base.beta_days / _scales(z, np.array(parameters.leaving_effects))
    ahead = pareto_nbd.look_from(base.r, alpha, base.s, beta, x=x, recency=recency, age=age)
    return ahead, has_bought


def log_likelihood(theta: Floats, data: Cases) -> tuple[float, Floats]:
    """Return the penalized log-likelihood and its gradient.

    theta is ln(r, alpha, s, beta) and γ, δ; or ln(r, alpha) and γ, where nobody leaves.
    """
    size = data.z.shape[1]
    leaves = len(theta) == 4 + 2 * size
    effects = theta[4:] if leaves else theta[2:]
    r, alpha = np.exp(theta[0]), np.exp(theta[1]) / _scales(data.z, effects[:size])
    value, d_r = _counted(r, data)
    if leaves:
        s, beta = np.exp(theta[2]), np.exp(theta[3]) / _scales(data.z, effects[size:])
        stay = pareto_nbd.side_with_slopes(r, alpha, s, beta, x=data.x, days=data.age, leaves=False)
        leave = pareto_nbd.side_with_slopes(
            r, alpha, s, beta, x=data.x, days=data.recency, leaves=True
        )
        joint, by_r, by_alpha, by_s, by_beta = pareto_nbd.join(stay, leave)
        joint = joint + s * np.log(beta)
        by_s, by_beta = by_s + s * np.log(beta), by_beta + s
    else:
        powers = r + data.x
        joint = -powers * np.log(alpha + data.age)
        by_r, by_alpha = -r * np.log(alpha + data.age), -powers * alpha / (alpha + data.age)
    joint, by_r, by_alpha = joint + r * np.log(alpha), by_r + r * np.log(alpha), by_alpha + r
    slopes = [by_alpha, by_beta] if leaves else [by_alpha]
    gradient = [dot(data.weight, by_r) + d_r * r, dot(data.weight, by_alpha)]
    if leaves:
        gradient += [dot(data.weight, by_s), dot(data.weight, by_beta)]
    for slope in slopes:
        gradient += [-dot(data.weight * slope, column) for column in data.z.T]
    value += dot(data.weight, joint) - _RIDGE * dot(effects, effects) / 2
    penalty = np.append(np.zeros(len(theta) - len(effects)), _RIDGE * effects)
    return value, np.array(gradient) - penalty


def _scales(z: Floats, effects: Floats) -> Floats:
    """Return exp(Σ z · effect), within bounds that no rate leaves."""
    total = np.zeros(len(z))
    for column, effect in zip(z.T, effects.tolist(), strict=True):
        total += column * effect
    return np.exp(np.clip(total, -2 * _FARTHEST, 2 * _FARTHEST))


def _counted(r: float, data: Cases) -> tuple[float, float]:
    values, places = np.unique(data.x, return_inverse=True)
    return nbd.count_part(r, values, np.bincount(places, data.weight).astype(np.float64))

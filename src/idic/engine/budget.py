"""How far a budget reaches: whom a contact helps most, what it is likely to bring, and where one
more contact costs more than it brings. Who may be contacted, and by what, is not decided here.

A contact moves everybody's log odds to come back by the same step δ. The chance p of one customer
then grows by about p · (1 − p) · δ, so that money · p · (1 − p), the *open amount*, ranks whom to
contact first and δ turns it into money (Ascarza, "Retention Futility", Journal of Marketing
Research 2018: who is likeliest to leave is not whom it pays to call).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Eight of ten outcomes of a normal distribution lie within so many standard deviations.
_EIGHT_OF_TEN = 1.2815515655446004
# Up to so many people every number is a point of the curve, beyond it each is a twentieth larger.
_EXACT, _STRIDE = 40, 1.05


@dataclass(frozen=True)
class Lift:
    """How far a contact moves the log odds to come back, and the standard error of that.

    `trials` is how many campaigns with a control group it was measured in; 0: it is assumed.
    """

    log_odds: float
    error: float
    trials: int = 0

    @property
    def even_rate(self) -> float:
        """By how much a chance of one half grows."""
        return even_rate(self.log_odds)

    @property
    def interval(self) -> tuple[float, float]:
        """Where the log odds' step lies, eight times of ten."""
        reach = _EIGHT_OF_TEN * self.error
        return self.log_odds - reach, self.log_odds + reach


@dataclass(frozen=True)
class Trial:
    """One campaign against its control group: how many there were, how many of them bought."""

    treated: int
    treated_bought: int
    control: int
    control_bought: int


@dataclass(frozen=True)
class Curve:
    """What is open with the first so many people, best first: parallel columns, from nobody on.

    `open_amounts` sums money · p · (1 − p), `squares` money² · p · (1 − p), in minor units.
    """

    people: tuple[int, ...]
    open_amounts: tuple[float, ...]
    squares: tuple[float, ...]

    @property
    def most(self) -> int:
        """How many people there are at all."""
        return self.people[-1]


@dataclass(frozen=True)
class Outcome:
    """What contacting so many people costs and brings. Amounts are minor units; `low` and `high`
    hold eight times of ten.
    """

    people: int
    cost: float
    gain: float
    low: float
    high: float


def even_rate(log_odds: float) -> float:
    """Say a step of log odds as what it adds to a chance of one half.

    >>> round(even_rate(0.2), 3)
    0.05
    """
    return 1 / (1 + math.exp(-log_odds)) - 0.5


def assume(rate: float) -> Lift:
    """Assume that a contact adds `rate` to a chance of one half, between nothing and twice that.

    >>> [round(even_rate(step), 2) for step in assume(0.05).interval]
    [0.0, 0.1]
    """
    step = math.log((0.5 + rate) / (0.5 - rate))
    return Lift(step, step / _EIGHT_OF_TEN)


def pool(trials: Sequence[Trial]) -> Lift | None:
    """Draw one lift from campaigns with a control group; None without one that says anything.

    Log odds ratios with half a customer added to each cell, pooled by the random effects of
    DerSimonian and Laird ("Meta-analysis in clinical trials", Controlled Clinical Trials 1986).
    """
    told = [t for t in trials if t.treated and t.control and t.treated_bought + t.control_bought]
    if not told:
        return None
    steps, variances = np.array([_log_odds_ratio(trial) for trial in told]).T
    between = _spread_between(steps, variances)
    weights = 1 / (variances + between)
    mean = float((weights * steps).sum() / weights.sum())
    return Lift(mean, float(1 / np.sqrt(weights.sum())), trials=len(told))


def _log_odds_ratio(trial: Trial) -> tuple[float, float]:
    cells = (
        trial.treated_bought + 0.5,
        trial.treated - trial.treated_bought + 0.5,
        trial.control_bought + 0.5,
        trial.control - trial.control_bought + 0.5,
    )
    step = math.log(cells[0] / cells[1]) - math.log(cells[2] / cells[3])
    return step, sum(1 / cell for cell in cells)


def _spread_between(steps: Floats, variances: Floats) -> float:
    """Give by how much true effects differ between campaigns: a variance, 0 when none shows."""
    weights = 1 / variances
    mean = (weights * steps).sum() / weights.sum()
    heterogeneity = float((weights * (steps - mean) ** 2).sum())
    scale = float(weights.sum() - (weights**2).sum() / weights.sum())
    return max(0.0, (heterogeneity - (len(steps) - 1)) / scale) if scale > 0 else 0.0


def rank(money: Floats, open_amount: Floats) -> Curve:
    """Add up what is open with the best so many people. Who has nothing open is left out."""
    order = np.argsort(-open_amount, kind="stable")
    order = order[open_amount[order] > 0]
    opened = np.concatenate([[0.0], np.cumsum(open_amount[order])])
    squares = np.concatenate([[0.0], np.cumsum(money[order] * open_amount[order])])
    points = _points(len(order))
    return Curve(
        people=tuple(points),
        open_amounts=tuple(opened[points].tolist()),
        squares=tuple(squares[points].tolist()),
    )


def _points(most: int) -> list[int]:
    points = list(range(min(most, _EXACT) + 1))
    while points[-1] < most:
        points.append(min(most, max(points[-1] + 1, round(points[-1] * _STRIDE))))
    return points


def predict(curve: Curve, lift: Lift, *, people: int, cost: float) -> Outcome:
    """Expect what contacting the best `people` brings, at `cost` minor units a contact.

    The interval holds both that chance decides who comes (each customer's extra purchase is one
    draw) and that the lift itself is not known well.
    """
    people = max(0, min(people, curve.most))
    opened = float(np.interp(people, curve.people, curve.open_amounts))
    squares = float(np.interp(people, curve.people, curve.squares))
    gain = opened * lift.log_odds
    by_chance = squares * abs(lift.log_odds)
    reach = _EIGHT_OF_TEN * math.sqrt(by_chance + (opened * lift.error) ** 2)
    return Outcome(people, people * cost, gain, gain - reach, gain + reach)


def best(curve: Curve, lift: Lift, *, cost: float, keep: float = 1.0) -> int:
    """Give how many people to contact until one more would cost more than it brings.

    `keep` is what stays of an amount once the goods are paid: the margin, 0 to 1.
    """
    people = np.array(curve.people)
    worth = np.array(curve.open_amounts) * lift.log_odds * keep - people * cost
    return int(people[int(np.argmax(worth))])

"""The highest point of a log-likelihood whose gradient is known, within bounds.

Knows nothing of customers: a function of a vector and of observations, which can be sampled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Of many observations the starts are tried on a first sample, and what they lead to is made better
# on a second, so that a few steps on all finish.
_SAMPLES = (2_000, 12_000)
# Largest slope (in log-likelihood per customer) in a direction left free, of a fit that has ended;
# on a ridge, where the slope does not tell, what another step would still gain.
_GRADIENT_TOLERANCE = 1e-4
_RIDGE_TOLERANCE = 1e-2
# What a step may gain in log-likelihood and be left undone: far below the last printed digit.
_GAIN_TOLERANCE = 1e-7
_STEPS = 15
_ROUNDS = 4
_HALVINGS = 12
_ARMIJO = 1e-4


class Observations(Protocol):
    """What a likelihood is summed over."""

    @property
    def customer_count(self) -> float:
        """Return how many customers they stand for."""

    def __len__(self) -> int: ...

    def sample(self, size: int) -> Any:
        """Return about `size` of them, weighted to stand for as many customers."""


Data = TypeVar("Data", bound=Observations)
Likelihood = Callable[[Floats, Data], tuple[float, Floats]]


@dataclass(frozen=True)
class Maximum:
    """Where the likelihood is highest, how high, and whether the search came to its end."""

    theta: Floats
    value: float
    converged: bool


def maximize(
    log_likelihood: Callable[[Floats, Data], tuple[float, Floats]],
    data: Data,
    *,
    starts: Sequence[Floats],
    lower: Floats,
    upper: Floats,
    enough: float = np.inf,
) -> Maximum:
    """Return the best parameters that any of `starts` leads to.

    The first that leads to a maximum above `enough` is taken without trying the others.

    Quasi-Newton steps (BFGS; Nocedal & Wright 2006, ch. 6) from a Hessian made of differences of
    the gradient, round by round. These likelihoods may have more than one top, hence the starts.
    Many observations are sampled at first; on more of them the Hessian of the sample serves, so
    that a handful of passes over all is enough.
    """
    levels = [data.sample(size) for size in _SAMPLES if len(data) > 3 * size]
    searches = [_Search(log_likelihood, level, lower, upper) for level in (*levels, data)]
    found: list[Maximum] = []
    for start in starts:
        found.append(searches[0].run(np.clip(start, lower, upper)))
        if found[-1].converged and found[-1].value * data.customer_count > enough:
            break
    best = max(found, key=lambda maximum: maximum.value)
    for coarse, fine in pairwise(searches):
        climbed = fine.climb(best.theta, coarse.hessian(best.theta))
        best = climbed if climbed.converged else fine.run(climbed.theta)
    return Maximum(best.theta, best.value * data.customer_count, best.converged)


class _Search:
    """One likelihood on one set of observations, as a mean over the customers."""

    def __init__(self, log_likelihood: Any, data: Any, lower: Floats, upper: Floats) -> None:
        self._likelihood, self._data = log_likelihood, data
        self._lower, self._upper = lower, upper
        self.count = max(data.customer_count, 1.0)

    def value(self, theta: Floats) -> tuple[float, Floats]:
        with np.errstate(all="ignore"):
            value, gradient = self._likelihood(theta, self._data)
        # What is not a number is no place to be: the line searches step back from it.
        if not (np.isfinite(value) and np.isfinite(gradient).all()):
            return -1e100, np.zeros(len(theta))
        return float(value) / self.count, gradient / self.count

    def run(self, start: Floats) -> Maximum:
        """Search from `start`: round by round, each with a new Hessian, until one gains nothing."""
        found = Maximum(start, -np.inf, converged=False)
        for _ in range(_ROUNDS):
            before = found.value
            found = self.climb(found.theta, self.hessian(found.theta))
            if (found.value - before) * self.count < _GAIN_TOLERANCE:
                break
        return found

    def climb(self, theta: Floats, hessian: Floats) -> Maximum:
        """Go up by `hessian`, made better by what each step shows."""
        value, gradient = self.value(theta)
        gain = np.inf
        for _ in range(_STEPS):
            free = self._free(theta, gradient)
            step = np.zeros(len(theta))
            step[free] = _solve(hessian[np.ix_(free, free)], gradient[free])
            gain = float(gradient @ step) * self.count
            if gain < _GAIN_TOLERANCE:
                break
            moved = self._move(theta, step, value, gradient)
            if moved is None:
                break
            hessian = _updated(hessian, moved[0] - theta, gradient - moved[2])
            theta, value, gradient = moved
        slope = float(np.abs(gradient[self._free(theta, gradient)]).max(initial=0.0))
        converged = slope < _GRADIENT_TOLERANCE or gain < _RIDGE_TOLERANCE
        return Maximum(theta, value, converged)

    def _move(
        self, theta: Floats, step: Floats, value: float, gradient: Floats
    ) -> tuple[Floats, float, Floats] | None:
        """Go along the step as far as it climbs as the slope promised; None when it does not."""
        for n in range(_HALVINGS):
            moved = np.clip(theta + step / 2.0**n, self._lower, self._upper)
            moved_value, moved_gradient = self.value(moved)
            promised = float(gradient @ (moved - theta))
            if moved_value > value and moved_value - value >= _ARMIJO * promised:
                return moved, moved_value, moved_gradient
        return None

    def hessian(self, theta: Floats) -> Floats:
        """Return minus the second derivatives, as central differences of the gradient."""
        width = 1e-4
        columns = []
        for place in range(len(theta)):
            away = np.zeros(len(theta))
            away[place] = width
            difference = self.value(theta - away)[1] - self.value(theta + away)[1]
            columns.append(difference / (2 * width))
        matrix = np.array(columns)
        return np.asarray((matrix + matrix.T) / 2)

    def _free(self, theta: Floats, gradient: Floats) -> NDArray[np.bool_]:
        """Return the directions that the bounds still leave open."""
        blocked = (theta <= self._lower) & (gradient < 0)
        return ~(blocked | ((theta >= self._upper) & (gradient > 0)))


def _solve(curvature: Floats, gradient: Floats) -> Floats:
    """Return the Newton step: uphill, and never far, where the likelihood is flat or a saddle."""
    if not len(gradient):
        return gradient
    values, vectors = np.linalg.eigh(curvature)
    floor = max(float(np.abs(values).max(initial=0.0)) * 1e-9, 1e-12)
    step = vectors @ ((vectors.T @ gradient) / np.maximum(np.abs(values), floor))
    longest = float(np.abs(step).max(initial=0.0))
    return np.asarray(step / longest if longest > 1 else step)


def _updated(curvature: Floats, step: Floats, change: Floats) -> Floats:
    """Return the curvature that also explains how the gradient changed on this step (BFGS)."""
    seen, along = float(step @ change), curvature @ step
    known = float(step @ along)
    if seen <= 1e-14 or known <= 1e-14:
        return curvature
    return np.asarray(curvature + np.outer(change, change) / seen - np.outer(along, along) / known)

"""The highest point of a log-likelihood whose gradient is known, within bounds.

Knows nothing of customers: a function of a vector and of observations, which can be sampled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
import scipy
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# More observations than this are fitted on a sample first; a few steps on all then finish.
_SAMPLE = 12_000
# Largest slope (in log-likelihood per customer) in a direction left free, of a fit that has ended.
_GRADIENT_TOLERANCE = 1e-4
# What another step may still gain in log-likelihood: far below the last printed digit.
_GAIN_TOLERANCE = 1e-7
_STEPS = 20
_HALVINGS = 12


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
) -> Maximum:
    """Return the best parameters found from the first of `starts` that leads to a maximum.

    L-BFGS-B (Byrd et al. 1995) finds the place, on a sample of the observations if there are many;
    Newton steps with the Hessian as differences of the gradient make it exact. On all observations
    the Hessian of the sample serves, made better by what each step shows (BFGS), so that a handful
    of passes over all of them is enough.
    """
    small = data.sample(_SAMPLE) if len(data) > 3 * _SAMPLE else data
    search = _Search(log_likelihood, small, lower, upper)
    best: Maximum | None = None
    for start in starts:
        found = search.run(np.clip(start, lower, upper))
        if best is None or found.value > best.value:
            best = found
        if best.converged:
            break
    assert best is not None
    if small is data:
        return Maximum(best.theta, best.value * data.customer_count, best.converged)
    whole = _Search(log_likelihood, data, lower, upper)
    ended = whole.climb(best.theta, hessian=search.hessian(best.theta))
    if not ended.converged:
        ended = whole.run(ended.theta)
    return Maximum(ended.theta, ended.value * data.customer_count, ended.converged)


class _Search:
    """One likelihood on one set of observations, as a mean over the customers."""

    def __init__(self, log_likelihood: Any, data: Any, lower: Floats, upper: Floats) -> None:
        self._likelihood, self._data = log_likelihood, data
        self._lower, self._upper = lower, upper
        self._count = max(data.customer_count, 1.0)

    def value(self, theta: Floats) -> tuple[float, Floats]:
        with np.errstate(all="ignore"):
            value, gradient = self._likelihood(theta, self._data)
        # What is not a number is no place to be: the line searches step back from it.
        if not (np.isfinite(value) and np.isfinite(gradient).all()):
            return -1e100, np.zeros(len(theta))
        return float(value) / self._count, gradient / self._count

    def run(self, start: Floats) -> Maximum:
        """Search from `start`, and end with Newton steps."""

        def loss(theta: Floats) -> tuple[float, Floats]:
            value, gradient = self.value(theta)
            return -value, -gradient

        found = scipy.optimize.minimize(
            loss,
            start,
            jac=True,
            method="L-BFGS-B",
            bounds=list(zip(self._lower, self._upper, strict=True)),
            options={"maxiter": 300, "ftol": 1e-11, "gtol": 1e-6},
        )
        return self.climb(found.x, hessian=None)

    def climb(self, theta: Floats, *, hessian: Floats | None) -> Maximum:
        """Take Newton steps; with `hessian` given, that one instead of a new one each time."""
        value, gradient = self.value(theta)
        known = hessian
        for _ in range(_STEPS):
            free = self._free(theta, gradient)
            if not free.any():
                break
            curvature = self.hessian(theta) if known is None else known
            step = np.zeros(len(theta))
            step[free] = _solve(curvature[np.ix_(free, free)], gradient[free])
            if float(gradient @ step) * self._count < _GAIN_TOLERANCE:
                break
            moved, moved_value, moved_gradient = self._move(theta, step, value)
            if moved is None:
                break
            if hessian is not None:
                known = _updated(curvature, moved - theta, gradient - moved_gradient)
            theta, value, gradient = moved, moved_value, moved_gradient
        slope = float(np.abs(gradient[self._free(theta, gradient)]).max(initial=0.0))
        return Maximum(theta, value, slope < _GRADIENT_TOLERANCE)

    def _move(
        self, theta: Floats, step: Floats, value: float
    ) -> tuple[Floats | None, float, Floats]:
        """Go along the step as far as it still climbs; None when it does not at all."""
        for n in range(_HALVINGS):
            moved = np.clip(theta + step / 2.0**n, self._lower, self._upper)
            moved_value, moved_gradient = self.value(moved)
            if moved_value > value:
                return moved, moved_value, moved_gradient
        return None, value, step

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

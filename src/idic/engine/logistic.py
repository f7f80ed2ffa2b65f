"""The ridge logistic regression that churn and contracts share, by Newton's method."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_STEPS = 50
_FARTHEST = 30.0


def fit(columns: Sequence[Floats], *, successes: Floats, trials: Floats, ridge: Floats) -> Floats:
    """Return a weight a column; not finite when Newton's method does not end.

    The first column is the intercept (all 1). Of `trials` in each row so many were `successes`;
    `ridge` is one number a column (le Cessie & van Houwelingen 1992).

    >>> fit([np.ones(2)], successes=np.array([1.0, 2.0]), trials=np.array([4.0, 8.0]),
    ...     ridge=np.zeros(1)).round(4).tolist()  # ln(3 / 9)
    [-1.0986]
    """
    weights = np.zeros(len(columns))
    rate = float(np.clip(successes.sum() / trials.sum(), 1e-12, 1 - 1e-12))
    weights[0] = np.log(rate / (1 - rate))
    loss = _loss(columns, successes, trials, weights, ridge)
    for _ in range(_STEPS):
        chance = scipy.special.expit(log_odds(columns, weights))
        errors = trials * chance - successes
        gradient = np.array([float((errors * c).sum()) for c in columns]) + ridge * weights
        step = np.linalg.solve(_hessian(columns, trials * chance * (1 - chance), ridge), gradient)
        # Half steps while a full one overshoots: the loss is convex, so this always ends.
        for _ in range(_STEPS):
            moved = _loss(columns, successes, trials, weights - step, ridge)
            if moved <= loss + 1e-9:
                break
            step = step / 2
        weights, loss = weights - step, moved
        if float(np.abs(step).max()) < 1e-7:
            return weights
    return np.full(len(columns), np.nan)


def log_odds(columns: Sequence[Floats], weights: Floats) -> Floats:
    """Return the weighted sum of the columns, within bounds that keep chances above zero."""
    # Not `@`: BLAS starts threads for long columns, which costs more than the product.
    total = np.zeros(len(columns[0]))
    for column, weight in zip(columns, weights.tolist(), strict=True):
        total += weight * column
    return np.clip(total, -_FARTHEST, _FARTHEST)


def _hessian(columns: Sequence[Floats], information: Floats, ridge: Floats) -> Floats:
    matrix = np.diag(ridge).astype(np.float64)
    for i, column in enumerate(columns):
        weighted = information * column
        for j in range(i + 1):
            sum_ = float((weighted * columns[j]).sum())
            matrix[i, j] += sum_
            if i != j:
                matrix[j, i] += sum_
    return matrix


def _loss(
    columns: Sequence[Floats], successes: Floats, trials: Floats, weights: Floats, ridge: Floats
) -> float:
    odds = log_odds(columns, weights)
    likelihood = (trials * np.logaddexp(0.0, odds) - successes * odds).sum()
    return float(likelihood + (ridge * weights**2).sum() / 2)

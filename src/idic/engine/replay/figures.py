"""Figures of how well expectations agree with what came: pure functions of two columns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def rank_correlation(expected: Floats, actual: Floats) -> float | None:
    """Return Spearman's correlation, None where either column is constant.

    >>> round(rank_correlation(np.array([1.0, 2.0, 3.0]), np.array([10.0, 30.0, 20.0])), 6)
    0.5
    """
    first, second = _ranks(expected), _ranks(actual)
    spread = float(first.std() * second.std())
    if not spread:
        return None
    return float(((first - first.mean()) * (second - second.mean())).mean() / spread)


def gini(expected: Floats, actual: Floats) -> float | None:
    """Return how well expectations sort the money, as a share of how well the truth does.

    Twice the covariance of rank and money, over that of the money's own ranks (the Gini
    correlation of Schechtman & Yitzhaki 1987): 1 in the right order, 0 on average at random. Equal
    expectations share their places. None where everybody paid the same.

    >>> gini(np.array([1.0, 2.0, 3.0]), np.array([0.0, 5.0, 9.0]))
    1.0
    """
    own, said = _ranks(actual), _ranks(expected)
    whole = float(((own - own.mean()) * actual).sum())
    if not abs(whole) > 0:
        return None
    return float(((said - said.mean()) * actual).sum()) / whole


def top_tenth_capture(expected: Floats, actual: Floats) -> float | None:
    """Return what the tenth expected to pay most paid, over what the tenth that paid most paid."""
    best = np.sort(actual)[-_tenth(actual) :].sum()
    return ratio(float((_in_top_tenth(expected) * actual).sum()), float(best))


def top_tenth_hits(expected: Floats, actual: Floats) -> float | None:
    """Return which share of the tenth that paid most was in the tenth expected to; None without
    any who paid.
    """
    size = _tenth(actual)
    paid = int((actual > 0).sum())
    if not paid:
        return None
    # Where fewer than a tenth paid, those who paid are the best.
    size = min(size, paid)
    best = np.argsort(-actual, kind="stable")[:size]
    return float(_in_top_tenth(expected)[best].sum() / size)


def _tenth(values: Floats) -> int:
    return max(len(values) // 10, 1)


def _in_top_tenth(expected: Floats) -> Floats:
    """Return 1 for the tenth expected to be best; equal ones share the places that are left, so
    that no row order decides.
    """
    size = _tenth(expected)
    last_in = np.sort(expected)[-size]
    above, tied = expected > last_in, expected == last_in
    return np.asarray(above + tied * ((size - above.sum()) / tied.sum()))


def _ranks(values: Floats) -> Floats:
    """Rank from 1, equal values sharing the mean of their places."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[places], dtype=np.float64)


def total_error(expected: Floats, actual: Floats) -> float | None:
    """Return sum expected / sum actual − 1."""
    return ratio(float(expected.sum() - actual.sum()), float(actual.sum()))


def total_miss(expected: Floats, actual: Floats) -> float | None:
    """Return |sum expected / sum actual − 1|."""
    return ratio(abs(float(expected.sum() - actual.sum())), float(actual.sum()))


def ratio(part: float, whole: float) -> float | None:
    """Return part / whole, None where the whole is not above zero."""
    return float(part / whole) if whole > 0 else None

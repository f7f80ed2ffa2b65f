"""How unequal customers are, and how long they stay: shares, histograms, survival. Counts of what
is known or was forecast elsewhere; nothing is fitted here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Fewer people than this watched in a month say nothing about it.
_FEWEST = 20
# At these shares of all people, best first, the curve is read.
SHARES = tuple(step / 20 for step in range(21))
DAYS_A_MONTH = 30.4375
_EIGHT_OF_TEN = 1.2815515655446004


@dataclass(frozen=True)
class Concentration:
    """Which share of the money the best `shares` of people bring, and one figure for all of it:
    `gini`, 0 when all bring alike, towards 1 when one brings everything.
    """

    shares: tuple[float, ...]
    money: tuple[float, ...]
    gini: float


@dataclass(frozen=True)
class Survival:
    """The share still buying after each whole number of months, and within what bounds, eight times
    of ten. A month is left out once fewer than twenty people are watched in it.
    """

    people: int
    months: tuple[int, ...]
    staying: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    def at(self, month: int) -> float | None:
        """Give the share still buying after so many months; None where too few are watched."""
        return self.staying[month] if month < len(self.staying) else None


def concentrate(amounts: Floats) -> Concentration | None:
    """Add up what the best bring; negative amounts count as nothing. None without any money.

    >>> found = concentrate(np.array([70.0, 10.0, 10.0, 10.0, 0.0]))
    >>> found.money[SHARES.index(0.2)], round(found.gini, 2)
    (0.7, 0.56)
    """
    held = np.sort(np.maximum(amounts, 0.0))[::-1]
    total = float(held.sum())
    if not len(held) or total <= 0:
        return None
    summed = np.concatenate([[0.0], np.cumsum(held)]) / total
    people = np.linspace(0.0, 1.0, len(held) + 1)
    ranks = np.arange(len(held), 0, -1)
    gini = float(((2 * ranks - len(held) - 1) * held).sum() / (len(held) * total))
    return Concentration(SHARES, tuple(np.interp(SHARES, people, summed).tolist()), gini)


def count_between(amounts: Floats, edges: Sequence[float]) -> list[int]:
    """Count how many amounts lie below the first edge, between each two, and from the last one on.

    >>> count_between(np.array([0.0, 5.0, 10.0, 99.0]), [5, 50])
    [1, 2, 1]
    """
    places = np.searchsorted(np.asarray(edges, dtype=float), amounts, side="right")
    return [int(count) for count in np.bincount(places, minlength=len(edges) + 1)]


def round_edges(amounts: Floats, *, most: int = 10) -> list[int]:
    """Choose edges people can read (1, 2 or 5 and noughts) that hold nearly all positive amounts.

    >>> round_edges(np.array([30.0, 80.0, 450.0, 900.0]))
    [50, 100, 200, 500]
    """
    held = amounts[amounts > 0]
    if not len(held):
        return []
    low, high = np.quantile(held, [0.05, 0.95])
    series = [
        step * 10**power
        for power in range(
            int(np.floor(np.log10(max(low, 1.0)))), int(np.log10(max(high, 1.0))) + 1
        )
        for step in (1, 2, 5)
    ]
    edges = [edge for edge in series if low < edge < high] or [round(float(np.median(held)))]
    return edges[:: -(-len(edges) // most)]


def survive(*, stayed_days: Floats, has_left: NDArray[np.bool_], months: int) -> Survival:
    """Estimate who is still there after each month, though many are still being watched.

    `stayed_days` is how long each was seen to stay, `has_left` whether it ended then. The product
    limit of Kaplan and Meier ("Nonparametric Estimation from Incomplete Observations", JASA 1958),
    bounds by Greenwood's variance on the log scale.
    """
    month = np.floor(np.asarray(stayed_days) / DAYS_A_MONTH).astype(np.int64)
    shares, low, high = [1.0], [1.0], [1.0]
    share, variance = 1.0, 0.0
    for now in range(months):
        watched = int((month >= now).sum())
        if watched < _FEWEST:
            break
        left = int((has_left & (month == now)).sum())
        share *= 1 - left / watched
        variance += left / (watched * (watched - left)) if left < watched else 0.0
        reach = float(np.exp(_EIGHT_OF_TEN * np.sqrt(variance)))
        shares.append(share)
        low.append(share / reach)
        high.append(min(1.0, share * reach))
    return Survival(len(month), tuple(range(len(shares))), tuple(shares), tuple(low), tuple(high))


def mean_by_cell(values: Floats, rows: NDArray[Any], columns: NDArray[Any]) -> dict[str, list[Any]]:
    """Average values by two whole-number codes: parallel lists `row`, `column`, `people`, `mean`.

    >>> mean_by_cell(np.array([1.0, 3.0]), np.array([0, 0]), np.array([2, 2]))
    {'row': [0], 'column': [2], 'people': [2], 'mean': [2.0]}
    """
    cells, places = np.unique(np.stack([rows, columns]), axis=1, return_inverse=True)
    people = np.bincount(places.ravel(), minlength=cells.shape[1])
    sums = np.bincount(places.ravel(), weights=values, minlength=cells.shape[1])
    return {
        "row": cells[0].tolist(),
        "column": cells[1].tolist(),
        "people": people.tolist(),
        "mean": (sums / np.maximum(people, 1)).tolist(),
    }

"""How far the truth lay from forecasts like this one: 80 % intervals around expected amounts.

Bands are learnt from a replay (what was expected, what came); without one they follow from the
purchase and spend models. Which method made the forecast does not matter here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from idic.engine.forecasts import Models
from idic.engine.table import Table

Floats = NDArray[np.float64]

FEWEST_CUSTOMERS = 100
_CUSTOMERS_A_BAND = 50
_MOST_BANDS = 10
_OUTSIDE = 0.2
# Below this share of the mean expectation a ratio says nothing: amounts are used as they are.
_SMALL_SHARE = 0.02


@dataclass(frozen=True)
class Bands:
    """Ends of the interval as multiples of the expected amount, by size of the expected amount.

    A customer expected to pay `small_amount` or less gets `small_high_amount` as the upper end (and
    0 as the lower); others fall between `edges` and get `low_ratios` and `high_ratios`, which are
    one longer than `edges`.
    """

    small_amount: float
    small_high_amount: float
    edges: tuple[float, ...]
    low_ratios: tuple[float, ...]
    high_ratios: tuple[float, ...]
    customer_count: int


def fit_bands(expected: Floats, actual: Floats) -> Bands | None:
    """Learn the bands from what a replay expected and what came; None with too few customers.

    Within each band the ends are order statistics of actual / expected, one step outward as in
    split conformal prediction (Vovk, Gammerman & Shafer 2005), so that 8 of 10 *new* customers
    fall inside, as far as the next period is like the one replayed.

    >>> bands = fit_bands(np.full(199, 100.0), np.arange(1.0, 200.0))
    >>> from_bands(bands, np.array([100.0]))
    (array([20.]), array([180.]))
    """
    if len(expected) < FEWEST_CUSTOMERS or not expected.any():
        return None
    small = _SMALL_SHARE * float(expected.mean())
    is_small = expected <= small
    _, small_high = _ends(actual[is_small]) if is_small.any() else (0.0, 0.0)
    ratios, sizes = (actual[~is_small] / expected[~is_small]), expected[~is_small]
    count = int(np.clip(len(sizes) // _CUSTOMERS_A_BAND, 1, _MOST_BANDS))
    edges = np.unique(np.quantile(sizes, np.arange(1, count) / count)) if count > 1 else sizes[:0]
    bands = np.searchsorted(edges, sizes, side="left")
    # Ties can leave a band without anyone: it takes the ends of all.
    ends = [
        _ends(ratios[bands == n] if (bands == n).any() else ratios) for n in range(len(edges) + 1)
    ]
    return Bands(
        small_amount=small,
        small_high_amount=small_high,
        edges=tuple(edges.tolist()),
        low_ratios=tuple(low for low, _ in ends),
        high_ratios=tuple(high for _, high in ends),
        customer_count=len(expected),
    )


def from_bands(bands: Bands, expected: Floats, *, scale: float = 1.0) -> tuple[Floats, Floats]:
    """Return the ends of the interval; `scale` is the horizon divided by the one learnt from."""
    sizes = expected / scale
    place = np.searchsorted(np.array(bands.edges), sizes, side="left")
    is_small = sizes <= bands.small_amount
    low = np.where(is_small, 0.0, expected * np.array(bands.low_ratios)[place])
    high = np.where(
        is_small, bands.small_high_amount * scale, expected * np.array(bands.high_ratios)[place]
    )
    return _around(expected, low, high)


def from_models(
    models: Models, summary: Table, expected: Floats, no_purchase: Floats, purchase_count: Floats
) -> tuple[Floats, Floats]:
    """Return the ends of the interval as the models have it.

    Nothing with the chance of no purchase; otherwise a Gamma amount around the expected one, whose
    squared variation is (1 + 1/p) / (purchases, if any) for their number and amounts, plus
    1 / (r + x) for what is not known of the customer's rate.
    """
    buys = np.clip(1 - no_purchase, 1e-9, 1.0)
    purchases_if_any = np.maximum(purchase_count / buys, 1.0)
    known = models.purchases.r + np.nan_to_num(summary.floats("repeat_count"))
    variation = np.clip((1 + 1 / models.spend.p) / purchases_if_any + 1 / known, 1e-3, 25.0)
    outside = np.where(no_purchase >= _OUTSIDE / 2, 0.0, _OUTSIDE / 2)
    low_rank = np.clip((outside - no_purchase) / buys, 0.0, 1.0)
    high_share = np.where(outside > 0, 1 - _OUTSIDE / 2, 1 - _OUTSIDE)
    high_rank = np.clip((high_share - no_purchase) / buys, 0.0, 1.0)
    unit = expected / buys * variation
    low = unit * scipy.special.gammaincinv(1 / variation, low_rank)
    high = unit * scipy.special.gammaincinv(1 / variation, np.minimum(high_rank, 0.999))
    return _around(expected, low, high)


def _ends(values: Floats) -> tuple[float, float]:
    """Return the two ends that hold 8 of 10, from 0 where one in ten or more has nothing."""
    ordered = np.sort(values)
    count = len(ordered)
    low = ordered[max(int(np.floor((count + 1) * _OUTSIDE / 2)) - 1, 0)]
    is_open = low <= 0
    inside = 1 - _OUTSIDE if is_open else 1 - _OUTSIDE / 2
    high = ordered[min(int(np.ceil((count + 1) * inside)) - 1, count - 1)]
    return 0.0 if is_open else float(low), max(float(high), 0.0)


def _around(expected: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    # An expectation outside its own interval (most of it comes from a few) would read as a mistake.
    return np.minimum(low, expected), np.maximum(high, expected)

"""Sets the thresholds of the three zones without truth, from the model's own probabilities."""

from __future__ import annotations

import numpy as np

from idic.engine.matching.parameters import Zones
from idic.engine.matching.scoring import Floats32

# Never merge what is less likely one person than two; ask from a probability of one in five.
_LOWEST_AUTO, _REVIEW = 0.0, -2.0
_HIGHEST_AUTO, _STEP = 12.0, 0.25


def choose_zones(weights: Floats32, *, min_precision: float = 0.0) -> Zones:
    """Choose where merging begins: the best expected F1, at a precision of `min_precision` or more.

    `weights` are log2 odds of the candidate pairs, so each pair is one person's with probability
    p = 1/(1 + 2^-w). Expected precision above t is the mean of p there; expected recall the sum of
    p above t over the sum of all. Pairs that no block found are not in it.

    >>> choose_zones(np.array([9., 8., 3., -3., -9.], dtype=np.float32))
    Zones(auto=0.0, review=-2.0, precision=0.961, recall=0.9623)
    """
    probability = 1 / (1 + np.exp2(-np.clip(weights.astype(np.float64), -60, 60)))
    order = np.argsort(-weights, kind="stable")
    expected = np.cumsum(probability[order])
    total = max(float(probability.sum()), 1e-9)
    chosen, best = None, -1.0
    for threshold in np.arange(_LOWEST_AUTO, _HIGHEST_AUTO + _STEP, _STEP):
        above = int((weights >= threshold).sum())
        found = float(expected[above - 1]) if above else 0.0
        precision, recall = (found / above if above else 1.0), found / total
        f1 = 2 * precision * recall / max(precision + recall, 1e-9)
        if precision >= min_precision and f1 > best:
            best = f1
            chosen = Zones(float(threshold), _REVIEW, round(precision, 4), round(recall, 4))
    return chosen or Zones(_HIGHEST_AUTO, _REVIEW, 1.0, 0.0)

"""What a sample somebody looked at says about all the pairs it was drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy


@dataclass(frozen=True)
class Audit:
    """Of `pair_count` pairs, how many are wrong: the sample's share, and the bounds that hold in
    95 of 100 samples.
    """

    pair_count: int
    looked_at: int
    right: int
    wrong: int
    wrong_low: int
    wrong_high: int

    @property
    def precision(self) -> float:
        """The share of right pairs in the sample."""
        return self.right / self.looked_at if self.looked_at else 0.0


def draw(pair_ids: Sequence[int], *, size: int, seed: int) -> list[int]:
    """Draw pairs at random, each as likely as any other; equal seeds draw equal samples.

    >>> draw([4, 5, 6], size=9, seed=1)
    [4, 5, 6]
    """
    if size >= len(pair_ids):
        return sorted(pair_ids)
    chosen = np.random.default_rng(seed).choice(len(pair_ids), size, replace=False)
    return sorted(pair_ids[place] for place in chosen.tolist())


def judge(*, pair_count: int, looked_at: int, right: int) -> Audit:
    """Say from a random sample how many of all pairs are wrong.

    Clopper & Pearson, "The Use of Confidence or Fiducial Limits", Biometrika 1934; what was looked
    at is known and not estimated.

    >>> judge(pair_count=400, looked_at=50, right=49)
    Audit(pair_count=400, looked_at=50, right=49, wrong=8, wrong_low=1, wrong_high=39)
    >>> judge(pair_count=20, looked_at=20, right=19).wrong_high
    1
    """
    wrong, rest = looked_at - right, pair_count - looked_at
    if not looked_at:
        return Audit(pair_count, 0, 0, pair_count, 0, pair_count)
    low = scipy.stats.beta.ppf(0.025, wrong, right + 1) if wrong else 0.0
    high = scipy.stats.beta.ppf(0.975, wrong + 1, right) if right else 1.0
    return Audit(
        pair_count,
        looked_at,
        right,
        wrong + round(rest * wrong / looked_at),
        wrong + int(np.floor(rest * low)),
        wrong + int(np.ceil(rest * high)),
    )

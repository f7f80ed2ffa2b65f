"""Holds what was found against what is true: joined records, a ranking, a grouping. Only for data
whose truth is known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from idic.engine.needs.grouping import adjusted_rand


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of records taken for one person, and those that truly are."""

    found: int
    true: int
    both: int

    @property
    def precision(self) -> float | None:
        """The share of pairs found that are right; None when none was found."""
        return self.both / self.found if self.found else None

    @property
    def recall(self) -> float | None:
        """The share of true pairs that were found; None when there are none."""
        return self.both / self.true if self.true else None


def count_pairs(records: Iterable[tuple[Hashable, Hashable]]) -> Pairs:
    """Count pairs over records, each given as (taken for, truly is).

    >>> count_pairs([("a", 1), ("a", 1), ("a", 2), ("b", 2)])
    Pairs(found=3, true=2, both=1)
    """
    listed = list(records)
    return Pairs(
        found=_pairs(Counter(found for found, _true in listed)),
        true=_pairs(Counter(true for _found, true in listed)),
        both=_pairs(Counter(listed)),
    )


def _pairs(counts: Counter[Hashable] | Counter[tuple[Hashable, Hashable]]) -> int:
    return sum(count * (count - 1) // 2 for count in counts.values())


def ranking_quality(scores: ArrayLike, is_true: ArrayLike) -> float | None:
    """Return the chance that one who is ranks above one who is not (the area under the ROC curve);
    None when all are alike.

    >>> ranking_quality([0.9, 0.8, 0.2, 0.1], [True, False, True, False])
    0.75
    """
    truth = np.asarray(is_true, dtype=bool)
    positive, negative = int(truth.sum()), int((~truth).sum())
    if not positive or not negative:
        return None
    ranks = scipy.stats.rankdata(np.asarray(scores, dtype=float))
    return float((ranks[truth].sum() - positive * (positive + 1) / 2) / (positive * negative))


def top_share(scores: ArrayLike, is_true: ArrayLike, *, part: float = 0.1) -> float | None:
    """Return how many of the highest-ranked part truly are; None without anybody."""
    truth = np.asarray(is_true, dtype=bool)
    count = max(round(len(truth) * part), 1)
    if not len(truth):
        return None
    order = np.argsort(-np.asarray(scores, dtype=float), kind="stable")
    return float(truth[order[:count]].mean())


def grouping_agreement(found: Sequence[Hashable], true: Sequence[Hashable]) -> float | None:
    """Return how well two groupings agree: 1 when equal, 0 for chance; None without anybody.

    >>> grouping_agreement(["x", "x", "y"], [1, 1, 2])
    1.0
    """
    if len(found) < 2:
        return None
    return adjusted_rand(_numbered(found), _numbered(true))


def _numbered(labels: Sequence[Hashable]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    places = {label: place for place, label in enumerate(dict.fromkeys(labels))}
    return np.array([places[label] for label in labels], dtype=np.int64)

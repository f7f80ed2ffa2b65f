"""Puts records into groups of one person: the best pairs first, each step judged on whole groups.

Never a chain of weak links: two groups join only when everything their records know together
speaks for one person, and never across a veto.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from idic.engine.matching.columns import Ints, Records
from idic.engine.matching.parameters import Parameters
from idic.engine.matching.scoring import Floats32, Scored, score_groups

# More cross pairs than this are judged by a spread of them: two groups of 30 have 900.
_MOST_CROSS_PAIRS = 400


@dataclass(frozen=True)
class Edges:
    """The best weight between each two groups that a scored pair connects."""

    one: Ints
    other: Ints
    weight: Floats32

    def __len__(self) -> int:
        return len(self.one)

    def at(self, mask: NDArray[np.bool_]) -> Edges:
        """Return the edges that the mask chooses."""
        return Edges(self.one[mask], self.other[mask], self.weight[mask])


def cluster(
    parameters: Parameters,
    records: Records,
    scored: Scored,
    *,
    start: Ints | None = None,
    apart: tuple[Ints, Ints] | None = None,
) -> Ints:
    """Give each row its group: the smallest row in it.

    Agglomerative, in rounds: every two groups that are each other's best neighbor are tried, and
    joined when `score_groups` puts them in the auto zone without a veto; a pair of groups once
    refused is not tried again before one of them has changed. Ties go to the earlier rows.
    `start` are groups known before, which stay whole; rows of `apart` never come together.
    """
    labels = np.arange(records.count) if start is None else name_groups(start)
    pairs = scored.at((scored.weight >= parameters.zones.review) & ~scored.is_vetoed)
    pairs = pairs.at(np.argsort(-pairs.weight, kind="stable"))
    refused = np.zeros(0, dtype=np.int64)
    while len(pairs):
        edges, pairs = _edges(pairs, labels, count=records.count)
        codes = edges.one * records.count + edges.other
        is_open = ~np.isin(codes, refused)
        if not is_open.any():
            break
        edges, codes = edges.at(is_open), codes[is_open]
        tried = _mutual_best(edges, count=records.count)
        weights, vetoes = _weigh(parameters, records, labels, edges, tried)
        joined = (weights >= parameters.zones.auto) & ~vetoes
        if apart is not None:
            joined &= ~np.isin(codes[tried], _codes(labels, *apart, count=records.count))
        refused = np.union1d(refused, codes[tried[~joined]])
        moved = np.arange(records.count)
        moved[edges.other[tried[joined]]] = edges.one[tried[joined]]
        labels = moved[labels]
        refused = _still_refused(refused, edges.one[tried[joined]], count=records.count)
    return labels


def _still_refused(codes: Ints, grown: Ints, *, count: int) -> Ints:
    """Give the refusals between groups of which none has grown since: others are tried again."""
    one, other = np.divmod(codes, max(count, 1))
    still: Ints = codes[~(np.isin(one, grown) | np.isin(other, grown))]
    return still


def name_groups(groups: Ints) -> Ints:
    """Name each row's group by its smallest row.

    >>> name_groups(np.array([90, 70, 90])).tolist()
    [0, 1, 0]
    """
    _, first, places = np.unique(groups, return_index=True, return_inverse=True)
    named: Ints = first[places.ravel()]
    return named


def find_doubts(
    parameters: Parameters,
    records: Records,
    scored: Scored,
    labels: Ints,
    *,
    apart: tuple[Ints, Ints] | None = None,
) -> Scored:
    """Give every two groups left that as wholes reach the review zone, the likeliest first."""
    pairs = scored.at(scored.weight >= parameters.zones.review)
    pairs = pairs.at(np.argsort(-pairs.weight, kind="stable"))
    one, other = labels[pairs.left], labels[pairs.right]
    codes = np.minimum(one, other) * records.count + np.maximum(one, other)
    codes[one == other] = -1
    codes, first = np.unique(codes, return_index=True)
    first = first[codes >= 0]
    if apart is not None:
        first = first[~np.isin(codes[codes >= 0], _codes(labels, *apart, count=records.count))]
    best = pairs.at(first)
    edges = Edges(labels[best.left], labels[best.right], best.weight)
    weights, vetoes = _weigh(parameters, records, labels, edges, np.arange(len(edges)))
    vetoes |= best.is_vetoed
    order = np.argsort(-weights, kind="stable")
    order = order[weights[order] >= parameters.zones.review]
    return Scored(best.left[order], best.right[order], weights[order], vetoes[order])


def find_bridges(scored: Scored, start: Ints, labels: Ints) -> Scored:
    """Give for each group joined of several the pair of rows between them that says so the most."""
    before = name_groups(start)
    is_bridge = (labels[scored.left] == labels[scored.right]) & (
        before[scored.left] != before[scored.right]
    )
    bridges = scored.at(is_bridge)
    bridges = bridges.at(np.argsort(-bridges.weight, kind="stable"))
    _, first = np.unique(labels[bridges.left], return_index=True)
    return bridges.at(first)


def _codes(labels: Ints, one: Ints, other: Ints, *, count: int) -> Ints:
    first, second = labels[one], labels[other]
    codes: Ints = np.minimum(first, second) * count + np.maximum(first, second)
    return codes


def _edges(pairs: Scored, labels: Ints, *, count: int) -> tuple[Edges, Scored]:
    """Give the best weight between each two groups, and the pairs that still lie between groups.

    The pairs come heaviest first, so that the first of each two groups is their best.
    """
    one, other = labels[pairs.left], labels[pairs.right]
    between = one != other
    pairs, one, other = pairs.at(between), one[between], other[between]
    codes, first = np.unique(
        np.minimum(one, other) * count + np.maximum(one, other), return_index=True
    )
    low, high = np.divmod(codes, max(count, 1))
    return Edges(low, high, pairs.weight[first]), pairs


def _mutual_best(edges: Edges, *, count: int) -> Ints:
    """Give the places of edges that are the best of both their groups, one edge a group."""
    best = np.full(count, -np.inf, dtype=np.float32)
    np.maximum.at(best, edges.one, edges.weight)
    np.maximum.at(best, edges.other, edges.weight)
    places = np.flatnonzero((edges.weight >= best[edges.one]) & (edges.weight >= best[edges.other]))
    first = np.full(count, len(edges))
    np.minimum.at(first, edges.one[places], places)
    np.minimum.at(first, edges.other[places], places)
    is_first = (first[edges.one[places]] == places) & (first[edges.other[places]] == places)
    chosen: Ints = places[is_first]
    return chosen


def _weigh(
    parameters: Parameters, records: Records, labels: Ints, edges: Edges, tried: Ints
) -> tuple[Floats32, NDArray[np.bool_]]:
    order = np.argsort(labels, kind="stable")
    sizes = np.bincount(labels, minlength=records.count)
    starts = np.cumsum(sizes) - sizes
    one, other = edges.one[tried], edges.other[tried]
    weights = edges.weight[tried].copy()
    vetoes = np.zeros(len(tried), dtype=bool)
    # A pair of single records weighs what its edge says; only larger groups are looked at.
    several = np.flatnonzero(sizes[one] * sizes[other] > 1)
    if len(several):
        group, left, right = cross_pairs(starts, sizes, order, one[several], other[several])
        weights[several], vetoes[several] = score_groups(
            parameters, records, group, left, right, count=len(several)
        )
    return weights, vetoes


def cross_pairs(
    starts: Ints, sizes: Ints, members: Ints, one: Ints, other: Ints
) -> tuple[Ints, Ints, Ints]:
    """Give all pairs of a row of group `one[k]` with a row of group `other[k]`: k, left, right.

    Members of group g are `members[starts[g]:starts[g] + sizes[g]]`. Of very many, an even spread.

    >>> members, starts, sizes = np.array([5, 6, 7]), np.array([0, 2]), np.array([2, 1])
    >>> found = cross_pairs(starts, sizes, members, np.array([0]), np.array([1]))
    >>> [part.tolist() for part in found]
    [[0, 0], [5, 6], [7, 7]]
    """
    total = sizes[one] * sizes[other]
    taken = np.minimum(total, _MOST_CROSS_PAIRS)
    group = np.repeat(np.arange(len(one)), taken)
    place = np.arange(int(taken.sum())) - np.repeat(np.cumsum(taken) - taken, taken)
    place = place * total[group] // taken[group]
    width = sizes[other][group]
    left = members[starts[one][group] + place // width]
    return group, left, members[starts[other][group] + place % width]

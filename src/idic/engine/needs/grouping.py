"""Points into groups: seeded k-means, how many groups are stable, how sure each membership is.

Geometry of points only; nothing here knows what a product is.
"""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray

Points = NDArray[np.float64]
Labels = NDArray[np.int64]

# Nearer than centers are rounded: one place.
_SAME = 1e-9
_STARTS = 8
_ROUNDS = 40
_STEPS = 20


def find_centers(points: Points, *, count: int, seed: int) -> Points:
    """Return the best of several seeded k-means++ runs (Arthur & Vassilvitskii, SODA 2007).

    Points in no more than `count` places are their own centers, repeated up to `count`: k-means++
    draws a center by its distance from those it has, and has nothing left to draw from.
    """
    known = distinct(points, most=count + 1)
    if len(known) <= count:
        return np.asarray(np.round(np.resize(known, (count, points.shape[1])), 9))
    best, least = points[:count], np.inf
    for start in range(_STARTS):
        rng = np.random.default_rng([seed, count, start])
        try:
            centers, labels = scipy.cluster.vq.kmeans2(
                points, count, minit="++", iter=_ROUNDS, rng=rng, missing="raise"
            )
        except scipy.cluster.vq.ClusterError:
            continue
        spread = float(((points - centers[labels]) ** 2).sum())
        if spread < least - 1e-9:
            best, least = centers, spread
    return np.round(best, 9)


def distinct(points: Points, *, most: int) -> Points:
    """Return the first of the places the points lie in, at most so many.

    >>> distinct(np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]), most=9).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    found: list[NDArray[np.float64]] = []
    rest = points
    while len(rest) and len(found) < most:
        found.append(rest[0])
        rest = rest[(np.abs(rest - rest[0]) > _SAME).any(axis=1)]
    return np.array(found).reshape(-1, points.shape[1])


def assign(points: Points, centers: Points) -> tuple[Labels, NDArray[np.float64]]:
    """Return each point's nearest center and its margin: 0 between two centers, 1 on one.

    The margin is (b − a) / b with a, b the distances to the nearest and the second: the silhouette
    with centers in place of all points (Hruschka, de Castro, Campello, ICDM 2004).
    """
    distances = np.sqrt(
        np.maximum(
            (points**2).sum(axis=1)[:, None] - 2 * points @ centers.T + (centers**2).sum(axis=1), 0
        )
    )
    labels = np.argmin(distances, axis=1).astype(np.int64)
    nearest, second = np.partition(distances, 1, axis=1)[:, :2].T
    return labels, (second - nearest) / np.maximum(second, 1e-12)


def adjusted_rand(first: Labels, second: Labels) -> float:
    """Return the agreement of two groupings: 1 when equal, 0 in the mean for chance.

    Hubert & Arabie, "Comparing partitions", Journal of Classification 2, 1985.

    >>> round(adjusted_rand(np.array([0, 0, 0, 1, 1, 1]), np.array([0, 0, 1, 1, 2, 2])), 4)
    0.2424
    """
    table = np.zeros((int(first.max()) + 1, int(second.max()) + 1))
    np.add.at(table, (first, second), 1)
    pairs = float(scipy.special.binom(table, 2).sum())
    rows = float(scipy.special.binom(table.sum(axis=1), 2).sum())
    columns = float(scipy.special.binom(table.sum(axis=0), 2).sum())
    by_chance = rows * columns / scipy.special.binom(len(first), 2)
    most = (rows + columns) / 2
    return 1.0 if most == by_chance else float((pairs - by_chance) / (most - by_chance))


def rising_steps(
    margins: NDArray[np.float64], agrees: NDArray[np.bool_]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the share of agreement by margin as about 20 steps that never fall.

    Pool adjacent violators on equal parts of the margins (Ayer et al., 1955).
    """
    order = np.argsort(margins, kind="stable")
    parts = [part for part in np.array_split(order, _STEPS) if len(part)]
    pools: list[list[float]] = []  # size, share, middle of margins
    for part in parts:
        pools.append([len(part), float(agrees[part].mean()), float(margins[part].mean())])
        while len(pools) > 1 and pools[-2][1] >= pools[-1][1]:
            right, left = pools.pop(), pools.pop()
            size = left[0] + right[0]
            pools.append(
                [size] + [(left[0] * left[i] + right[0] * right[i]) / size for i in (1, 2)]
            )
    # Half-way between two centers nobody can be surer than one in two, whatever the data say.
    if pools[0][2] > 0:
        pools.insert(0, [0.0, min(pools[0][1], 0.5), 0.0])
    knots = tuple(round(pool[2], 6) for pool in pools)
    return knots, tuple(round(pool[1], 6) for pool in pools)

"""What purchase models are fitted on: distinct histories (x, t_x, T) and how many share each.

Reading, guarding and grouping the columns of `orders.summarize`; no model in here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from idic.engine.table import Table

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

# Whole numbers below 2^20 (days of 2,800 years) are packed three to one sortable integer.
_BITS = 20


@dataclass(frozen=True)
class Histories:
    """Distinct histories in order of (x, t_x, T), so that those without a repeat come first.

    `x`, `recency`, `age`, `weight` have one entry a distinct history. What a likelihood needs of a
    count or of a moment alone is computed once a distinct value (`x_values`, `moments`) and read
    through `x_places`, `recency_places` and `age_places`.
    """

    x: Floats
    recency: Floats
    age: Floats
    weight: Floats

    def __len__(self) -> int:
        return len(self.x)

    @cached_property
    def customer_count(self) -> float:
        """Return how many customers the histories stand for."""
        return float(self.weight.sum())

    @cached_property
    def single_count(self) -> int:
        """Return how many of the histories have no repeat purchase; they are the first."""
        return int(np.searchsorted(self.x, 0.0, side="right"))

    @cached_property
    def x_places(self) -> Places:
        """Return for each history the place of its x in `x_values`."""
        return np.cumsum(_is_new(self.x)) - 1

    @cached_property
    def x_values(self) -> Floats:
        """Return the distinct numbers of repeat purchases."""
        return self.x[_is_new(self.x)]

    @cached_property
    def x_weights(self) -> Floats:
        """Return how many customers have each of `x_values`."""
        return _sums(self.x_places, self.weight, len(self.x_values))

    @cached_property
    def moments(self) -> Floats:
        """Return the distinct days (since the first purchase) that occur as t_x or as T."""
        return np.unique(np.concatenate([np.unique(self.recency), np.unique(self.age)]))

    @cached_property
    def recency_places(self) -> Places:
        """Return for each history the place of its t_x in `moments`."""
        return np.searchsorted(self.moments, self.recency)

    @cached_property
    def age_places(self) -> Places:
        """Return for each history the place of its T in `moments`."""
        return np.searchsorted(self.moments, self.age)

    @cached_property
    def age_weights(self) -> Floats:
        """Return how many customers were seen until each of `moments`."""
        return _sums(self.age_places, self.weight, len(self.moments))

    @cached_property
    def age_repeats(self) -> Floats:
        """Return the repeat purchases of those seen until each of `moments`."""
        return _sums(self.age_places, self.weight * self.x, len(self.moments))

    @cached_property
    def recency_pairs(self) -> Pairs:
        """Return the distinct (x, t_x)."""
        return find_pairs(self.x_places, self.recency_places)

    @cached_property
    def age_pairs(self) -> Pairs:
        """Return the distinct (x, T)."""
        return find_pairs(self.x_places, self.age_places)

    def sample(self, size: int) -> Histories:
        """Return about `size` histories that stand for as many customers as all.

        Every n-th of those in order, singly for those without and with a repeat purchase, so that
        the sample is spread evenly and is the same each time.
        """
        cut = self.single_count
        parts = [
            take_every(np.arange(0, cut), size // 4),
            take_every(np.arange(cut, len(self)), size),
        ]
        weight = self.weight.copy()
        for part, whole in zip(parts, (slice(0, cut), slice(cut, None)), strict=True):
            if len(part):
                weight[part] *= self.weight[whole].sum() / self.weight[part].sum()
        kept = np.concatenate(parts)
        return Histories(self.x[kept], self.recency[kept], self.age[kept], weight[kept])


@dataclass(frozen=True)
class Pairs:
    """Distinct pairs of places, and for each row the place of its pair."""

    first: Places
    second: Places
    places: Places


def find_pairs(first: Places, second: Places) -> Pairs:
    """Return the distinct pairs of two columns of places."""
    width = int(second.max(initial=0)) + 1
    keys, places = np.unique(first * width + second, return_inverse=True)
    return Pairs(keys // width, keys % width, places)


def read_columns(table: Table) -> tuple[Floats, Floats, Floats, NDArray[np.bool_]]:
    """Return x, t_x and T of those who have bought, and a mask of who that is.

    Out of any numbers come usable ones: x is at least 0, and t_x lies between 0 and T and is 0
    without a repeat purchase. Who has no T, t_x or x, or none that is finite, has not bought.
    """
    x = table.floats("repeat_count")
    recency = table.floats("age_at_last_purchase_days")
    age = table.floats("customer_age_days")
    has_bought = np.isfinite(age) & np.isfinite(recency) & np.isfinite(x)
    x = np.maximum(x[has_bought], 0.0)
    age = np.maximum(age[has_bought], 0.0)
    recency = np.where(x > 0, np.clip(recency[has_bought], 0.0, age), 0.0)
    return x, recency, age, has_bought


def read_histories(table: Table) -> Histories:
    """Group the customers of a summary that have bought by (x, t_x, T)."""
    *columns, _ = read_columns(table)
    keys = _pack(columns)
    if keys is None:
        return find_histories(*columns)[0]
    keys.sort()
    return _unpack(keys)


def find_histories(x: Floats, recency: Floats, age: Floats) -> tuple[Histories, Places]:
    """Return the distinct histories, and for each customer the place of theirs."""
    columns = [x, recency, age]
    keys = _pack(columns)
    if keys is not None:
        distinct, places, counts = np.unique(keys, return_inverse=True, return_counts=True)
        return _unpack(np.repeat(distinct, counts)), places
    order = np.lexsort(columns[::-1])
    ordered = [column[order] for column in columns]
    is_new = np.logical_or.reduce([_is_new(column) for column in ordered])
    places = np.empty(len(x), dtype=np.int64)
    places[order] = np.cumsum(is_new) - 1
    weight = np.bincount(places, minlength=int(is_new.sum())).astype(np.float64)
    first, second, third = (column[is_new] for column in ordered)
    return Histories(first, second, third, weight), places


def _pack(columns: Sequence[Floats]) -> Places | None:
    """Return x, t_x and T as one sortable whole number; None where they are not small and whole."""
    if not len(columns[0]) or not all(_is_whole(column) for column in columns):
        return None
    packed = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        packed <<= _BITS
        packed |= column.astype(np.int64)
    return packed


def _unpack(keys: Places) -> Histories:
    """Return the histories of sorted keys."""
    starts = np.flatnonzero(_is_new(keys))
    distinct, mask = keys[starts], (1 << _BITS) - 1
    x, recency, age = (
        ((distinct >> shift) & mask).astype(np.float64) for shift in (2 * _BITS, _BITS, 0)
    )
    return Histories(x, recency, age, np.diff(np.append(starts, len(keys))).astype(np.float64))


def _is_whole(column: Floats) -> bool:
    return float(column.max()) < 1 << _BITS and bool((column == np.rint(column)).all())


def _is_new(values: NDArray[np.float64] | Places) -> NDArray[np.bool_]:
    is_new = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=is_new[1:])
    return is_new


def _sums(places: Places, values: Floats, size: int) -> Floats:
    return np.asarray(np.bincount(places, values, minlength=size), dtype=np.float64)


def take_every(places: Places, size: int) -> Places:
    """Return about `size` of the places, evenly spread."""
    return places[:: max(-(-len(places) // max(size, 1)), 1)]

"""Gradient boosted trees that correct a purchase model by what a customer has done.

Trained on earlier days of the same shop (features then → money after), they answer for any customer
later. scikit-learn grows them; they are kept as numbers and read by NumPy, never pickled.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from idic.engine.orders import read_orders
from idic.engine.table import Table

Floats = NDArray[np.float64]
# Feature or −1, threshold, left, right, value.
Node: TypeAlias = tuple[int, float, int, int, float]

# Windows of the counts, as multiples of the days forecast, looking back.
WINDOWS = (0.25, 0.5, 1.0, 2.0, 4.0)
WINDOW_COLUMNS = tuple(
    f"{kind}_window_{place}" for place in range(len(WINDOWS) + 1) for kind in ("orders", "paid")
)
FEWEST_ROWS = 500
FEWEST_BUYERS = 100
_MOST_ROWS = 60_000
_TREES = 120
_RATE = 0.06
_DEPTH = 3
_CLASSES = 63
_FEWEST_IN_A_LEAF = 20
_LEAST_SHARE = 0.02
_ROWS_AT_ONCE = 65_536
_YEAR_DAYS = 365


@dataclass(frozen=True)
class BoostedParameters:
    """Trees that add up to the logarithm of what the base amount is multiplied by.

    `least_amount` is what the base amount of a customer counts at least; `scale_amount` the unit of
    money in the features. `nodes` holds one list a tree, the root first; a row goes left where its
    feature is at most the threshold, and −1 marks a leaf.
    """

    trial_days: int
    scale_amount: float
    least_amount: float
    base: float
    nodes: tuple[tuple[Node, ...], ...]
    row_count: int = 0

    @classmethod
    def from_held(cls, held: dict[str, Any]) -> BoostedParameters:
        """Return the parameters from their JSON form."""
        trees = (tuple((*node,) for node in tree) for tree in held["nodes"])
        return cls(**{**held, "nodes": tuple(trees)})

    def to_json(self) -> str:
        """Return the parameters as JSON."""
        return json.dumps(self.__dict__)


def add_windows(summary: Table, orders: Table, *, as_of: dt.date, trial_days: int) -> Table:
    """Add to each customer how many orders and how much money came in windows back from `as_of`.

    In: a summary of `orders.summarize` and the orders it was made of. The windows are `WINDOWS` ×
    `trial_days` long; the last pair of columns is of the days a year ago that the next
    `trial_days` will be: the same season.
    """
    ids, days, amounts = read_orders(orders, as_of=as_of)
    known = np.ma.getdata(summary["customer_id"])
    places = np.searchsorted(known, ids)
    age = int(np.datetime64(as_of, "D").astype(np.int64)) - days
    spans = [(0, max(round(part * trial_days), 1)) for part in WINDOWS]
    spans.append((max(_YEAR_DAYS - trial_days, 0), _YEAR_DAYS))
    columns: list[Floats] = []
    for start, end in spans:
        inside = (age >= start) & (age < end)
        mine, paid = places[inside], amounts[inside]
        columns.append(np.bincount(mine, paid > 0, minlength=len(known)).astype(np.float64))
        columns.append(np.bincount(mine, paid, minlength=len(known)).astype(np.float64))
    return summary.with_columns(**dict(zip(WINDOW_COLUMNS, columns, strict=True)))


def features(summary: Table, expected: Sequence[Floats], *, scale_amount: float) -> list[Floats]:
    """Return the columns the trees read: counts, gaps, windows, and `expected` of the models.

    Money is in units of `scale_amount`; what is not known is −1.
    """
    x = np.nan_to_num(summary.floats("repeat_count"))
    away = summary.floats("recency_days")
    active = summary.floats("age_at_last_purchase_days")
    age = summary.floats("customer_age_days")
    gap = np.where(x > 0, active / np.maximum(x, 1.0), np.nan)
    scale = max(scale_amount, 1e-9)
    own = [
        x,
        summary.floats("order_count"),
        away,
        age,
        active,
        gap,
        away / np.maximum(gap, 1.0),
        summary.floats("net_amount") / scale,
        summary.floats("mean_order_amount") / scale,
    ]
    windows = [
        summary.floats(name) / (scale if name.startswith("paid") else 1.0)
        for name in WINDOW_COLUMNS
    ]
    return [np.nan_to_num(column, nan=-1.0) for column in (*own, *windows, *expected)]


@dataclass(frozen=True)
class Lesson:
    """What the trees learn from: features, the base amounts they correct, and what came."""

    columns: list[Floats]
    base_amount: Floats
    actual: Floats


def fit(
    lessons: Sequence[Lesson], *, trial_days: int, scale_amount: float
) -> BoostedParameters | None:
    """Grow the trees on what came after earlier days; None where there is too little to learn.

    Poisson deviance with a log link and the base amount as offset (what came is divided by it, and
    weighs by it, which is the same): sums come out right, no forecast is below zero, and customers
    unlike any before keep the base. 120 trees of at most eight leaves on at most 60,000 rows, with
    the same seed each time. Friedman, "Greedy Function Approximation", Ann. Stat. 29 (2001).
    """
    if not lessons or scale_amount <= 0:
        return None
    columns = [
        np.concatenate(parts) for parts in zip(*(one.columns for one in lessons), strict=True)
    ]
    base = np.concatenate([one.base_amount for one in lessons])
    actual = np.concatenate([one.actual for one in lessons])
    step = -(-len(actual) // _MOST_ROWS) or 1
    target, base = np.maximum(actual[::step], 0.0), base[::step]
    least = _LEAST_SHARE * float(base.mean()) if len(base) else 0.0
    if len(target) < FEWEST_ROWS or (target > 0).sum() < FEWEST_BUYERS or least <= 0:
        return None
    base = np.maximum(base, least)
    edges = [_edges(column[::step]) for column in columns]
    codes = [
        np.searchsorted(cuts, column[::step], side="left")
        for cuts, column in zip(edges, columns, strict=True)
    ]
    model = _grow(np.stack(codes, axis=1), target / base, base / base.mean())
    return BoostedParameters(
        trial_days=trial_days,
        scale_amount=scale_amount,
        least_amount=least,
        base=float(np.ravel(model._baseline_prediction)[0]),
        nodes=tuple(_read_tree(grown[0].nodes, edges) for grown in model._predictors),
        row_count=len(target),
    )


def _edges(column: Floats) -> Floats:
    """Cut a column into as many classes as the trees may tell apart, about equally full."""
    values = np.unique(column)
    if len(values) >= _CLASSES:
        values = np.unique(np.quantile(column, np.arange(1, _CLASSES) / _CLASSES))
    return values


def _grow(codes: NDArray[np.int64], target: Floats, weight: Floats) -> Any:
    """Grow the trees on classes: of weighted rows scikit-learn cuts them a hundred times slower."""
    # Its import takes two seconds, so only who grows trees pays for it.
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    model = HistGradientBoostingRegressor(
        loss="poisson",
        learning_rate=_RATE,
        max_iter=_TREES,
        max_depth=_DEPTH,
        max_leaf_nodes=2**_DEPTH,
        min_samples_leaf=max(_FEWEST_IN_A_LEAF, len(target) // 500),
        l2_regularization=1.0,
        max_bins=_CLASSES,
        early_stopping=False,
        random_state=0,
    )
    with threadpool_limits(limits=1):
        return model.fit(codes.astype(np.float64), target, sample_weight=weight)


def _read_tree(nodes: Any, edges: Sequence[Floats]) -> tuple[Node, ...]:
    """Read one tree, its thresholds brought back from classes to the features' own values."""
    return tuple(
        (-1, 0.0, 0, 0, float(node["value"]))
        if node["is_leaf"]
        else (
            int(node["feature_idx"]),
            float(edges[node["feature_idx"]][int(node["num_threshold"])]),
            int(node["left"]),
            int(node["right"]),
            0.0,
        )
        for node in nodes
    )


def predict(
    parameters: BoostedParameters, columns: Sequence[Floats], base_amount: Floats
) -> Floats:
    """Return the expected amount of the next `trial_days`, in minor units, one entry a row."""
    factor = np.full(len(base_amount), parameters.base)
    for start in range(0, len(factor), _ROWS_AT_ONCE):
        part = [column[start : start + _ROWS_AT_ONCE] for column in columns]
        for tree in parameters.nodes:
            factor[start : start + _ROWS_AT_ONCE] += _descend(tree, 0, part)
    base = np.maximum(base_amount, parameters.least_amount)
    return np.asarray(base * np.exp(np.clip(factor, -20.0, 20.0)))


def _descend(tree: tuple[Node, ...], place: int, columns: Sequence[Floats]) -> Any:
    feature, threshold, left, right, value = tree[place]
    if feature < 0:
        return value
    return np.where(
        columns[feature] <= threshold,
        _descend(tree, left, columns),
        _descend(tree, right, columns),
    )

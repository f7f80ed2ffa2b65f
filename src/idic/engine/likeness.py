"""How much somebody is like the customers one wants more of, from what is known of them before they
buy: a transparent sum of weights, learnt by regularised logistic regression.

Likeness only; what to do about it, and what makes somebody urgent, is decided elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from idic.engine.table import Source, Table

# Fewer of either kind tell more about chance than about customers.
FEWEST = 30
# Tells no better than a coin when a quarter of it is hidden: not to be used.
LEAST_AUC = 0.55
_FEWEST_WITH = 5
_MOST_FEATURES = 300
_FOLDS = 4
_PENALTIES = (0.3, 1.0, 3.0, 10.0, 30.0)
_STEPS = 100

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Likeness:
    """The weights found. `features` are facts such as “city: hue”, each with its `weights` in log
    odds (above zero: more often true of those wanted); `marks` are the sums of 101 evenly spaced
    customers, lowest first, so that a sum can be told as a rank; `auc` is how often one wanted
    customer scores above one other, tried on customers that were hidden while fitting.
    """

    features: tuple[str, ...]
    weights: tuple[float, ...]
    marks: tuple[float, ...]
    auc: float
    ideal_count: int
    other_count: int
    penalty: float

    @property
    def is_usable(self) -> bool:
        """Whether it tells wanted customers from others at all."""
        return bool(self.features) and self.auc >= LEAST_AUC

    def to_json(self) -> str:
        """Return the weights as JSON; `from_json` gives an equal object back."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Likeness:
        """Return what `to_json` wrote."""
        held: dict[str, Any] = json.loads(text)
        lists = ("features", "weights", "marks")
        held |= {name: tuple(held[name]) for name in lists}
        return cls(**held)


def fit(facts: Source, *, ideal: Collection[int], others: Collection[int]) -> Likeness:
    """Learn what tells the `ideal` customers from the `others`.

    In, one row a fact: `customer_id` int, `fact` text; customers without any fact count, too. What
    fewer than five of all have, or all have, says nothing and is left out; of more than 300 the
    most common stay. Ridge-penalised logistic regression (le Cessie & van Houwelingen, Applied
    Statistics 41, 1992), the penalty chosen by the log loss of four hidden quarters, drawn by the
    order of ids so that the same customers give the same weights.

    With fewer than 30 of either kind nothing is learnt: no features, `auc` 0.5.

    >>> rows = [(i, "city: hue" if i < 30 else "city: hanoi") for i in range(60)]
    >>> facts = Table.from_rows(rows, columns={"customer_id": int, "fact": str})
    >>> found = fit(facts, ideal=range(30), others=range(30, 60))
    >>> found.features, found.auc, found.weights[1] > 0 > found.weights[0]
    (('city: hanoi', 'city: hue'), 1.0, True)
    """
    wanted, rest = sorted(set(ideal)), sorted(set(others) - set(ideal))
    counts = {"ideal_count": len(wanted), "other_count": len(rest)}
    ids = np.array(wanted + rest, dtype=np.int64)
    is_ideal = np.arange(len(ids)) < len(wanted)
    order = np.argsort(ids, kind="stable")
    ids, is_ideal = ids[order], is_ideal[order]
    features: tuple[str, ...] = ()
    if min(counts.values()) >= FEWEST:
        features = _choose(facts, ids)
    if not features:
        empty = Likeness((), (), (), 0.5, penalty=0.0, **counts)
        return empty
    matrix = _matrix(facts, ids, features)
    folds = np.arange(len(ids)) % _FOLDS
    losses = {p: _hidden(matrix, is_ideal, folds, p) for p in _PENALTIES}
    penalty = min(losses, key=lambda p: (round(losses[p][0], 9), -p))
    weights, _intercept = _regress(matrix, is_ideal, penalty)
    sums = np.sort(matrix @ weights)
    marks = sums[np.linspace(0, len(sums) - 1, 101).astype(int)]
    return Likeness(
        features=features,
        weights=tuple(np.round(weights, 6).tolist()),
        marks=tuple(np.round(marks, 6).tolist()),
        auc=round(losses[penalty][1], 6),
        penalty=penalty,
        **counts,
    )


def predict(model: Likeness, facts: Source, *, ids: Collection[int], top: int = 3) -> Table:
    """Score somebody from 0 to 100: of so many known customers of a hundred they are more like the
    wanted ones (half of those equal to them counted); 50 for all where nothing was learnt.

    In: as for `fit`. Out, one row for each of `ids`, in their order: `customer_id`, `likeness`, and
    `facts`: JSON of the heaviest facts, [[fact, weight], …].
    """
    numbers = np.array(list(ids), dtype=np.int64)
    if not model.features:
        return _table(numbers, np.full(len(numbers), 50), ["[]"] * len(numbers))
    order = np.argsort(numbers, kind="stable")
    matrix = _matrix(facts, numbers[order], model.features)
    weights = np.array(model.weights)
    sums = np.round(matrix @ weights, 6)
    marks = np.array(model.marks)
    rank = (np.searchsorted(marks, sums) + np.searchsorted(marks, sums, side="right")) / 2
    said = [_heaviest(matrix[[row]], model, top) for row in range(len(numbers))]
    back = np.empty(len(numbers), dtype=np.int64)
    back[order] = np.arange(len(numbers))
    likeness = np.clip(np.rint(100 * rank / len(marks)), 0, 100).astype(np.int64)
    return _table(numbers, likeness[back], [said[place] for place in back])


def _table(ids: NDArray[np.int64], likeness: NDArray[np.int64], said: list[str]) -> Table:
    return Table(
        {"customer_id": ids, "likeness": likeness, "facts": np.array(said, dtype=object)},
        types={"facts": str},
    )


def _heaviest(row: scipy.sparse.csr_matrix, model: Likeness, top: int) -> str:
    mine = sorted(
        ((model.features[i], model.weights[i]) for i in row.indices.tolist()),
        key=lambda pair: (-abs(pair[1]), pair[0]),
    )
    return json.dumps([list(pair) for pair in mine[:top] if pair[1]], ensure_ascii=False)


def _choose(facts: Source, ids: NDArray[np.int64]) -> tuple[str, ...]:
    """Give the facts that enough have and not all do, in alphabetical order."""
    table = Table.read(facts)
    known = set(ids.tolist())
    pairs = set(zip(table["customer_id"].tolist(), table["fact"].tolist(), strict=True))
    counts: dict[str, int] = {}
    for number, fact in pairs:
        if number in known and fact:
            counts[fact] = counts.get(fact, 0) + 1
    telling = [f for f, n in counts.items() if _FEWEST_WITH <= n <= len(ids) - _FEWEST_WITH]
    return tuple(sorted(sorted(telling, key=lambda f: (-counts[f], f))[:_MOST_FEATURES]))


def _matrix(
    facts: Source, ids: NDArray[np.int64], features: tuple[str, ...]
) -> scipy.sparse.csr_matrix:
    """Give customers × facts, 0 or 1; `ids` ascend."""
    table = Table.read(facts)
    column = {fact: place for place, fact in enumerate(features)}
    row = {number: place for place, number in enumerate(ids.tolist())}
    places = {
        (row[number], column[fact])
        for number, fact in zip(table["customer_id"].tolist(), table["fact"].tolist(), strict=True)
        if number in row and fact in column
    }
    rows, columns = np.array(sorted(places), dtype=np.int64).reshape(-1, 2).T
    return scipy.sparse.csr_matrix(
        (np.ones(len(rows)), (rows, columns)), shape=(len(ids), len(features))
    )


def _hidden(
    matrix: scipy.sparse.csr_matrix, is_ideal: NDArray[np.bool_], folds: NDArray[np.int64], p: float
) -> tuple[float, float]:
    """Give the mean log loss and the AUC of customers hidden while fitting."""
    sums = np.zeros(len(is_ideal))
    for fold in range(_FOLDS):
        held = folds == fold
        if is_ideal[~held].all() or not is_ideal[~held].any():
            return float("inf"), 0.5
        weights, intercept = _regress(matrix[~held], is_ideal[~held], p)
        sums[held] = matrix[held] @ weights + intercept
    loss = np.logaddexp(0, np.where(is_ideal, -sums, sums))
    return float(loss.mean()), area_under_curve(sums, is_ideal)


def area_under_curve(sums: Floats, is_ideal: NDArray[np.bool_]) -> float:
    """Give how often one of the wanted scores above one of the others, ties counted half.

    >>> area_under_curve(np.array([1.0, 2.0, 2.0]), np.array([False, True, False]))
    0.75
    """
    ranks = scipy.stats.rankdata(sums)
    wanted, others = int(is_ideal.sum()), int((~is_ideal).sum())
    if not wanted or not others:
        return 0.5
    above = float(ranks[is_ideal].sum()) - wanted * (wanted + 1) / 2
    return above / (wanted * others)


def _regress(
    matrix: scipy.sparse.csr_matrix, is_ideal: NDArray[np.bool_], penalty: float
) -> tuple[Floats, float]:
    """Minimise log loss + penalty / 2 · |weights|², the intercept free of penalty."""
    signs = np.where(is_ideal, 1.0, -1.0)

    def loss(values: Floats) -> tuple[float, Floats]:
        weights, intercept = values[:-1], values[-1]
        margins = signs * (matrix @ weights + intercept)
        total = np.logaddexp(0, -margins).sum() + penalty / 2 * (weights @ weights)
        pull = -signs * scipy.special.expit(-margins)
        return float(total), np.append(matrix.T @ pull + penalty * weights, pull.sum())

    start = np.zeros(matrix.shape[1] + 1)
    found = scipy.optimize.minimize(
        loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS}
    )
    return np.asarray(found.x[:-1]), float(found.x[-1])

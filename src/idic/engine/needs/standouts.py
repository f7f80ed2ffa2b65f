"""What makes each group stand out: categories, products and words of product names, by lift.

Counts only; the name of a group is a person's choice, helped by these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from idic.engine.needs.grouping import Labels
from idic.engine.needs.parameters import NeedGroup, Standout
from idic.engine.needs.spending import Matrix, Spending

_TOP = 8
_LEAST_LIFT = 1.2
_FEWEST_CUSTOMERS = 3
# Words that mostly repeat what a chosen word has said already are left out.
_MOST_OVERLAP = 0.6
# How much of it there is says nothing about who needs it: "800 g", "54 miếng", "900克", "size 4".
_AMOUNT = re.compile(
    r"\d+(?:[.,]\d+)?\s*(?:(?:kg|gr?|gram|mg|l|ml|cl|cm|mm|lít|lốc|gói|hộp|chai|lon|miếng|quả|tờ|cuộn"
    r"|packs?|pcs|pieces?|rolls?|bags?|cans?|tins?|capsules?|tablets?|sheets?|sachets?)\b"
    r"|公斤|千克|毫升|毫克|[克升片包枚盒支瓶袋张卷粒罐只条]装?)"
    r"|\b(?:size|cỡ|số)\s+\w+",
    re.IGNORECASE,
)
_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
# Not the s of "50's".
_RUNS = re.compile(rf"[{_HAN}]+|(?<!['’])[^\W\d_{_HAN}]+")


@dataclass(frozen=True)
class _Things:
    """Named sets of products: one column a thing in `members`, products × things, 0 or 1."""

    names: tuple[str, ...]
    members: Matrix
    product_ids: tuple[int | None, ...]


def describe(spending: Spending, labels: Labels, *, count: int) -> tuple[NeedGroup, ...]:
    """Return the groups with what their customers spend more on than all customers together."""
    kinds = [_categories(spending), _products(spending), _words(spending)]
    overall = _spend(spending.matrix)
    groups = []
    for index in range(count):
        matrix = spending.matrix[labels == index]
        tops = [_stand_out(things, matrix, overall) for things in kinds]
        groups.append(
            NeedGroup(
                index=index,
                customers=int(matrix.shape[0]),
                net_amount=round(float(matrix.sum())),
                top_categories=tops[0],
                top_products=tops[1],
                top_words=tops[2],
            )
        )
    return tuple(groups)


def words_of(name: str) -> Iterator[str]:
    """Yield words and pairs of neighbouring words; pairs of characters for Chinese.

    >>> list(words_of("JUMBO BAG 3 RED"))
    ['jumbo', 'jumbo bag', 'bag', 'bag red', 'red']
    >>> list(words_of("红茶杯 500毫升"))
    ['红茶', '茶杯']
    """
    before = ""
    for run in _RUNS.findall(_AMOUNT.sub(" ", name.casefold())):
        if re.match(f"[{_HAN}]", run):
            yield from (run[place : place + 2] for place in range(max(len(run) - 1, 1)))
            before = ""
            continue
        if before:
            yield f"{before} {run}"
        before = run
        # "of", "in", "s": two Latin letters say nothing alone, two Vietnamese ones may.
        if len(run) > 2 or not run.isascii():
            yield run


def _categories(spending: Spending) -> _Things:
    return _things([[category] if category else [] for category in spending.categories])


def _products(spending: Spending) -> _Things:
    count = len(spending.product_ids)
    return _Things(
        names=spending.names,
        members=scipy.sparse.identity(count, format="csr"),
        product_ids=tuple(spending.product_ids.tolist()),
    )


def _words(spending: Spending) -> _Things:
    things = _things([sorted(set(words_of(name))) for name in spending.names])
    # A word of one product's name is that product.
    shared = np.flatnonzero(np.asarray(things.members.sum(axis=0)).ravel() > 1)
    return _Things(
        names=tuple(things.names[place] for place in shared),
        members=things.members[:, shared],
        product_ids=(None,) * len(shared),
    )


def _things(labels: Sequence[Sequence[str]]) -> _Things:
    names = tuple(sorted({name for row in labels for name in row}))
    column = {name: place for place, name in enumerate(names)}
    pairs = [(product, column[name]) for product, row in enumerate(labels) for name in row]
    rows, columns = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    members = scipy.sparse.csr_matrix(
        (np.ones(len(rows)), (rows, columns)), shape=(len(labels), len(names))
    )
    return _Things(names=names, members=members, product_ids=(None,) * len(names))


def _stand_out(
    things: _Things, matrix: Matrix, overall: NDArray[np.float64]
) -> tuple[Standout, ...]:
    """Return the things with the largest part in the group's distance from everybody.

    Each is ranked by share × log(lift), its term in the Kullback-Leibler divergence: neither a
    rarity with a huge lift nor a best-seller with hardly any.
    """
    spend = _spend(matrix)
    if not spend.sum() or not things.names:
        return ()
    share = np.asarray(spend @ things.members).ravel() / spend.sum()
    overall_share = np.asarray(overall @ things.members).ravel() / overall.sum()
    lift = np.divide(share, overall_share, out=np.zeros_like(share), where=overall_share > 0)
    weight = share * np.log(np.maximum(lift, 1.0))
    found: list[Standout] = []
    covered = np.zeros(len(spend))
    for thing in np.argsort(-np.round(weight, 12), kind="stable")[: 20 * _TOP].tolist():
        if lift[thing] < _LEAST_LIFT or len(found) == _TOP:
            break
        members = np.asarray(things.members[:, [thing]].todense()).ravel()
        customers = int((matrix @ members > 0).sum())
        is_repeat = (covered * members) @ spend > _MOST_OVERLAP * (members @ spend)
        if customers < _FEWEST_CUSTOMERS or is_repeat:
            continue
        covered = np.maximum(covered, members)
        found.append(
            Standout(
                name=things.names[thing],
                share=round(float(share[thing]), 6),
                overall_share=round(float(overall_share[thing]), 6),
                lift=round(float(lift[thing]), 3),
                customers=customers,
                product_id=things.product_ids[thing],
            )
        )
    return tuple(found)


def _spend(matrix: Matrix) -> NDArray[np.float64]:
    return np.asarray(matrix.sum(axis=0), dtype=np.float64).ravel()

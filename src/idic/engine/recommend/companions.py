"""Which products the same customers buy: counted as a sparse product, kept as a short list each.

Item-to-item only; whose history the lists are applied to is in `ranking`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import scipy
from numpy.typing import NDArray

from idic.engine.recommend.parameters import Companions

# Pairs are counted for this many products at a time, so that not all counts are held at once.
_BLOCK = 512
# A wholesaler with 1,800 products would add 3 million pairs and say little: the newest are enough.
_NEWEST_PRODUCTS = 200
# Added to the size of a pair's products, so that three buyers of two rare things are no rule.
_SHRINKAGE = 10.0


@dataclass(frozen=True)
class _Bought:
    """Who bought what, as a 0/1 matrix of customers × products."""

    matrix: Any
    product_ids: NDArray[np.int64]
    buyers: NDArray[np.float64]
    is_target: NDArray[np.bool_]

    @property
    def customers(self) -> int:
        return int(self.matrix.shape[0])


def read_companions(
    connection: duckdb.DuckDBPyConnection,
    *,
    targets: tuple[int, ...],
    top: int,
    min_support: int,
    max_customers: int,
) -> Companions:
    """Return for each product the `top` of `targets` that its buyers buy beyond chance.

    The score of a pair is the number of common buyers beyond what chance gives, over the geometric
    mean of the two products' buyers plus 10: a cosine without the part owed to popularity
    (Deshpande & Karypis, "Item-based top-N recommendation algorithms", ACM TOIS 22, 2004).
    """
    bought = _read_bought(
        connection, targets=targets, min_support=min_support, max_customers=max_customers
    )
    found = list(_pairs(bought, top=top, min_support=min_support)) if len(bought.buyers) else []
    if not found:
        return Companions((), (), (), (), ())
    source, target, score, lift, support = (
        np.concatenate(column) for column in zip(*found, strict=True)
    )
    return Companions(
        because_product_id=tuple(bought.product_ids[source].tolist()),
        product_id=tuple(bought.product_ids[target].tolist()),
        score=tuple(np.round(score, 6).tolist()),
        lift=tuple(np.round(lift, 3).tolist()),
        support=tuple(support.astype(np.int64).tolist()),
    )


def _read_bought(
    connection: duckdb.DuckDBPyConnection,
    *,
    targets: tuple[int, ...],
    min_support: int,
    max_customers: int,
) -> _Bought:
    columns = connection.execute(
        """
        WITH chosen AS (
            SELECT customer_id FROM (SELECT DISTINCT customer_id FROM purchase)
            ORDER BY hash(customer_id), customer_id LIMIT $max_customers
        ),
        pair AS (
            SELECT customer_id, product_id, max(day) AS day
            FROM purchase SEMI JOIN chosen USING (customer_id)
            GROUP BY customer_id, product_id
            QUALIFY row_number() OVER (
                PARTITION BY customer_id ORDER BY max(day) DESC, product_id) <= $newest
        ),
        known AS (SELECT product_id FROM pair GROUP BY product_id HAVING count(*) >= $min_support)
        SELECT dense_rank() OVER (ORDER BY customer_id) - 1 AS customer, product_id
        FROM pair SEMI JOIN known USING (product_id) ORDER BY customer, product_id
        """,
        {
            "max_customers": max_customers,
            "newest": _NEWEST_PRODUCTS,
            "min_support": min_support,
        },
    ).fetchnumpy()
    rows = np.asarray(columns["customer"], dtype=np.int64)
    product_ids, codes = np.unique(np.asarray(columns["product_id"]), return_inverse=True)
    shape = (int(rows.max()) + 1 if len(rows) else 0, len(product_ids))
    matrix = scipy.sparse.csr_matrix(
        (np.ones(len(rows), dtype=np.float32), (rows, codes)), shape=shape
    )
    return _Bought(
        matrix=matrix,
        product_ids=product_ids.astype(np.int64),
        buyers=np.bincount(codes, minlength=len(product_ids)).astype(np.float64),
        is_target=np.isin(product_ids, np.array(targets, dtype=np.int64)),
    )


def _pairs(bought: _Bought, *, top: int, min_support: int) -> Iterator[tuple[Any, ...]]:
    """Yield source, target, score, lift and support of the pairs kept, block after block."""
    targets = np.flatnonzero(bought.is_target)
    if not len(targets):
        return
    among = bought.matrix[:, targets]
    for start in range(0, len(bought.buyers), _BLOCK):
        sources = np.arange(start, min(start + _BLOCK, len(bought.buyers)))
        counted = (bought.matrix[:, sources].T @ among).tocoo()
        is_enough = counted.data >= min_support
        source, target = sources[counted.row[is_enough]], targets[counted.col[is_enough]]
        together = counted.data[is_enough].astype(np.float64)
        by_chance = bought.buyers[source] * bought.buyers[target] / bought.customers
        size = np.sqrt(bought.buyers[source] * bought.buyers[target]) + _SHRINKAGE
        score = np.where(source == target, 0.0, (together - by_chance) / size)
        best = _best(source, target, score, top=top)
        yield (
            source[best],
            target[best],
            score[best],
            together[best] / by_chance[best],
            together[best],
        )


def _best(
    source: NDArray[np.int64], target: NDArray[np.int64], score: NDArray[np.float64], *, top: int
) -> NDArray[np.int64]:
    """Return the places of the `top` largest positive scores of each source, largest first."""
    order = np.lexsort((target, -np.round(score, 9), source))
    order = order[score[order] > 0]
    is_first = np.concatenate([[True], source[order][1:] != source[order][:-1]])[: len(order)]
    starts = np.flatnonzero(is_first)
    place = np.arange(len(order)) - starts[np.cumsum(is_first) - 1]
    best: NDArray[np.int64] = order[place < top]
    return best

"""Who spent what on which product, as a sparse matrix, and as points among the features.

Reading and geometry only; which points belong together is decided in `grouping`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from idic.engine.needs.parameters import Basis, Space
from idic.engine.table import Source, Table, add_table, connect

Points = NDArray[np.float64]
Matrix = Any  # scipy.sparse has no types

COLUMNS = ("customer_id", "product_id", "product_name", "category", "net_amount")
# More made the groups of a gift shop less stable: centers of two halves agreed by .88 on five
# axes and by .50 on nine.
_AXES = 5
_FEWEST_BUYERS = 5
_MOST_FEATURES = 5_000
_FEWEST_CATEGORIES = 3
_CATEGORY_COVERAGE = 0.8


@dataclass(frozen=True)
class Spending:
    """Net spend above zero, customers × products, with what is known of each product."""

    customer_ids: NDArray[np.int64]
    product_ids: NDArray[np.int64]
    names: tuple[str, ...]
    categories: tuple[str | None, ...]
    matrix: Matrix

    def of(self, places: NDArray[Any]) -> Spending:
        """Return the spending of the customers at these places, or where the mask is true."""
        return Spending(
            customer_ids=self.customer_ids[places],
            product_ids=self.product_ids,
            names=self.names,
            categories=self.categories,
            matrix=self.matrix[places],
        )

    @property
    def product_counts(self) -> NDArray[np.int64]:
        """How many different products each customer has spent on."""
        return np.asarray(np.diff(self.matrix.indptr), dtype=np.int64)


def read_spending(lines: Source) -> Spending:
    """Sum the lines by customer and product; what was given back in full is not there.

    A product that goes by several names or categories keeps the one most lines give it.
    """
    with connect() as connection:
        add_table(connection, name="lines", table=Table.read(lines).select(*COLUMNS))
        customers = connection.execute(
            "SELECT DISTINCT customer_id FROM lines WHERE customer_id IS NOT NULL ORDER BY 1"
        ).fetchnumpy()
        products = connection.execute(
            """
            SELECT product_id, coalesce(product_name, '') AS name, category
            FROM lines WHERE product_id IS NOT NULL
            GROUP BY product_id, product_name, category
            QUALIFY row_number() OVER (
                PARTITION BY product_id ORDER BY count(*) DESC, product_name, category) = 1
            ORDER BY product_id
            """
        ).fetchall()
        spent = connection.execute(
            """
            SELECT customer_id, product_id, CAST(sum(net_amount) AS DOUBLE) AS amount FROM lines
            WHERE customer_id IS NOT NULL AND product_id IS NOT NULL
            GROUP BY customer_id, product_id HAVING sum(net_amount) > 0
            ORDER BY customer_id, product_id
            """
        ).fetchnumpy()
    customer_ids = np.asarray(customers["customer_id"], dtype=np.int64)
    product_ids = np.array([row[0] for row in products], dtype=np.int64)
    places = (
        np.searchsorted(customer_ids, np.asarray(spent["customer_id"], dtype=np.int64)),
        np.searchsorted(product_ids, np.asarray(spent["product_id"], dtype=np.int64)),
    )
    amounts = np.asarray(spent["amount"], dtype=np.float64)
    return Spending(
        customer_ids=customer_ids,
        product_ids=product_ids,
        names=tuple(row[1] for row in products),
        categories=tuple(row[2] for row in products),
        matrix=scipy.sparse.csr_matrix(
            (amounts, places), shape=(len(customer_ids), len(product_ids))
        ),
    )


def find_space(spending: Spending) -> Space | None:
    """Choose categories where they cover the spend, else products, and the axes through them.

    None when there are fewer than three features or customers that share any.
    """
    basis = _choose_basis(spending)
    keys = feature_keys(spending, basis=basis)
    features, buyers = _features(spending, keys)
    customers = spending.matrix.shape[0]
    if len(features) < _FEWEST_CATEGORIES or customers <= _FEWEST_CATEGORIES:
        return None
    weights = tuple(np.round(np.log1p(customers / buyers), 9).tolist())
    plain = Space(basis=basis, features=features, weights=weights, axes=())
    return replace(plain, axes=_axes(_profiles(spending.matrix, keys, plain)))


def _features(
    spending: Spending, keys: tuple[Any, ...]
) -> tuple[tuple[Any, ...], NDArray[np.int64]]:
    """Return the features with the most buyers, in order, and how many each has."""
    names = sorted(set(keys) - {None})
    by_feature = _by_feature(spending.matrix, keys, features=tuple(names))
    buyers = np.bincount(by_feature.indices, minlength=len(names)).astype(np.int64)
    most = np.argsort(-buyers, kind="stable")[:_MOST_FEATURES]
    kept = np.sort(most[buyers[most] >= _FEWEST_BUYERS])
    return tuple(names[column] for column in kept.tolist()), buyers[kept]


def place(matrix: Matrix, keys: tuple[Any, ...], space: Space) -> Points:
    """Return each customer's point: a direction of length 1, or zeros where nothing is known."""
    points = _profiles(matrix, keys, space) @ np.array(space.axes)
    lengths = np.linalg.norm(points, axis=1, keepdims=True)
    return np.asarray(points / np.where(lengths > 1e-9, lengths, np.inf))


def feature_keys(spending: Spending, *, basis: Basis) -> tuple[Any, ...]:
    """Return each product's feature: its category, or itself."""
    return spending.categories if basis == "category" else tuple(spending.product_ids.tolist())


def _choose_basis(spending: Spending) -> Basis:
    has_category = np.array([category is not None for category in spending.categories], dtype=bool)
    spend = np.asarray(spending.matrix.sum(axis=0)).ravel()
    names = set(spending.categories) - {None}
    is_covered = spend[has_category].sum() >= _CATEGORY_COVERAGE * max(spend.sum(), 1)
    return "category" if is_covered and len(names) >= _FEWEST_CATEGORIES else "product"


def _by_feature(matrix: Matrix, keys: tuple[Any, ...], *, features: tuple[Any, ...]) -> Matrix:
    """Add up the columns of `matrix` that share a feature; other products fall out."""
    column = {feature: number for number, feature in enumerate(features)}
    pairs = [(product, column[key]) for product, key in enumerate(keys) if key in column]
    rows, columns = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    shape = (len(keys), len(features))
    return (
        matrix @ scipy.sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)
    ).tocsr()


def _profiles(matrix: Matrix, keys: tuple[Any, ...], space: Space) -> Matrix:
    """Root of the spend by feature, weighted like tf-idf, each customer scaled to length 1.

    The root keeps one large purchase from hiding all others (Hellinger); the weights keep what
    everybody buys from making all customers alike.
    """
    profiles = _by_feature(matrix, keys, features=space.features).sqrt()
    profiles = profiles @ scipy.sparse.diags(np.array(space.weights))
    lengths = np.sqrt(np.asarray(profiles.multiply(profiles).sum(axis=1)).ravel())
    return (scipy.sparse.diags(1 / np.maximum(lengths, 1e-12)) @ profiles).tocsr()


def _axes(profiles: Matrix) -> tuple[tuple[float, ...], ...]:
    """Return the right singular vectors of the profiles without their mean's direction.

    How much of a profile points the common way says how broadly somebody buys, not what. The rest
    are latent semantic axes: Deerwester et al., "Indexing by latent semantic analysis", 1990.
    """
    mean = np.asarray(profiles.mean(axis=0)).ravel()
    common = mean / np.linalg.norm(mean)
    smallest = min(profiles.shape)
    if smallest <= 2 * _AXES:
        dense = profiles.toarray()
        _, sizes, right = np.linalg.svd(
            dense - np.outer(dense @ common, common), full_matrices=False
        )
        right = right[sizes > 1e-9 * max(sizes.max(), 1.0)]
        sizes = sizes[: len(right)]
    else:
        # Without filling in the zeros; a fixed start makes it repeatable.
        rest = scipy.sparse.linalg.LinearOperator(
            profiles.shape,
            matvec=lambda v: profiles @ _without(v.ravel(), common),
            rmatvec=lambda u: _without(profiles.T @ u.ravel(), common),
            dtype=np.float64,
        )
        _, sizes, right = scipy.sparse.linalg.svds(rest, k=_AXES, v0=np.ones(smallest))
    axes = right[np.argsort(-sizes, kind="stable")][:_AXES].T
    signs = np.sign(axes[np.argmax(np.abs(axes), axis=0), np.arange(axes.shape[1])])
    return tuple(tuple(row) for row in np.round(axes * signs, 9).tolist())


def _without(vector: Points, common: Points) -> Points:
    return vector - common * (common @ vector)

"""How good the lists are: hide everybody's last basket, then look how much of it was foreseen."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass

import duckdb

from idic.engine.recommend import fitting, history
from idic.engine.recommend.parameters import Recommender, Weights
from idic.engine.recommend.ranking import rank, weigh_evidence
from idic.engine.table import Source, Table, connect

# How far down the best-sellers to look for products that a customer does not know.
_REACH = 5

# One row a list and product: `listed (list, customer_id, product_id, place)`.
_LISTS = """
CREATE TEMP TABLE listed AS
WITH best_seller AS (
    SELECT * FROM product ORDER BY popularity DESC, product_id LIMIT $reach
),
unknown AS (
    SELECT customer_id, product_id, popularity
    FROM judged CROSS JOIN best_seller
    ANTI JOIN met USING (customer_id, product_id)
),
candidate AS (
    SELECT 'next_basket' AS list, customer_id, product_id, score FROM answer
    WHERE kind = 'buy_again'
    UNION ALL
    SELECT 'next_basket', customer_id, product_id, $popularity_baskets * popularity / baskets
    FROM unknown JOIN evidence USING (customer_id)
    UNION ALL
    SELECT 'next_basket_popularity', customer_id, product_id, popularity
    FROM judged CROSS JOIN best_seller
    UNION ALL
    SELECT 'new_products', customer_id, product_id, -place FROM answer WHERE kind <> 'buy_again'
    UNION ALL
    SELECT 'new_products_popularity', customer_id, product_id, popularity FROM unknown
)
SELECT list, customer_id, product_id, row_number() OVER (
           PARTITION BY list, customer_id ORDER BY score DESC, product_id) AS place
FROM candidate QUALIFY place <= $k
"""
# The basket is all of it for the next one, and what is new in it for new products.
_SCORES = """
WITH target AS (
    SELECT customer_id, product_id FROM hidden SEMI JOIN judged USING (customer_id)
    WHERE NOT $only_new OR (customer_id, product_id) NOT IN (
        SELECT (customer_id, product_id) FROM met)
),
basket AS (
    SELECT customer_id, count(*) AS size, count(place) AS hits,
           coalesce(sum(1 / log2(place + 1)), 0) AS gain
    FROM target LEFT JOIN (FROM listed WHERE list = $list) AS mine USING (customer_id, product_id)
    GROUP BY customer_id
),
ideal AS (
    SELECT place AS size, sum(1 / log2(place + 1)) OVER (ORDER BY place) AS most
    FROM range(1, $k + 1) AS ranks(place)
)
SELECT count(*), coalesce(avg(hits / basket.size), 0),
       coalesce(avg(CAST(hits > 0 AS INTEGER)), 0), coalesce(avg(gain / most), 0)
FROM basket JOIN ideal ON ideal.size = least(basket.size, $k)
"""


@dataclass(frozen=True)
class Accuracy:
    """Means over the customers judged, for lists of one length.

    `recall`: share of the basket that was listed. `hit_rate`: share of customers with at least one
    product listed. `ndcg`: recall that counts early places more, 1 for a perfect list.
    """

    customers: int
    recall: float
    hit_rate: float
    ndcg: float


@dataclass(frozen=True)
class Evaluation:
    """What `evaluate` found. Each list stands beside the best-sellers judged on the same baskets.

    `next_basket`: `buy_again` mixed by score with popular products still unknown to the customer.
    `new_products`: the second list, judged on the products of the basket that were new.
    """

    k: int
    weights: Weights
    next_basket: Accuracy
    next_basket_popularity: Accuracy
    new_products: Accuracy
    new_products_popularity: Accuracy

    def to_json(self) -> str:
        """Return the evaluation as JSON."""
        return json.dumps(asdict(self))


def evaluate(
    lines: Source,
    *,
    as_of: dt.date,
    k: int = 10,
    decay: float | None = None,
    popularity_baskets: float | None = None,
    top: int = 20,
    min_support: int = 3,
    max_customers: int = 20_000,
) -> Evaluation:
    """Hide the last basket of every customer with two or more, fit on the rest, and judge.

    In: as for `fit`, whose other arguments are passed on; no product is left out for age, because
    the hidden baskets lie at all times. `max_customers` are judged at most, drawn by a hash.

    What one customer bought before another's hidden basket may have happened after it: this tells
    how well habits are known, not how the next season will differ.

    >>> lines = Table(
    ...     {"customer_id": [1, 1, 2, 2], "order_id": [1, 2, 3, 4], "product_id": [7, 7, 8, 8],
    ...      "quantity": [1.0] * 4, "ordered_on": ["2024-01-01", "2024-01-08"] * 2},
    ...     types={"ordered_on": dt.date})
    >>> found = evaluate(lines, as_of=dt.date(2024, 1, 31), k=1)
    >>> found.next_basket.hit_rate, found.next_basket_popularity.hit_rate
    (1.0, 0.5)
    """
    with connect() as connection:
        history.read_history(connection, lines, as_of=as_of)
        history.hide_last_baskets(connection)
        recommender = fitting.learn(
            connection,
            as_of=as_of,
            decay=decay,
            popularity_baskets=popularity_baskets,
            top=top,
            active_days=None,
            popularity_days=None,
            min_support=min_support,
            max_customers=fitting.COMPANION_CUSTOMERS,
        )
        _list_everything(connection, recommender, k=k, max_customers=max_customers)
        return Evaluation(
            k=k,
            weights=recommender.weights,
            next_basket=_score(connection, "next_basket", k=k),
            next_basket_popularity=_score(connection, "next_basket_popularity", k=k),
            new_products=_score(connection, "new_products", k=k),
            new_products_popularity=_score(connection, "new_products_popularity", k=k),
        )


def _list_everything(
    connection: duckdb.DuckDBPyConnection, recommender: Recommender, *, k: int, max_customers: int
) -> None:
    """Make `listed` for up to `max_customers` whose last basket is hidden."""
    connection.execute(
        """
        CREATE TEMP TABLE judged AS
        SELECT customer_id FROM (SELECT DISTINCT customer_id FROM hidden)
        ORDER BY hash(customer_id), customer_id LIMIT ?
        """,
        [max_customers],
    )
    judged = Table.read(connection.sql("FROM judged"))
    rank(connection, recommender, k=k, customers=judged, blocked=None)
    weigh_evidence(connection, "judged", weights=recommender.weights)
    wanted = {"k": k, "reach": _REACH * k}
    connection.execute(
        _LISTS, {**wanted, "popularity_baskets": recommender.weights.popularity_baskets}
    )


def _score(connection: duckdb.DuckDBPyConnection, name: str, *, k: int) -> Accuracy:
    bindings = {"list": name, "k": k, "only_new": name.startswith("new_products")}
    customers, recall, hit_rate, ndcg = connection.execute(_SCORES, bindings).fetchall()[0]
    return Accuracy(customers=customers, recall=recall, hit_rate=hit_rate, ndcg=ndcg)

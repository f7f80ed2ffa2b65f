"""Each customer's lists from a fitted recommender and that customer's purchases, in SQL.

The tables of `history` and the parameters go in; nothing is learned here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import duckdb
import numpy as np

from idic.engine.recommend.history import add_products
from idic.engine.recommend.parameters import Recommender, Weights
from idic.engine.table import Source, Table, add_table

# Customers are answered this many at a time: each has up to 2,000 candidates, ten million of which
# fit the gigabyte that a connection may use.
_BATCH_SIZE = 5_000
# A customer's newest products are enough to find companions for; a wholesaler has thousands.
_NEWEST_PRODUCTS = 100
# How far down the best-sellers the search goes for products a customer does not know yet.
_POPULAR_REACH = 5
_COMPANION_TYPES = {
    "because_product_id": int,
    "product_id": int,
    "millionths": float,
    "strength": int,
    "lift": float,
    "support": int,
}

_HABIT = """
CREATE OR REPLACE TEMP TABLE habit AS
SELECT customer_id, product_id, sum(pow($decay, age)) AS weight,
       count(*) AS times_bought, max(day) AS last_bought_date
FROM purchase JOIN trip USING (customer_id, day) SEMI JOIN batch USING (customer_id)
GROUP BY customer_id, product_id
"""
_EVIDENCE = """
CREATE OR REPLACE TEMP TABLE evidence AS
SELECT customer_id, coalesce(sum(pow($decay, age)), 0) + $repeat_baskets + $popularity_baskets
                    AS baskets
FROM batch LEFT JOIN trip USING (customer_id) GROUP BY customer_id
"""
_BUY_AGAIN = """
INSERT INTO answer
SELECT customer_id, 'buy_again', row_number() OVER best AS place, product_id, score,
       times_bought, last_bought_date, NULL, customers, NULL
FROM (
    SELECT *, (weight + $repeat_baskets * repeat_rate + $popularity_baskets * popularity)
              / baskets AS score
    FROM habit JOIN product_for_sale USING (product_id) JOIN evidence USING (customer_id)
    ANTI JOIN blocked USING (customer_id, product_id)
)
WINDOW best AS (PARTITION BY customer_id ORDER BY score DESC, popularity DESC, product_id)
QUALIFY place <= $k
"""
_DISCOVER = """
INSERT INTO answer
WITH newest AS (
    SELECT customer_id, product_id AS because_product_id FROM habit
    QUALIFY row_number() OVER (
        PARTITION BY customer_id ORDER BY last_bought_date DESC, product_id) <= $newest
),
candidate AS (
    SELECT customer_id, product_id, CAST(sum(millionths) AS BIGINT) AS total,
           max(strength) AS strongest
    FROM newest JOIN companion_for_sale USING (because_product_id)
    GROUP BY customer_id, product_id
),
listed AS (
    -- One number to sort by is three times as fast as two: the sum, then the smaller product.
    SELECT *, row_number() OVER (
        PARTITION BY customer_id ORDER BY (total + nudge) * 16777216 - tie DESC) AS place
    FROM candidate JOIN target USING (product_id)
    ANTI JOIN met USING (customer_id, product_id)
    ANTI JOIN blocked USING (customer_id, product_id)
    QUALIFY place <= $k
)
SELECT customer_id, 'discover', place, listed.product_id, (total + nudge) / 1e6, 0, NULL,
       because_product_id, support, lift
FROM listed JOIN companion_for_sale AS pair ON pair.strength = strongest
"""
_POPULAR = """
INSERT INTO answer
WITH thin AS (
    SELECT customer_id, count(product_id) AS found
    FROM batch LEFT JOIN (FROM answer WHERE kind = 'discover') AS held USING (customer_id)
    GROUP BY customer_id HAVING found < $k
),
best_seller AS (SELECT * FROM product_for_sale ORDER BY popularity DESC, product_id LIMIT $reach)
SELECT customer_id, 'popular', found + row_number() OVER best AS place, product_id,
       $popularity_baskets * popularity / baskets, 0, NULL, NULL, customers, NULL
FROM thin JOIN evidence USING (customer_id) CROSS JOIN best_seller
ANTI JOIN met USING (customer_id, product_id)
ANTI JOIN blocked USING (customer_id, product_id)
ANTI JOIN (FROM answer WHERE kind = 'discover') AS held USING (customer_id, product_id)
WINDOW best AS (PARTITION BY customer_id ORDER BY popularity DESC, product_id)
QUALIFY place <= $k
"""
_ANSWER = """
CREATE TEMP TABLE answer (
    customer_id BIGINT, kind VARCHAR, place BIGINT, product_id BIGINT, score DOUBLE,
    times_bought BIGINT, last_bought_date DATE, because_product_id BIGINT, support BIGINT,
    lift DOUBLE
)
"""
_WITH_GAPS = """
WITH gap AS (
    SELECT customer_id, product_id, CAST(round(median(days)) AS BIGINT) AS usual_gap_days
    FROM (
        SELECT customer_id, product_id, date_diff('day', lag(day) OVER (
                   PARTITION BY customer_id, product_id ORDER BY day), day) AS days
        FROM purchase SEMI JOIN (FROM answer WHERE kind = 'buy_again') AS picked
            USING (customer_id, product_id)
    )
    WHERE days IS NOT NULL GROUP BY customer_id, product_id
)
SELECT customer_id, kind, place AS rank, product_id, score, times_bought, last_bought_date,
       usual_gap_days, because_product_id, support, lift
FROM answer LEFT JOIN gap USING (customer_id, product_id)
ORDER BY customer_id, CASE kind WHEN 'buy_again' THEN 0 ELSE 1 END, place
"""


def rank(
    connection: duckdb.DuckDBPyConnection,
    recommender: Recommender,
    *,
    k: int,
    customers: Source | None,
    blocked: Source | None,
) -> Table:
    """Answer all customers of the history, or the `customers` given, batch after batch."""
    _add_parameters(connection, recommender)
    _add_customers(connection, customers)
    _add_blocked(connection, blocked)
    connection.execute(_ANSWER)
    (batches,) = connection.execute("SELECT coalesce(max(batch), -1) + 1 FROM asked").fetchall()[0]
    for number in range(batches):
        _answer_batch(connection, number, _bindings(recommender, k=k))
    return Table.read(connection.sql(_WITH_GAPS))


def _bindings(recommender: Recommender, *, k: int) -> Mapping[str, Any]:
    limits = {"k": k, "newest": _NEWEST_PRODUCTS, "reach": _POPULAR_REACH * k}
    return {**asdict(recommender.weights), **limits}


def _answer_batch(
    connection: duckdb.DuckDBPyConnection, number: int, bindings: Mapping[str, Any]
) -> None:
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE batch AS SELECT customer_id FROM asked WHERE batch = ?",
        [number],
    )
    for statement in (_HABIT, _EVIDENCE, _BUY_AGAIN, _DISCOVER, _POPULAR):
        wanted = {name: value for name, value in bindings.items() if f"${name}" in statement}
        connection.execute(statement, wanted)


def weigh_evidence(
    connection: duckdb.DuckDBPyConnection, customers: str, *, weights: Weights
) -> None:
    """Make `evidence` for the customers of a table: how many baskets their scores rest on."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE batch AS SELECT customer_id FROM {customers}"  # noqa: S608
    )
    connection.execute(_EVIDENCE, asdict(weights))


def _add_parameters(connection: duckdb.DuckDBPyConnection, recommender: Recommender) -> None:
    """Make the tables `product` and `companion` from the parameters."""
    add_products(connection, recommender.products)
    pairs = recommender.companions
    score = np.array(pairs.score, dtype=np.float64)
    order = np.lexsort(
        (np.array(pairs.product_id), np.array(pairs.because_product_id), np.round(score, 6))
    )
    strength = np.empty(len(score), dtype=np.int64)
    strength[order] = np.arange(len(score))
    columns = {
        "because_product_id": pairs.because_product_id,
        "product_id": pairs.product_id,
        # Whole numbers add up to the same sum in any order, so that equal runs rank equally.
        "millionths": np.round(score * 1e6),
        # A place of its own for each pair: the largest names one reason, also among equals.
        "strength": strength,
        "lift": pairs.lift,
        "support": pairs.support,
    }
    add_table(connection, name="companion", table=Table(columns, types=_COMPANION_TYPES))


def _add_customers(connection: duckdb.DuckDBPyConnection, customers: Source | None) -> None:
    if customers is not None:
        add_table(connection, name="customers", table=Table.read(customers).select("customer_id"))
    source = "met" if customers is None else "customers"
    connection.execute(
        f"""
        CREATE TEMP TABLE asked AS
        SELECT customer_id, (row_number() OVER (ORDER BY customer_id) - 1) // {_BATCH_SIZE} AS batch
        FROM (SELECT DISTINCT customer_id FROM {source} WHERE customer_id IS NOT NULL)
        """  # noqa: S608 - one of two fixed names
    )


def _add_blocked(connection: duckdb.DuckDBPyConnection, blocked: Source | None) -> None:
    """Make `blocked`, pairs never to be shown, and take out what is blocked for everybody."""
    columns: dict[str, type] = {"customer_id": int, "product_id": int}
    if blocked is None:
        pairs = Table.from_rows([], columns=columns)
    else:
        pairs = Table.read(blocked).select(*columns)
    add_table(connection, name="blocked", table=pairs)
    for name in ("product", "companion"):
        connection.execute(
            f"""
            CREATE TEMP TABLE {name}_for_sale AS SELECT * FROM {name}
            WHERE product_id NOT IN (SELECT product_id FROM blocked WHERE customer_id IS NULL)
            """  # noqa: S608 - one of two fixed names
        )
    # Among what goes with a customer's purchases, the popular is somewhat likelier: worth one
    # perfect companion for the best-seller, nothing for what nobody buys.
    connection.execute(
        """
        CREATE TEMP TABLE target AS
        SELECT product_id, row_number() OVER (ORDER BY product_id) AS tie,
               CAST(round(1e6 * popularity / (
                   SELECT greatest(max(popularity), 1e-9) FROM product)) AS BIGINT) AS nudge
        FROM product_for_sale SEMI JOIN companion_for_sale USING (product_id)
        """
    )

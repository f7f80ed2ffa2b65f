"""Fit a recommender, and choose its weights by hiding each customer's last basket.

What the numbers mean is in `parameters`, how they rank products in `ranking`.
"""

from __future__ import annotations

import datetime as dt
import itertools

import duckdb

from idic.engine.recommend import history
from idic.engine.recommend.companions import read_companions
from idic.engine.recommend.parameters import Recommender, Weights
from idic.engine.table import Source, Table, add_table, connect

DECAYS = (1.0, 0.95, 0.8)
POPULARITY_BASKETS = (1.0, 3.0, 10.0, 30.0)
# Weights differ by hundredths of recall: 3,000 hidden baskets tell them apart as well as a million.
COMPANION_CUSTOMERS = 50_000
_CHOICE_CUSTOMERS = 3_000
_CHOICE_LENGTH = 10
_BEST_SELLERS = 50

# For every option and customer of the hidden baskets: how much of the basket is in the first ten.
_RECALL = """
WITH habit AS (
    SELECT decay, customer_id, product_id, sum(pow(decay, age)) AS weight
    FROM purchase JOIN trip USING (customer_id, day)
    SEMI JOIN hidden USING (customer_id) CROSS JOIN (SELECT DISTINCT decay FROM option)
    GROUP BY decay, customer_id, product_id
),
candidate AS (
    SELECT * FROM habit
    UNION ALL
    SELECT decay, customer_id, product_id, 0
    FROM (SELECT DISTINCT customer_id FROM hidden)
    CROSS JOIN (SELECT DISTINCT decay FROM option)
    CROSS JOIN (FROM product ORDER BY popularity DESC, product_id LIMIT $best_sellers)
    ANTI JOIN met USING (customer_id, product_id)
),
ranked AS (
    SELECT option.number, customer_id, product_id
    FROM candidate JOIN product USING (product_id) JOIN option USING (decay)
    QUALIFY row_number() OVER (
        PARTITION BY option.number, customer_id
        ORDER BY weight + if(weight > 0, repeat_baskets * repeat_rate, 0)
                 + popularity_baskets * popularity DESC, popularity DESC, product_id) <= $k
),
basket AS (
    SELECT number, customer_id, count(ranked.product_id) / count(*) AS recall
    FROM (SELECT number, customer_id, product_id FROM hidden CROSS JOIN option)
    LEFT JOIN ranked USING (number, customer_id, product_id)
    GROUP BY number, customer_id
)
SELECT number FROM basket GROUP BY number
ORDER BY round(avg(recall), 6) DESC, number
"""


def fit(
    lines: Source,
    *,
    as_of: dt.date,
    decay: float | None = None,
    popularity_baskets: float | None = None,
    top: int = 20,
    active_days: int | None = 90,
    popularity_days: int | None = 90,
    min_support: int = 3,
    max_customers: int = COMPANION_CUSTOMERS,
) -> Recommender:
    """Learn what customers buy again and what goes together, from the lines up to `as_of`.

    In: `customer_id` int (missing for ownerless receipts: they count as baskets), `order_id` any,
    `product_id` int, `ordered_on` date, `quantity` number (below zero for a return; missing is 1).

    Two habits and no more, because they win: a customer's own frequency beats every collaborative
    filter for the next basket (Li et al., "A next basket recommendation reality check", ACM TOIS
    41, 2023), and item-to-item neighbours find what is new to a customer.

    - `decay` (each basket counts so many times the one after it) and `popularity_baskets` (how many
      baskets of one's own everybody's taste is worth): chosen here, when not given, by hiding the
      last basket of up to 3,000 customers and taking the best mean recall in ten products.
    - `top`: companions kept for each product; `min_support`: customers who must have bought both.
    - `active_days`: products without a sale in as many days are never recommended; None: no limit.
    - `popularity_days`: how far back "everybody buys" looks; None for always.
    - `max_customers`: companions are counted on so many customers at most, drawn by a hash.

    Scale: 570,000 lines of 14,000 customers and 12,000 products take 4 CPU seconds. Counting lines
    is linear in DuckDB; pairs are counted on at most `max_customers` with 200 products each.

    >>> lines = Table(
    ...     {"customer_id": [1, 1, 2, 2, 3, 4], "order_id": range(6), "quantity": [1.0] * 6,
    ...      "product_id": [7, 8, 7, 8, 9, 9], "ordered_on": ["2024-01-05"] * 6},
    ...     types={"ordered_on": dt.date})
    >>> recommender = fit(lines, as_of=dt.date(2024, 1, 31), min_support=2)
    >>> recommender.companions.because_product_id, recommender.companions.lift
    ((7, 8), (2.0, 2.0))
    >>> Recommender.from_json(recommender.to_json()) == recommender
    True
    """
    with connect() as connection:
        history.read_history(connection, lines, as_of=as_of)
        return learn(
            connection,
            as_of=as_of,
            decay=decay,
            popularity_baskets=popularity_baskets,
            top=top,
            active_days=active_days,
            popularity_days=popularity_days,
            min_support=min_support,
            max_customers=max_customers,
        )


def learn(
    connection: duckdb.DuckDBPyConnection,
    *,
    as_of: dt.date,
    decay: float | None,
    popularity_baskets: float | None,
    top: int,
    active_days: int | None,
    popularity_days: int | None,
    min_support: int,
    max_customers: int,
) -> Recommender:
    """Learn from a history already read; see `fit`."""
    weights = _choose_weights(
        connection,
        as_of=as_of,
        decays=DECAYS if decay is None else (decay,),
        priors=POPULARITY_BASKETS if popularity_baskets is None else (popularity_baskets,),
    )
    products = history.read_products(
        connection, as_of=as_of, active_days=active_days, popularity_days=popularity_days
    )
    companions = read_companions(
        connection,
        targets=products.product_id,
        top=top,
        min_support=min_support,
        max_customers=max_customers,
    )
    return Recommender(as_of=as_of, weights=weights, products=products, companions=companions)


def _choose_weights(
    connection: duckdb.DuckDBPyConnection,
    *,
    as_of: dt.date,
    decays: tuple[float, ...],
    priors: tuple[float, ...],
) -> Weights:
    """Try each pair on the hidden last baskets; the first of the best wins, and the default."""
    options = [
        Weights(decay=decay, popularity_baskets=prior)
        for decay, prior in itertools.product(decays, priors)
    ]
    if len(options) == 1:
        return options[0]
    with connect() as trial:
        history.read_history(trial, _sample(connection), as_of=as_of)
        history.hide_last_baskets(trial)
        _add_options(trial, options)
        products = history.read_products(trial, as_of=as_of, active_days=None, popularity_days=None)
        history.add_products(trial, products)
        results = trial.execute(
            _RECALL, {"best_sellers": _BEST_SELLERS, "k": _CHOICE_LENGTH}
        ).fetchall()
    return options[results[0][0] if results else 0]


def _sample(connection: duckdb.DuckDBPyConnection) -> Table:
    return Table.read(
        connection.sql(
            """
            SELECT customer_id, order_id, product_id, day AS ordered_on, quantity
            FROM line SEMI JOIN (
                SELECT customer_id FROM (SELECT DISTINCT customer_id FROM purchase)
                ORDER BY hash(customer_id), customer_id LIMIT ?
            ) USING (customer_id)
            """,
            params=[_CHOICE_CUSTOMERS],
        )
    )


def _add_options(connection: duckdb.DuckDBPyConnection, options: list[Weights]) -> None:
    columns = {
        "number": list(range(len(options))),
        "decay": [option.decay for option in options],
        "popularity_baskets": [option.popularity_baskets for option in options],
        "repeat_baskets": [option.repeat_baskets for option in options],
    }
    add_table(connection, name="option", table=Table(columns))

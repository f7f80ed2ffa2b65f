"""Order lines as purchases: what each customer bought on which day, inside one DuckDB.

Everything the recommender computes reads these tables; nothing here ranks or weighs.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict

import duckdb

from idic.engine.recommend.parameters import Products
from idic.engine.table import Source, Table, add_table

LINE_COLUMNS = ("customer_id", "order_id", "product_id", "ordered_on", "quantity")
# A repeat rate seen on fewer later baskets than this leans on the product's popularity.
_REPEAT_PRIOR = 20


def read_history(connection: duckdb.DuckDBPyConnection, lines: Source, *, as_of: dt.date) -> None:
    """Make the tables `line`, `met`, `purchase` and `trip` from the lines up to `as_of` included.

    - `line`: the usable lines, with `day`; a line without a customer is somebody's all the same
    - `met (customer_id, product_id)`: ever bought, also when given back
    - `purchase (customer_id, product_id, day)`: bought and not wholly given back. What one customer
      buys on one day is one basket, however many orders the till made of it
    - `trip (customer_id, day, age)`: those days, `age` 0 for the latest, 1 for the one before
    """
    add_table(connection, name="lines", table=Table.read(lines).select(*LINE_COLUMNS))
    connection.execute(
        """
        CREATE TEMP TABLE line AS
        SELECT customer_id, order_id, product_id, CAST(ordered_on AS DATE) AS day,
               coalesce(quantity, 1) AS quantity
        FROM lines WHERE product_id IS NOT NULL AND CAST(ordered_on AS DATE) <= ?
        """,
        [as_of],
    )
    _derive(connection)


def _derive(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `met`, `purchase` and `trip` from `line`, by customer: a batch then reads its part."""
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE met AS
        SELECT customer_id, product_id, sum(quantity) > 0 AS is_kept
        FROM line WHERE customer_id IS NOT NULL GROUP BY ALL ORDER BY customer_id
        """
    )
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE purchase AS
        SELECT DISTINCT customer_id, product_id, day
        FROM line JOIN met USING (customer_id, product_id) WHERE quantity > 0 AND is_kept
        ORDER BY customer_id
        """
    )
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE trip AS
        SELECT customer_id, day,
               row_number() OVER (PARTITION BY customer_id ORDER BY day DESC) - 1 AS age
        FROM (SELECT DISTINCT customer_id, day FROM purchase) ORDER BY customer_id
        """
    )


def hide_last_baskets(connection: duckdb.DuckDBPyConnection) -> None:
    """Take the last basket of everybody with two or more into `hidden (customer_id, product_id)`.

    The other tables then say what was known before it; that customer's later returns go too.
    """
    connection.execute(
        """
        CREATE TEMP TABLE last_trip AS
        SELECT customer_id, max(day) AS last_day FROM trip GROUP BY customer_id HAVING count(*) > 1
        """
    )
    connection.execute(
        """
        CREATE TEMP TABLE hidden AS
        SELECT customer_id, product_id
        FROM purchase JOIN last_trip USING (customer_id) WHERE day = last_day
        """
    )
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE line AS
        SELECT line.* FROM line LEFT JOIN last_trip USING (customer_id)
        WHERE last_day IS NULL OR day < last_day
        """
    )
    _derive(connection)


def read_products(
    connection: duckdb.DuckDBPyConnection,
    *,
    as_of: dt.date,
    active_days: int | None,
    popularity_days: int | None,
) -> Products:
    """Count what is needed of each product sold in the last `active_days` (None: ever)."""
    since = {
        "active_since": _days_before(as_of, active_days),
        "popular_since": _days_before(as_of, popularity_days),
    }
    table = connection.execute(
        """
        WITH sale AS (
            SELECT product_id, day, CASE WHEN customer_id IS NULL THEN hash(order_id)
                                         ELSE hash(customer_id, day) END AS basket
            FROM line WHERE quantity > 0
        ),
        recent AS (
            SELECT product_id, count(DISTINCT basket) AS baskets
            FROM sale WHERE day > $popular_since GROUP BY product_id
        ),
        habit AS (
            SELECT product_id, count(*) AS customers, sum(times - 1) AS repeats,
                   sum(first_age) AS later_baskets
            FROM (SELECT product_id, count(*) AS times, max(age) AS first_age
                  FROM purchase JOIN trip USING (customer_id, day) GROUP BY customer_id, product_id)
            GROUP BY product_id
        ),
        active AS (SELECT DISTINCT product_id FROM sale WHERE day > $active_since),
        popular AS (
            SELECT product_id, coalesce(baskets, 0) / greatest(total, 1) AS popularity
            FROM active LEFT JOIN recent USING (product_id),
                 (SELECT count(DISTINCT basket) AS total FROM sale WHERE day > $popular_since)
        )
        SELECT product_id, popularity, coalesce(customers, 0),
               (coalesce(repeats, 0) + $prior * popularity)
               / (coalesce(later_baskets, 0) + $prior) AS repeat_rate
        FROM popular LEFT JOIN habit USING (product_id)
        ORDER BY popularity DESC, product_id
        """,
        {**since, "prior": _REPEAT_PRIOR},
    ).fetchall()
    return Products(
        product_id=tuple(row[0] for row in table),
        popularity=tuple(round(row[1], 9) for row in table),
        customers=tuple(row[2] for row in table),
        repeat_rate=tuple(round(row[3], 9) for row in table),
    )


def add_products(connection: duckdb.DuckDBPyConnection, products: Products) -> None:
    """Make the table `product`, one row a product that may be recommended."""
    types = {"product_id": int, "popularity": float, "repeat_rate": float, "customers": int}
    add_table(connection, name="product", table=Table(asdict(products), types=types))


def _days_before(as_of: dt.date, days: int | None) -> dt.date:
    return dt.date.min if days is None else as_of - dt.timedelta(days=days)

"""The door to the lists: what each customer may buy again, and what may be new to them."""

from __future__ import annotations

import datetime as dt

from idic.engine.recommend.history import read_history
from idic.engine.recommend.parameters import Recommender
from idic.engine.recommend.ranking import rank
from idic.engine.table import Source, Table, connect


def predict(
    recommender: Recommender,
    lines: Source,
    *,
    as_of: dt.date,
    k: int = 10,
    customers: Source | None = None,
    blocked: Source | None = None,
) -> Table:
    """List for each customer up to `k` products to buy again and up to `k` new ones, with reasons.

    In: `lines` as for `fit`: the whole history of the customers to answer for, and only theirs if
    you like (one customer's page needs one customer's lines). `customers` (`customer_id`): answer
    for these, also without a line; default: everybody in the lines. `blocked` (`customer_id`,
    `product_id`): never show this ("not for me", sold out); without a customer, to nobody.

    Out, ordered by customer, list and `rank`; two lists, each from 1:

    - `kind`: 'buy_again' (the first list), then 'discover' and 'popular' (the second)
    - `rank`: 1 to k in each list; 'popular' goes on where 'discover' ends
    - `score`: compares within a kind, and between 'buy_again' and 'popular' (there 0–1)
    - `times_bought`, `last_bought_date`: shopping days with the product, the last of them
    - `usual_gap_days`: median days between those; missing when bought once, or never
    - `because_product_id`: for 'discover', the purchase that speaks loudest for it
    - `support`: customers who bought both; for the other kinds, customers who bought the product
    - `lift`: for 'discover', how many times as often its buyers bought the product as others

    - 'buy_again': the share of a customer's baskets, the recent ones counting more, that held the
      product, drawn towards what its past buyers and everybody do as far as the customer's own
      baskets are few.
    - 'discover': products the customer never bought, by what goes with the newest hundred of their
      purchases, the popular ones somewhat ahead.
    - 'popular' fills the second list of customers whose history is too thin to find companions
      for: say so on the page.
    - A product given back in full counts as known, and is neither offered again nor as new.

    Scale: lists of 50 for 4,400 customers with 540,000 lines take 2 CPU seconds, of 10 for 200,000
    customers with 4M lines 40 (and 2.3 GB, for the answer is 4M rows); three quarters of it goes
    to 'discover'. Beyond that, call it for parts of the customers with those customers' lines.

    >>> from idic.engine.recommend import Companions, Products, Weights
    >>> recommender = Recommender(
    ...     as_of=dt.date(2024, 1, 31), weights=Weights(decay=1.0, popularity_baskets=1.0),
    ...     products=Products((7, 8), (0.5, 0.2), (0.3, 0.1), (50, 20)),
    ...     companions=Companions((7,), (8,), (0.4,), (2.5,), (10,)))
    >>> lines = {"customer_id": [1, 1], "order_id": [1, 2], "product_id": [7, 7],
    ...          "quantity": [1.0, 2.0], "ordered_on": [dt.date(2024, 1, 1), dt.date(2024, 1, 15)]}
    >>> table = predict(recommender, Table(lines, types={"ordered_on": dt.date}),
    ...                 as_of=dt.date(2024, 1, 31))
    >>> table.select("kind", "product_id", "times_bought", "usual_gap_days",
    ...              "because_product_id", "support", "lift").rows()
    [('buy_again', 7, 2, 14, None, 50, None), ('discover', 8, 0, None, 7, 10, 2.5)]
    """
    if k < 1:
        raise ValueError(f"k is {k}, it has to be at least 1")
    with connect() as connection:
        read_history(connection, lines, as_of=as_of)
        return rank(connection, recommender, k=k, customers=customers, blocked=blocked)

"""Recommendations: by hand, against brute force on small random shops, and on two real ones."""

import datetime as dt
import doctest
import itertools
import math
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idic.engine import recommend
from idic.engine.recommend import Recommender, evaluation, fitting, prediction
from idic.engine.table import Table, Value, query

SHARED = Path(__file__).parents[3] / "shared" / "data"
TAFENG = SHARED / "tafeng_nbr.parquet"
UCI = SHARED / "uci_online_retail.parquet"

AS_OF = dt.date(2024, 3, 31)
COLUMNS = {
    "customer_id": int,
    "order_id": int,
    "product_id": int,
    "ordered_on": dt.date,
    "quantity": float,
}
Line = tuple[int | None, int, int, dt.date, float]
MILK, BREAD, TEA, MUG, LAMP = 1, 2, 3, 4, 5

small_shops = st.lists(
    st.tuples(
        st.one_of(st.none(), st.integers(1, 7)),
        st.integers(1, 9),
        st.integers(1, 6),
        st.dates(dt.date(2024, 1, 1), AS_OF),
        st.sampled_from([1.0, 2.0, -1.0]),
    ),
    min_size=1,
    max_size=70,
)


def _table(lines: list[Line]) -> Table:
    return Table.from_rows(lines, columns=COLUMNS)


def _day(month: int, day: int) -> dt.date:
    return dt.date(2024, month, day)


def _rows(table: Table, *columns: str, kind: str) -> list[tuple[Value, ...]]:
    return table.filter(table["kind"] == kind).select(*columns).rows()


def _fit(lines: list[Line], **options: object) -> Recommender:
    chosen = {"decay": 1.0, "popularity_baskets": 1.0, "min_support": 1} | options
    return recommend.fit(_table(lines), as_of=AS_OF, **chosen)  # type: ignore[arg-type]


def _tea_drinkers() -> list[Line]:
    """Three buy tea and a mug, three buy milk; the seventh has bought tea."""
    lines: list[Line] = []
    for customer in (1, 2, 3):
        lines += [(customer, customer, TEA, _day(3, 1), 1.0)]
        lines += [(customer, customer, MUG, _day(3, 1), 1.0)]
    lines += [(customer, customer, MILK, _day(3, 2), 1.0) for customer in (4, 5, 6)]
    return [*lines, (7, 7, TEA, _day(3, 3), 1.0)]


@pytest.mark.req("R109")
def test_buy_again_tells_how_often_when_last_and_at_what_interval() -> None:
    lines: list[Line] = [(1, day, MILK, _day(3, day), 1.0) for day in (1, 8, 15, 29)]
    lines += [(1, 15, BREAD, _day(3, 15), 2.0)]

    table = recommend.predict(_fit(lines), _table(lines), as_of=AS_OF)

    facts = ("rank", "product_id", "times_bought", "last_bought_date", "usual_gap_days", "support")
    assert _rows(table, *facts, kind="buy_again") == [
        (1, MILK, 4, _day(3, 29), 7, 1),
        (2, BREAD, 1, _day(3, 15), None, 1),
    ]


def test_two_orders_on_one_day_are_one_basket() -> None:
    lines: list[Line] = [(1, 10, MILK, _day(3, 1), 1.0), (1, 11, MILK, _day(3, 1), 1.0)]

    table = recommend.predict(_fit(lines), _table(lines), as_of=AS_OF)

    assert _rows(table, "times_bought", kind="buy_again") == [(1,)]


@pytest.mark.req("R118")
def test_discover_names_the_purchase_behind_it_and_how_many_bought_both() -> None:
    lines = _tea_drinkers()

    table = recommend.predict(_fit(lines), _table(lines), as_of=AS_OF)

    newcomer = table.filter(table["customer_id"] == 7)
    facts = ("rank", "product_id", "times_bought", "because_product_id", "support", "lift")
    assert _rows(newcomer, *facts, kind="discover") == [(1, MUG, 0, TEA, 3, round(7 / 4, 3))]


def test_a_thin_history_is_filled_with_popular_products_and_marked_so() -> None:
    lines = _tea_drinkers()

    table = recommend.predict(
        _fit(lines), _table(lines), as_of=AS_OF, customers={"customer_id": [7, 99]}
    )

    facts = ("customer_id", "rank", "product_id", "support", "because_product_id")
    assert _rows(table, *facts, kind="popular") == [
        (7, 2, MILK, 3, None),
        (99, 1, TEA, 4, None),
        (99, 2, MILK, 3, None),
        (99, 3, MUG, 3, None),
    ]
    assert _rows(table, "customer_id", kind="buy_again") == [(7,)]


def test_what_is_not_sold_any_more_is_never_recommended() -> None:
    lines: list[Line] = [*_tea_drinkers(), (1, 50, LAMP, _day(1, 2), 1.0)]

    table = recommend.predict(_fit(lines, active_days=60), _table(lines), as_of=AS_OF)
    everything = recommend.predict(_fit(lines, active_days=None), _table(lines), as_of=AS_OF)

    assert LAMP not in table["product_id"]
    assert LAMP in everything["product_id"]


def test_a_product_given_back_is_neither_offered_again_nor_as_new() -> None:
    lines: list[Line] = [
        *_tea_drinkers(),
        (7, 8, MUG, _day(3, 4), 1.0),
        (7, 9, MUG, _day(3, 5), -1),
    ]

    table = recommend.predict(_fit(lines), _table(lines), as_of=AS_OF)

    assert MUG not in table.filter(table["customer_id"] == 7)["product_id"]


def test_a_blocked_product_stays_away_from_one_customer_or_from_all() -> None:
    lines = _tea_drinkers()
    blocked = Table.from_rows(
        [(7, MUG), (1, TEA), (None, MILK)], columns={"customer_id": int, "product_id": int}
    )

    table = recommend.predict(_fit(lines), _table(lines), as_of=AS_OF, blocked=blocked)

    pairs = set(table.select("customer_id", "product_id").rows())
    assert {(7, MUG), (1, TEA)}.isdisjoint(pairs)
    assert (1, MUG) in pairs
    assert MILK not in table["product_id"]


def test_lines_after_as_of_change_nothing() -> None:
    lines = _tea_drinkers()
    later: list[Line] = [*lines, (7, 60, LAMP, dt.date(2024, 4, 1), 1.0)]

    assert _fit(later) == _fit(lines)
    assert recommend.predict(_fit(lines), _table(later), as_of=AS_OF).rows() == (
        recommend.predict(_fit(lines), _table(lines), as_of=AS_OF).rows()
    )


def test_receipts_without_a_customer_count_as_baskets() -> None:
    lines: list[Line] = [(1, 1, MILK, _day(3, 1), 1.0), (1, 2, MILK, _day(3, 9), 1.0)]
    lines += [(None, 70 + n, TEA, _day(3, 2), 1.0) for n in range(3)]

    products = _fit(lines).products

    assert dict(zip(products.product_id, products.popularity, strict=True)) == {TEA: 0.6, MILK: 0.4}
    assert dict(zip(products.product_id, products.customers, strict=True)) == {TEA: 0, MILK: 1}


def test_one_customers_lines_give_the_same_answer_as_everybodys() -> None:
    lines = _tea_drinkers()
    recommender = _fit(lines)

    everybody = recommend.predict(recommender, _table(lines), as_of=AS_OF)
    alone = recommend.predict(
        recommender, _table([line for line in lines if line[0] == 7]), as_of=AS_OF
    )

    assert alone.rows() == everybody.filter(everybody["customer_id"] == 7).rows()


@settings(max_examples=12)
@given(lines=small_shops, k=st.integers(1, 4))
def test_lists_keep_their_promises_in_any_shop(lines: list[Line], k: int) -> None:
    recommender = _fit(lines, active_days=45)

    table = recommend.predict(recommender, _table(lines), as_of=AS_OF, k=k)

    kept, met = _kept_and_met(lines)
    active = {line[2] for line in lines if line[3] > _day(2, 15) and line[4] > 0}
    places: dict[tuple[object, bool], list[object]] = defaultdict(list)
    columns = ("customer_id", "kind", "rank", "product_id", "lift", "support")
    for customer, kind, rank, product, lift, support in table.select(*columns).rows():
        places[customer, kind == "buy_again"].append(rank)
        assert product in active
        assert (
            ((customer, product) in kept)
            if kind == "buy_again"
            else ((customer, product) not in met)
        )
        assert kind != "discover" or (lift > 1 and support >= 1)  # type: ignore[operator]
    for ranks in places.values():
        assert ranks == list(range(1, len(ranks) + 1))
        assert len(ranks) <= k
    for customer in {line[0] for line in lines} - {None}:
        known = {product for product in active if (customer, product) in kept}
        assert len(places[customer, True]) == min(k, len(known))


def _kept_and_met(lines: list[Line]) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    quantities: dict[tuple[int, int], float] = defaultdict(float)
    for customer, _, product, _, quantity in lines:
        if customer is not None:
            quantities[customer, product] += quantity
    return {pair for pair, total in quantities.items() if total > 0}, set(quantities)


@settings(max_examples=12)
@given(lines=small_shops)
def test_scores_and_companions_equal_counting_by_hand(lines: list[Line]) -> None:
    recommender = _fit(lines, decay=0.8, active_days=None, popularity_days=None, top=6)

    table = recommend.predict(recommender, _table(lines), as_of=AS_OF, k=6)

    kept, _ = _kept_and_met(lines)
    days: dict[int, set[dt.date]] = defaultdict(set)
    bought: dict[tuple[int, int], set[dt.date]] = defaultdict(set)
    for customer, _, product, day, quantity in lines:
        if customer is not None and quantity > 0 and (customer, product) in kept:
            days[customer].add(day)
            bought[customer, product].add(day)
    weight = {
        (customer, day): 0.8 ** sum(other > day for other in visits)
        for customer, visits in days.items()
        for day in visits
    }
    products = recommender.products
    prior = {
        product: (5 * repeat + popularity, popularity)
        for product, repeat, popularity in zip(
            products.product_id, products.repeat_rate, products.popularity, strict=True
        )
    }
    expected = {
        (customer, product): (sum(weight[customer, day] for day in on) + prior[product][0])
        / (sum(weight[customer, day] for day in days[customer]) + 6)
        for (customer, product), on in bought.items()
    }
    found = {
        row[:2]: row[2]
        for row in _rows(table, "customer_id", "product_id", "score", kind="buy_again")
    }
    assert found.keys() == expected.keys()
    for pair, score in found.items():
        assert score == pytest.approx(expected[pair])  # type: ignore[index]
    assert _pairs(recommender) == _count_pairs(kept)


def _pairs(recommender: Recommender) -> dict[tuple[int, int], tuple[float, int]]:
    pairs = recommender.companions
    columns = (pairs.because_product_id, pairs.product_id, pairs.lift, pairs.support)
    return {(a, b): (lift, support) for a, b, lift, support in zip(*columns, strict=True)}


def _count_pairs(kept: set[tuple[int, int]]) -> dict[tuple[int, int], tuple[float, int]]:
    buyers: dict[int, set[int]] = defaultdict(set)
    for customer, product in kept:
        buyers[product].add(customer)
    customers = len({customer for customer, _ in kept})
    found = {}
    for a, b in itertools.permutations(buyers, 2):
        both = len(buyers[a] & buyers[b])
        lift = both * customers / (len(buyers[a]) * len(buyers[b]))
        if both and lift > 1 + 1e-12:
            found[a, b] = (round(lift, 3), both)
    return found


@settings(max_examples=6)
@given(lines=small_shops, seed=st.integers(0, 9))
def test_the_order_of_lines_changes_nothing(lines: list[Line], seed: int) -> None:
    mixed = [lines[place] for place in np.random.default_rng(seed).permutation(len(lines))]

    assert recommend.fit(_table(mixed), as_of=AS_OF) == recommend.fit(_table(lines), as_of=AS_OF)


def test_parameters_survive_json() -> None:
    recommender = _fit(_tea_drinkers())

    again = Recommender.from_json(recommender.to_json())

    assert again == recommender
    assert again.companions.support == (3, 3)


def test_no_lines_give_no_rows_but_all_columns() -> None:
    recommender = recommend.fit(_table([]), as_of=AS_OF)

    table = recommend.predict(recommender, _table([]), as_of=AS_OF)

    assert len(table) == 0
    assert recommender.products.product_id == ()
    assert table.columns == (
        "customer_id",
        "kind",
        "rank",
        "product_id",
        "score",
        "times_bought",
        "last_bought_date",
        "usual_gap_days",
        "because_product_id",
        "support",
        "lift",
    )


@pytest.mark.parametrize(("times_before_the_change", "decay"), [(4, 0.8), (8, 1.0)])
def test_recent_baskets_count_more_only_where_tastes_change(
    times_before_the_change: int, decay: float
) -> None:
    """Eight times, ten products: ten others from the fifth time on, or never."""
    lines: list[Line] = []
    for customer, week, item in itertools.product(range(1, 6), range(8), range(10)):
        product = 100 * customer + item + 20 * (week >= times_before_the_change)
        lines.append((customer, week, product, _day(1, 1) + dt.timedelta(days=6 * week), 1.0))

    assert recommend.fit(_table(lines), as_of=AS_OF).weights.decay == decay


def test_evaluation_counts_recall_hits_and_places_by_hand() -> None:
    """Customer 1 returns to milk and adds tea, customer 2 to bread; 3 came once."""
    lines: list[Line] = [
        (1, 1, MILK, _day(1, 1), 1.0),
        (1, 2, MILK, _day(1, 8), 1.0),
        (1, 3, MILK, _day(1, 15), 1.0),
        (1, 3, TEA, _day(1, 15), 1.0),
        (2, 4, BREAD, _day(1, 2), 1.0),
        (2, 5, BREAD, _day(1, 9), 1.0),
        (3, 6, TEA, _day(1, 3), 1.0),
    ]

    found = recommend.evaluate(_table(lines), as_of=AS_OF, k=1, decay=1.0, popularity_baskets=1.0)

    assert found.next_basket.customers == 2
    assert found.next_basket.recall == pytest.approx((1 / 2 + 1) / 2)
    assert found.next_basket.hit_rate == 1.0
    assert found.next_basket.ndcg == 1.0
    assert found.next_basket_popularity.recall == pytest.approx((1 / 2 + 0) / 2)
    assert found.new_products.customers == 1


def test_places_further_down_count_less() -> None:
    lines: list[Line] = [(1, day, MILK, _day(1, day), 1.0) for day in (1, 2, 3)]
    lines += [(1, 1, BREAD, _day(1, 1), 1.0), (1, 9, BREAD, _day(1, 9), 1.0)]

    found = recommend.evaluate(_table(lines), as_of=AS_OF, k=2, decay=1.0, popularity_baskets=1.0)

    assert found.next_basket.recall == 1.0
    assert found.next_basket.ndcg == pytest.approx(1 / math.log2(3))


def test_impossible_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="decay is 0"):
        _fit(_tea_drinkers(), decay=0.0)
    with pytest.raises(ValueError, match="k is 0"):
        recommend.predict(_fit(_tea_drinkers()), _table([]), as_of=AS_OF, k=0)


@pytest.mark.req("R109")
@pytest.mark.skipif(not TAFENG.exists(), reason="tafeng_nbr.parquet is not on this machine")
def test_next_baskets_of_tafeng_are_foreseen_better_than_by_frequency_alone() -> None:
    """Personal frequency reaches .135, best-sellers .080; a sample of every third customer."""
    lines = query(
        """
        SELECT "user" AS customer_id, "user" * 100 + basket AS order_id, item AS product_id,
               1.0::DOUBLE AS quantity,
               CAST(DATE '2024-03-31' - CAST(max(basket) OVER (PARTITION BY "user") - basket AS INT)
                    AS DATE) AS ordered_on
        FROM read_parquet(?) WHERE "user" % 3 = 0
        """,
        parameters=[str(TAFENG)],
    )

    found = recommend.evaluate(lines, as_of=AS_OF)

    assert found.next_basket.customers == 4621
    assert found.next_basket.recall >= 0.145
    assert found.next_basket_popularity.recall == pytest.approx(0.080, abs=0.004)
    assert found.new_products.recall > found.new_products_popularity.recall


@pytest.mark.skipif(not UCI.exists(), reason="uci_online_retail.parquet is not on this machine")
def test_a_real_shop_with_returns_and_ownerless_receipts_gets_lists_for_every_buyer() -> None:
    lines = query(
        """
        SELECT CAST(customer_id AS BIGINT) AS customer_id, invoice AS order_id,
               dense_rank() OVER (ORDER BY stock_code) AS product_id,
               CAST(quantity AS DOUBLE) AS quantity, CAST(invoice_ts AS DATE) AS ordered_on
        FROM read_parquet(?)
        """,
        parameters=[str(UCI)],
    )
    as_of = dt.date(2011, 12, 9)
    recommender = recommend.fit(lines, as_of=as_of)

    table = recommend.predict(recommender, lines, as_of=as_of)

    second = query(
        "SELECT customer_id, count(*) AS n FROM t WHERE kind <> 'buy_again' GROUP BY ALL", t=table
    )
    assert len(second) == 4372
    assert set(second["n"].tolist()) == {10}
    assert set(table["kind"]) == {"buy_again", "discover", "popular"}
    assert np.nanmin(table["lift"]) > 1


def test_the_examples_in_the_documentation_run() -> None:
    outcomes = [doctest.testmod(module) for module in (fitting, prediction, evaluation)]

    assert min(outcome.attempted for outcome in outcomes) > 0
    assert sum(outcome.failed for outcome in outcomes) == 0

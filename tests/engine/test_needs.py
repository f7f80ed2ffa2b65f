"""Need groups: planted ones are found, noise is called noise, a real shop gets sensible ones."""

import doctest
import itertools
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idic.engine import needs
from idic.engine.needs import NeedGroups, fitting, grouping, standouts
from idic.engine.table import Table, query

UCI = Path(__file__).parents[3] / "shared" / "data" / "uci_online_retail.parquet"
TYPES = {"product_name": str, "category": str}
KINDS = ("tea", "toy", "lamp", "soap")


def _shop(
    *,
    customers: int,
    kinds: int = 4,
    seed: int = 1,
    loyalty: float = 0.85,
    has_category: bool = False,
) -> Table:
    """Make a shop whose customer n wants kind n % kinds; the rest of the basket is anything."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(customers), 12)
    is_loyal = rng.random(len(who)) < loyalty
    kind = np.where(is_loyal, who % kinds, rng.integers(0, kinds, len(who)))
    product = kind * 25 + rng.integers(0, 25, len(who))
    return Table(
        {
            "customer_id": 1000 + who,
            "product_id": product,
            "product_name": [f"{KINDS[p // 25]} no {p}" for p in product.tolist()],
            "category": [KINDS[p // 25] if has_category else None for p in product.tolist()],
            "net_amount": rng.integers(100, 2000, len(who)),
        },
        types=TYPES,
    )


def _found(groups: NeedGroups, lines: Table) -> tuple[np.ndarray, np.ndarray]:
    table = needs.predict(groups, lines)
    clear = table["need_group_index"] >= 0
    return table["need_group_index"][clear], (table["customer_id"][clear] - 1000)


@pytest.mark.req("R043")
@pytest.mark.parametrize("has_category", [False, True])
def test_planted_needs_are_found_and_described(has_category: bool) -> None:
    lines = _shop(customers=240, has_category=has_category)

    groups = needs.fit(lines, seed=3)

    assert groups.space.basis == ("category" if has_category else "product")
    assert len(groups.groups) == 4
    assert groups.is_stable
    labels, customers = _found(groups, lines)
    assert len(labels) >= 230
    assert grouping.adjusted_rand(labels, customers % 4) > 0.95
    for group in groups.groups:
        kind = group.top_words[0].name
        assert kind in KINDS
        assert group.top_words[0].lift > 2.5
        assert {p.name.split()[0] for p in group.top_products} == {kind}
        assert [c.name for c in group.top_categories] == ([kind] if has_category else [])


def test_what_stands_out_is_told_by_shares_of_spend() -> None:
    lines = _shop(customers=240, has_category=True)
    groups = needs.fit(lines, seed=3, min_confidence=0.0)

    placed = needs.predict(groups, lines)

    for group in groups.groups:
        top = group.top_categories[0]
        share, overall, buyers, customers, amount = query(
            """
            SELECT sum(net_amount) FILTER (mine AND category = $name)
                   / sum(net_amount) FILTER (mine),
                   sum(net_amount) FILTER (category = $name) / sum(net_amount),
                   count(DISTINCT customer_id) FILTER (mine AND category = $name),
                   count(DISTINCT customer_id) FILTER (mine), sum(net_amount) FILTER (mine)
            FROM (SELECT *, need_group_index = $index AS mine
                  FROM lines JOIN placed USING (customer_id))
            """,
            parameters={"name": top.name, "index": group.index},
            lines=lines,
            placed=placed,
        ).rows()[0]
        assert (top.share, top.overall_share) == pytest.approx((share, overall), abs=1e-6)
        assert top.lift == pytest.approx(share / overall, abs=1e-3)  # type: ignore[operator]
        assert (top.customers, group.customers, group.net_amount) == (buyers, customers, amount)


def test_groups_of_noise_are_not_called_stable() -> None:
    groups = needs.fit(_shop(customers=300, loyalty=0.0), seed=3)

    assert groups.stability < 0.2
    assert not groups.is_stable


def test_equal_seeds_give_equal_groups_in_any_order_of_lines() -> None:
    lines = _shop(customers=120)
    mixed = lines.filter(np.random.default_rng(4).permutation(len(lines)))

    groups = needs.fit(lines, seed=3)

    assert needs.fit(mixed, seed=3) == groups
    assert needs.predict(groups, mixed).rows() == needs.predict(groups, lines).rows()


def test_groups_survive_json() -> None:
    lines = _shop(customers=120)
    groups = needs.fit(lines, seed=3)

    again = NeedGroups.from_json(groups.to_json())

    assert again == groups
    assert needs.predict(again, lines).rows() == needs.predict(groups, lines).rows()


def test_groups_are_numbered_by_size() -> None:
    shop = _shop(customers=400)
    most_want_soap = shop.filter((shop["customer_id"] < 1100) | (shop["customer_id"] % 4 == 3))

    sizes = [group.customers for group in needs.fit(most_want_soap, seed=3).groups]

    assert sizes == sorted(sizes, reverse=True)
    assert [group.index for group in needs.fit(most_want_soap, seed=3).groups] == [0, 1, 2, 3]


def test_too_little_history_and_a_mixed_basket_are_unclear() -> None:
    groups = needs.fit(_shop(customers=240), seed=3, min_confidence=0.9)
    tea, toy = list(range(8)), list(range(25, 33))
    few = [(1, p) for p in tea[:4]]
    pure = [(2, p) for p in tea]
    mixed = [(3, p) for p in tea[:4] + toy[:4]]
    unknown = [(4, 9000 + n) for n in range(8)]
    rows = [(c, p, "x", None, 500) for c, p in few + pure + mixed + unknown]
    lines = Table.from_rows(
        rows, columns={"customer_id": int, "product_id": int, **TYPES, "net_amount": int}
    )

    placed = needs.predict(groups, lines)

    assert placed["customer_id"].tolist() == [1, 2, 3, 4]
    index, confidence = placed["need_group_index"].tolist(), placed["confidence"].tolist()
    assert (index[0], confidence[0]) == (needs.UNCLEAR, 0.0)
    assert (index[3], confidence[3]) == (needs.UNCLEAR, 0.0)
    assert groups.groups[index[1]].top_words[0].name == "tea"
    assert index[2] == needs.UNCLEAR
    assert 0 < confidence[2] < confidence[1] <= 1


def test_returns_net_out_and_ownerless_lines_do_not_count() -> None:
    lines = _shop(customers=120)
    surplus = Table(
        {
            "customer_id": np.ma.MaskedArray(
                [1000, 1000, 1, 1], mask=[False, False, True, True], dtype=np.int64
            ),
            "product_id": [99, 99, 98, 97],
            "product_name": ["soap no 99", "soap no 99", "soap no 98", "soap no 97"],
            "category": [None] * 4,
            "net_amount": [7000, -7000, 5000, 5000],
        },
        types=TYPES,
    )
    without = lines.filter((lines["customer_id"] != 1000) | (lines["product_id"] != 99))
    both = query("SELECT * FROM a UNION ALL SELECT * FROM b", a=without, b=surplus)

    assert needs.fit(both, seed=3) == needs.fit(without, seed=3)


@pytest.mark.parametrize("customers", [0, 1, 44])
def test_a_handful_of_customers_is_not_grouped(customers: int) -> None:
    lines = _shop(customers=max(customers, 1)).filter(slice(0, 12 * customers))  # type: ignore[arg-type]

    groups = needs.fit(lines, seed=3)
    placed = needs.predict(groups, lines)

    assert groups.groups == ()
    assert groups.stability == 0.0
    assert placed["need_group_index"].tolist() == [needs.UNCLEAR] * customers


@pytest.mark.parametrize(("kinds", "groups"), [(2, 0), (3, 3), (5, 5)])
def test_there_are_no_more_groups_than_ways_to_spend(kinds: int, groups: int) -> None:
    # Each buys the same five things of one kind: so many people lie in so few places.
    rows = [
        (customer, customer % kinds * 5 + thing, f"thing {thing}", f"kind {customer % kinds}", 500)
        for customer in range(40 * kinds)
        for thing in range(5)
    ]
    names = ("customer_id", "product_id", "product_name", "category", "net_amount")
    lines = Table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = needs.fit(lines, seed=3)

    assert len(found.groups) == groups
    placed = needs.predict(found, lines)["need_group_index"]
    sizes = Counter(placed.tolist())
    assert sizes == (dict.fromkeys(range(groups), 40) or {-1: 40 * kinds})


def test_groups_are_recognised_after_a_refit() -> None:
    old = needs.fit(_shop(customers=240), seed=3)
    new = needs.fit(_shop(customers=400, seed=9), seed=8)

    mapping = needs.match(old, new)

    assert len(mapping) == 4
    for index, before in mapping.items():
        assert new.groups[index].top_words[0].name == old.groups[before].top_words[0].name


def test_a_group_that_is_new_has_no_old_one() -> None:
    three = needs.fit(_shop(customers=240, kinds=3), seed=3)
    four = needs.fit(_shop(customers=240, kinds=4), seed=3)

    mapping = needs.match(three, four)

    names = {index: group.top_words[0].name for index, group in enumerate(four.groups)}
    assert {names[index] for index in mapping} <= {"tea", "toy", "lamp"}


def test_groups_by_category_are_never_matched_with_groups_by_product() -> None:
    by_product = needs.fit(_shop(customers=120), seed=3)
    by_category = needs.fit(_shop(customers=120, has_category=True), seed=3)

    assert needs.match(by_product, by_category) == {}
    assert needs.match(by_product, needs.fit(_shop(customers=10), seed=3)) == {}


def test_words_are_found_in_vietnamese_chinese_and_english() -> None:
    assert list(standouts.words_of("Sữa tươi TH 1L")) == [
        "sữa",
        "sữa tươi",
        "tươi",
        "tươi th",
    ]
    assert list(standouts.words_of("有机绿茶 500g")) == ["有机", "机绿", "绿茶"]
    assert list(standouts.words_of("50's Christmas")) == ["christmas"]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=3, max_size=30),
)
def test_adjusted_rand_equals_counting_pairs(pairs: list[tuple[int, int]]) -> None:
    first, second = np.array(pairs).T
    both = rows = columns = total = 0
    for (a, b), (c, d) in itertools.combinations(pairs, 2):
        both, rows, columns = both + (a == c and b == d), rows + (a == c), columns + (b == d)
        total += 1

    found = grouping.adjusted_rand(first, second)

    most, chance = (rows + columns) / 2, rows * columns / total
    assert found == pytest.approx(1.0 if most == chance else (both - chance) / (most - chance))


@settings(max_examples=50)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=200))
def test_confidence_never_falls_as_the_margin_grows(rows: list[tuple[float, bool]]) -> None:
    margins = np.array([margin for margin, _ in rows])
    agrees = np.array([agree for _, agree in rows])

    knots, shares = grouping.rising_steps(margins, agrees)

    assert list(knots) == sorted(knots)
    assert list(shares) == sorted(shares)
    assert min(shares) >= 0
    assert max(shares) <= 1


@pytest.mark.req("R043")
@pytest.mark.skipif(not UCI.exists(), reason="uci_online_retail.parquet is not on this machine")
def test_a_gift_shop_falls_into_groups_a_shopkeeper_would_name() -> None:
    lines = query(
        """
        SELECT CAST(customer_id AS BIGINT) AS customer_id,
               dense_rank() OVER (ORDER BY stock_code) AS product_id, description AS product_name,
               CAST(NULL AS VARCHAR) AS category,
               CAST(round(quantity * unit_price * 100) AS BIGINT) AS net_amount
        FROM read_parquet(?) WHERE regexp_matches(stock_code, '^[0-9]')
        """,
        parameters=[str(UCI)],
    )

    groups = needs.fit(lines, seed=1)
    placed = needs.predict(groups, lines)

    assert groups.is_stable
    words = {word.name for group in groups.groups for word in group.top_words}
    assert {"christmas", "regency", "cake", "bag", "heart"} <= words
    assert (placed["need_group_index"] >= 0).mean() > 0.6


def test_the_examples_in_the_documentation_run() -> None:
    outcomes = [doctest.testmod(module) for module in (fitting, standouts, grouping)]

    assert min(outcome.attempted for outcome in outcomes) > 0
    assert sum(outcome.failed for outcome in outcomes) == 0

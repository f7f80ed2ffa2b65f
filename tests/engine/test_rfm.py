"""Summaries and RFM scores, against plain Python on small tables and by hand on fixed ones."""

import datetime as dt
from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idic.engine import orders, rfm
from idic.engine.rfm import RfmCuts
from idic.engine.table import Table
from tests.engine import real_data
from tests.examples import examples

AS_OF = dt.date(2024, 3, 31)
COLUMNS = {"customer_id": int, "order_id": int, "ordered_on": dt.date, "net_amount": int}

Row = tuple[int | None, int, dt.date, int]


def _table(rows: list[Row]) -> Table:
    return Table.from_rows(rows, columns=COLUMNS)


def test_summary_nets_returns_out_and_counts_purchases_only() -> None:
    rows: list[Row] = [
        (1, 10, dt.date(2024, 1, 1), 1000),
        (1, 11, dt.date(2024, 1, 1), 500),
        (1, 12, dt.date(2024, 2, 1), 300),
        (1, 13, dt.date(2024, 3, 1), -900),
        (1, 14, dt.date(2024, 4, 1), 9999),
        (None, 15, dt.date(2024, 1, 1), 77),
    ]

    summary = orders.summarize(_table(rows), as_of=AS_OF)

    assert dict(zip(summary.columns, summary.rows()[0], strict=True)) == {
        "customer_id": 1,
        "first_order_date": dt.date(2024, 1, 1),
        "last_order_date": dt.date(2024, 2, 1),
        "order_count": 3,
        "purchase_day_count": 2,
        "net_amount": 900,
        "mean_order_amount": 300.0,
        "recency_days": 59,
        "repeat_count": 1,
        "age_at_last_purchase_days": 31,
        "customer_age_days": 90,
    }
    assert len(summary) == 1


def test_a_customer_with_returns_only_keeps_a_row_without_days() -> None:
    summary = orders.summarize(_table([(5, 1, dt.date(2024, 1, 1), -250)]), as_of=AS_OF)

    assert summary.rows() == [(5, None, None, 0, 0, -250, None, None, 0, None, None)]


def test_no_orders_give_an_empty_summary_and_empty_scores() -> None:
    summary = orders.summarize(_table([]), as_of=AS_OF)

    assert len(summary) == 0
    assert rfm.predict(rfm.fit(summary), summary).rows() == []


def test_amounts_that_are_not_whole_are_refused() -> None:
    table = Table({"customer_id": [1], "ordered_on": [AS_OF], "net_amount": [1.5]},
                  types={"ordered_on": dt.date})  # fmt: skip

    with pytest.raises(TypeError, match="net_amount holds float64"):
        orders.summarize(table, as_of=AS_OF)


ROWS = st.lists(
    st.tuples(
        st.integers(1, 5) | st.integers(2**62, 2**62 + 2),
        st.integers(0, 99),
        st.dates(dt.date(2024, 3, 1), dt.date(2024, 4, 5)),
        st.integers(-500, 2000),
    ),
    max_size=40,
)


@settings(max_examples=60)
@given(ROWS)
def test_summary_agrees_with_plain_python(rows: list[Row]) -> None:
    expected = []
    by_customer: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        if row[2] <= AS_OF:
            by_customer[row[0] or 0].append(row)
    for customer, own in sorted(by_customer.items()):
        days = sorted(row[2] for row in own if row[3] > 0)
        expected.append((
            customer, days[0] if days else None, days[-1] if days else None, len(days),
            len(set(days)), sum(row[3] for row in own),
            (AS_OF - days[-1]).days if days else None,
        ))  # fmt: skip

    summary = orders.summarize(_table(rows), as_of=AS_OF)

    assert summary.select(
        "customer_id", "first_order_date", "last_order_date", "order_count",
        "purchase_day_count", "net_amount", "recency_days",
    ).rows() == expected  # fmt: skip


@settings(max_examples=60)
@given(ROWS, st.integers(2, 9), st.randoms())
def test_equal_customers_score_equally_and_row_order_changes_nothing(
    rows: list[Row], bins: int, random: object
) -> None:
    summary = orders.summarize(_table(rows), as_of=AS_OF)
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    cuts = rfm.fit(summary, bins=bins)
    scores = rfm.predict(cuts, summary)

    assert rfm.fit(orders.summarize(_table(shuffled), as_of=AS_OF), bins=bins) == cuts
    assert RfmCuts.from_json(cuts.to_json()) == cuts
    values: dict[object, set[object]] = defaultdict(set)
    for known, scored in zip(
        summary.select("recency_days", "order_count", "net_amount").rows(),
        scores.rows(),
        strict=True,
    ):
        values[known].add(scored[1:])
        assert all(1 <= score <= bins for score in scored[1:4])  # type: ignore[operator]
    assert all(len(found) == 1 for found in values.values())


def test_a_hundred_different_customers_fall_into_fifths() -> None:
    n = np.arange(100)
    summary = Table(
        {"customer_id": n, "recency_days": n, "order_count": n + 1, "net_amount": n * 100}
    )

    scores = rfm.predict(rfm.fit(summary), summary)

    assert np.bincount(scores["recency_score"]).tolist() == [0, 20, 20, 20, 20, 20]
    assert scores.rows()[0] == (0, 5, 1, 1, "511")
    assert scores.rows()[99] == (99, 1, 5, 5, "155")


def test_one_time_buyers_all_score_one_for_frequency() -> None:
    summary = Table({"customer_id": range(10), "recency_days": [5] * 10,
                     "order_count": [1] * 7 + [2, 3, 4], "net_amount": [100] * 10})  # fmt: skip

    scores = rfm.predict(rfm.fit(summary), summary)

    assert scores["frequency_score"].tolist() == [1] * 7 + [4, 5, 5]


def test_a_customer_with_returns_only_scores_lowest() -> None:
    rows: list[Row] = [(n, n, dt.date(2024, 3, n), 1000 * n) for n in range(1, 11)]
    summary = orders.summarize(_table([*rows, (99, 99, dt.date(2024, 3, 9), -5)]), as_of=AS_OF)

    scores = rfm.predict(rfm.fit(summary), summary)

    assert scores.rows()[-1] == (99, 1, 1, 1, "111")


def test_fixed_cut_offs_can_be_set_by_hand() -> None:
    cuts = RfmCuts(bins=3, recency_days=(30, 90), order_count=(1, 4), net_amount=(0, 10_000))
    summary = Table({"customer_id": [1, 2], "recency_days": [30, 91],
                     "order_count": [5, 1], "net_amount": [10_001, 0]})  # fmt: skip

    assert rfm.predict(cuts, summary)["rfm_cell"].tolist() == ["333", "111"]


@pytest.mark.parametrize("bad", [(30,), (90, 30)])
def test_cuts_of_the_wrong_number_or_order_are_refused(bad: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="recency_days needs 2 ascending cuts"):
        RfmCuts(bins=3, recency_days=bad, order_count=(1, 4), net_amount=(0, 1))


def test_uci_online_retail_is_summarized_to_the_penny() -> None:
    table = real_data.uci_orders()

    summary = orders.summarize(table, as_of=dt.date(2011, 12, 9))

    assert len(summary) == 4372
    owned = ~np.ma.getmaskarray(table["customer_id"])
    assert summary["net_amount"].sum() == table["net_amount"][owned].sum() == 830_006_581
    assert int(summary["order_count"].sum()) == 18_532
    assert int((summary["order_count"] > 0).sum()) == 4338


@settings(max_examples=60)
@given(st.lists(st.integers(-(2**62), 2**62) | st.integers(2**61, 2**61 + 9), max_size=60))
def test_rows_are_put_in_order_of_any_ids(ids: list[int]) -> None:
    held = np.array(ids, dtype=np.int64)

    order = orders._order(held)

    assert held[order].tolist() == sorted(ids)
    assert sorted(order.tolist()) == list(range(len(ids)))


def test_ids_that_share_their_leading_bits_are_told_apart() -> None:
    near = np.array([2**60 + 5, 2**60 + 3, 0, 2**60 + 4] * 50, dtype=np.int64)

    assert near[orders._order(near)].tolist() == sorted(near.tolist())


def _orders(*rows: tuple[int, str, int]) -> Table:
    return Table.from_rows(
        [(who, dt.date.fromisoformat(day), amount) for who, day, amount in rows],
        columns={"customer_id": int, "ordered_on": dt.date, "net_amount": int},
    )


@pytest.mark.req("R051")
def test_a_window_counts_what_lies_in_it_and_recency_looks_back_for_ever() -> None:
    orders = _orders(
        (1, "2026-01-01", 500),
        (1, "2026-06-01", 700),
        (1, "2026-06-30", -100),
        (2, "2025-01-01", 9),
    )

    counted = rfm.count(orders, as_of=dt.date(2026, 6, 30), window_days=30)

    # The first of the thirty days is the first of June.
    assert counted.rows() == [(1, 29, 1, 600), (2, 545, 0, 0)]
    assert rfm.count(orders, as_of=dt.date(2026, 6, 30)).rows() == [
        (1, 29, 2, 1100),
        (2, 545, 1, 9),
    ]
    assert rfm.count(orders, as_of=dt.date(2026, 6, 30), window_days=29).rows()[0] == (
        1,
        29,
        0,
        -100,
    )


@pytest.mark.req("R051")
def test_who_bought_before_the_window_only_is_quiet_and_not_new() -> None:
    cuts = RfmCuts(2, recency_days=(90,), order_count=(1,), net_amount=(100,), window_days=30)
    orders = _orders((1, "2026-04-15", 500), (2, "2026-06-29", 500))

    scores = rfm.predict(cuts, rfm.count(orders, as_of=dt.date(2026, 6, 30), window_days=30))

    assert scores.select("customer_id", "rfm_cell").rows() == [(1, "211"), (2, "212")]


@pytest.mark.req("R051")
def test_people_move_between_cells_while_the_lines_stay() -> None:
    cuts = RfmCuts(2, recency_days=(30,), order_count=(1,), net_amount=(100,))
    orders = _orders(
        (1, "2026-05-20", 500),  # fresh in May, not in June
        (2, "2026-05-20", 500),
        (2, "2026-06-20", 300),  # came again
        (3, "2026-06-25", 50),  # new
        (4, "2026-06-01", -20),  # only a return: nowhere
        (5, "2026-01-01", 10),
        (5, "2026-01-02", 10),
        (5, "2026-07-02", 10),  # after the day looked at
    )

    found = rfm.migrate(cuts, orders, before=dt.date(2026, 5, 31), after=dt.date(2026, 6, 30))

    assert found.moves == (("", "21", 1), ("12", "12", 1), ("21", "11", 1), ("21", "22", 1))
    assert found.grid == ((2, 1, 1, 50), (2, 2, 1, 800), (1, 1, 1, 500), (1, 2, 1, 20))


@examples(60)
@given(
    rows=st.lists(
        st.tuples(st.integers(1, 6), st.integers(0, 120), st.integers(-50, 200)), max_size=40
    ),
    window=st.none() | st.integers(1, 90),
)
def test_migration_agrees_with_scoring_each_day_by_itself(
    rows: list[tuple[int, int, int]], window: int | None
) -> None:
    start = dt.date(2026, 1, 1)
    orders = _orders(*((who, str(start + dt.timedelta(day)), sum_) for who, day, sum_ in rows))
    cuts = RfmCuts(3, (20, 60), (1, 2), (50, 150), window)
    before, after = start + dt.timedelta(60), start + dt.timedelta(90)

    def cells(day: dt.date) -> dict[int, str]:
        counted = rfm.count(orders, as_of=day, window_days=window)
        scored = rfm.predict(cuts, counted)
        known = ~np.ma.getmaskarray(counted["recency_days"])
        pairs = zip(scored["customer_id"], scored["rfm_cell"], known, strict=True)
        return {int(who): cell[:2] for who, cell, is_known in pairs if is_known}

    then, now = cells(before), cells(after)
    expected = Counter((then.get(who, ""), cell) for who, cell in now.items())
    found = rfm.migrate(cuts, orders, before=before, after=after)

    assert {(a, b): n for a, b, n in found.moves} == expected
    assert sum(people for _r, _f, people, _money in found.grid) == len(now)

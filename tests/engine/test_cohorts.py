"""Retention and revenue by month, against plain Python on small tables and by hand."""

import datetime as dt
import doctest
from calendar import monthrange

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idic.engine import cohorts
from idic.engine.table import Table

COLUMNS = {"customer_id": int, "order_id": int, "ordered_on": dt.date, "net_amount": int}
Row = tuple[int | None, int, dt.date, int]

orders_of_a_small_shop = st.lists(
    st.tuples(
        st.one_of(st.none(), st.integers(1, 6)),
        st.integers(1, 30),
        st.dates(dt.date(2023, 11, 1), dt.date(2024, 7, 31)),
        st.integers(-500, 1500),
    ),
    max_size=40,
)
any_day = st.dates(dt.date(2023, 12, 1), dt.date(2024, 7, 31))


def _table(rows: list[Row]) -> Table:
    return Table.from_rows(rows, columns=COLUMNS)


def _month(day: dt.date) -> dt.date:
    return day.replace(day=1)


def _months(first: dt.date, last: dt.date) -> list[dt.date]:
    months = [_month(first)]
    while months[-1] < _month(last):
        months.append(_month(months[-1] + dt.timedelta(days=32)))
    return months


def _is_complete(month: dt.date, as_of: dt.date) -> bool:
    return month.replace(day=monthrange(month.year, month.month)[1]) <= as_of


def _first_months(rows: list[Row]) -> dict[int, dt.date]:
    first: dict[int, dt.date] = {}
    for customer, _, day, amount in rows:
        if customer is not None and amount > 0:
            first[customer] = min(first.get(customer, _month(day)), _month(day))
    return first


def _retention(rows: list[Row], as_of: dt.date) -> list[tuple[object, ...]]:
    first = _first_months(rows)
    expected: list[tuple[object, ...]] = []
    for cohort in sorted(set(first.values())):
        members = {customer for customer, month in first.items() if month == cohort}
        for since, month in enumerate(_months(cohort, as_of)):
            held = [row for row in rows if row[0] in members and _month(row[2]) == month]
            active = {row[0] for row in held if row[3] > 0}
            amount = sum(row[3] for row in held)
            expected.append(
                (cohort, since, len(members), len(active), amount, _is_complete(month, as_of))
            )
    return expected


def _revenue(rows: list[Row], as_of: dt.date) -> list[tuple[object, ...]]:
    first = _first_months(rows)
    expected: list[tuple[object, ...]] = []
    for month in _months(min(row[2] for row in rows), as_of) if rows else []:
        held = [row for row in rows if _month(row[2]) == month]
        bought = [row for row in held if row[3] > 0]
        expected.append(
            (
                month,
                sum(row[3] for row in held),
                len({row[1] for row in bought}),
                len({row[0] for row in bought if row[0] is not None}),
                sum(1 for began in first.values() if began == month),
                _is_complete(month, as_of),
            )
        )
    return expected


@settings(max_examples=60)
@given(rows=orders_of_a_small_shop, as_of=any_day)
def test_retention_equals_counting_by_hand(rows: list[Row], as_of: dt.date) -> None:
    table = cohorts.retention(_table(rows), as_of=as_of)

    assert table.rows() == _retention([row for row in rows if row[2] <= as_of], as_of)


@settings(max_examples=60)
@given(rows=orders_of_a_small_shop, as_of=any_day)
def test_revenue_equals_counting_by_hand(rows: list[Row], as_of: dt.date) -> None:
    table = cohorts.revenue_by_month(_table(rows), as_of=as_of)

    assert table.rows() == _revenue([row for row in rows if row[2] <= as_of], as_of)


@pytest.mark.req("R124")
def test_a_cohort_keeps_a_row_for_months_in_which_nobody_came_back() -> None:
    rows: list[Row] = [
        (1, 1, dt.date(2024, 1, 5), 500),
        (2, 2, dt.date(2024, 1, 31), 100),
        (1, 3, dt.date(2024, 3, 1), 700),
        (2, 4, dt.date(2024, 3, 2), -100),
        (3, 5, dt.date(2024, 3, 9), 50),
    ]

    table = cohorts.retention(_table(rows), as_of=dt.date(2024, 3, 9))

    assert table.columns == (
        "cohort_month",
        "months_since",
        "customers",
        "active_customers",
        "net_amount",
        "is_complete",
    )
    assert table.rows() == [
        (dt.date(2024, 1, 1), 0, 2, 2, 600, True),
        (dt.date(2024, 1, 1), 1, 2, 0, 0, True),
        (dt.date(2024, 1, 1), 2, 2, 1, 600, False),
        (dt.date(2024, 3, 1), 0, 1, 1, 50, False),
    ]


def test_ownerless_orders_count_as_money_but_not_as_customers() -> None:
    rows: list[Row] = [
        (None, 1, dt.date(2024, 1, 5), 500),
        (7, 2, dt.date(2024, 1, 6), 300),
        (7, 3, dt.date(2024, 1, 7), -100),
    ]

    revenue = cohorts.revenue_by_month(_table(rows), as_of=dt.date(2024, 1, 31))
    retained = cohorts.retention(_table(rows), as_of=dt.date(2024, 1, 31))

    assert revenue.rows() == [(dt.date(2024, 1, 1), 700, 2, 1, 1, True)]
    assert retained.rows() == [(dt.date(2024, 1, 1), 0, 1, 1, 200, True)]


def test_no_orders_give_empty_tables_with_their_columns() -> None:
    revenue = cohorts.revenue_by_month(_table([]), as_of=dt.date(2024, 1, 31))

    assert len(revenue) == 0
    assert "is_complete" in revenue
    assert len(cohorts.retention(_table([]), as_of=dt.date(2024, 1, 31))) == 0


def test_the_examples_in_the_documentation_run() -> None:
    outcome = doctest.testmod(cohorts)

    assert outcome.attempted > 0
    assert outcome.failed == 0

"""Usual gaps and overdue days: by hand, on a simulated shop, and on odd input."""

import datetime as dt
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idic.engine import rhythm
from idic.engine.rhythm import RhythmParameters
from idic.engine.table import Table
from tests.engine import real_data

AS_OF = dt.date(2024, 12, 31)
SHOP = RhythmParameters(usual_gap_days=30.0, spread=0.5, reach=1.3, gap_count=1000)
COLUMNS = {"customer_id": int, "order_id": int, "ordered_on": dt.date, "net_amount": int}


def _orders(days: dict[int, list[int]], *, amount: int = 100) -> Table:
    """Build orders from each customer's purchases as days before AS_OF."""
    rows = [
        (customer, place, AS_OF - dt.timedelta(days=ago), amount)
        for customer, own in days.items()
        for place, ago in enumerate(own)
    ]
    return Table.from_rows(rows, columns=COLUMNS)


def _simulated(customers: int, *, gaps: int, seed: int) -> dict[int, list[int]]:
    """Draw gaps around each customer's own habit; the last one ends at day 0."""
    random = np.random.default_rng(seed)
    habit = np.exp(random.normal(3.4, 0.8, customers))
    days = np.maximum(habit[:, None] * random.gamma(2, 0.5, (customers, gaps)), 1).astype(int)
    ago = np.cumsum(days[:, ::-1], axis=1)
    return {n: [0, *ago[n].tolist()] for n in range(customers)}


def test_the_formula_of_the_docstring_worked_by_hand() -> None:
    orders = _orders({1: [200, 120, 80]})

    row = rhythm.predict(orders, as_of=AS_OF, parameters=SHOP).rows()[0]

    # Of two gaps the median and the mean are one.
    middle = (math.log(80) + math.log(40) + 2 * math.log(30)) / 4
    squares = (math.log(80) - middle) ** 2 + (math.log(40) - middle) ** 2 + 4 * 0.25
    late = round(math.exp(middle + 1.3 * math.sqrt(squares / 6)), 1)
    assert row == (1, round(math.exp(middle), 1), late, 80, 3, True)
    assert 77 < late < 78


def test_a_regular_customer_is_overdue_sooner_than_an_irregular_one() -> None:
    regular = list(range(60, 60 + 30 * 12, 30))
    irregular = [60, 63, 130, 133, 200, 203, 270, 273, 340, 343, 410, 413]

    rows = rhythm.predict(_orders({1: regular, 2: irregular}), as_of=AS_OF, parameters=SHOP).rows()

    assert rows[0][3:] == (60, 18, True)
    assert rows[1][3:] == (60, 0, False)


def test_one_purchase_day_gives_days_since_last_and_nothing_else() -> None:
    rows = rhythm.predict(_orders({1: [10, 10]}), as_of=AS_OF, parameters=SHOP).rows()

    assert rows == [(1, None, None, 10, None, None)]


def test_a_customer_with_returns_only_has_no_rhythm() -> None:
    rows = rhythm.predict(_orders({1: [50, 10]}, amount=-5), as_of=AS_OF).rows()

    assert rows == [(1, None, None, None, None, None)]


def test_no_orders_give_no_rows() -> None:
    assert rhythm.predict(_orders({}), as_of=AS_OF).rows() == []


def test_with_few_gaps_the_shop_decides_and_with_many_the_customer() -> None:
    once = [0, 300]
    often = list(range(0, 300 * 40, 300))

    rows = rhythm.predict(_orders({1: once, 2: often}), as_of=AS_OF, parameters=SHOP).rows()

    assert rows[0][1] == pytest.approx(math.exp((math.log(300) + 2 * math.log(30)) / 3), abs=0.1)
    assert rows[1][1] == pytest.approx(300, rel=0.15)


@pytest.mark.parametrize("gaps", [2, 3, 6, 15])
def test_one_next_gap_in_ten_goes_beyond_late_after(gaps: int) -> None:
    days = _simulated(6000, gaps=gaps + 1, seed=gaps)
    # The last gap of everyone is hidden and judged by the ones before it.
    known = _orders({n: own[1:] for n, own in days.items()})

    late = rhythm.predict(known, as_of=AS_OF)["late_after_days"]

    last = np.array([own[1] for own in days.values()])
    assert (last > late).mean() == pytest.approx(0.1, abs=0.02)


def test_parameters_come_back_equal_from_json() -> None:
    fitted = rhythm.fit(_orders(_simulated(100, gaps=4, seed=1)), as_of=AS_OF)

    assert fitted.gap_count > 300
    assert RhythmParameters.from_json(fitted.to_json()) == fitted


def test_uci_customers_have_plausible_rhythms() -> None:
    rows = rhythm.predict(real_data.uci_orders(), as_of=dt.date(2011, 12, 9))

    known = ~np.isnan(rows["usual_gap_days"])
    assert int(known.sum()) == 2790
    assert 20 < float(np.median(rows["usual_gap_days"][known])) < 60
    assert 0.05 < float(rows["is_overdue"][known].mean()) < 0.35


@settings(max_examples=60)
@given(
    st.dictionaries(
        st.integers(1, 9), st.lists(st.integers(-5, 2000), min_size=1, max_size=8), max_size=6
    )
)
def test_any_history_gives_finite_rhythms_or_none(days: dict[int, list[int]]) -> None:
    table = rhythm.predict(_orders(days), as_of=AS_OF)

    for row, own in zip(table.rows(), _known(days), strict=True):
        assert (row[1] is None) == (len(own) < 2)
        assert row[3] == min(own)
        if row[1] is not None:
            assert row[2] >= row[1] > 0  # type: ignore[operator]
            assert row[5] == (row[4] > 0) == (row[3] > row[2])  # type: ignore[operator]


def _known(days: dict[int, list[int]]) -> list[set[int]]:
    known = [{ago for ago in days[customer] if ago >= 0} for customer in sorted(days)]
    return [own for own in known if own]

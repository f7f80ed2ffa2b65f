"""Gamma-Gamma against the published fit, its own simulation and odd totals."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idic.engine import spend
from idic.engine.spend import SpendParameters
from idic.engine.table import Table, query
from tests.engine import real_data


def _summary(count: list[int], total: list[int]) -> Table:
    return Table(
        {
            "customer_id": np.arange(len(count)),
            "purchase_day_count": np.array(count, dtype=np.int64),
            "net_amount": np.array(total, dtype=np.int64),
        }
    )


def _cdnow_repeat_spend() -> Table:
    """Return the repeat purchases of the first 39 weeks, as the paper counts them."""
    return query(
        """WITH a_day AS (
               SELECT customer_id, ordered_on, sum(net_amount) AS amount
               FROM t WHERE ordered_on <= $1 GROUP BY ALL)
           SELECT customer_id, count(*) - 1 AS purchase_day_count,
                  sum(amount) - arg_min(amount, ordered_on) AS net_amount
           FROM a_day GROUP BY customer_id HAVING count(*) > 1""",
        parameters=[dt.date(1997, 9, 30)],
        t=real_data.cdnow_orders(),
    )


def test_cdnow_reproduces_the_published_parameters() -> None:
    repeat = _cdnow_repeat_spend()

    fitted = spend.fit(repeat)

    assert len(repeat) == 946
    assert (round(fitted.p, 2), round(fitted.q, 2)) == (6.25, 3.74)
    assert round(fitted.gamma_amount / 100, 2) == 15.44
    assert fitted.converged


def test_the_scale_of_the_currency_changes_only_gamma() -> None:
    random = np.random.default_rng(1)
    count = random.integers(1, 8, 500)
    total = (random.gamma(4 * count, 1000)).astype(np.int64) + 1

    cents = spend.fit(_summary(count.tolist(), total.tolist()))
    dong = spend.fit(_summary(count.tolist(), (total * 25_000).tolist()))

    assert dong.p == pytest.approx(cents.p, rel=1e-4)
    assert dong.gamma_amount / dong.q == pytest.approx(cents.gamma_amount / cents.q * 25_000, 1e-4)


def test_fit_recovers_the_parameters_it_was_simulated_with() -> None:
    random = np.random.default_rng(3)
    count = random.geometric(0.4, 50_000)
    rate = random.gamma(4.0, 1 / 3000, 50_000)
    total = np.rint(random.gamma(2.5 * count, 1 / rate)).astype(np.int64)

    fitted = spend.fit(_summary(count.tolist(), total.tolist()))

    assert fitted.p == pytest.approx(2.5, rel=0.05)
    assert fitted.q == pytest.approx(4.0, rel=0.05)
    assert fitted.gamma_amount == pytest.approx(3000, rel=0.08)
    assert fitted.mean_amount == pytest.approx(2500, rel=0.02)


def test_expectation_lies_between_the_own_mean_and_the_shops() -> None:
    shop = SpendParameters(p=6.25, q=3.74, gamma_amount=1544.0)

    expected = spend.predict(shop, _summary([0, 1, 100], [0, 9000, 900_000]))

    amounts = expected["expected_purchase_amount"].tolist()
    assert amounts[0] == shop.mean_amount
    assert shop.mean_amount < amounts[1] < amounts[2] < 9000
    assert amounts[2] == pytest.approx(9000, rel=0.01)


def test_totals_below_zero_count_as_zero() -> None:
    shop = SpendParameters(p=6.25, q=3.74, gamma_amount=1544.0)

    expected = spend.predict(shop, _summary([1, 1], [-5000, 0]))["expected_purchase_amount"]

    assert expected[0] == expected[1] > 0


def test_two_customers_are_expected_to_spend_the_mean() -> None:
    fitted = spend.fit(_summary([1, 3], [100, 700]))

    expected = spend.predict(fitted, _summary([1, 3], [100, 700]))["expected_purchase_amount"]

    assert fitted.reason_code == "few_customers"
    np.testing.assert_allclose(expected, [200.0, 200.0], rtol=1e-5)


def test_nobody_gives_an_expectation_of_zero() -> None:
    fitted = spend.fit(_summary([], []))

    expected = spend.predict(fitted, _summary([0], [-10]))["expected_purchase_amount"]

    assert fitted.reason_code == "no_customers"
    assert expected.tolist() == [0.0]


@settings(max_examples=80)
@given(
    st.lists(st.tuples(st.integers(0, 500), st.integers(-(10**6), 10**12)), min_size=1, max_size=15)
)
def test_any_totals_give_finite_expectations(customers: list[tuple[int, int]]) -> None:
    summary = _summary([count for count, _ in customers], [total for _, total in customers])

    fitted = spend.fit(summary)
    expected = spend.predict(fitted, summary)["expected_purchase_amount"]

    assert SpendParameters.from_json(fitted.to_json()) == fitted
    assert np.isfinite(fitted.log_likelihood)
    assert np.isfinite(expected).all()
    assert (expected >= 0).all()

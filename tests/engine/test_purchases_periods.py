"""BG/BB against the published donors, a sum by hand, and odd periods."""

import warnings

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import beta as beta_function

from idic.engine.purchases import bg_bb
from idic.engine.purchases.bg_bb import BgBbParameters, Periods
from idic.engine.table import Table
from tests.engine import real_data


def _table(rows: list[tuple[int, int, int, int]]) -> Table:
    names = ("active_period_count", "last_active_period", "period_count", "customer_count")
    return Table.from_rows(rows, columns=dict.fromkeys(names, int))


def test_donors_reproduce_the_published_parameters() -> None:
    donors = real_data.read(
        "donations_bgbb",
        """SELECT frequency::BIGINT AS active_period_count, recency::BIGINT AS last_active_period,
                  periods::BIGINT AS period_count, weights::BIGINT AS customer_count
           FROM {file}""",
    )

    fitted = bg_bb.fit(donors)

    assert (round(fitted.alpha, 3), round(fitted.beta, 3)) == (1.204, 0.750)
    assert (round(fitted.gamma, 3), round(fitted.delta, 3)) == (0.657, 2.783)
    assert round(fitted.log_likelihood, 1) == -33225.6
    assert fitted.customer_count == 11_104
    assert fitted.converged


def test_likelihood_is_the_sum_over_when_the_customer_left() -> None:
    a, b, c, d = 0.8, 1.7, 0.6, 2.9
    data = Periods(np.array([2.0]), np.array([3.0]), np.array([5.0]), np.array([1.0]))

    value, _ = bg_bb.log_likelihood(np.log([a, b, c, d]), data)

    still = beta_function(a + 2, b + 3) * beta_function(c, d + 5)
    left = sum(beta_function(a + 2, b + i - 2) * beta_function(c + 1, d + i) for i in (3, 4))
    whole = (still + left) / beta_function(a, b) / beta_function(c, d)
    np.testing.assert_allclose(value, np.log(whole), rtol=1e-12)


def test_gradient_is_the_derivative_of_the_likelihood() -> None:
    data = Periods(*np.array([[0, 1, 3, 6], [0, 1, 5, 6], [6, 6, 7, 6], [4, 1, 2, 3]], dtype=float))
    theta = np.log([0.8, 1.7, 0.6, 2.9])

    _, gradient = bg_bb.log_likelihood(theta, data)

    differences = [
        bg_bb.log_likelihood(theta + step, data)[0] - bg_bb.log_likelihood(theta - step, data)[0]
        for step in 1e-5 * np.eye(4)
    ]
    np.testing.assert_allclose(gradient, np.array(differences) / 2e-5, rtol=1e-6)


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.integers(0, 15), st.integers(0, 15), st.integers(0, 12), st.integers(0, 90)),
        max_size=12,
    ),
    st.integers(1, 30),
)
def test_any_periods_are_fitted_and_forecast_in_bounds(
    rows: list[tuple[int, int, int, int]], horizon: int
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted = bg_bb.fit(_table(rows))
        forecast = bg_bb.predict(fitted, _table(rows), horizon_periods=horizon)

    assert BgBbParameters.from_json(fitted.to_json()) == fitted
    assert np.isfinite(fitted.log_likelihood)
    expected, alive = forecast["expected_active_period_count"], forecast["alive_probability"]
    assert ((expected >= 0) & (expected <= horizon + 1e-9)).all()
    assert ((alive >= 0) & (alive <= 1 + 1e-9)).all()

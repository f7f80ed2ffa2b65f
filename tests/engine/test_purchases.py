"""Purchase models against published numbers, their own simulation, formulas and odd shops."""

import datetime as dt
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import hyp2f1

from idic.engine import orders, purchases
from idic.engine.purchases import PurchaseParameters, after_purchase, nbd, pareto_nbd
from idic.engine.purchases.histories import Floats, Histories, read_histories
from idic.engine.table import Table
from tests.engine import real_data

CDNOW = PurchaseParameters(r=0.243, alpha_days=4.414 * 7, a=0.793, b=2.426)


def _summary(x: list[int], recency: list[int], age: list[int]) -> Table:
    return Table(
        {
            "customer_id": range(1, len(x) + 1),
            "repeat_count": x,
            "age_at_last_purchase_days": recency,
            "customer_age_days": age,
        }
    )


def _cdnow_calibration() -> Table:
    table = real_data.cdnow_orders()
    # The paper counts the 12 free transactions too.
    counted = table.with_columns(net_amount=np.maximum(table["net_amount"], 1))
    return orders.summarize(counted, as_of=dt.date(1997, 9, 30))


def test_cdnow_reproduces_the_published_parameters() -> None:
    summary = _cdnow_calibration()

    fitted = purchases.fit(summary)

    weeks = fitted.log_likelihood + float(summary["repeat_count"].sum()) * np.log(7)
    assert len(summary) == fitted.customer_count == 2357
    assert (round(fitted.r, 3), round(fitted.alpha_days / 7, 3)) == (0.243, 4.414)
    assert (round(fitted.a, 3), round(fitted.b, 3)) == (0.793, 2.426)
    assert round(weeks, 3) == -9582.429
    assert fitted.converged
    assert fitted.dropout_detectable


def test_cdnow_reproduces_the_published_fits_of_the_other_models() -> None:
    summary = _cdnow_calibration()
    in_weeks = float(summary["repeat_count"].sum()) * np.log(7)

    modified = purchases.mbg_nbd.fit(summary)
    pareto = pareto_nbd.fit(summary)

    assert (round(modified.r, 3), round(modified.alpha_days / 7, 3)) == (0.525, 6.183)
    assert (round(modified.a, 3), round(modified.b, 3)) == (0.891, 1.614)
    assert (round(pareto.r, 3), round(pareto.alpha_days / 7, 3)) == (0.553, 10.578)
    assert (round(pareto.s, 3), round(pareto.beta_days / 7, 3)) == (0.606, 11.669)
    assert round(pareto.log_likelihood + in_weeks, 3) == -9594.976
    for fitted in (modified, pareto):
        assert fitted.converged
        assert fitted.sees_churn


def test_cdnow_customer_one_is_expected_to_buy_as_published() -> None:
    known = _summary([2], [0], [0]).with_columns(
        age_at_last_purchase_days=[30.43 * 7], customer_age_days=[38.86 * 7]
    )

    forecast = purchases.predict(CDNOW, known, horizon_days=39 * 7)

    assert round(float(forecast["expected_purchase_count"][0]), 3) == 1.226


def test_expectation_equals_the_printed_formula() -> None:
    random = np.random.default_rng(4)
    x = random.integers(0, 30, 200)
    age = random.integers(1, 500, 200)
    recency = np.where(x > 0, (age * random.random(200)).astype(int), 0)
    p = PurchaseParameters(r=0.6, alpha_days=40, a=0.7, b=3)

    forecast = purchases.predict(
        p, _summary(x.tolist(), recency.tolist(), age.tolist()), horizon_days=120
    )

    gone = (x > 0) * p.a / (p.b + np.maximum(x, 1) - 1)
    gone = gone * ((p.alpha_days + age) / (p.alpha_days + recency)) ** (p.r + x)
    power = ((p.alpha_days + age) / (p.alpha_days + age + 120)) ** (p.r + x)
    series = hyp2f1(p.r + x, p.b + x, p.a + p.b + x - 1, 120 / (p.alpha_days + age + 120))
    expected = (p.a + p.b + x - 1) / (p.a - 1) * (1 - power * series) / (1 + gone)
    np.testing.assert_allclose(forecast["expected_purchase_count"], expected, rtol=1e-9)
    np.testing.assert_allclose(forecast["alive_probability"], 1 / (1 + gone), rtol=1e-12)


@pytest.mark.parametrize(
    "log_likelihood",
    [
        nbd.log_likelihood,
        after_purchase.log_likelihood_later,
        after_purchase.log_likelihood_at_first,
        pareto_nbd.log_likelihood,
    ],
)
def test_gradient_is_the_derivative_of_the_likelihood(
    log_likelihood: Callable[[Floats, Histories], tuple[float, Floats]],
) -> None:
    x, recency, age = [0, 1, 3, 12, 0, 0], [0, 5, 100, 300, 0, 0], [40, 40, 200, 365, 365, 0]
    data = read_histories(_summary(x, recency, age))
    size = 2 if log_likelihood is nbd.log_likelihood else 4
    for start in ([0.5, 30, 0.8, 24], [3, 200, 0.01, 9], [0.2, 3, 5, 400]):
        theta = np.log(start)[:size]
        _, gradient = log_likelihood(theta, data)
        steps = 1e-5 * np.eye(size)
        differences = [
            log_likelihood(theta + step, data)[0] - log_likelihood(theta - step, data)[0]
            for step in steps
        ]
        np.testing.assert_allclose(gradient, np.array(differences) / 2e-5, rtol=1e-6, atol=1e-7)


def test_fit_recovers_the_parameters_it_was_simulated_with() -> None:
    true = PurchaseParameters(r=0.8, alpha_days=300, a=0.9, b=3)
    bought = purchases.simulate(
        true, customer_count=40_000, start=dt.date(2020, 1, 1), days=1500, seed=11
    )
    sold = bought.with_columns(net_amount=np.ones(len(bought), dtype=int))
    end = dt.date(2020, 1, 1) + dt.timedelta(days=1500)

    fitted = purchases.fit(orders.summarize(sold, as_of=end))

    assert fitted.dropout_detectable
    assert fitted.r == pytest.approx(0.8, rel=0.05)
    assert fitted.alpha_days == pytest.approx(300, rel=0.05)
    assert fitted.a / (fitted.a + fitted.b) == pytest.approx(0.9 / 3.9, rel=0.05)


def test_forecast_of_a_simulated_shop_matches_what_it_does_next() -> None:
    true = PurchaseParameters(r=0.8, alpha_days=60, a=0.9, b=3)
    start = dt.date(2020, 1, 1)
    bought = purchases.simulate(true, customer_count=20_000, start=start, days=700, seed=5)
    bought = bought.with_columns(net_amount=np.ones(len(bought), dtype=int))
    early = orders.summarize(bought, as_of=start + dt.timedelta(days=400))
    late = orders.summarize(bought, as_of=start + dt.timedelta(days=700))

    forecast = purchases.predict(purchases.fit(early), early, horizon_days=300)

    actual = late["repeat_count"] - early["repeat_count"]
    assert forecast["expected_purchase_count"].sum() == pytest.approx(actual.sum(), rel=0.03)
    none = (actual == 0).mean()
    assert forecast["no_purchase_probability"].mean() == pytest.approx(none, abs=0.01)


def test_without_dropout_it_says_so_and_falls_back_to_nbd() -> None:
    true = PurchaseParameters(r=1.5, alpha_days=60, a=0.0, b=1.0)
    bought = purchases.simulate(
        true, customer_count=5_000, start=dt.date(2020, 1, 1), days=365, seed=2
    )
    sold = bought.with_columns(net_amount=np.ones(len(bought), dtype=int))
    summary = orders.summarize(sold, as_of=dt.date(2020, 12, 30))

    fitted = purchases.fit(summary)
    forecast = purchases.predict(fitted, summary, horizon_days=30)

    assert not fitted.dropout_detectable
    assert fitted.a == 0
    assert fitted.converged
    assert set(forecast["alive_probability"].tolist()) == {1.0}
    age = 364 + fitted.alpha_days
    expected = (age / (age + 30)) ** (fitted.r + summary["repeat_count"])
    np.testing.assert_allclose(forecast["no_purchase_probability"], expected, rtol=1e-12)


def test_uci_has_no_detectable_dropout() -> None:
    summary = orders.summarize(real_data.uci_orders(), as_of=dt.date(2011, 12, 9))

    fitted = purchases.fit(summary)

    assert fitted.converged
    assert not fitted.dropout_detectable


def test_nobody_and_one_time_buyers_give_a_finite_fallback() -> None:
    nobody = purchases.fit(_summary([], [], []))
    once = purchases.fit(_summary([0, 0], [0, 0], [10, 100]))

    assert (nobody.reason_code, nobody.converged) == ("no_customers", False)
    assert (once.reason_code, once.converged) == ("no_repeat_purchases", False)
    forecast = purchases.predict(once, _summary([0], [0], [10]), horizon_days=30)
    assert 0 < float(forecast["expected_purchase_count"][0]) < 0.1


def test_a_customer_with_returns_only_is_expected_to_buy_nothing() -> None:
    table = Table.from_rows(
        [(7, 1, dt.date(2024, 1, 1), -100)],
        columns={"customer_id": int, "order_id": int, "ordered_on": dt.date, "net_amount": int},
    )

    forecast = purchases.predict(
        CDNOW, orders.summarize(table, as_of=dt.date(2024, 2, 1)), horizon_days=30
    )

    assert forecast.rows() == [(7, 0.0, None, 1.0, None)]


CUSTOMERS = st.lists(
    st.tuples(st.integers(0, 400), st.integers(0, 3000), st.integers(0, 3000)).map(
        lambda c: (c[0], min(c[1], c[2]) if c[0] else 0, c[2])
    ),
    max_size=12,
)


@settings(max_examples=60)
@given(CUSTOMERS, st.integers(1, 2000))
def test_any_shop_is_fitted_and_forecast_in_bounds(
    customers: list[tuple[int, int, int]], horizon: int
) -> None:
    summary = _summary(*(list(c) for c in zip(*customers, strict=True))) if customers else (
        _summary([], [], [])
    )  # fmt: skip

    fitted = purchases.fit(summary)
    forecast = purchases.predict(fitted, summary, horizon_days=horizon)

    assert PurchaseParameters.from_json(fitted.to_json()) == fitted
    assert np.isfinite(fitted.log_likelihood)
    expected = forecast["expected_purchase_count"]
    assert np.isfinite(expected).all()
    assert (expected >= 0).all()
    for name in ("alive_probability", "no_purchase_probability"):
        assert ((forecast[name] >= 0) & (forecast[name] <= 1)).all()
    assert (forecast["no_purchase_probability"] >= 1 - forecast["alive_probability"] - 1e-12).all()

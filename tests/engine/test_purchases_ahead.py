"""What follows from a purchase model: chances of counts, draws, next days, covariates, CLV."""

import datetime as dt

import numpy as np
import pytest

from idic.engine import clv, orders, purchases
from idic.engine.purchases import (
    AnyParameters,
    MbgNbdParameters,
    ParetoNbdParameters,
    PurchaseParameters,
    StaticParetoParameters,
    race,
    static_pareto,
)
from idic.engine.spend import SpendParameters
from idic.engine.table import Table

START = dt.date(2020, 1, 1)
MODELS: tuple[AnyParameters, ...] = (
    PurchaseParameters(r=0.8, alpha_days=60, a=0.9, b=3),
    MbgNbdParameters(r=0.8, alpha_days=60, a=0.9, b=3),
    ParetoNbdParameters(r=0.8, alpha_days=60, s=0.7, beta_days=150),
    PurchaseParameters(r=0.8, alpha_days=60, a=0, b=1),
)
KNOWN = Table(
    {
        "customer_id": range(5),
        "repeat_count": [0, 0, 3, 12, 40],
        "age_at_last_purchase_days": [0, 0, 100, 300, 360],
        "customer_age_days": [10, 365, 365, 365, 365],
    }
)


def _integral(p: float, q: float, z: float) -> float:
    """Integrate Euler's formula of 2F1(1, p; p + q + 1; z) on 400 panels of 40 nodes."""
    m = p + q
    points, weights = np.polynomial.legendre.leggauss(40)
    edges = np.append(0, np.geomspace(1e-12, 800 / min(m, 1), 400))[:, None]
    half = (edges[1:] - edges[:-1]) / 2
    y = edges[:-1] + half + half * points
    return float((m * np.exp(-m * y - p * np.log1p(z * np.expm1(-y))) * weights * half).sum())


@pytest.mark.parametrize(("decades", "error"), [(1, 1e-12), (3, 1e-9), (4, 1e-4)])
def test_the_fraction_equals_the_integral(decades: int, error: float) -> None:
    random = np.random.default_rng(decades)
    p, q = 10 ** random.uniform(-2, 2.5, 60), 10 ** random.uniform(-2, 2, 60)
    z = 1 - 10 ** random.uniform(-decades, decades, 60)

    found, _, _, _ = race.fraction(p, q, z)

    exact = [_integral(*parts) for parts in zip(p, q, z, strict=True)]
    np.testing.assert_allclose(found, exact, rtol=error)


def test_slopes_of_the_fraction_are_its_differences() -> None:
    random = np.random.default_rng(8)
    p, q = 10 ** random.uniform(-1, 2, 50), 10 ** random.uniform(-1, 2, 50)
    z = 1 - 10 ** random.uniform(-2, 2, 50)

    value, *slopes = race.fraction(p, q, z)

    for place, size in enumerate((p, q, 1 - z)):
        moved = [np.copy(part) for part in (p, q, z)]
        back = [np.copy(part) for part in (p, q, z)]
        moved[place] += 1e-5 * size
        back[place] -= 1e-5 * size
        difference = race.fraction(*moved)[0] - race.fraction(*back)[0]
        np.testing.assert_allclose(slopes[place] * size, difference / 2e-5, atol=1e-8 * value.max())


def test_one_of_both_ends_first() -> None:
    shape, rate = np.array([0.5, 30.0]), np.array([3.0, 700.0])
    other_shape, other_rate = np.array([4.0, 0.01]), np.array([200.0, 9.0])

    first = race.log_chance(shape=shape, rate=rate, other_shape=other_shape, other_rate=other_rate)
    second = race.log_chance(shape=other_shape, rate=other_rate, other_shape=shape, other_rate=rate)

    np.testing.assert_allclose(np.exp(first) + np.exp(second), 1, rtol=1e-13)


@pytest.mark.parametrize("known", MODELS)
def test_draws_have_the_chances_and_the_mean_that_are_told(known: AnyParameters) -> None:
    drawn = purchases.draw(known, KNOWN, horizon_days=200, draw_count=20_000, seed=3)

    forecast = purchases.predict(known, KNOWN, horizon_days=200)
    np.testing.assert_allclose(drawn.mean(axis=0), forecast["expected_purchase_count"], rtol=0.05)
    none = forecast["no_purchase_probability"]
    np.testing.assert_allclose((drawn == 0).mean(axis=0), none, atol=0.012)
    for count in (0, 1, 4, 20):
        told = purchases.at_most(known, KNOWN, horizon_days=200, counts=np.full(5, float(count)))
        np.testing.assert_allclose((drawn <= count).mean(axis=0), told, atol=0.012)


@pytest.mark.parametrize("known", MODELS)
def test_quantiles_are_the_least_counts_that_reach_the_rank(known: AnyParameters) -> None:
    counts = purchases.predict_counts(known, KNOWN, horizon_days=200, ranks=(0.1, 0.5, 0.9))

    for name, rank in (("count_10", 0.1), ("count_50", 0.5), ("count_90", 0.9)):
        found = counts[name]
        enough = purchases.at_most(known, KNOWN, horizon_days=200, counts=found)
        short = purchases.at_most(known, KNOWN, horizon_days=200, counts=found - 1)
        assert (enough >= rank - 1e-9).all()
        assert (short < rank).all()


@pytest.mark.parametrize("known", MODELS)
def test_next_purchases_come_within_the_days_told(known: AnyParameters) -> None:
    ahead = purchases.predict_next(known, KNOWN, within_days=365)

    comes = 1 - purchases.predict(known, KNOWN, horizon_days=365)["no_purchase_probability"]
    np.testing.assert_allclose(ahead["purchase_probability"], comes, rtol=1e-12)
    for name, rank in (("early_days", 0.1), ("median_days", 0.5), ("late_days", 0.9)):
        for place in range(5):
            one = KNOWN.filter(np.array([place]))
            days = float(ahead[name][place])
            forecast = purchases.predict(known, one, horizon_days=days)
            within = 1 - float(forecast["no_purchase_probability"][0])
            assert within == pytest.approx(rank * comes[place], rel=1e-6)


def test_pareto_forecasts_a_simulated_shop() -> None:
    true = ParetoNbdParameters(r=0.8, alpha_days=60, s=0.7, beta_days=150)
    bought = purchases.simulate(true, customer_count=20_000, start=START, days=700, seed=5)
    bought = bought.with_columns(net_amount=np.ones(len(bought), dtype=int))
    early = orders.summarize(bought, as_of=START + dt.timedelta(days=400))
    late = orders.summarize(bought, as_of=START + dt.timedelta(days=700))

    fitted = purchases.pareto_nbd.fit(early)
    forecast = purchases.predict(fitted, early, horizon_days=300)

    actual = late["repeat_count"] - early["repeat_count"]
    assert forecast["expected_purchase_count"].sum() == pytest.approx(actual.sum(), rel=0.04)
    assert forecast["no_purchase_probability"].mean() == pytest.approx(
        (actual == 0).mean(), abs=0.01
    )
    assert fitted.r == pytest.approx(0.8, rel=0.08)
    assert fitted.s == pytest.approx(0.7, rel=0.15)


def _two_channels(count: int) -> Table:
    """Simulate customers from ads, who buy half as often and leave twice as soon, and others."""
    parts = []
    for name, alpha, beta, seed in (("shop", 60, 200, 1), ("ads", 120, 100, 2)):
        known = ParetoNbdParameters(r=1.0, alpha_days=alpha, s=1.0, beta_days=beta)
        bought = purchases.simulate(known, customer_count=count, start=START, days=500, seed=seed)
        sold = bought.with_columns(net_amount=np.ones(len(bought), dtype=int))
        summary = orders.summarize(sold, as_of=START + dt.timedelta(days=500))
        channel = np.array([name] * len(summary), dtype=object)
        parts.append(
            Table({n: summary.floats(n) for n in KNOWN.columns}).with_columns(channel=channel)
        )
    return Table({n: np.concatenate([part[n] for part in parts]) for n in parts[0].columns})


def test_covariates_tell_channels_apart() -> None:
    # One more from the shop: it is what the others are compared with.
    summary = _two_channels(3000)
    summary = summary.filter(np.append(np.arange(len(summary)), 0))

    fitted = static_pareto.fit(summary, by=["channel"])

    assert fitted.encoding.labels == ("channel: ads",)
    assert fitted.base.converged
    assert fitted.base.log_likelihood > purchases.pareto_nbd.fit(summary).log_likelihood + 100
    assert fitted.purchase_effects[0] == pytest.approx(-np.log(2), abs=0.15)
    assert fitted.leaving_effects[0] == pytest.approx(np.log(2), abs=0.35)
    assert StaticParetoParameters.from_json(fitted.to_json()) == fitted
    forecast = purchases.predict(fitted, summary, horizon_days=90)["expected_purchase_count"]
    of_ads = summary["channel"] == "ads"
    assert 0 < forecast[of_ads].mean() < forecast[~of_ads].mean() / 2


def test_gradient_with_covariates_is_the_derivative() -> None:
    x, recency, age = (KNOWN.floats(name) for name in KNOWN.columns[1:])
    z = np.array([[1.0, 0.3], [0, -1], [1, 0], [0, 2], [1, 1]])
    data = static_pareto.Cases(x, recency, age, z, np.arange(1.0, 6.0))
    for theta in ([-0.5, 4, -0.4, 5, 0.3, -0.2, 0.5, 0.1], [-0.5, 4, 0.3, -0.2]):
        at = np.array(theta)
        _, gradient = static_pareto.log_likelihood(at, data)
        differences = [
            static_pareto.log_likelihood(at + step, data)[0]
            - static_pareto.log_likelihood(at - step, data)[0]
            for step in 1e-5 * np.eye(len(at))
        ]
        np.testing.assert_allclose(gradient, np.array(differences) / 2e-5, rtol=1e-6)


def test_a_covariate_that_parts_all_buyers_from_all_others_stays_finite() -> None:
    is_new = np.arange(200) % 2 == 0
    summary = Table(
        {
            "customer_id": range(200),
            "repeat_count": np.where(is_new, 0, 5),
            "age_at_last_purchase_days": np.where(is_new, 0, 200),
            "customer_age_days": np.full(200, 300),
            "kind": np.where(is_new, "new", "old").astype(object),
        }
    )

    fitted = static_pareto.fit(summary, by=["kind"])

    forecast = purchases.predict(fitted, summary, horizon_days=100)["expected_purchase_count"]
    assert np.isfinite([*fitted.purchase_effects, *fitted.leaving_effects]).all()
    assert np.isfinite(forecast).all()


@pytest.mark.parametrize("known", MODELS)
def test_clv_is_the_discounted_sum_of_the_months(known: AnyParameters) -> None:
    amounts = SpendParameters(p=6.25, q=3.74, gamma_amount=1544.0)
    paid = KNOWN.with_columns(purchase_day_count=[1, 1, 4, 13, 41], net_amount=[900] * 5)

    worth = clv.predict(
        known, amounts, paid, horizon_days=365.25, discount_rate=0.2, margin_rate=0.3
    )

    each = [
        purchases.predict(known, paid, horizon_days=365.25 * n / 12)["expected_purchase_count"]
        for n in range(1, 13)
    ]
    months = np.diff(np.array(each), axis=0, prepend=0.0)
    factors = 1.2 ** -((np.arange(12) + 0.5) / 12)
    amount = worth["expected_amount"] / worth["expected_purchase_count"]
    np.testing.assert_allclose(
        worth["clv_margin_amount"], (factors[:, None] * months).sum(axis=0) * amount * 0.3
    )


def test_without_cost_there_is_revenue_and_no_margin() -> None:
    amounts = SpendParameters(p=6.25, q=3.74, gamma_amount=1544.0)
    paid = KNOWN.with_columns(purchase_day_count=[1, 1, 4, 13, 41], net_amount=[900] * 5)

    worth = clv.predict(MODELS[0], amounts, paid, horizon_days=90, discount_rate=0.0)

    assert worth.columns[-1] == "clv_revenue_amount"
    np.testing.assert_allclose(worth["clv_revenue_amount"], worth["expected_amount"], rtol=1e-12)


def test_moments_that_are_no_whole_days_are_fitted_as_they_are() -> None:
    weeks = {name: KNOWN.floats(name) for name in KNOWN.columns}
    for name in ("age_at_last_purchase_days", "customer_age_days"):
        weeks[name] = weeks[name] / 7

    in_days = purchases.pareto_nbd.fit(KNOWN.filter(np.arange(5).repeat(20)))
    in_weeks = purchases.pareto_nbd.fit(Table(weeks).filter(np.arange(5).repeat(20)))

    shift = float(KNOWN["repeat_count"].sum()) * 20 * np.log(7)
    assert in_weeks.log_likelihood == pytest.approx(in_days.log_likelihood + shift, abs=0.01)
    assert in_weeks.alpha_days == pytest.approx(in_days.alpha_days / 7, rel=0.01)

"""Whatever the shop: purchase models fit it, forecast it, and say nothing that is not a number."""

import warnings

import numpy as np
import pytest

from idic.engine import purchases, spend
from idic.engine.purchases import MODELS, AnyParameters
from idic.engine.table import Table

_LONGEST_DAYS = (0, 1, 2, 7, 30, 365, 3650, 36_500)


def _shop(seed: int) -> Table:
    """Draw a shop: of steady or leaving customers, small or large, or with a corner pushed in."""
    random = np.random.default_rng(seed)
    size = int(random.choice([1, 2, 3, 10, 100, 1000]))
    longest = int(random.choice(_LONGEST_DAYS))
    age = random.integers(0, longest + 1, size) if random.random() < 0.8 else np.full(size, longest)
    rate = random.gamma(10 ** random.uniform(-2, 2), 10 ** random.uniform(-6, 1), size)
    stay = age * random.beta(10 ** random.uniform(-2, 1), 10 ** random.uniform(-2, 1), size)
    x = np.minimum(random.poisson(np.minimum(rate * stay, 1e5)), age)
    recency = np.where(x > 0, np.floor(stay * random.random(size) ** (1 / np.maximum(x, 1))), 0)
    corner = int(random.integers(0, 12))
    if corner == 0:
        recency = np.where(x > 0, age, 0)
    if corner == 1:
        x, recency = np.where(x > 0, 1, 0), np.zeros(size)
    if corner == 2:
        x[0], recency[0], age[0] = 5_000, longest, longest
    if corner == 3:
        x, recency = np.zeros(size), np.zeros(size)
    if corner == 4:
        x, recency, age = (np.full(size, column[0]) for column in (x, recency, age))
    if corner == 5:
        age = age + random.random(size) * 1e-9
    if corner == 6:
        x = x + 1
    return Table(
        {
            "customer_id": np.arange(size),
            "repeat_count": x.astype(float),
            "age_at_last_purchase_days": np.minimum(recency, age).astype(float),
            "customer_age_days": age.astype(float),
            "purchase_day_count": x.astype(np.int64) + 1,
            "net_amount": np.floor(10 ** random.uniform(-1, 12, size)).astype(np.int64),
        }
    )


def _assert_sound(fitted: AnyParameters, shop: Table, horizon: float) -> None:
    assert type(fitted).from_json(fitted.to_json()) == fitted
    assert np.isfinite(fitted.log_likelihood)
    forecast = purchases.predict(fitted, shop, horizon_days=horizon)
    expected = forecast["expected_purchase_count"]
    assert np.isfinite(expected).all()
    assert (expected >= 0).all()
    for name in ("alive_probability", "no_purchase_probability", "active_probability"):
        assert ((forecast[name] >= 0) & (forecast[name] <= 1)).all(), name
    gone = 1 - forecast["alive_probability"]
    assert (forecast["no_purchase_probability"] >= gone - 1e-9).all()
    waits = purchases.predict_next(fitted, shop)
    days = [waits[name] for name in ("early_days", "median_days", "late_days")]
    assert np.isfinite(days).all()
    assert (np.diff(days, axis=0) >= 0).all()
    some = shop.filter(np.arange(min(len(shop), 20)))
    counts = purchases.predict_counts(fitted, some, horizon_days=min(horizon, 30), ranks=(0.1, 0.9))
    assert np.isfinite(counts["count_90"]).all()
    assert (counts["count_10"] <= counts["count_90"]).all()
    drawn = purchases.draw(fitted, some, horizon_days=horizon, draw_count=2, seed=1)
    assert np.isfinite(drawn).all()


def _assert_all_models_are_sound(seed: int) -> None:
    shop = _shop(seed)
    horizon = float(np.random.default_rng(seed).choice([1, 30, 365, 3650]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for model in MODELS.values():
            _assert_sound(model.fit(shop), shop, horizon)
        known = spend.fit(shop)
        amounts = spend.predict(known, shop)["expected_purchase_amount"]
    assert np.isfinite([known.p, known.q, known.gamma_amount, known.log_likelihood]).all()
    assert np.isfinite(amounts).all()
    assert (amounts >= 0).all()


@pytest.mark.parametrize("tens", range(6))
def test_sixty_odd_shops_are_fitted_and_forecast_in_bounds(tens: int) -> None:
    for seed in range(10 * tens, 10 * tens + 10):
        _assert_all_models_are_sound(seed)


@pytest.mark.long
@pytest.mark.parametrize("hundreds", range(10))
def test_a_thousand_odd_shops_are_fitted_and_forecast_in_bounds(hundreds: int) -> None:
    for seed in range(100 * hundreds, 100 * hundreds + 100):
        _assert_all_models_are_sound(seed)

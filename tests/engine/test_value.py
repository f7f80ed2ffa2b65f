"""Expected value with its interval and churn risk: by hand, on simulated shops, and odd input."""

import datetime as dt
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idic.engine import purchases, value
from idic.engine.churn import ChurnParameters
from idic.engine.forecasts import ShopParameters
from idic.engine.intervals import Calibration
from idic.engine.purchases import MbgNbdParameters, ParetoNbdParameters, PurchaseParameters
from idic.engine.spend import SpendParameters
from idic.engine.table import Table
from idic.engine.value import METHODS, ValueParameters

START = dt.date(2022, 1, 1)
AS_OF = dt.date(2024, 3, 31)
COLUMNS = {"customer_id": int, "order_id": int, "ordered_on": dt.date, "net_amount": int}


def _orders(rows: list[tuple[int, dt.date, int]]) -> Table:
    return Table.from_rows(
        [(who, place, day, amount) for place, (who, day, amount) in enumerate(rows)],
        columns=COLUMNS,
    )


def _by_hand(method: str, horizon_days: int = 30) -> ValueParameters:
    return ValueParameters(
        method=method,
        horizon_days=horizon_days,
        churn_horizon_days=90,
        purchases=PurchaseParameters(r=1.0, alpha_days=60.0, a=0.8, b=2.5),
        spend=SpendParameters(p=6.0, q=4.0, gamma_amount=1500.0),
        churn=ChurnParameters(basis="model", horizon_days=90),
        shop=ShopParameters(
            horizon_days=30,
            recent_amount=400.0,
            recent_order_count=0.5,
            repeats_a_day=0.01,
            mean_order_amount=800.0,
        ),
        others={
            "mbg_nbd": MbgNbdParameters(r=1.0, alpha_days=60.0, a=0.8, b=2.5),
            "pareto_nbd": ParetoNbdParameters(r=1.0, alpha_days=60.0, s=0.6, beta_days=80.0),
        },
    )


def _simulated_shop(customers: int = 3000, *, days: int = 700, seed: int = 8) -> Table:
    """Draw a shop that behaves as the models assume, customers starting all through half of it."""
    bought = purchases.simulate(
        PurchaseParameters(r=1.2, alpha_days=50.0, a=0.6, b=3.0),
        customer_count=customers, start=START, days=days, seed=seed,
    )  # fmt: skip
    random = np.random.default_rng(seed)
    mean = 3000 / random.gamma(4.0, 1.0, customers)
    place = bought["customer_id"] - 1
    amount = np.maximum(random.gamma(5.0, mean[place]), 1).astype(np.int64)
    delay = random.integers(0, days // 2, customers)
    return bought.with_columns(net_amount=amount, ordered_on=bought["ordered_on"] + delay[place])


ORDERS = [
    (1, dt.date(2024, 1, 1), 1000),
    (1, dt.date(2024, 3, 10), 500),
    (1, dt.date(2024, 3, 12), -200),
    (2, dt.date(2024, 3, 20), 900),
    (3, dt.date(2024, 1, 31), -50),
]


def test_repeat_last_period_expects_the_net_of_the_last_days() -> None:
    forecast = value.predict(_by_hand("repeat_last_period"), _orders(ORDERS), as_of=AS_OF)

    assert forecast["expected_amount"].tolist() == [300.0, 900.0, 0.0]
    assert forecast["expected_order_count"].tolist() == [1.0, 1.0, 0.0]


def test_own_rate_spreads_the_net_over_the_days_seen() -> None:
    forecast = value.predict(_by_hand("own_rate"), _orders(ORDERS), as_of=AS_OF)

    # The first has been seen for 90 days, the second for fewer than the horizon.
    assert forecast["expected_amount"].tolist() == pytest.approx([1300 / 3, 900.0, 0.0])


def test_own_rate_alive_takes_off_for_who_is_longer_away_than_usual() -> None:
    learnt = ChurnParameters(
        basis="replay", horizon_days=90, usual_gap_days=11.0, coefficients=(1.0, 0.0, 0.0, 0.0)
    )
    parameters = replace(_by_hand("own_rate_alive"), churn=learnt)

    forecast = value.predict(parameters, _orders(ORDERS), as_of=AS_OF)

    # The second is away for 11 days, the shop's gap; the first for 21, usual being about 20.
    gap = np.exp((np.log(69) + 2 * np.log(11)) / 3)
    gone = 1 / (1 + (1 + gap) / 22)
    assert forecast["expected_amount"].tolist() == pytest.approx(
        [1300 / 3 * (1 - gone) / 0.5, 900.0, 0.0]
    )
    assert forecast["churn_risk"].tolist() == pytest.approx([gone, 0.5, 1.0])


def test_everybody_mean_expects_the_same_of_all_who_have_bought() -> None:
    forecast = value.predict(_by_hand("everybody_mean"), _orders(ORDERS), as_of=AS_OF)

    assert forecast["expected_amount"].tolist() == [400.0, 400.0, 0.0]
    longer = value.predict(
        _by_hand("everybody_mean"), _orders(ORDERS), as_of=AS_OF, horizon_days=60
    )
    assert longer["expected_amount"].tolist() == [800.0, 800.0, 0.0]


def test_shared_rate_draws_pace_and_amount_toward_the_shop() -> None:
    forecast = value.predict(_by_hand("shared_rate"), _orders(ORDERS), as_of=AS_OF)

    # One repeat in 90 days beside one assumed in 100; 1300 in two orders beside one of 800.
    first = 30 * (1 + 1) / (90 + 100) * (1300 + 800) / 3
    second = 30 * 1 / (11 + 100) * (900 + 800) / 2
    assert forecast["expected_amount"].tolist() == pytest.approx([first, second, 0.0])


def test_without_any_past_the_prior_answers_and_says_so() -> None:
    alone = _orders([(1, dt.date(2024, 3, 1), 5000)])

    fitted = value.fit(alone, as_of=AS_OF, method="shared_rate", horizon_days=365)
    forecast = value.predict(fitted, alone, as_of=AS_OF)

    # A prior of one repeat a year, hardly moved by one customer seen for a month.
    assert fitted.interval_basis == "model"
    assert fitted.shop.repeats_a_day == pytest.approx(1 / 395)
    assert forecast["expected_amount"][0] == pytest.approx(5000 * 365 / (30 + 395))
    assert forecast["low_amount"][0] == 0


def test_churn_risk_is_the_same_whatever_the_method() -> None:
    shop = _simulated_shop(1000)
    as_of = START + dt.timedelta(days=500)

    fitted = value.fit_methods(shop, as_of=as_of, horizon_days=90, churn_horizon_days=60)

    risks = [value.predict(p, shop, as_of=as_of)["churn_risk"].tolist() for p in fitted.values()]
    assert {p.churn_basis for p in fitted.values()} == {"replay"}
    assert {p.churn.horizon_days for p in fitted.values()} == {60}
    assert all(risk == risks[0] for risk in risks)


def test_parameters_kept_before_churn_was_learnt_still_answer() -> None:
    held = json.loads(_by_hand("own_rate").to_json())
    del held["churn"]

    assert ValueParameters.from_json(json.dumps(held)) == _by_hand("own_rate")


def test_parameters_kept_with_bands_still_answer() -> None:
    held = json.loads(_by_hand("own_rate").to_json())
    new = ("shop", "calibration", "seasons", "boosted", "others", "partner", "trial_days")
    held = {name: cell for name, cell in held.items() if name not in (*new, "first_day")}
    held["bands"] = {"edges": [1.0], "low_ratios": [0.0, 0.1]}

    read = ValueParameters.from_json(json.dumps(held))

    assert read.interval_basis == "model"
    assert value.predict(read, _orders(ORDERS), as_of=AS_OF)["expected_amount"][1] == 900.0


def test_purchase_model_multiplies_purchases_and_amounts() -> None:
    parameters = _by_hand("purchase_model")

    forecast = value.predict(parameters, _orders(ORDERS), as_of=AS_OF)

    known = {"customer_id": [1], "repeat_count": [1], "age_at_last_purchase_days": [69],
             "customer_age_days": [90]}  # fmt: skip
    days = purchases.predict(parameters.purchases, known, horizon_days=30)
    worth = 6.0 * (1500.0 + 1300) / (6.0 * 2 + 3.0)
    assert forecast["expected_amount"][0] == pytest.approx(
        days["expected_purchase_count"][0] * worth
    )
    churn = purchases.predict(parameters.purchases, known, horizon_days=90)
    assert forecast["churn_risk"][0] == churn["no_purchase_probability"][0]
    assert forecast.rows()[2][1:5] == (0.0, 0.0, 0.0, 0.0)
    assert forecast["churn_risk"][2] == 1.0


def test_a_summary_gives_the_same_forecast_as_its_orders() -> None:
    parameters = _by_hand("repeat_last_period")
    summary = value.summarize(_orders(ORDERS), as_of=AS_OF, horizon_days=30)

    from_summary = value.predict(parameters, summary, as_of=AS_OF)

    assert from_summary.rows() == value.predict(parameters, _orders(ORDERS), as_of=AS_OF).rows()


def test_moments_of_the_day_change_nothing() -> None:
    orders = _orders(ORDERS)
    moments = orders.with_columns(
        ordered_on=orders["ordered_on"].astype("datetime64[us]") + np.timedelta64(23, "h")
    )

    for method in METHODS:
        by_day = value.predict(_by_hand(method), orders, as_of=AS_OF).rows()
        assert value.predict(_by_hand(method), moments, as_of=AS_OF).rows() == by_day


def test_nothing_after_as_of_is_seen() -> None:
    shop = _simulated_shop(500)
    middle = START + dt.timedelta(days=400)
    cut = shop.filter(shop["ordered_on"] <= np.datetime64(middle))

    for method in METHODS:
        whole = value.fit(shop, as_of=middle, method=method, horizon_days=90)
        known = value.fit(cut, as_of=middle, method=method, horizon_days=90)
        assert whole == known
        assert (
            value.predict(whole, shop, as_of=middle).rows()
            == value.predict(known, cut, as_of=middle).rows()
        )


@pytest.mark.parametrize("method", METHODS)
def test_parameters_come_back_equal_from_json(method: str) -> None:
    as_of = START + dt.timedelta(days=400)
    fitted = value.fit(_simulated_shop(500), as_of=as_of, method=method, horizon_days=90)

    assert fitted.interval_basis == "replay"
    assert ValueParameters.from_json(fitted.to_json()) == fitted
    assert ValueParameters.from_json(_by_hand(method).to_json()) == _by_hand(method)


@pytest.mark.parametrize("method", METHODS)
def test_eight_of_ten_customers_fall_inside_a_replayed_interval(method: str) -> None:
    shop = _simulated_shop(6000)
    as_of = START + dt.timedelta(days=500)
    fitted = value.fit(shop, as_of=as_of, method=method, horizon_days=90)

    forecast = value.predict(fitted, shop, as_of=as_of)

    actual, _ = value.observe(
        shop, forecast["customer_id"], after=as_of, until=as_of + dt.timedelta(days=90)
    )
    inside = (actual >= forecast["low_amount"]) & (actual <= forecast["high_amount"])
    assert 0.78 < inside.mean() < 0.9


def test_eight_of_ten_fall_inside_the_interval_of_the_models() -> None:
    shop = _simulated_shop(6000)
    as_of = START + dt.timedelta(days=500)
    fitted = value.fit(shop, as_of=as_of, method="purchase_model", horizon_days=90)

    plain = replace(fitted, calibration=Calibration())
    forecast = value.predict(plain, shop, as_of=as_of)

    actual, counts = value.observe(
        shop, forecast["customer_id"], after=as_of, until=as_of + dt.timedelta(days=90)
    )
    inside = (actual >= forecast["low_amount"]) & (actual <= forecast["high_amount"])
    assert 0.76 < inside.mean() < 0.9
    assert forecast["expected_amount"].sum() == pytest.approx(actual.sum(), rel=0.05)
    assert forecast["churn_risk"].mean() == pytest.approx((counts == 0).mean(), abs=0.02)


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(ValueError, match="methods are everybody_mean, repeat_last_period"):
        value.fit(_orders(ORDERS), as_of=AS_OF, method="guess", horizon_days=30)


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 6),
            st.dates(dt.date(2023, 12, 1), dt.date(2024, 4, 30)),
            st.integers(-(10**9), 10**9),
        ),
        max_size=25,
    ),
    st.integers(1, 400),
)
def test_any_orders_give_finite_forecasts_inside_their_intervals(
    rows: list[tuple[int, dt.date, int]], horizon: int
) -> None:
    orders = _orders(rows)

    for method, fitted in value.fit_methods(orders, as_of=AS_OF, horizon_days=horizon).items():
        forecast = value.predict(fitted, orders, as_of=AS_OF)

        assert ValueParameters.from_json(fitted.to_json()) == fitted
        assert fitted.method == method
        for name in forecast.columns[1:]:
            assert np.isfinite(forecast[name]).all()
        assert (forecast["low_amount"] >= 0).all()
        assert (forecast["low_amount"] <= forecast["expected_amount"]).all()
        assert (forecast["expected_amount"] <= forecast["high_amount"]).all()
        assert ((forecast["churn_risk"] >= 0) & (forecast["churn_risk"] <= 1)).all()
        assert len(forecast) == len({who for who, day, _ in rows if day <= AS_OF})

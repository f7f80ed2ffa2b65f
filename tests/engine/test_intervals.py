"""Distributions around forecasts: coverage on shops that keep to no model, and of totals."""

import datetime as dt

import numpy as np
import pytest

from idic.engine import intervals, value
from idic.engine.intervals import Calibration, Shape
from idic.engine.table import Table
from idic.engine.trials import Past, calibrate

START = np.datetime64("2022-01-01", "D")


def _shop(*, seed: int, customers: int = 1500, days: int = 720, wild: float = 0.0) -> Table:
    """Draw customers who buy at their own pace until they leave, unlike BG/NBD in gaps (of two
    parts) and amounts (lognormal); `wild` moves everybody's pace month by month.
    """
    random = np.random.default_rng(seed)
    pace = random.lognormal(np.log(1 / 45), 0.7, customers)
    start = random.random(customers) * days * 0.7
    end = np.minimum(start + random.exponential(600, customers), days)
    mood = random.lognormal(0, wild, days // 30 + 2)
    who, when = [np.arange(customers)], [start]
    clock, alive = start, np.arange(customers)
    while len(alive):
        speed = pace[alive] * mood[(clock // 30).astype(int)]
        clock = clock + random.gamma(2.0, 1 / (2 * speed))
        stays = clock < end[alive]
        alive, clock = alive[stays], clock[stays]
        who.append(alive)
        when.append(clock)
    owner = np.concatenate(who)
    usual = random.lognormal(8, 0.8, customers)
    amount = usual[owner] * random.lognormal(0, 0.5, len(owner))
    return Table(
        {
            "customer_id": owner + 1,
            "ordered_on": START + np.concatenate(when).astype(np.int64),
            "net_amount": np.rint(amount).astype(np.int64) + 1,
        }
    )


AS_OF = dt.date(2023, 12, 21)


@pytest.mark.parametrize("method", ["shared_rate", "own_rate_alive", "purchase_model"])
def test_eight_of_ten_customers_fall_inside_by_the_randomised_rank(method: str) -> None:
    past = Past(_shop(seed=4), as_of=AS_OF, trial_days=90, methods=[method])

    inside, ranks = [], []
    for number in past.earlier(0):
        trial, learnt = past.trial(number), calibrate(method, past.lessons(number))
        forecast = intervals.scaled(trial.forecasts[method], learnt.level)
        drawn = intervals.shape(trial.models, trial.case.summary, forecast, learnt)
        rank = intervals.random_ranks(drawn, learnt, trial.case.actual, seed=number)
        inside.append(intervals.is_inside(drawn, rank))
        ranks.append(rank)

    assert 0.77 <= np.concatenate(inside).mean() <= 0.83
    tenths, _ = np.histogram(np.concatenate(ranks), bins=10, range=(0, 1))
    assert (np.abs(tenths / tenths.sum() - 0.1) < 0.03).all()


@pytest.mark.req("R040")
def test_eight_of_ten_totals_fall_inside_over_rolling_origins_of_many_shops() -> None:
    inside = []
    for seed in range(16):
        past = Past(
            _shop(seed=seed, customers=250, wild=0.12), as_of=AS_OF, trial_days=60,
            methods=["shared_rate"],
        )  # fmt: skip
        for number in past.earlier(0, most=8):
            trial, learnt = past.trial(number), calibrate("shared_rate", past.lessons(number))
            forecast = intervals.scaled(trial.forecasts["shared_rate"], learnt.level)
            drawn = intervals.shape(trial.models, trial.case.summary, forecast, learnt)
            total = float(forecast.amount.sum())
            low, high = intervals.total_ends(drawn, learnt, total)
            inside.append(low <= trial.case.actual.sum() <= high)

    assert len(inside) > 100
    assert 0.72 <= np.mean(inside) <= 0.88


def test_ranks_are_even_where_the_shape_is_right_and_money_comes_in_one_price() -> None:
    random = np.random.default_rng(1)
    size = 20_000
    drawn = Shape(np.full(size, 0.3), random.gamma(2.0, 100.0, size), np.full(size, 0.5))
    pays = random.random(size) >= 0.3
    actual = np.where(pays, random.gamma(2.0, drawn.mean / 2.0), 0.0)

    ranks = intervals.random_ranks(drawn, Calibration(), actual, seed=2)

    tenths, _ = np.histogram(ranks, bins=10, range=(0, 1))
    assert (np.abs(tenths / size - 0.1) < 0.01).all()
    assert intervals.is_inside(drawn, ranks).mean() == pytest.approx(0.8, abs=0.01)


def test_quantiles_and_chances_are_each_others_way_back() -> None:
    learnt = Calibration(
        edges=(0.2,), ranks=(tuple(np.linspace(0, 1, 41) ** 2), tuple(np.linspace(0, 1, 41)))
    )
    drawn = Shape(np.array([0.1, 0.5]), np.array([100.0, 300.0]), np.array([0.4, 2.0]))

    amount = intervals.quantile(drawn, learnt, 0.8)
    below, up_to = intervals.chance_of(drawn, learnt, amount)

    assert ((below < 0.8) & (up_to > 0.8)).all()
    assert up_to - below == pytest.approx([0.0, 0.0], abs=0.03)
    nothing = intervals.chance_of(drawn, learnt, np.zeros(2))
    assert nothing[0].tolist() == [0.0, 0.0]
    assert nothing[1].tolist() == [0.1, 0.5]


def test_totals_missed_before_widen_the_interval_and_move_the_level() -> None:
    shop = _shop(seed=1, customers=400)
    steady = value.fit(shop, as_of=AS_OF, method="shared_rate", horizon_days=90)
    doubled = shop.with_columns(
        net_amount=np.where(
            shop["ordered_on"] > np.datetime64("2023-09-22"), 2, 1
        ) * shop["net_amount"]
    )  # fmt: skip

    moved = value.fit(doubled, as_of=AS_OF, method="shared_rate", horizon_days=90)

    assert moved.calibration.level > 1.15 * steady.calibration.level
    assert moved.calibration.total_miss > steady.calibration.total_miss
    low, middle, high = value.predict_total(moved, doubled, as_of=AS_OF)
    assert low < middle < high


def test_an_interval_holds_the_expected_amount_and_starts_at_nothing_for_who_may_not_come() -> None:
    drawn = Shape(np.array([0.95, 0.02]), np.array([1000.0, 1000.0]), np.array([1.0, 0.2]))
    expected = np.array([50.0, 980.0])

    low, high = intervals.ends(drawn, Calibration(), expected)

    assert low[0] == 0
    assert high[0] == 50.0
    assert 0 < low[1] < 980 < high[1]

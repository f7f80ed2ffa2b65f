"""How far a budget reaches: ranking, pooled lifts, intervals, and where it stops paying."""

from __future__ import annotations

import math

import numpy as np
import pytest

from idic.engine import budget


def test_those_with_most_open_come_first_and_who_has_nothing_open_is_left_out() -> None:
    curve = budget.rank(np.array([100.0, 900.0, 50.0]), np.array([20.0, 90.0, 0.0]))

    assert curve.people == (0, 1, 2)
    assert curve.open_amounts == (0.0, 90.0, 110.0)
    assert curve.squares == (0.0, 81_000.0, 83_000.0)


def test_a_long_curve_is_exact_at_its_start_and_its_end() -> None:
    opened = np.sort(np.random.default_rng(1).exponential(10.0, 5_000))[::-1]
    curve = budget.rank(opened * 4, opened)

    assert curve.people[:41] == tuple(range(41))
    assert len(curve.people) < 160
    assert curve.most == 5_000
    assert curve.open_amounts[-1] == pytest.approx(opened.sum())
    between = budget.predict(curve, budget.Lift(1.0, 0.0), people=777, cost=0).gain
    assert between == pytest.approx(opened[:777].sum(), rel=0.001)


def test_an_assumed_lift_lies_between_nothing_and_twice_itself() -> None:
    lift = budget.assume(0.05)
    low, high = lift.interval

    assert lift.even_rate == pytest.approx(0.05)
    assert low == pytest.approx(0.0)
    assert high == pytest.approx(2 * lift.log_odds)
    assert lift.trials == 0


def test_one_campaign_gives_its_own_odds_ratio() -> None:
    lift = budget.pool([budget.Trial(1_000, 300, 1_000, 250)])

    assert lift is not None
    assert lift.log_odds == pytest.approx(math.log(300.5 / 700.5) - math.log(250.5 / 750.5))
    assert lift.error == pytest.approx(math.sqrt(1 / 300.5 + 1 / 700.5 + 1 / 250.5 + 1 / 750.5))
    assert lift.trials == 1


def test_campaigns_that_contradict_each_other_leave_the_lift_less_certain() -> None:
    alike = budget.pool([budget.Trial(1_000, 300, 1_000, 250)] * 2)
    apart = budget.pool(
        [budget.Trial(1_000, 400, 1_000, 250), budget.Trial(1_000, 200, 1_000, 250)]
    )

    assert alike is not None
    assert apart is not None
    assert apart.error > 3 * alike.error


def test_campaigns_in_which_nobody_bought_say_nothing() -> None:
    assert budget.pool([budget.Trial(50, 0, 50, 0), budget.Trial(10, 3, 0, 0)]) is None


def test_the_budget_ends_where_one_more_contact_costs_more_than_it_brings() -> None:
    opened = np.array([500.0, 400.0, 300.0, 200.0, 100.0])
    curve = budget.rank(opened, opened)
    lift = budget.Lift(0.1, 0.0)

    assert budget.best(curve, lift, cost=25.0) == 3
    assert budget.best(curve, lift, cost=25.0, keep=0.5) == 0
    assert budget.best(curve, lift, cost=0.0) == 5
    assert budget.best(curve, budget.Lift(-0.1, 0.1), cost=0.0) == 0


def test_the_interval_holds_eight_of_ten_simulated_outcomes() -> None:
    chance = np.random.default_rng(7)
    people = 400
    money = chance.gamma(2.0, 200.0, people)
    p = chance.uniform(0.1, 0.9, people)
    curve = budget.rank(money, money * p * (1 - p))
    lift = budget.Lift(0.2, 0.1)
    said = budget.predict(curve, lift, people=people, cost=3.0)

    steps = chance.normal(lift.log_odds, lift.error, 4_000)
    extra = np.clip(p * (1 - p) * steps[:, None], 0, 1)
    came = (chance.uniform(size=(4_000, people)) < extra) @ money
    inside = float(((came >= said.low) & (came <= said.high)).mean())

    assert said.cost == 1_200.0
    assert 0.75 <= inside <= 0.85
    assert said.gain == pytest.approx(float(came.mean()), rel=0.05)


def test_more_people_than_there_are_are_as_many_as_there_are() -> None:
    curve = budget.rank(np.array([10.0]), np.array([2.0]))

    assert budget.predict(curve, budget.assume(0.05), people=9, cost=1.0).people == 1
    assert (
        budget.predict(
            budget.rank(np.array([]), np.array([])), budget.assume(0.05), people=9, cost=1.0
        ).gain
        == 0.0
    )

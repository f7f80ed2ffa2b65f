"""How unequal customers are and how long they stay, against figures worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from idic.engine import spread


def test_equal_customers_are_not_concentrated_and_one_who_brings_all_is() -> None:
    even = spread.concentrate(np.full(100, 7.0))
    alone = spread.concentrate(np.array([1.0] + [0.0] * 99))

    assert even is not None
    assert alone is not None
    assert even.gini == pytest.approx(0.0)
    assert even.money == pytest.approx(spread.SHARES)
    assert alone.gini == pytest.approx(0.99)
    assert alone.money[1] == 1.0
    assert spread.concentrate(np.array([0.0, -3.0])) is None
    assert spread.concentrate(np.array([])) is None


def test_money_that_went_back_counts_as_nothing() -> None:
    assert spread.concentrate(np.array([5.0, -5.0])) == spread.concentrate(np.array([5.0, 0.0]))


def test_every_amount_falls_between_two_edges() -> None:
    amounts = np.random.default_rng(3).lognormal(8.0, 1.5, 1_000)
    edges = spread.round_edges(amounts)

    assert edges == sorted(set(edges))
    assert 3 <= len(edges) <= 10
    assert sum(spread.count_between(amounts, edges)) == 1_000
    assert spread.round_edges(np.array([0.0, -2.0])) == []


def test_survival_is_the_product_limit_of_those_still_watched() -> None:
    month = spread.DAYS_A_MONTH
    # 40 people: 10 leave in the first month, 10 are watched no longer than it, 20 stay three.
    stayed = np.array([0.5] * 20 + [3.5] * 20) * month
    left = np.array([True] * 10 + [False] * 30)
    found = spread.survive(stayed_days=stayed, has_left=left, months=12)

    assert found.people == 40
    assert found.staying == pytest.approx((1.0, 0.75, 0.75, 0.75, 0.75))
    assert found.low[1] < 0.75 < found.high[1]
    assert found.at(3) == pytest.approx(0.75)
    assert found.at(9) is None


def test_survival_finds_the_rate_at_which_simulated_people_leave() -> None:
    chance = np.random.default_rng(11)
    leave = chance.exponential(10.0, 20_000) * spread.DAYS_A_MONTH
    watch = chance.uniform(0, 24, 20_000) * spread.DAYS_A_MONTH
    found = spread.survive(stayed_days=np.minimum(leave, watch), has_left=leave <= watch, months=18)

    assert found.staying[6] == pytest.approx(np.exp(-0.6), abs=0.02)
    assert found.staying[12] == pytest.approx(np.exp(-1.2), abs=0.02)


def test_where_too_few_are_watched_nothing_is_said() -> None:
    found = spread.survive(
        stayed_days=np.full(19, 400.0), has_left=np.zeros(19, dtype=bool), months=12
    )

    assert found.staying == (1.0,)

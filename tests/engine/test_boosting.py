"""Boosted trees: what they learn, that they come back from numbers, and when they decline."""

import datetime as dt
import json

import numpy as np
import pytest

from idic.engine import boosting, orders, value
from idic.engine.boosting import BoostedParameters, Lesson
from idic.engine.table import Table
from idic.engine.value import ValueParameters
from tests.engine.test_value import START, _simulated_shop


def _lesson(rows: int = 4000, seed: int = 1) -> Lesson:
    """Customers whose second feature tells that they pay three times what the base says."""
    random = np.random.default_rng(seed)
    columns = [random.random(rows), (random.random(rows) < 0.3).astype(np.float64)]
    base = random.gamma(2.0, 50.0, rows)
    mean = base * np.where(columns[1] > 0, 3.0, 0.5)
    actual = np.where(random.random(rows) < 0.5, random.gamma(2.0, mean), 0.0)
    return Lesson(columns, base, actual)


def test_trees_correct_the_base_where_a_feature_tells() -> None:
    lesson = _lesson()
    grown = boosting.fit([lesson], trial_days=30, scale_amount=100.0)

    assert grown is not None
    fresh = _lesson(seed=2)
    expected = boosting.predict(grown, fresh.columns, fresh.base_amount)
    better = fresh.columns[1] > 0
    assert expected.sum() == pytest.approx(fresh.actual.sum(), rel=0.07)
    for rows in (better, ~better):
        assert expected[rows].sum() == pytest.approx(fresh.actual[rows].sum(), rel=0.1)


def test_numbers_say_what_the_grown_model_says() -> None:
    lesson = _lesson(rows=1500)
    grown = boosting.fit([lesson], trial_days=30, scale_amount=100.0)
    assert grown is not None
    base = np.maximum(lesson.base_amount, grown.least_amount)
    codes = np.stack(
        [
            np.searchsorted(boosting._edges(column), column, side="left")
            for column in lesson.columns
        ],
        axis=1,
    )
    model = boosting._grow(codes, lesson.actual / base, base / base.mean())

    ours = boosting.predict(grown, lesson.columns, lesson.base_amount)

    assert ours == pytest.approx(model.predict(codes.astype(float)) * base, rel=1e-9)
    again = BoostedParameters.from_held(json.loads(grown.to_json()))
    assert again == grown


def test_too_few_rows_or_buyers_grow_nothing() -> None:
    lesson = _lesson(rows=499)
    nobody = Lesson(_lesson(2000).columns, _lesson(2000).base_amount, np.zeros(2000))

    assert boosting.fit([lesson], trial_days=30, scale_amount=100.0) is None
    assert boosting.fit([nobody], trial_days=30, scale_amount=100.0) is None
    assert boosting.fit([], trial_days=30, scale_amount=100.0) is None


def test_windows_count_back_from_the_day_and_the_season_a_year_ago() -> None:
    as_of = dt.date(2024, 12, 31)
    back = [0, 9, 10, 39, 40, 364, 365]
    held = Table(
        {
            "customer_id": np.ones(len(back), dtype=np.int64),
            "ordered_on": np.datetime64(as_of, "D") - np.array(back),
            "net_amount": np.array([100, -30, 100, 100, 100, 100, 100]),
        }
    )
    summary = orders.summarize(held, as_of=as_of)

    row = boosting.add_windows(summary, held, as_of=as_of, trial_days=40)

    names = [f"orders_window_{place}" for place in range(6)]
    assert [row[name][0] for name in names] == [1, 2, 3, 4, 4, 1]
    assert row["paid_window_0"][0] == 70


def test_a_boosted_fit_needs_windows_in_a_summary_and_says_so() -> None:
    shop = _simulated_shop(1500)
    as_of = START + dt.timedelta(days=500)
    fitted = value.fit(shop, as_of=as_of, method="blend", horizon_days=90)
    assert fitted.boosted is not None

    plain = value.summarize(shop, as_of=as_of, horizon_days=90)
    full = value.summarize(shop, as_of=as_of, horizon_days=90, window_days=fitted.window_days)

    with pytest.raises(ValueError, match="summarize with window_days"):
        value.predict(fitted, plain, as_of=as_of)
    assert (
        value.predict(fitted, full, as_of=as_of).rows()
        == value.predict(fitted, shop, as_of=as_of).rows()
    )


def test_trees_of_a_short_trial_reach_a_year_by_the_purchase_model() -> None:
    shop = _simulated_shop(1500)
    as_of = START + dt.timedelta(days=500)
    fitted = value.fit(shop, as_of=as_of, method="boosted", horizon_days=365, trial_days=90)

    year = value.predict(fitted, shop, as_of=as_of)
    quarter = value.predict(fitted, shop, as_of=as_of, horizon_days=90)

    ratio = year["expected_amount"].sum() / quarter["expected_amount"].sum()
    assert fitted.trial_days == 90
    assert 2.0 < ratio < 365 / 90
    assert ValueParameters.from_json(fitted.to_json()) == fitted

"""The replay: what it may see, what it scores, what it chooses, and when it declines."""

import datetime as dt
import math
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from idic.engine import replay as replays
from idic.engine import value
from idic.engine.replay import ReplayReport, replay
from idic.engine.table import Table
from tests.engine import real_data

AS_OF = dt.date(2024, 12, 31)
COLUMNS = {"customer_id": int, "order_id": int, "ordered_on": dt.date, "net_amount": int}


def _orders(rows: list[tuple[int, int, int]]) -> Table:
    """Build orders from (customer, days before AS_OF, amount)."""
    return Table.from_rows(
        [(who, n, AS_OF - dt.timedelta(days=ago), paid) for n, (who, ago, paid) in enumerate(rows)],
        columns=COLUMNS,
    )


def _steady(customers: int) -> list[tuple[int, int, int]]:
    """Everyone buys once in every 30 days for a year, customer n for n × 100."""
    return [(n, ago, 100 * n) for n in range(1, customers + 1) for ago in range(5, 365, 30)]


def _numbers(report: ReplayReport) -> list[float]:
    cells = [asdict(report), *map(asdict, report.scores)]
    return [cell for row in cells for cell in row.values() if isinstance(cell, float)]


def test_a_steady_shop_is_forecast_without_error_by_the_simplest_method() -> None:
    report = replay(_orders(_steady(40)), as_of=AS_OF, holdout_days=30)

    assert report.is_possible
    assert report.chosen_method == report.best_method == "repeat_last_period"
    assert report.chosen is not None
    assert report.chosen.mae_amount == report.chosen.rmse_amount == 0
    assert report.chosen.rank_correlation == pytest.approx(1)
    assert report.chosen.total_error_rate == report.chosen.total_miss_rate == 0
    assert report.chosen.top_tenth_capture_rate == 1
    assert report.chosen.interval_coverage_rate == 1
    assert report.churn_actual_rate == 0
    assert report.customer_count == 40
    assert report.actual_amount == 3 * sum(100 * n for n in range(1, 41))


def test_origins_go_back_as_far_as_history_allows() -> None:
    rows = _steady(40)

    assert replay(_orders(rows), as_of=AS_OF, holdout_days=30).origins == (
        dt.date(2024, 12, 1), dt.date(2024, 11, 1), dt.date(2024, 10, 2),
    )  # fmt: skip
    assert len(replay(_orders(rows), as_of=AS_OF, holdout_days=100).origins) == 2
    assert len(replay(_orders(rows), as_of=AS_OF, holdout_days=150).origins) == 1


def test_figures_agree_with_their_definitions() -> None:
    random = np.random.default_rng(6)
    rows = [
        (int(who), int(ago), int(paid))
        for who, ago, paid in zip(
            random.integers(1, 80, 900), random.integers(0, 120, 900),
            random.integers(-300, 3000, 900), strict=True,
        )
    ]  # fmt: skip
    orders = _orders(rows)
    report = replay(orders, as_of=AS_OF, holdout_days=60, methods=["own_rate"])
    origin = AS_OF - dt.timedelta(days=60)

    fitted = value.fit(orders, as_of=origin, method="own_rate", horizon_days=60)
    forecast = value.predict(fitted, orders, as_of=origin)
    actual, _ = value.observe(orders, forecast["customer_id"], after=origin, until=AS_OF)

    score = report.scores[0]
    expected = forecast["expected_amount"]
    assert report.origins == (origin,)
    assert len(actual) == report.customer_count == 78
    assert score.mae_amount == pytest.approx(np.abs(expected - actual).mean())
    assert score.rmse_amount == pytest.approx(np.sqrt(((expected - actual) ** 2).mean()))
    assert score.rank_correlation == pytest.approx(spearmanr(expected, actual).statistic)
    assert score.total_error_rate == pytest.approx(expected.sum() / actual.sum() - 1)
    top = np.argsort(-expected)[:7]
    assert score.top_tenth_capture_rate == pytest.approx(
        actual[top].sum() / np.sort(actual)[-7:].sum()
    )


def test_the_simplest_within_one_standard_error_is_chosen() -> None:
    random = np.random.default_rng(0)
    # A constant rate: own_rate is best in truth, but with wild amounts nobody can tell.
    wild = [
        (n, int(ago), int(paid))
        for n in range(60)
        for ago, paid in zip(
            random.integers(0, 360, 12), random.pareto(1.1, 12) * 1000 + 1, strict=True
        )
    ]
    calm = [
        (n, int(ago), 1000) for n in range(400) for ago in random.integers(0, 360, 12)
    ]  # fmt: skip

    unsure = replay(_orders(wild), as_of=AS_OF, holdout_days=90)
    sure = replay(_orders(calm), as_of=AS_OF, holdout_days=90)

    simplest, best = unsure.scores[0], unsure.best_method
    assert best != unsure.chosen_method == "repeat_last_period"
    assert 0 < simplest.loss_difference <= simplest.paired_standard_error
    assert sure.chosen_method != "repeat_last_period"
    assert sure.scores[0].loss_difference > sure.scores[0].paired_standard_error


def test_hidden_orders_change_the_truth_but_no_forecast() -> None:
    rows = _steady(40)
    origin = AS_OF - dt.timedelta(days=90)
    known = _orders(rows)
    changed = _orders([(who, ago, 7 if ago < 90 else paid) for who, ago, paid in rows])

    first = replays._try(known, origin, 90, value.METHODS)
    second = replays._try(changed, origin, 90, value.METHODS)

    assert first.actual.sum() != second.actual.sum()
    for method in value.METHODS:
        assert first.forecasts[method].rows() == second.forecasts[method].rows()


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([], "no_orders"),
        ([(n, 200, -500) for n in range(50)], "no_orders"),
        ([(n, 40 + n % 5, 500) for n in range(50)], "history_too_short"),
        ([(1, ago, 500) for ago in range(0, 365, 7)], "too_few_customers"),
        ([(n, 300 + n, 500) for n in range(50)], "no_later_orders"),
    ],
)
def test_too_little_history_says_so(rows: list[tuple[int, int, int]], reason: str) -> None:
    report = replay(_orders(rows), as_of=AS_OF, holdout_days=30)

    assert not report.is_possible
    assert report.reason_code == reason
    assert report.scores == ()
    assert report.chosen is None
    assert ReplayReport.from_json(report.to_json()) == report


def test_uci_is_replayed_with_finite_figures() -> None:
    report = replay(real_data.uci_orders(), as_of=dt.date(2011, 12, 9), holdout_days=90)

    assert report.is_possible
    assert report.origins == (
        dt.date(2011, 9, 10), dt.date(2011, 6, 12), dt.date(2011, 3, 14),
    )  # fmt: skip
    assert report.customer_count == 3370
    assert all(math.isfinite(number) for number in _numbers(report))
    for score in report.scores:
        assert score.top_tenth_capture_rate is not None
        assert score.top_tenth_capture_rate > 0.75
    assert ReplayReport.from_json(report.to_json()) == report


def test_uci_chooses_the_own_rate_less_who_is_away_for_long() -> None:
    report = replay(real_data.uci_orders(), as_of=dt.date(2011, 12, 9), holdout_days=90)

    plain = next(score for score in report.scores if score.method == "own_rate")
    assert report.chosen_method == report.best_method == "own_rate_alive"
    assert plain.loss_difference > plain.paired_standard_error > 0


def test_churn_is_judged_over_its_own_horizon_and_where_it_could_be_learnt() -> None:
    orders = real_data.uci_orders()

    report = replay(orders, as_of=dt.date(2011, 12, 9), holdout_days=180, churn_horizon_days=90)
    alone = replay(orders, as_of=dt.date(2011, 12, 9), holdout_days=90)

    # Only the latest of three origins has three horizons before it.
    assert report.churn_basis == "replay"
    assert report.churn_actual_rate == alone.churn_actual_rate == pytest.approx(0.43, abs=0.001)
    assert report.churn_brier == alone.churn_brier
    unlearnt = replay(orders, as_of=dt.date(2011, 12, 9), holdout_days=180)
    assert unlearnt.churn_basis == "model"
    assert unlearnt.churn_brier == unlearnt.churn_model_brier


def test_churn_figures_agree_with_their_definitions() -> None:
    rows = _steady(60)
    rows += [(n, ago, 100) for n in range(100, 160) for ago in range(100 + n, 365, 15)]
    rows += [(n, ago, 100) for n in range(200, 260) for ago in range(n % 50, 365, 40)]
    orders = _orders(rows)

    report = replay(orders, as_of=AS_OF, holdout_days=60, methods=["own_rate"])

    risks, gone = [], []
    for origin in report.origins[:2]:
        fitted = value.fit(orders, as_of=origin, method="own_rate", horizon_days=60)
        forecast = value.predict(fitted, orders, as_of=origin)
        until = origin + dt.timedelta(days=60)
        _, counts = value.observe(orders, forecast["customer_id"], after=origin, until=until)
        assert fitted.churn_basis == "replay"
        risks += forecast["churn_risk"].tolist()
        gone += (counts == 0).tolist()
    assert report.churn_basis == "replay"
    assert report.churn_expected_rate == pytest.approx(np.mean(risks))
    assert report.churn_actual_rate == pytest.approx(np.mean(gone))
    assert report.churn_brier == pytest.approx(np.mean((np.array(risks) - gone) ** 2))
    assert report.churn_base_brier == pytest.approx(np.mean(gone) * (1 - np.mean(gone)))


def test_cdnow_chooses_the_purchase_model() -> None:
    report = replay(real_data.cdnow_orders(), as_of=dt.date(1998, 6, 30), holdout_days=91)

    assert report.chosen_method == "purchase_model"
    assert report.chosen is not None
    assert report.chosen.total_miss_rate is not None
    assert report.chosen.total_miss_rate < 0.2


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(st.integers(1, 45), st.integers(-3, 200), st.integers(-(10**7), 10**7)),
        max_size=150,
    ),
    st.sampled_from([1, 7, 30, 90]),
)
def test_any_orders_are_replayed_or_declined(
    rows: list[tuple[int, int, int]], holdout: int
) -> None:
    report = replay(_orders(rows), as_of=AS_OF, holdout_days=holdout)

    assert report.is_possible == (not report.reason_code) == bool(report.scores)
    assert all(math.isfinite(number) for number in _numbers(report))
    assert ReplayReport.from_json(report.to_json()) == report


@settings(max_examples=15)
@given(
    st.lists(st.integers(-50, 10**6), min_size=40, max_size=60),
    st.sampled_from(["once", "refunded", "same day"]),
)
def test_odd_shops_are_replayed_with_finite_figures(paid: list[int], kind: str) -> None:
    rows = [(n, 100 + n % 3, amount) for n, amount in enumerate(paid)]
    if kind == "refunded":
        rows += [(n, 10, -amount) for n, amount in enumerate(paid)]
    if kind == "same day":
        rows = [(n, ago, amount) for n, amount in enumerate(paid) for ago in (100, 100, 20)]

    report = replay(_orders([*rows, (99, 150, 5), (99, 3, 5)]), as_of=AS_OF, holdout_days=30)

    assert all(math.isfinite(number) for number in _numbers(report))
    assert ReplayReport.from_json(report.to_json()) == report

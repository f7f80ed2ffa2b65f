"""The replay: what it may see, what it scores, what it chooses, and when it declines."""

import datetime as dt
import math
from dataclasses import asdict, replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from idic.engine import value
from idic.engine.replay import ReplayReport, replay
from idic.engine.replay.choice import Standing, choose
from idic.engine.replay.figures import gini, top_tenth_hits
from idic.engine.table import Table
from idic.engine.trials import Past
from tests.engine import real_data

AS_OF = dt.date(2024, 12, 31)
SIMPLE = (*value.NAIVE, "shared_rate", "own_rate_alive", "purchase_model")
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


@cache
def _real(name: str) -> ReplayReport:
    """Replay a real shop once for all tests."""
    if name == "uci":
        return replay(real_data.uci_orders(), as_of=dt.date(2011, 12, 9), holdout_days=60)
    return replay(real_data.cdnow_orders(name), as_of=dt.date(1998, 6, 30), holdout_days=90)


def _numbers(report: ReplayReport) -> list[float]:
    cells = [asdict(report), *map(asdict, report.scores)]
    return [cell for row in cells for cell in row.values() if isinstance(cell, float)]


def test_a_steady_shop_is_forecast_without_error_by_the_simplest_method() -> None:
    report = replay(_orders(_steady(40)), as_of=AS_OF, holdout_days=30, methods=SIMPLE)

    assert report.is_possible
    assert report.chosen_method == report.best_method == "repeat_last_period"
    assert report.chosen is not None
    assert report.chosen.point_mae_amount == report.chosen.rmse_amount == 0
    assert report.chosen.rank_correlation == pytest.approx(1)
    assert report.chosen.total_error_rate == report.chosen.total_miss_rate == 0
    assert report.chosen.top_tenth_capture_rate == 1
    assert report.churn_actual_rate == 0
    assert report.customer_count == 40
    assert report.actual_amount == 3 * sum(100 * n for n in range(1, 41))


def test_origins_go_back_as_far_as_history_allows() -> None:
    rows = _steady(40)

    assert replay(_orders(rows), as_of=AS_OF, holdout_days=30, methods=["own_rate"]).origins == (
        dt.date(2024, 12, 1), dt.date(2024, 11, 1), dt.date(2024, 10, 2),
    )  # fmt: skip
    assert (
        len(replay(_orders(rows), as_of=AS_OF, holdout_days=100, methods=["own_rate"]).origins) == 2
    )
    assert (
        len(replay(_orders(rows), as_of=AS_OF, holdout_days=150, methods=["own_rate"]).origins) == 1
    )


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
    assert score.mae_amount == pytest.approx(np.abs(forecast["median_amount"] - actual).mean())
    assert score.point_mae_amount == pytest.approx(np.abs(expected - actual).mean())
    assert score.rmse_amount == pytest.approx(np.sqrt(((expected - actual) ** 2).mean()))
    assert score.rank_correlation == pytest.approx(spearmanr(expected, actual).statistic)
    assert score.total_error_rate == pytest.approx(expected.sum() / actual.sum() - 1)
    top = np.argsort(-expected)[:7]
    assert score.top_tenth_capture_rate == pytest.approx(
        actual[top].sum() / np.sort(actual)[-7:].sum()
    )


def _standing(**cells: float | bool | None) -> Standing:
    return Standing(**{
        "rmse_amount": 10.0, "loss_difference": 0.0, "standard_error": 0.0, "mae_amount": 4.0,
        "least_mae_amount": 4.0, "total_error_rate": 0.0, "is_naive": False, **cells,
    })  # fmt: skip


def test_the_simplest_within_one_standard_error_is_chosen() -> None:
    best = _standing(rmse_amount=10.0)
    unproven = _standing(rmse_amount=10.1, loss_difference=2.0, standard_error=2.1, is_naive=True)
    proven = replace(unproven, standard_error=1.9)

    assert choose({"plain": unproven, "best": best}, order=["plain", "best"]) == "plain"
    assert choose({"plain": proven, "best": best}, order=["plain", "best"]) == "best"


def test_what_cannot_be_proved_worse_is_still_left_where_it_is_much_worse() -> None:
    best = _standing(rmse_amount=10.0)
    wild = _standing(rmse_amount=10.3, loss_difference=6.0, standard_error=60.0, is_naive=True)

    assert choose({"plain": wild, "best": best}, order=["plain", "best"]) == "best"


def test_nothing_is_chosen_whose_median_error_is_above_the_best_naive_one() -> None:
    naive = _standing(rmse_amount=12.0, loss_difference=44.0, mae_amount=4.0, is_naive=True)
    sound = _standing(rmse_amount=10.5, loss_difference=10.0, mae_amount=4.07)
    loud = _standing(rmse_amount=10.0, mae_amount=4.09)

    standings = {"naive": naive, "sound": sound, "loud": loud}
    assert choose(standings, order=["naive", "sound", "loud"]) == "sound"


def test_where_no_median_reaches_what_a_naive_method_says_the_best_median_does() -> None:
    says_well = _standing(rmse_amount=12.0, loss_difference=44.0, mae_amount=5.0,
                          least_mae_amount=4.0, is_naive=True)  # fmt: skip
    sound = _standing(rmse_amount=10.9, loss_difference=20.0, mae_amount=5.05)
    loud = _standing(rmse_amount=10.0, mae_amount=5.2)

    standings = {"naive": says_well, "sound": sound, "loud": loud}
    assert choose(standings, order=["naive", "sound", "loud"]) == "sound"


def test_of_methods_that_do_equally_well_those_with_the_total_right_go_first() -> None:
    low = _standing(total_error_rate=-0.15)
    right = _standing(total_error_rate=0.09)

    assert choose({"low": low, "right": right}, order=["low", "right"]) == "right"
    off = replace(right, total_error_rate=0.11)
    assert choose({"low": low, "off": off}, order=["low", "off"]) == "low"


def test_a_shop_with_wild_amounts_is_not_told_a_method_is_proved() -> None:
    random = np.random.default_rng(0)
    wild = [
        (n, int(ago), int(paid))
        for n in range(60)
        for ago, paid in zip(
            random.integers(0, 360, 12), random.pareto(1.1, 12) * 1000 + 1, strict=True
        )
    ]

    report = replay(_orders(wild), as_of=AS_OF, holdout_days=90)

    scores = {score.method: score for score in report.scores}
    repeated = scores["repeat_last_period"]
    assert repeated.paired_standard_error > 0
    assert report.chosen is not None
    assert report.chosen.rmse_amount <= 1.02 * min(s.rmse_amount for s in report.scores)
    naive = [s for s in report.scores if s.is_naive]
    assert report.chosen.mae_amount <= 1.02 * min(s.mae_amount for s in naive)


def test_the_standard_error_pairs_customers_within_each_origin() -> None:
    report = replay(_orders(_steady(40)), as_of=AS_OF, holdout_days=30, methods=value.NAIVE)

    exact = next(s for s in report.scores if s.method == "repeat_last_period")
    mean = next(s for s in report.scores if s.method == "everybody_mean")
    # Everybody pays n × 100 each month, the mean is 2050: errors are the same at each origin.
    errors = (np.arange(1, 41) * 100 - 2050.0) ** 2
    assert (exact.loss_difference, exact.paired_standard_error) == (0, 0)
    assert mean.loss_difference == pytest.approx(errors.mean())
    deviations = errors - errors.mean()
    assert mean.paired_standard_error == pytest.approx(np.sqrt((deviations**2).sum()) / 40)


def test_gini_is_one_in_the_right_order_and_halves_share_ties() -> None:
    paid = np.array([0.0, 0.0, 10.0, 90.0])

    assert gini(np.array([1.0, 1.0, 2.0, 3.0]), paid) == 1
    assert gini(np.array([3.0, 3.0, 2.0, 1.0]), paid) == pytest.approx(-1)
    assert gini(np.ones(4), paid) == 0
    assert gini(paid, np.zeros(4)) is None


def test_of_ten_of_the_best_so_many_were_named() -> None:
    actual = np.arange(100.0)
    expected = actual.copy()
    expected[[98, 99]] = -1.0

    assert top_tenth_hits(expected, actual) == pytest.approx(0.8)
    assert top_tenth_hits(expected, np.zeros(100)) is None


def test_hidden_orders_change_the_truth_but_no_forecast() -> None:
    rows = _steady(60)
    known = _orders(rows)
    changed = _orders([(who, ago, 7 if ago < 90 else paid) for who, ago, paid in rows])

    first, second = (
        Past(orders, as_of=AS_OF, trial_days=90, methods=value.METHODS).trial(1)
        for orders in (known, changed)
    )

    assert first.case.actual.sum() != second.case.actual.sum()
    for method in value.METHODS:
        before, after = first.forecasts[method], second.forecasts[method]
        assert before.amount.tolist() == after.amount.tolist()
        assert before.no_purchase.tolist() == after.no_purchase.tolist()


def test_what_a_trial_learns_of_its_errors_was_known_on_its_day() -> None:
    rows = _steady(60)
    changed = [(who, ago, 7 if ago < 30 else paid) for who, ago, paid in rows]

    first = replay(_orders(rows), as_of=AS_OF, holdout_days=30, methods=["shared_rate"])
    second = replay(_orders(changed), as_of=AS_OF, holdout_days=30, methods=["shared_rate"])

    assert first.totals[0].actual_amount != second.totals[0].actual_amount
    assert [(one.expected_amount, one.low_amount, one.high_amount) for one in first.totals] == [
        (one.expected_amount, one.low_amount, one.high_amount) for one in second.totals
    ]


def test_the_report_shows_tenths_ranks_totals_and_what_rfm_would_do() -> None:
    random = np.random.default_rng(3)
    rows = [
        (who, int(ago), int(paid))
        for who in range(300)
        for ago, paid in zip(
            random.integers(0, 400, 1 + who // 30), random.gamma(4, 200 + who, 1 + who // 30),
            strict=True,
        )
    ]  # fmt: skip
    report = replay(_orders(rows), as_of=AS_OF, holdout_days=90, methods=SIMPLE)

    forecast = [one.expected_amount for one in report.deciles]
    assert len(forecast) == 10
    assert forecast == sorted(forecast, reverse=True)
    assert sum(report.rank_counts) >= report.customer_count
    assert [one.origin for one in report.totals] == list(report.origins)
    assert report.rfm_gini is not None
    assert 0 < report.rfm_gini < 1
    assert report.unseen_method in SIMPLE
    assert ReplayReport.from_json(report.to_json()) == report


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
    report = _real("uci")

    assert report.is_possible
    assert report.origins == (
        dt.date(2011, 10, 10), dt.date(2011, 8, 11), dt.date(2011, 6, 12),
    )  # fmt: skip
    assert report.customer_count == 3741
    assert all(math.isfinite(number) for number in _numbers(report))
    for score in report.scores[1:]:
        assert score.top_tenth_capture_rate is not None
        assert score.top_tenth_capture_rate > 0.75
    assert ReplayReport.from_json(report.to_json()) == report


@pytest.mark.req("R040")
@pytest.mark.parametrize("name", ["uci", "cdnow_sample"])
def test_the_marks_of_the_chosen_forecast_hold_on_real_shops(name: str) -> None:
    report = _real(name)

    chosen = report.chosen
    assert chosen is not None
    assert len(report.origins) == 3
    assert chosen.rmse_amount <= 1.02 * min(score.rmse_amount for score in report.scores)
    naive = [score.mae_amount for score in report.scores if score.is_naive]
    assert chosen.mae_amount <= 1.02 * min(naive)
    assert chosen.total_error_rate is not None
    assert abs(chosen.total_error_rate) <= 0.10
    assert 0.77 <= chosen.interval_coverage_rate <= 0.83


@pytest.mark.req("R062")
def test_the_forecast_sorts_customers_better_than_rfm_and_tells_by_how_much() -> None:
    for name in ("uci", "cdnow_sample"):
        report = _real(name)

        assert report.chosen is not None
        assert report.chosen.gini is not None
        assert report.rfm_gini is not None
        assert report.rfm_top_tenth_capture_rate is not None
        assert report.chosen.top_tenth_capture_rate is not None
        assert report.chosen.gini > report.rfm_gini
        assert report.chosen.top_tenth_capture_rate > report.rfm_top_tenth_capture_rate


def test_churn_is_judged_over_its_own_horizon_and_where_it_could_be_learnt() -> None:
    orders = real_data.uci_orders()

    as_of, plain = dt.date(2011, 12, 9), ["own_rate"]
    report = replay(orders, as_of=as_of, holdout_days=180, churn_horizon_days=90, methods=plain)
    alone = replay(orders, as_of=as_of, holdout_days=90, methods=plain)

    # Only the latest of three origins has three horizons before it.
    assert report.churn_basis == "replay"
    assert report.churn_actual_rate == alone.churn_actual_rate == pytest.approx(0.43, abs=0.001)
    assert report.churn_brier == alone.churn_brier
    unlearnt = replay(orders, as_of=as_of, holdout_days=180, methods=plain)
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

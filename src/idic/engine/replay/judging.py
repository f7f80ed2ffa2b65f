"""Sets what methods said against what came: one row of judged columns a method and origin, and the
scores over several origins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from idic.engine import intervals, rfm
from idic.engine.forecasts import NAIVE
from idic.engine.intervals import scaled
from idic.engine.replay import figures
from idic.engine.replay.choice import Standing, choose
from idic.engine.replay.report import Decile, MethodScore, TotalTried
from idic.engine.table import Table
from idic.engine.trials import Past, calibrate

Floats = NDArray[np.float64]
_Figure: TypeAlias = Callable[[Floats, Floats], float | None]
_TENTHS = 10


@dataclass(frozen=True)
class Said:
    """What one method said at one origin: mean, median, where each outcome fell, the total."""

    expected: Floats
    median: Floats
    ranks: Floats
    is_inside: NDArray[np.bool_]
    total: TotalTried


@dataclass(frozen=True)
class Judged:
    """One origin: who was forecast, what came, what each method said, and their RFM score."""

    customer_ids: NDArray[np.int64]
    actual: Floats
    has_bought: NDArray[np.bool_]
    said: Mapping[str, Said]
    rfm_score: Floats


def judge(past: Past, number: int) -> Judged:
    """Correct the methods of a trial by what was known of their errors, and hold them to it."""
    trial = past.trial(number)
    return Judged(
        customer_ids=trial.case.summary["customer_id"],
        actual=trial.case.actual,
        has_bought=trial.case.actual_count > 0,
        said={method: _said(past, number, method) for method in past.methods},
        rfm_score=_rfm_score(trial.case.summary),
    )


def _said(past: Past, number: int, method: str) -> Said:
    trial = past.trial(number)
    learnt = calibrate(method, past.lessons(number))
    forecast = scaled(trial.forecasts[method], learnt.level)
    drawn = intervals.shape(trial.models, trial.case.summary, forecast, learnt)
    ranks = intervals.random_ranks(drawn, learnt, trial.case.actual, seed=number)
    total = float(forecast.amount.sum())
    low, high = intervals.total_ends(drawn, learnt, total)
    return Said(
        expected=forecast.amount,
        median=intervals.quantile(drawn, learnt, 0.5),
        ranks=ranks,
        is_inside=intervals.is_inside(drawn, ranks),
        total=TotalTried(
            origin=trial.case.origin,
            expected_amount=round(total),
            low_amount=round(low),
            high_amount=round(high),
            actual_amount=round(float(trial.case.actual.sum())),
        ),
    )


def _rfm_score(summary: Table) -> Floats:
    """Sum the three scores: what a shop without a model would sort by."""
    scores = rfm.predict(rfm.fit(summary), summary)
    names = ("recency_score", "frequency_score", "monetary_score")
    return np.asarray(np.sum([np.nan_to_num(scores.floats(name)) for name in names], axis=0))


@dataclass(frozen=True)
class Tally:
    """Some origins judged together."""

    judged: Sequence[Judged]
    methods: Sequence[str]

    @property
    def best(self) -> str:
        """Return the method with the least mean squared error."""
        return min(self.methods, key=lambda method: float(self._losses(method).mean()))

    def choose(self) -> str:
        """Return the method that the rule takes (see `choice.choose`)."""
        best = self.best
        found = {method: self._standing(method, best) for method in self.methods}
        return choose(found, order=self.methods)

    def scores(self) -> tuple[MethodScore, ...]:
        """Return the score of every method, in their order."""
        best = self.best
        return tuple(self.score(method, best=best) for method in self.methods)

    def score(self, method: str, *, best: str) -> MethodScore:
        """Score one method over the origins."""
        actual = self._actual()
        expected = self._column(method, "expected")
        median = self._column(method, "median")
        mean, error = self._paired(method, best)
        totals = [one.said[method].total for one in self.judged]
        return MethodScore(
            method=method,
            mae_amount=float(np.abs(median - actual).mean()),
            point_mae_amount=float(np.abs(expected - actual).mean()),
            rmse_amount=float(np.sqrt(((expected - actual) ** 2).mean())),
            rank_correlation=self._mean_over(method, figures.rank_correlation),
            gini=self._mean_over(method, figures.gini),
            total_error_rate=figures.total_error(expected, actual),
            total_miss_rate=self._mean_over(method, figures.total_miss),
            top_tenth_capture_rate=self._mean_over(method, figures.top_tenth_capture),
            top_tenth_hit_rate=self._mean_over(method, figures.top_tenth_hits),
            interval_coverage_rate=float(self._column(method, "is_inside").mean()),
            total_coverage_rate=sum(one.is_inside for one in totals) / len(totals),
            loss_difference=mean,
            paired_standard_error=error,
            is_naive=method in NAIVE,
        )

    def deciles(self, method: str) -> tuple[Decile, ...]:
        """Return tenths of the customers of all origins, those expected to pay most first."""
        order = np.argsort(-self._column(method, "expected"), kind="stable")
        expected, actual = self._column(method, "expected")[order], self._actual()[order]
        parts = zip(np.array_split(expected, _TENTHS), np.array_split(actual, _TENTHS), strict=True)
        return tuple(Decile(float(e.mean()), float(a.mean())) for e, a in parts if len(e))

    def rank_counts(self, method: str) -> tuple[int, ...]:
        """Return how many outcomes fell into each tenth of their distributions."""
        counts, _ = np.histogram(self._column(method, "ranks"), bins=_TENTHS, range=(0.0, 1.0))
        return tuple(counts.tolist())

    def rfm_figure(self, figure: _Figure) -> float | None:
        """Average a figure of sorting by RFM scores over the origins."""
        return _mean([figure(one.rfm_score, one.actual) for one in self.judged])

    def _standing(self, method: str, best: str) -> Standing:
        scored = self.score(method, best=best)
        point = scored.point_mae_amount
        assert point is not None
        return Standing(
            rmse_amount=scored.rmse_amount,
            loss_difference=scored.loss_difference,
            standard_error=scored.paired_standard_error,
            mae_amount=scored.mae_amount,
            least_mae_amount=min(scored.mae_amount, point),
            total_error_rate=scored.total_error_rate,
            is_naive=scored.is_naive,
        )

    def _losses(self, method: str) -> Floats:
        return (self._column(method, "expected") - self._actual()) ** 2

    def _actual(self) -> Floats:
        return np.concatenate([one.actual for one in self.judged])

    def _column(self, method: str, name: str) -> Floats:
        return np.concatenate([getattr(one.said[method], name) for one in self.judged])

    def _paired(self, method: str, best: str) -> tuple[float, float]:
        """Return the mean difference in loss and its standard error: within each origin around the
        origin's own mean, a customer's origins taken together.
        """
        difference = self._losses(method) - self._losses(best)
        sizes = [len(one.actual) for one in self.judged]
        block = np.repeat(np.arange(len(sizes)), sizes)
        means = np.bincount(block, difference) / np.maximum(np.array(sizes), 1)
        ids = np.concatenate([one.customer_ids for one in self.judged])
        _, places = np.unique(ids, return_inverse=True)
        sums = np.bincount(places, difference - means[block])
        return float(difference.mean()), float(np.sqrt((sums**2).sum()) / len(difference))

    def _mean_over(self, method: str, figure: _Figure) -> float | None:
        return _mean([figure(one.said[method].expected, one.actual) for one in self.judged])


def _mean(found: Sequence[float | None]) -> float | None:
    """Average a figure over the origins where it is defined."""
    defined = [number for number in found if number is not None]
    return sum(defined) / len(defined) if defined else None

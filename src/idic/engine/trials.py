"""A shop's past forecast from its own past: what each method would have said on earlier days.

Trials lie whole horizons apart, so that each one's outcome is known at the next. They are made
once, and used to grow trees, to correct forecasts and to choose a method. Nothing is judged here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from idic.engine import boosting, intervals, seasons
from idic.engine.boosting import Lesson
from idic.engine.forecasts import (
    BOOSTED,
    NAIVE,
    PURCHASE_MODELS,
    Forecast,
    Models,
    boosted_columns,
    expect,
    fit_models,
    observe,
    scale_amount,
    summarize,
)
from idic.engine.intervals import Calibration, Tried, scaled
from idic.engine.orders import read_orders
from idic.engine.seasons import Seasons
from idic.engine.table import Table

Floats = NDArray[np.float64]

FEWEST_CUSTOMERS = 30
# Of how many earlier trials a forecast learns.
MOST_LESSONS = 3
# In a shop with more customers than the first, so many stand for all: they change no choice.
_LARGE_SHOP = 50_000
_MOST_CUSTOMERS = 20_000


@dataclass(frozen=True)
class Case:
    """What was known on `origin`, the models fitted on it (no trees), and what came after.

    `columns` are the trees' features, `base_amounts` what each purchase model expected, which trees
    may correct.
    """

    origin: dt.date
    first_day: dt.date
    summary: Table
    models: Models
    seasons: Seasons
    actual: Floats
    actual_count: Floats
    columns: list[Floats]
    base_amounts: dict[str, Floats]


@dataclass(frozen=True)
class Trial:
    """A case with what the methods made of it, seasons included, before any correction."""

    case: Case
    models: Models
    forecasts: dict[str, Forecast]


class Past:
    """The trials of one shop, `trial_days` apart, back from `as_of`; nothing after it is seen.

    A trial has a number: 0 would be forecast on `as_of` itself, 1 was `trial_days` earlier, and so
    on. Trees of a trial grow on the cases before it. Of a large shop 20,000 customers are used.
    """

    def __init__(
        self,
        orders: Table,
        *,
        as_of: dt.date,
        trial_days: int,
        methods: Sequence[str],
        churn_horizon_days: int | None = None,
        calendar: str = "",
    ) -> None:
        table = orders.select("customer_id", "ordered_on", "net_amount")
        days = table["ordered_on"].astype("datetime64[D]")
        known = table.filter(days <= np.datetime64(as_of, "D"))
        customers = len(np.unique(np.ma.getdata(known["customer_id"])))
        is_large = customers > _LARGE_SHOP
        self.orders = sample_customers(known, most=_MOST_CUSTOMERS) if is_large else known
        self.as_of = as_of
        self.trial_days = trial_days
        self.methods = tuple(methods)
        self.churn_horizon_days = churn_horizon_days or trial_days
        self.calendar = calendar
        ids, bought_on, amounts = read_orders(self.orders, as_of=as_of)
        self._first_purchases = _first_purchases(ids[amounts > 0], bought_on[amounts > 0])
        self._cases: dict[int, Case] = {}
        self._trials: dict[int, Trial] = {}

    def origin(self, number: int) -> dt.date:
        """Return the day of the trial with this number."""
        return self.as_of - dt.timedelta(days=number * self.trial_days)

    def reason_against(self, number: int) -> str:
        """Say why there cannot be a trial with this number; empty when there can."""
        first = self._first_purchases
        if not len(first):
            return "no_orders"
        day = int(np.datetime64(self.origin(number), "D").astype(np.int64))
        if day - int(first[0]) + 1 < self.trial_days:
            return "history_too_short"
        known = int(np.searchsorted(first, day, side="right"))
        return "" if known >= FEWEST_CUSTOMERS else "too_few_customers"

    def earlier(self, number: int, *, most: int = MOST_LESSONS) -> list[int]:
        """Return the numbers of trials whose outcome was known by this one, the latest first."""
        found: list[int] = []
        while len(found) < most and not self.reason_against(number + len(found) + 1):
            found.append(number + len(found) + 1)
        return found

    def lessons(self, number: int) -> list[Trial]:
        """Return the trials that a forecast with this number may learn its errors from."""
        return [self.trial(earlier) for earlier in self.earlier(number)]

    def case(self, number: int) -> Case:
        """Return what was known and what came."""
        if number not in self._cases:
            self._cases[number] = self._observe(number)
        return self._cases[number]

    def trial(self, number: int) -> Trial:
        """Return what the methods said."""
        if number not in self._trials:
            case = self.case(number)
            models = self.with_trees(case.models, number)
            self._trials[number] = Trial(
                case,
                models,
                {method: self._expect(method, models, case) for method in self.methods},
            )
        return self._trials[number]

    def fit_models(self, number: int, *, summary: Table, known: Table) -> Models:
        """Fit all models but the trees on what was known."""
        return fit_models(
            known,
            summary,
            as_of=self.origin(number),
            horizon_days=self.trial_days,
            churn_horizon_days=self.churn_horizon_days,
            others=[method for method in PURCHASE_MODELS[1:] if method in self._wanted],
        )

    def with_trees(self, models: Models, number: int) -> Models:
        """Add the trees grown on the cases before, where a method reads them."""
        if not self._needs_trees:
            return models
        cases = [self.case(earlier) for earlier in self.earlier(number)]
        partner = self._partner(cases)
        grown = boosting.fit(
            [Lesson(case.columns, case.base_amounts[partner], case.actual) for case in cases],
            trial_days=self.trial_days,
            scale_amount=scale_amount(models),
        )
        return replace(models, boosted=grown, partner=partner)

    def _partner(self, cases: Sequence[Case]) -> str:
        """Return the purchase model with the least squared error of customers' amounts."""

        def loss(method: str) -> float:
            return sum(
                float(((case.base_amounts[method] - case.actual) ** 2).sum()) for case in cases
            )

        return min(self._models, key=loss)

    def fit_seasons(self, number: int) -> Seasons:
        """Learn the swings of totals from what was known."""
        _, days, amounts = read_orders(self.orders, as_of=self.origin(number))
        return seasons.fit(
            days, amounts.astype(np.float64), as_of=self.origin(number), calendar=self.calendar
        )

    @property
    def _needs_trees(self) -> bool:
        return any(method in BOOSTED for method in self.methods)

    @property
    def _models(self) -> list[str]:
        """The purchase models that trees may correct: all where the blend asks for the best."""
        return [method for method in PURCHASE_MODELS if method in self._wanted]

    @property
    def _wanted(self) -> set[str]:
        blended = PURCHASE_MODELS if self._needs_trees else ()
        return {"purchase_model", *self.methods, *blended}

    def _expect(self, method: str, models: Models, case: Case) -> Forecast:
        return seasonal(
            method,
            models,
            case.seasons,
            case.summary,
            origin=case.origin,
            horizon_days=self.trial_days,
            first_day=case.first_day,
        )

    def _observe(self, number: int) -> Case:
        origin = self.origin(number)
        days = self.orders["ordered_on"].astype("datetime64[D]")
        known = self.orders.filter(days <= np.datetime64(origin, "D"))
        window_days = self.trial_days if self._needs_trees else None
        summary = summarize(
            known, as_of=origin, horizon_days=self.trial_days, window_days=window_days
        )
        summary = summary.filter(summary["order_count"] > 0)
        models = self.fit_models(number, summary=summary, known=known)
        until = origin + dt.timedelta(days=self.trial_days)
        amounts, counts = observe(self.orders, summary["customer_id"], after=origin, until=until)
        columns: list[Floats] = []
        base_amounts: dict[str, Floats] = {}
        if self._needs_trees:
            columns = boosted_columns(models, summary, trial_days=self.trial_days)
            base_amounts = {
                method: expect(method, models, summary, horizon_days=self.trial_days).amount
                for method in self._models
            }
        return Case(
            origin=origin,
            first_day=known["ordered_on"].astype("datetime64[D]").min().item(),
            summary=summary,
            models=models,
            seasons=self.fit_seasons(number),
            actual=amounts.astype(np.float64),
            actual_count=counts.astype(np.float64),
            columns=columns,
            base_amounts=base_amounts,
        )


def seasonal(
    method: str,
    models: Models,
    swings: Seasons,
    summary: Table,
    *,
    origin: dt.date,
    horizon_days: int,
    first_day: dt.date,
) -> Forecast:
    """Forecast by a method and move it by the season the horizon holds; naive ones stay raw.

    The models learnt their rates in whole years, or in the time since the first order; trees in the
    horizons before the day.
    """
    forecast = expect(method, models, summary, horizon_days=horizon_days)
    if method in NAIVE or swings.is_flat:
        return forecast
    until = origin + dt.timedelta(days=horizon_days)
    span = (origin - first_day).days
    usual_span = span // 365 * 365 or span
    usual = swings.mean_index(after=origin - dt.timedelta(days=usual_span), until=origin)
    return scaled(forecast, swings.mean_index(after=origin, until=until) / usual)


def calibrate(method: str, lessons: Sequence[Trial]) -> Calibration:
    """Learn from earlier trials of a method; the level of naive methods stays as it is."""
    tried = [
        Tried(one.models, one.case.summary, one.forecasts[method], one.case.actual)
        for one in lessons
    ]
    return intervals.fit(tried, corrects_level=method not in NAIVE)


def sample_customers(orders: Table, *, most: int) -> Table:
    """Keep all orders of at most so many customers, the same ones each time."""
    ids = np.ma.getdata(orders["customer_id"])
    customers = np.unique(ids)
    if len(customers) <= most:
        return orders
    # Ids are ordered by time; multiplying scatters them, so that old and new are both drawn.
    cut = np.partition(_scatter(customers), most)[most]
    return orders.filter(_scatter(ids) < cut)


def _scatter(ids: NDArray[np.int64]) -> NDArray[np.uint64]:
    return np.asarray(ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15), dtype=np.uint64)


def _first_purchases(ids: NDArray[np.int64], days: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the day of each customer's first purchase, in order."""
    if not len(ids):
        return days
    order = np.lexsort((days, ids))
    ids, days = ids[order], days[order]
    is_first = np.append(True, ids[1:] != ids[:-1])
    return np.sort(days[is_first])

"""How wrong the forecast would have been: decide at T with what was known at T, hide what came.

Tries the methods of `value` on a shop's own past and chooses one. It claims nothing about the
effect of a campaign: history shows forecasts, not causes.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from idic.engine import churn, purchases, value
from idic.engine.forecasts import METHODS, observe
from idic.engine.orders import read_orders, summarize
from idic.engine.table import Source, Table

Floats = NDArray[np.float64]

_Figure: TypeAlias = Callable[[Floats, Floats], float | None]

_FEWEST_CUSTOMERS = 30
_MOST_ORIGINS = 3


@dataclass(frozen=True)
class MethodScore:
    """How one method did over all origins; None where a figure is not defined.

    - `mae_amount`, `rmse_amount`: mean absolute and root mean squared error of a customer's amount
    - `rank_correlation`: Spearman, of expected and actual amounts
    - `total_error_rate`: sum expected / sum actual − 1; +0.1 is one tenth too high
    - `total_miss_rate`: mean over the origins of |that|, where too high does not pay for too low
    - `top_tenth_capture_rate`: what the tenth expected to pay most paid, as a share of what the
      tenth that did pay most paid
    - `interval_coverage_rate`: share of customers inside their 80 % interval
    - `loss_difference`, `paired_standard_error`: mean of (squared error − that of the best
      method), and its standard error with customers as the independent units
    """

    method: str
    mae_amount: float
    rmse_amount: float
    rank_correlation: float | None
    total_error_rate: float | None
    total_miss_rate: float | None
    top_tenth_capture_rate: float | None
    interval_coverage_rate: float
    loss_difference: float
    paired_standard_error: float


@dataclass(frozen=True)
class ReplayReport:
    """What `replay` found; when `is_possible` is False, nothing but the reason why there is none.

    `reason_code`: `no_orders`, `history_too_short` (less than two holdouts long),
    `too_few_customers` (fewer than 30 had bought by T) or `no_later_orders` (none of them bought
    anything after T).

    `origins` are the days decided at, latest first; `customer_count` those forecast at the latest;
    `churn_expected_rate` and `churn_actual_rate` the share expected not to buy, and that did not,
    and `churn_brier` the mean squared error of the risk (see `_judge_churn`). Beside it, of the
    same cases: `churn_model_brier`, that of the purchase model alone, and `churn_base_brier`, that
    of giving everybody the actual share. `churn_basis` is that of the risk judged.
    """

    is_possible: bool
    reason_code: str
    holdout_days: int
    origins: tuple[dt.date, ...] = ()
    customer_count: int = 0
    actual_amount: int = 0
    chosen_method: str | None = None
    best_method: str | None = None
    churn_expected_rate: float | None = None
    churn_actual_rate: float | None = None
    churn_basis: str | None = None
    churn_brier: float | None = None
    churn_model_brier: float | None = None
    churn_base_brier: float | None = None
    scores: tuple[MethodScore, ...] = ()

    @property
    def chosen(self) -> MethodScore | None:
        """Return the score of the chosen method, None when there was no replay."""
        return next((s for s in self.scores if s.method == self.chosen_method), None)

    def to_json(self) -> str:
        """Return the report as JSON; `from_json` gives an equal object back."""
        return json.dumps(asdict(self), default=dt.date.isoformat)

    @classmethod
    def from_json(cls, text: str) -> ReplayReport:
        """Return the report that `to_json` wrote."""
        held: dict[str, Any] = json.loads(text)
        held["origins"] = tuple(dt.date.fromisoformat(day) for day in held["origins"])
        held["scores"] = tuple(MethodScore(**score) for score in held["scores"])
        return cls(**held)


@dataclass(frozen=True)
class _Trial:
    """One origin: who was forecast, what came, and what each method said."""

    customer_ids: NDArray[np.int64]
    actual: Floats
    has_bought: NDArray[np.bool_]
    forecasts: Mapping[str, Table]


@dataclass(frozen=True)
class _ChurnCases:
    """One origin: the risk of each customer, that of the purchase model alone, and what came."""

    basis: str
    risk: Floats
    model_risk: Floats
    is_gone: Floats


def replay(
    orders: Source,
    *,
    as_of: dt.date,
    holdout_days: int,
    methods: Sequence[str] = METHODS,
    churn_horizon_days: int | None = None,
) -> ReplayReport:
    """Forecast the past from its own past with each method, score them, and choose one.

    In: orders as for `orders.summarize`, `methods` from simple to elaborate; churn is judged over
    `churn_horizon_days` (`holdout_days` when not given).

    Decides at T = `as_of` − `holdout_days` with the orders up to T, and compares with the net
    amount of each customer known at T over the days after; the same one and two holdouts earlier
    where at least one holdout of history and 30 buyers lie before (rolling origins, Tashman 2000).
    A method and its intervals see nothing after T.

    The best method has the least mean squared error of a customer's amount (a proper score for a
    mean: always saying 0 does not win, as it can by absolute error). Chosen is the first of
    `methods` that is not worse than the best by more than one paired standard error (Breiman et
    al. 1984, the one-standard-error rule).

    >>> replay({"customer_id": [1], "net_amount": [500],
    ...         "ordered_on": np.array(["2024-01-01"], "M8[D]")},
    ...        as_of=dt.date(2024, 6, 30), holdout_days=30).reason_code
    'too_few_customers'
    """
    if not methods or holdout_days < 1:
        raise ValueError("a replay needs a method and a holdout of at least one day")
    table = Table.read(orders).select("customer_id", "ordered_on", "net_amount")
    origins, reason_code = _origins(table, as_of=as_of, holdout_days=holdout_days)
    if reason_code:
        return ReplayReport(is_possible=False, reason_code=reason_code, holdout_days=holdout_days)
    trials = [_try(table, origin, holdout_days, methods) for origin in origins]
    if not any(trial.has_bought.any() for trial in trials):
        return ReplayReport(
            is_possible=False, reason_code="no_later_orders", holdout_days=holdout_days
        )
    report = _report(trials, origins, holdout_days, methods)
    return replace(
        report, **_judge_churn(table, as_of=as_of, horizon_days=churn_horizon_days or holdout_days)
    )


def _origins(
    orders: Table, *, as_of: dt.date, holdout_days: int
) -> tuple[tuple[dt.date, ...], str]:
    """Return the days to decide at, latest first, or the reason why there is none."""
    ids, days, amounts = read_orders(orders, as_of=as_of)
    bought = amounts > 0
    if not bought.any():
        return (), "no_orders"
    ids, days = ids[bought], days[bought]
    found: list[dt.date] = []
    for n in range(1, _MOST_ORIGINS + 1):
        origin = as_of - dt.timedelta(days=n * holdout_days)
        day = int(np.datetime64(origin, "D").astype(np.int64))
        if day - int(days.min()) + 1 < holdout_days:
            return tuple(found), "" if found else "history_too_short"
        if len(np.unique(ids[days <= day])) < _FEWEST_CUSTOMERS:
            return tuple(found), "" if found else "too_few_customers"
        found.append(origin)
    return tuple(found), ""


def _try(orders: Table, origin: dt.date, holdout_days: int, methods: Sequence[str]) -> _Trial:
    known = orders.filter(orders["ordered_on"].astype("datetime64[D]") <= np.datetime64(origin))
    summary = value.summarize(known, as_of=origin, horizon_days=holdout_days)
    summary = summary.filter(summary["order_count"] > 0)
    fitted = value.fit_methods(known, as_of=origin, methods=methods, horizon_days=holdout_days)
    until = origin + dt.timedelta(days=holdout_days)
    amounts, counts = observe(orders, summary["customer_id"], after=origin, until=until)
    return _Trial(
        customer_ids=summary["customer_id"],
        actual=amounts.astype(np.float64),
        has_bought=counts > 0,
        forecasts={m: value.predict(fitted[m], summary, as_of=origin) for m in methods},
    )


def _report(
    trials: Sequence[_Trial],
    origins: tuple[dt.date, ...],
    holdout_days: int,
    methods: Sequence[str],
) -> ReplayReport:
    losses = {method: _losses(trials, method) for method in methods}
    best = min(methods, key=lambda method: float(losses[method].mean()))
    customers, places = np.unique(
        np.concatenate([trial.customer_ids for trial in trials]), return_inverse=True
    )
    scores = tuple(
        _score(trials, method, *_paired(losses[method] - losses[best], places, len(customers)))
        for method in methods
    )
    chosen = next(s.method for s in scores if s.loss_difference <= s.paired_standard_error)
    return ReplayReport(
        is_possible=True,
        reason_code="",
        holdout_days=holdout_days,
        origins=origins,
        customer_count=len(trials[0].customer_ids),
        actual_amount=int(sum(trial.actual.sum() for trial in trials)),
        chosen_method=chosen,
        best_method=best,
        scores=scores,
    )


def _judge_churn(orders: Table, *, as_of: dt.date, horizon_days: int) -> dict[str, Any]:
    """Compare the churn risk told at each origin, fitted on what was known then, with what came.

    Origins where it could be learnt from the past tell how good today's is; only without any are
    those judged where the purchase model had to answer.
    """
    origins, _ = _origins(orders, as_of=as_of, holdout_days=horizon_days)
    cases = [_try_churn(orders, origin, horizon_days) for origin in origins]
    basis = "replay" if any(case.basis == "replay" for case in cases) else "model"
    judged = [case for case in cases if case.basis == basis]
    if not judged:
        return {}
    risk, model_risk, is_gone = (
        np.concatenate([getattr(case, name) for case in judged])
        for name in ("risk", "model_risk", "is_gone")
    )
    actual = float(is_gone.mean())
    return {
        "churn_expected_rate": float(risk.mean()),
        "churn_actual_rate": actual,
        "churn_basis": basis,
        "churn_brier": float(((risk - is_gone) ** 2).mean()),
        "churn_model_brier": float(((model_risk - is_gone) ** 2).mean()),
        "churn_base_brier": actual * (1 - actual),
    }


def _try_churn(orders: Table, origin: dt.date, horizon_days: int) -> _ChurnCases:
    known = orders.filter(orders["ordered_on"].astype("datetime64[D]") <= np.datetime64(origin))
    summary = summarize(known, as_of=origin)
    summary = summary.filter(summary["order_count"] > 0)
    model = purchases.fit(summary)
    fitted = churn.fit(known, as_of=origin, horizon_days=horizon_days)
    bought = purchases.predict(model, summary, horizon_days=horizon_days)
    until = origin + dt.timedelta(days=horizon_days)
    _, counts = observe(orders, summary["customer_id"], after=origin, until=until)
    return _ChurnCases(
        basis=fitted.basis,
        risk=churn.predict(fitted, model, summary).floats("churn_risk"),
        model_risk=bought.floats("no_purchase_probability"),
        is_gone=(counts == 0).astype(np.float64),
    )


def _losses(trials: Sequence[_Trial], method: str) -> Floats:
    return np.concatenate(
        [(trial.forecasts[method]["expected_amount"] - trial.actual) ** 2 for trial in trials]
    )


def _paired(
    differences: Floats, places: NDArray[np.int64], customer_count: int
) -> tuple[float, float]:
    """Return the mean difference and its standard error, a customer's origins taken together."""
    mean = float(differences.mean())
    sums = np.bincount(places, differences - mean, minlength=customer_count)
    return mean, float(np.sqrt((sums**2).sum()) / len(differences))


def _score(trials: Sequence[_Trial], method: str, mean: float, error: float) -> MethodScore:
    actual = np.concatenate([trial.actual for trial in trials])
    tables = [trial.forecasts[method] for trial in trials]
    expected, low, high = (
        np.concatenate([table[name] for table in tables])
        for name in ("expected_amount", "low_amount", "high_amount")
    )
    errors = expected - actual
    return MethodScore(
        method=method,
        mae_amount=float(np.abs(errors).mean()),
        rmse_amount=float(np.sqrt((errors**2).mean())),
        rank_correlation=_mean_over(trials, method, _rank_correlation),
        total_error_rate=_ratio(expected.sum() - actual.sum(), actual.sum()),
        total_miss_rate=_mean_over(trials, method, _total_miss),
        top_tenth_capture_rate=_mean_over(trials, method, _top_tenth_capture),
        interval_coverage_rate=float(((actual >= low) & (actual <= high)).mean()),
        loss_difference=mean,
        paired_standard_error=error,
    )


def _mean_over(trials: Sequence[_Trial], method: str, figure: _Figure) -> float | None:
    """Average a figure over the origins where it is defined."""
    found = [figure(trial.forecasts[method]["expected_amount"], trial.actual) for trial in trials]
    defined = [number for number in found if number is not None]
    return sum(defined) / len(defined) if defined else None


def _total_miss(expected: Floats, actual: Floats) -> float | None:
    return _ratio(abs(float(expected.sum() - actual.sum())), float(actual.sum()))


def _rank_correlation(expected: Floats, actual: Floats) -> float | None:
    first, second = _ranks(expected), _ranks(actual)
    spread = float(first.std() * second.std())
    if not spread:
        return None
    return float(((first - first.mean()) * (second - second.mean())).mean() / spread)


def _ranks(values: Floats) -> Floats:
    """Rank from 1, equal values sharing the mean of their places."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[places], dtype=np.float64)


def _top_tenth_capture(expected: Floats, actual: Floats) -> float | None:
    size = max(len(actual) // 10, 1)
    # Customers with equal expectations share the places that are left, so no row order decides.
    last_in = np.sort(expected)[-size]
    above, tied = expected > last_in, expected == last_in
    caught = actual[above].sum() + actual[tied].mean() * (size - above.sum())
    return _ratio(float(caught), float(np.sort(actual)[-size:].sum()))


def _ratio(part: float, whole: float) -> float | None:
    return float(part / whole) if whole > 0 else None

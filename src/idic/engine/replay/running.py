"""Runs the trials of a shop's past, has them judged, and puts the report together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import numpy as np  # noqa: F401 - for the example

from idic.engine.forecasts import METHODS
from idic.engine.replay import figures
from idic.engine.replay.churning import judge_churn
from idic.engine.replay.judging import Tally, judge
from idic.engine.replay.report import ReplayReport
from idic.engine.table import Source, Table
from idic.engine.trials import Past

MOST_ORIGINS = 3


def replay(
    orders: Source | Past,
    *,
    as_of: dt.date | None = None,
    holdout_days: int = 90,
    methods: Sequence[str] = METHODS,
    churn_horizon_days: int | None = None,
    most_origins: int = MOST_ORIGINS,
    calendar: str = "",
) -> ReplayReport:
    """Forecast the past from its own past with each method, score them, and choose one.

    In: orders as for `orders.summarize` and the last day known, `methods` from simple to elaborate;
    churn is judged over `churn_horizon_days` (`holdout_days` when not given). Or a `Past`, which
    then says all of that: `value.fit` may go on with the same one, and every trial is made once.

    Decides at T = `as_of` − `holdout_days` with the orders up to T, and compares with the net
    amount of each customer known at T over the days after; the same up to `most_origins` times,
    each a holdout earlier, where at least one holdout of history and 30 buyers lie before (rolling
    origins, Tashman 2000). A method, its trees, its corrections and its intervals see nothing after
    T: what they learn of their errors they learn from the trials before it.

    How one is chosen is written at `choice.choose`.

    >>> replay({"customer_id": [1], "net_amount": [500],
    ...         "ordered_on": np.array(["2024-01-01"], "M8[D]")},
    ...        as_of=dt.date(2024, 6, 30), holdout_days=30).reason_code
    'too_few_customers'
    """
    if isinstance(orders, Past):
        past = orders
    else:
        if as_of is None or not methods or holdout_days < 1:
            raise ValueError("a replay needs a day, a method and a holdout of at least one day")
        past = Past(
            Table.read(orders),
            as_of=as_of,
            trial_days=holdout_days,
            methods=methods,
            churn_horizon_days=churn_horizon_days,
            calendar=calendar,
        )
    holdout_days = past.trial_days
    churn_days = churn_horizon_days or holdout_days
    reason_code = past.reason_against(1)
    if reason_code:
        return ReplayReport(is_possible=False, reason_code=reason_code, holdout_days=holdout_days)
    judged = [judge(past, number) for number in past.earlier(0, most=most_origins)]
    if not any(one.has_bought.any() for one in judged):
        return ReplayReport(
            is_possible=False, reason_code="no_later_orders", holdout_days=holdout_days
        )
    report = _report(past, Tally(judged, past.methods), Tally(judged[1:], past.methods))
    churned = past if churn_days == past.trial_days else _at_horizon(past, churn_days)
    return replace(report, **judge_churn(churned, most=most_origins))


def _at_horizon(past: Past, days: int) -> Past:
    """Return the same past cut into other lengths, for the churn risk alone."""
    return Past(past.orders, as_of=past.as_of, trial_days=days, methods=())


def _report(past: Past, tally: Tally, earlier: Tally) -> ReplayReport:
    judged = tally.judged
    chosen = tally.choose()
    unseen = earlier.choose() if earlier.judged else None
    latest = Tally(judged[:1], past.methods)
    return ReplayReport(
        is_possible=True,
        reason_code="",
        holdout_days=past.trial_days,
        origins=tuple(one.said[chosen].total.origin for one in judged),
        customer_count=len(judged[0].customer_ids),
        actual_amount=int(sum(one.actual.sum() for one in judged)),
        chosen_method=chosen,
        best_method=tally.best,
        scores=tally.scores(),
        totals=tuple(one.said[chosen].total for one in judged),
        deciles=tally.deciles(chosen),
        rank_counts=tally.rank_counts(chosen),
        rfm_gini=tally.rfm_figure(figures.gini),
        rfm_top_tenth_capture_rate=tally.rfm_figure(figures.top_tenth_capture),
        unseen_method=unseen,
        unseen_score=latest.score(unseen, best=latest.best) if unseen else None,
    )

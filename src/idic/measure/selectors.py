"""Reads of Measure: effects as pages tell them, retention by first month, revenue by month
and of the latest days.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q

from idic.differentiate.selectors import find_figures
from idic.differentiate.selectors.months import count_months
from idic.engine.budget import Trial
from idic.engine.effects import Effect
from idic.engine.table import Table
from idic.identify.facts import open_facts
from idic.interact.models import Campaign, CampaignState
from idic.measure.models import CampaignResult

_MONTHS: dict[str, type] = {
    "month": date,
    "net_amount": int,
    "order_count": int,
    "customer_count": int,
    "new_customer_count": int,
    "is_complete": bool,
}
# Each comes with a chart: more than this nobody reads at once.
PAGE_SIZE = 20
_SAME_WEEKDAY = timedelta(days=364)  # a year ago, on the same day of the week


@dataclass(frozen=True)
class CampaignEffect:
    """A launched campaign with what it brought. `effect` is None while nothing can be said."""

    campaign: Campaign
    result: CampaignResult | None
    effect: Effect | None


@dataclass(frozen=True)
class EffectPage:
    """One page of launched campaigns; `next_after` leads to the next one (None: those were all)."""

    effects: list[CampaignEffect]
    next_after: int | None
    campaign_count: int


def list_effects(*, after: int | None = None, limit: int = PAGE_SIZE) -> EffectPage:
    """Give launched campaigns, the newest first, from behind the campaign `after` on (keyset)."""
    launched = Campaign.objects.filter(launched_at__isnull=False)
    found = launched
    last = launched.filter(id=after).first() if after is not None else None
    if last is not None:
        at = last.launched_at
        found = launched.filter(Q(launched_at__lt=at) | Q(launched_at=at, id__lt=last.id))
    ordered = found.select_related("result", "segment").order_by("-launched_at", "-id")
    campaigns = list(ordered[: limit + 1])
    shown = campaigns[:limit]
    return EffectPage(
        effects=[_with_effect(campaign) for campaign in shown],
        next_after=shown[-1].id if len(campaigns) > limit else None,
        campaign_count=launched.count(),
    )


def find_effect(campaign: Campaign) -> CampaignEffect:
    """Give one campaign with what it brought."""
    return _with_effect(campaign)


def _with_effect(campaign: Campaign) -> CampaignEffect:
    result = getattr(campaign, "result", None)
    if campaign.state == CampaignState.CANCELLED or campaign.is_practice:
        return CampaignEffect(campaign=campaign, result=result, effect=None)
    effect = Effect.from_json(json.dumps(result.effect)) if result and result.effect else None
    return CampaignEffect(campaign=campaign, result=result, effect=effect)


def list_trials() -> list[Trial]:
    """Give how many bought in each campaign that is over and had a control group, for what a
    contact is worth in general. Practice counts for nothing. One query.
    """
    done = CampaignResult.objects.filter(is_final=True).exclude(effect={})
    told = [_with_effect(result.campaign).effect for result in done.select_related("campaign")]
    return [
        Trial(
            treated=effect.treatment.customers,
            treated_bought=effect.treatment.converted,
            control=effect.control.customers,
            control_bought=effect.control.converted,
        )
        for effect in told
        if effect is not None
    ]


@dataclass(frozen=True)
class CohortRow:
    """Customers who began in one month, and the share that bought again in each later month."""

    month: date
    customers: int
    rates: tuple[float | None, ...]  # from month 1 on; None where the month is not over


@dataclass(frozen=True)
class MonthlyFigures:
    """Revenue by month and retention by first month, looked at on one day."""

    as_of: date
    months: Table
    cohort_rows: tuple[CohortRow, ...]


def get_monthly_figures(*, as_of: date) -> MonthlyFigures:
    """Give both up to a day as the last refresh counted them; before the first, count them now."""
    kept = find_figures(as_of=as_of)
    if kept is None or "months" not in kept.figures:
        return _read(count_months(as_of=as_of), as_of=as_of)
    return _read(kept.figures, as_of=kept.as_of_date)


def _read(counted: dict[str, Any], *, as_of: date) -> MonthlyFigures:
    rows = ((date.fromisoformat(month), *values) for month, *values in counted["months"])
    return MonthlyFigures(
        as_of=as_of,
        months=Table.from_rows(rows, columns=_MONTHS),
        cohort_rows=tuple(_cohort_row(*row) for row in counted["cohorts"]),
    )


def _cohort_row(month: str, customers: int, active: list[int | None]) -> CohortRow:
    rates = tuple(None if known is None or not customers else known / customers for known in active)
    return CohortRow(month=date.fromisoformat(month), customers=customers, rates=rates)


@dataclass(frozen=True)
class Period:
    """What some days brought, the last one included, and the same days of the year before: the same
    weekdays, or for a month the same dates. None where nothing is known of them.
    """

    first: date
    last: date
    net_amount: int
    before_amount: int | None


@dataclass(frozen=True)
class LatestSales:
    """The latest day with orders before the one looked from, its week and its month up to it."""

    day: Period
    week: Period
    month: Period


def find_latest_sales(*, as_of: date) -> LatestSales | None:
    """Add up the last day, week and month before `as_of`; None when nothing was sold yet. They end
    on the latest day with orders: a file brought in a week ago says nothing about yesterday.
    """
    with open_facts() as facts:
        days: list[tuple[Any, ...]] = facts.query(
            "SELECT ordered_on, CAST(sum(net_amount) AS BIGINT) AS net_amount "
            "FROM customer_orders WHERE ordered_on < ? GROUP BY ordered_on ORDER BY ordered_on",
            [as_of],
        ).rows()
    if not days:
        return None
    amounts, last = dict(days), days[-1][0]
    monday, first_of_month = last - timedelta(days=last.weekday()), last.replace(day=1)
    return LatestSales(
        day=_period(amounts, last, last, _SAME_WEEKDAY),
        week=_period(amounts, monday, last, _SAME_WEEKDAY),
        month=_period(amounts, first_of_month, last, None),
    )


def _period(amounts: dict[date, int], first: date, last: date, back: timedelta | None) -> Period:
    start, end = (first - back, last - back) if back else (_year_ago(first), _year_ago(last))
    is_known = min(amounts) <= start
    return Period(
        first=first,
        last=last,
        net_amount=_sum(amounts, first, last),
        before_amount=_sum(amounts, start, end) if is_known else None,
    )


def _sum(amounts: dict[date, int], first: date, last: date) -> int:
    return sum(amount for day, amount in amounts.items() if first <= day <= last)


def _year_ago(day: date) -> date:
    """Give the same date a year before; of 29 February the day before."""
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if is_leap_day else day.day)

"""Reads of Measure: effects as pages tell them, retention by first month, revenue by month."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q

from idic.engine import cohorts
from idic.engine.effects import Effect
from idic.engine.table import Table
from idic.identify.facts import open_facts
from idic.interact.models import Campaign, CampaignState
from idic.measure.models import CampaignResult

MONTHS_SHOWN = 12
# Each comes with a chart: more than this nobody reads at once.
PAGE_SIZE = 20


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
    if campaign.state == CampaignState.CANCELLED:
        return CampaignEffect(campaign=campaign, result=result, effect=None)
    effect = Effect.from_json(json.dumps(result.effect)) if result and result.effect else None
    return CampaignEffect(campaign=campaign, result=result, effect=effect)


@dataclass(frozen=True)
class CohortRow:
    """Customers who began in one month, and the share that bought again in each later month."""

    month: date
    customers: int
    rates: tuple[float | None, ...]  # from month 1 on; None where the month is not over


@dataclass(frozen=True)
class MonthlyFigures:
    """Revenue by month and retention by first month, looked at on one day."""

    months: Table
    cohort_rows: tuple[CohortRow, ...]


def get_monthly_figures(*, as_of: date) -> MonthlyFigures:
    """Compute both from the lake, up to `as_of`."""
    with open_facts() as facts:
        orders = facts.query(
            "SELECT customer_id, order_id, ordered_on, net_amount FROM customer_orders "
            "WHERE ordered_on <= ?",
            [as_of],
        )
    if not len(orders):
        return MonthlyFigures(months=orders, cohort_rows=())
    return MonthlyFigures(
        months=cohorts.revenue_by_month(orders, as_of=as_of),
        cohort_rows=tuple(_cohort_rows(cohorts.retention(orders, as_of=as_of))),
    )


def _cohort_rows(table: Table) -> list[CohortRow]:
    chosen = table.select(
        "cohort_month", "months_since", "customers", "active_customers", "is_complete"
    )
    rows: dict[date, CohortRow] = {}
    figures: list[tuple[Any, ...]] = chosen.rows()
    for month, since, customers, active, is_complete in figures:
        row = rows.get(month) or CohortRow(month=month, customers=customers, rates=())
        if 1 <= since <= MONTHS_SHOWN:
            rate = active / customers if is_complete and customers else None
            row = CohortRow(month=month, customers=customers, rates=(*row.rates, rate))
        rows[month] = row
    return [rows[month] for month in sorted(rows)]

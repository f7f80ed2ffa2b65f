"""Puts figures of Measure into sentences and into the rows and charts a page shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from idic.core import ids
from idic.core.templatetags.ui import money_short, number, percent
from idic.engine.effects import Difference, Effect
from idic.interact.models import Campaign
from idic.measure.models import CampaignResult
from idic.measure.selectors import CampaignEffect, CohortRow, MonthlyFigures
from idic.measure.services.effects import NO_CONTROL, UNEVEN

_HEAT_STEPS = (0.05, 0.12, 0.22, 0.35)


@dataclass(frozen=True)
class SaidEffect:
    """A campaign's effect in words. `tone` is good, bad or empty; `is_proven` fills the mark."""

    campaign: Campaign
    result: CampaignResult | None
    effect: Effect | None
    headline: str
    explanation: str
    tone: str
    is_proven: bool

    @property
    def public_id(self) -> str:
        """The campaign's id as addresses show it."""
        return ids.encode("campaign", self.campaign.id)


def say_effect(line: CampaignEffect, *, currency: str) -> SaidEffect:
    """Say what a campaign brought, how sure that is, and what is missing when it is not."""
    effect = line.effect
    if effect is None:
        return SaidEffect(
            line.campaign, line.result, None, _say_nothing(line), "", tone="", is_proven=False
        )
    verdict = effect.verdict
    return SaidEffect(
        campaign=line.campaign,
        result=line.result,
        effect=effect,
        headline=_say_verdict(effect),
        explanation=_explain(effect, currency=currency),
        tone={"proven_gain": "good", "proven_loss": "bad"}.get(verdict, ""),
        is_proven=verdict in {"proven_gain", "proven_loss"},
    )


def _say_nothing(line: CampaignEffect) -> str:
    if line.result is None:
        return _("Not measured yet: the first reading comes within the hour.")
    return {
        NO_CONTROL: _("Cannot be measured: nobody was held back as a control group."),
        UNEVEN: _("Cannot be read: the two groups are not of the sizes chance would make."),
    }.get(line.result.problem, _("Nothing to compare yet."))


def _say_verdict(effect: Effect) -> str:
    points = number(abs(effect.conversion.estimate) * 100, 1)
    if effect.verdict == "proven_gain":
        return _("%(points)s more of every 100 bought because of it") % {"points": points}
    if effect.verdict == "proven_loss":
        return _("%(points)s fewer of every 100 bought because of it") % {"points": points}
    if effect.verdict == "too_small":
        return _("Too few people to tell")
    return _not_proven(effect.conversion)


def _not_proven(difference: Difference) -> str:
    needed = difference.needed_more_customers
    if not needed:
        return _("No proof yet")
    return ngettext(
        "No proof yet: about %(count)s more customer is needed",
        "No proof yet: about %(count)s more customers are needed",
        needed,
    ) % {"count": number(needed)}


def _explain(effect: Effect, *, currency: str) -> str:
    return _(
        "%(treated)s got it and %(rate)s of them bought; of the %(control)s held back it was "
        "%(control_rate)s. Over all who got it: %(amount)s, almost surely between %(low)s "
        "and %(high)s."
    ) % {
        "treated": number(effect.treatment.customers),
        "rate": percent(effect.treatment.conversion_rate, 1),
        "control": number(effect.control.customers),
        "control_rate": percent(effect.control.conversion_rate, 1),
        "amount": money_short(effect.incremental_amount, currency),
        "low": money_short(effect.incremental_amount_low, currency),
        "high": money_short(effect.incremental_amount_high, currency),
    }


@dataclass(frozen=True)
class MonthRow:
    """One month's figures."""

    month: date
    net_amount: int
    order_count: int
    customer_count: int
    new_customer_count: int
    is_complete: bool


@dataclass(frozen=True)
class Months:
    """Revenue by month with the sentence it is told in."""

    finding: str
    rows: tuple[MonthRow, ...]


def describe_months(figures: MonthlyFigures, *, currency: str) -> Months:
    """Compare the last whole month with the year before, or with the month before it."""
    if not len(figures.months):
        return Months(finding="", rows=())
    names = ("month", "net_amount", "order_count", "customer_count", "new_customer_count")
    told: list[tuple[Any, ...]] = figures.months.select(*names, "is_complete").rows()
    rows = tuple(MonthRow(*row) for row in told)
    return Months(finding=_month_finding(rows, currency), rows=rows)


def _month_finding(rows: tuple[MonthRow, ...], currency: str) -> str:
    whole = [row for row in rows if row.is_complete]
    if not whole:
        return _("The first month is not over yet")
    last = whole[-1]
    amount = money_short(last.net_amount, currency)
    before = next((r for r in whole if r.month == _year_before(last.month)), None)
    if before is None or before.net_amount <= 0:
        return _("The last month brought %(amount)s") % {"amount": amount}
    change = last.net_amount / before.net_amount - 1
    values = {"amount": amount, "change": percent(abs(change))}
    if change >= 0:
        return (
            _("The last whole month brought %(amount)s, %(change)s more than a year ago") % values
        )
    return _("The last whole month brought %(amount)s, %(change)s less than a year ago") % values


def _year_before(month: date) -> date:
    return month.replace(year=month.year - 1)


@dataclass(frozen=True)
class CohortCell:
    """The share of a cohort that bought again in one later month; `heat` 0–4 shades it."""

    rate: float | None
    heat: int


@dataclass(frozen=True)
class Cohorts:
    """Who came back, month by month, with the sentence it is told in."""

    finding: str
    month_numbers: tuple[int, ...]
    rows: tuple[dict[str, Any], ...]


def describe_retention(figures: MonthlyFigures) -> Cohorts:
    """Say how many of the newcomers buy again within three months, and fill the grid."""
    rows = figures.cohort_rows
    width = max((len(row.rates) for row in rows), default=0)
    return Cohorts(
        finding=_retention_finding(rows),
        month_numbers=tuple(range(1, width + 1)),
        rows=tuple(_cohort_line(row, width) for row in rows),
    )


def _cohort_line(row: CohortRow, width: int) -> dict[str, Any]:
    rates = [*row.rates, *[None] * (width - len(row.rates))]
    cells = [
        CohortCell(rate=rate, heat=sum(rate >= step for step in _HEAT_STEPS) if rate else 0)
        for rate in rates
    ]
    return {"month": row.month, "customers": row.customers, "cells": cells}


def _retention_finding(rows: tuple[CohortRow, ...]) -> str:
    known = [
        (row.customers, row.rates[0]) for row in rows if row.rates and row.rates[0] is not None
    ]
    people = sum(size for size, _rate in known)
    if not people:
        return _("Too early to say who comes back")
    share = sum(size * (rate or 0.0) for size, rate in known) / people
    return _("%(share)s of new customers buy again in the month after their first purchase") % {
        "share": percent(share)
    }

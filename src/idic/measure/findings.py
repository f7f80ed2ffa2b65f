"""Puts figures of Measure into sentences and into the rows and charts a page shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from idic.core import charts, ids
from idic.core.templatetags.ui import (
    day,
    money_ends,
    money_short,
    money_writer,
    month,
    number,
    percent,
)
from idic.engine.effects import Difference, Effect
from idic.interact.models import Campaign, CampaignState
from idic.measure.models import CampaignResult
from idic.measure.selectors import CampaignEffect, CohortRow, MonthlyFigures
from idic.measure.services.effects import NO_CONTROL, NOBODY, UNEVEN

_NO_CHANGE = 0.005  # what is written as 0 %


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
    chart: SafeString | None = None

    @property
    def is_measurable(self) -> bool:
        """Whether measuring it can give an answer."""
        return self.campaign.state != CampaignState.CANCELLED and not self.campaign.is_practice

    @property
    def public_id(self) -> str:
        """The campaign's id as addresses show it."""
        return ids.encode("campaign", self.campaign.id)


def say_effect(line: CampaignEffect, *, currency: str) -> SaidEffect:
    """Say what a campaign brought, how sure that is, and what is missing when it is not."""
    effect, result = line.effect, line.result
    if effect is None or result is None:
        return SaidEffect(line.campaign, result, None, _say_nothing(line), "", "", is_proven=False)
    # One look, at the end: an answer that may be read every day is sooner or later "proven".
    verdict = effect.verdict if result.is_final else ""
    is_proven = verdict in {"proven_gain", "proven_loss"}
    return SaidEffect(
        campaign=line.campaign,
        result=result,
        effect=effect,
        headline=_say_verdict(effect) if result.is_final else _say_wait(result),
        explanation=_explain(effect, currency=currency),
        tone={"proven_gain": "good", "proven_loss": "bad"}.get(verdict, ""),
        is_proven=is_proven,
        chart=_draw_effect(effect, currency, is_proven=is_proven),
    )


def _say_wait(result: CampaignResult) -> str:
    last_day = result.window_to
    if result.measured_at < last_day:
        return _("Still counting: the answer comes on %(day)s") % {"day": day(last_day)}
    return _("Waiting for your orders up to %(day)s: bring in the newest file") % {
        "day": day(last_day)
    }


def _draw_effect(effect: Effect, currency: str, *, is_proven: bool) -> SafeString:
    value = effect.incremental_amount
    low, high = effect.incremental_amount_low, effect.incremental_amount_high
    return charts.interval(
        title=_("What it brought in sales"),
        value=value,
        low=low,
        high=high,
        write=money_writer(value, low, high, currency=currency),
        reference=(0.0, _("no effect")),
        is_proven=is_proven and effect.amount.verdict in {"proven_gain", "proven_loss"},
    )


def _say_nothing(line: CampaignEffect) -> str:
    if line.campaign.state == CampaignState.CANCELLED:
        return _("Not measured: it was cancelled halfway.")
    if line.campaign.is_practice:
        return _("Not measured: it was sent in practice, and nobody got it.")
    if line.result is None:
        return _("Not measured yet: the first reading comes within the hour.")
    return {
        NO_CONTROL: _("Cannot be measured: nobody was held back as a control group."),
        NOBODY: _("Cannot be measured: nobody got it."),
        UNEVEN: _("Cannot be read: the two groups are not of the sizes chance would make."),
    }.get(line.result.problem, _("Nothing to compare yet."))


def _say_verdict(effect: Effect) -> str:
    share = abs(effect.conversion.estimate) * 100
    points = number(share, 1 if share < 10 else 0)
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
    said = _(
        "%(treated)s got it and %(rate)s of them bought; of the %(control)s held back it was "
        "%(control_rate)s. Over all who got it: %(amount)s, very likely between %(low)s "
        "and %(high)s."
    ) % {
        "treated": number(effect.treatment.customers),
        "rate": percent(effect.treatment.conversion_rate, 1),
        "control": number(effect.control.customers),
        "control_rate": percent(effect.control.conversion_rate, 1),
        "amount": money_short(effect.incremental_amount, currency),
        **money_ends(effect.incremental_amount_low, effect.incremental_amount_high, currency),
    }
    is_seen, is_paid = (
        verdict in {"proven_gain", "proven_loss"}
        for verdict in (effect.verdict, effect.amount.verdict)
    )
    # One question was put beforehand: how many buy. A second answer must not seem to decide it.
    if is_paid and not is_seen:
        hint = _("The money is a hint: it is judged by how many bought.")
        return f"{said} {hint}"
    if is_seen and not is_paid:
        doubt = _("How much money that is cannot be told yet.")
        return f"{said} {doubt}"
    return said


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
    """Compare the last whole month with the same month of the year before, if there is one."""
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
        return _("The last whole month brought %(amount)s") % {"amount": amount}
    change = last.net_amount / before.net_amount - 1
    values = {"amount": amount, "change": percent(abs(change))}
    if abs(change) < _NO_CHANGE:
        return _("The last whole month brought %(amount)s, as much as a year ago") % values
    if change >= 0:
        return (
            _("The last whole month brought %(amount)s, %(change)s more than a year ago") % values
        )
    return _("The last whole month brought %(amount)s, %(change)s less than a year ago") % values


def _year_before(month: date) -> date:
    return month.replace(year=month.year - 1)


def draw_months(months: Months, *, currency: str) -> SafeString:
    """Draw revenue month by month; a month that is not over is hatched."""
    return charts.columns(
        title=_("Revenue by month"),
        rows=[charts.Bar(f"{row.month:%m/%y}", row.net_amount) for row in months.rows],
        write=lambda value: money_short(round(value), currency),
        name=_("Month"),
        measure=_("Revenue"),
        is_last_incomplete=not months.rows[-1].is_complete,
        is_broad=True,
    )


def draw_retention(figures: MonthlyFigures) -> SafeString:
    """Draw who came back, by the month of the first purchase."""
    rows = figures.cohort_rows
    width = max((len(row.rates) for row in rows), default=0)
    return charts.retention_grid(
        title=_retention_finding(rows),
        corner=_("First purchase"),
        columns=[str(place) for place in range(width + 1)],
        cohorts=[_cohort_line(row, width) for row in rows],
        write=percent,
        is_last_incomplete=False,
        note=_(
            "One row a month of first purchase, with how many began in it; each number is the "
            "share that bought again so many months later."
        ),
    )


def _cohort_line(row: CohortRow, width: int) -> tuple[str, list[float | None]]:
    later = [*row.rates, *[None] * (width - len(row.rates))]
    return f"{month(row.month)} · {number(row.customers)}", [1.0, *later]


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

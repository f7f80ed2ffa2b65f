"""What somebody is worth, with how sure that is, and how far off the method was on past months."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from idic.core import charts, formatting
from idic.core.models import Business
from idic.core.templatetags import ui
from idic.differentiate.models import CustomerSummary
from idic.web.listing.cells import draw_risk
from idic.web.selectors.value_method import Method


@dataclass(frozen=True)
class Worth:
    """The value column: an amount, the sentence under it, the scale, figures, the small print."""

    amount: str
    said: str
    chart: SafeString | str
    figures: list[tuple[str, SafeString | str]]
    method: list[str]


def draw_worth(
    summary: CustomerSummary | None, method: Method | None, business: Business
) -> Worth | None:
    """Say what somebody is worth; None before anything was computed."""
    if summary is None or (summary.expected_amount is None and not summary.order_count):
        return None
    return Worth(
        amount=_short(summary.expected_amount, business),
        said=_said(summary, business),
        chart=_chart(summary, business),
        figures=_figures(summary, business),
        method=_method(method),
    )


def _short(minor: int | None, business: Business) -> str:
    return "–" if minor is None else ui.money_short(minor, business.currency)


def _said(summary: CustomerSummary, business: Business) -> str:
    low, high = summary.expected_low_amount, summary.expected_high_amount
    if summary.expected_amount is None:
        return _("not known yet: too little was bought to say")
    if low is None or high is None:
        return _("expected sales of the next 12 months")
    low_word, high_word = formatting.amounts_between(
        low,
        high,
        like=summary.expected_amount,
        currency=business.currency,
        language=get_language() or "en",
    )
    return _(
        "expected sales of the next 12 months; eight times in ten between %(low)s and %(high)s"
    ) % {"low": low_word, "high": high_word}


def _chart(summary: CustomerSummary, business: Business) -> SafeString | str:
    low, high = summary.expected_low_amount, summary.expected_high_amount
    if summary.expected_amount is None or low is None or high is None or high <= low:
        return ""

    known = (summary.expected_amount, low, high, summary.last_year_amount)
    return charts.interval(
        title=_chart_title(summary, business),
        value=summary.expected_amount,
        low=low,
        high=high,
        write=ui.money_writer(*known, currency=business.currency),
        reference=(summary.last_year_amount, _("last 12 months")),
    )


def _chart_title(summary: CustomerSummary, business: Business) -> str:
    expected, past = summary.expected_amount or 0, summary.last_year_amount
    if past and expected < past * 0.9:
        return _("Less than in the last 12 months")
    if past and expected > past * 1.1:
        return _("More than in the last 12 months")
    return _("About as much as in the last 12 months")


def _figures(summary: CustomerSummary, business: Business) -> list[tuple[str, SafeString | str]]:
    figures: list[tuple[str, SafeString | str]] = [
        (_("Last 12 months"), _shortly(summary.last_year_amount, business)),
        (_("Since the beginning"), _shortly(summary.net_amount, business)),
        (_("Orders"), ui.number(summary.order_count)),
    ]
    if summary.mean_order_amount is not None:
        figures.append((_("Each order"), _shortly(summary.mean_order_amount, business)))
    figures.append((_("May leave"), draw_risk(summary.churn_risk)))
    return figures


def _shortly(minor: int, business: Business) -> SafeString:
    """Write an amount like the one above it; in full where the pointer rests."""
    exact = ui.money(minor, business.currency)
    return format_html('<span title="{}">{}</span>', exact, _short(minor, business))


def _method(method: Method | None) -> list[str]:
    """Say how the value was computed, and how wrong that was when tried on the past."""
    if method is None:
        return []
    words = {
        "repeat_last_period": _("The coming year is expected to be like the last one."),
        "own_rate": _("Everybody is expected to keep their own pace so far."),
        "own_rate_alive": _(
            "Everybody is expected to keep their own pace, less after long silence."
        ),
        "purchase_model": _("Pace, size and silence of each customer are weighed together."),
        "mbg_nbd": _("Pace, size and silence of each customer are weighed together."),
        "pareto_nbd": _("Pace, size and silence of each customer are weighed together."),
        "everybody_mean": _("Everybody is expected to bring what all bring on average."),
        "shared_rate": _("Everybody keeps their own pace, drawn toward what is usual here."),
        "boosted": _("Pace and silence are weighed, corrected by what similar customers did."),
        "blend": _("Pace and silence are weighed, half corrected by what similar customers did."),
    }
    lines = [words[method.name]] if method.name in words else []
    if method.total_error_rate is not None and method.holdout_days:
        tried = ngettext(
            "Tried on the last %(days)s day without seeing it, the total was off by %(rate)s.",
            "Tried on the last %(days)s days without seeing them, the total was off by %(rate)s.",
            method.holdout_days,
        )
        lines.append(
            tried % {"days": method.holdout_days, "rate": ui.percent(method.total_error_rate)}
        )
    lines.append(_("Computed as of %(day)s.") % {"day": ui.day(method.as_of)})
    return lines

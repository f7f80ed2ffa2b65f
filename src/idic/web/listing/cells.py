"""How each cell of the customer list reads: plain functions from a summary to safe HTML, because a
component a cell would cost more than the page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from idic.core.templatetags import ui
from idic.differentiate.models import CustomerSummary, Reach, Tier
from idic.web.listing.columns import COLUMNS
from idic.web.listing.query import CHANNELS

# The meter has four steps: how much somebody brings. Slipping away and quiet are said in words.
TIER_STEPS = {
    Tier.VVIP: 4,
    Tier.VIP: 4,
    Tier.LOYAL: 3,
    Tier.POTENTIAL: 2,
    Tier.NEW: 1,
    Tier.AT_RISK: 2,
    Tier.DORMANT: 1,
}
_CHANNEL_WORDS = {"email": gettext_lazy("E-mail"), "sms": gettext_lazy("SMS"), "zalo": "Zalo"}


class View:
    """What cells need besides the row: said once a page, not once a cell."""

    def __init__(self, *, currency: str, as_of: date, need_names: dict[int, str]) -> None:
        self.currency = currency
        self.as_of = as_of
        self.need_names = need_names
        self.unclear = format_html(
            '<span class="muted nowrap">{}</span>', pgettext("need", "not clear yet")
        )
        self.tiers = {code: draw_tier(code) for code in ("", *Tier.values)}
        self.starts = {
            key: format_html(
                '<td{} data-label="{}">',
                SafeString(' class="num"') if column.is_figure else "",
                column.label,
            )
            for key, column in COLUMNS.items()
        }


def draw_cells(keys: Sequence[str], summary: CustomerSummary, view: View) -> SafeString:
    """Draw the cells of a row, each with its label for narrow screens."""
    return SafeString(
        "".join(
            f"{view.starts[key]}{conditional_escape(_CELLS[key](summary, view))}</td>"
            for key in keys
        )
    )


def draw_tier(code: str) -> SafeString | str:
    """Draw the meter and the word of a tier; a dash for none."""
    if code not in Tier.values:
        return "–"
    tier = Tier(code)
    return ui.tier(TIER_STEPS[tier], str(tier.label))


def _tier(summary: CustomerSummary, view: View) -> SafeString | str:
    return view.tiers.get(summary.tier, "–")


def _need(summary: CustomerSummary, view: View) -> SafeString | str:
    number = summary.need_group_id
    if number:
        return view.need_names.get(number, "–")
    return view.unclear


def _amount(column: str) -> Callable[[CustomerSummary, View], str]:
    def draw(summary: CustomerSummary, view: View) -> str:
        value = getattr(summary, column)
        return "–" if value is None else ui.money_short(value, view.currency)

    return draw


def _orders(summary: CustomerSummary, view: View) -> str:
    return ui.number(summary.order_count)


def _last_order(summary: CustomerSummary, view: View) -> SafeString | str:
    if summary.last_order_date is None:
        return "–"
    return format_html(
        '<span title="{}">{}</span>',
        ui.day(summary.last_order_date),
        ui.days_ago(summary.last_order_date, view.as_of),
    )


def _overdue(summary: CustomerSummary, view: View) -> SafeString | str:
    days = summary.overdue_days
    if not summary.is_overdue or days is None:
        return "–"
    word = ngettext("%(days)s day", "%(days)s days", days) % {"days": ui.number(days)}
    return ui.state("warn", word, "clock")


def _churn(summary: CustomerSummary, view: View) -> SafeString | str:
    return draw_risk(summary.churn_risk)


def draw_risk(risk: float | None) -> SafeString | str:
    """Say a risk of leaving in words, with its rate."""
    if risk is None:
        return "–"
    rate = ui.percent(risk)
    if risk >= 0.6:
        return ui.state("bad", _("likely, %(rate)s") % {"rate": rate}, "alert")
    if risk >= 0.3:
        return ui.state("warn", _("possible, %(rate)s") % {"rate": rate}, "alert")
    return _("unlikely, %(rate)s") % {"rate": rate}


def _reach(summary: CustomerSummary, view: View) -> SafeString | str:
    reaches = {channel: getattr(summary, f"{channel}_reach") for channel in CHANNELS}
    allowed = [str(_CHANNEL_WORDS[c]) for c, reach in reaches.items() if reach == Reach.ALLOWED]
    if allowed:
        return ui.listed(allowed)
    worst = next(
        (r for r in (Reach.DENIED, Reach.UNKNOWN) if r in reaches.values()), Reach.NO_ADDRESS
    )
    return ui.state("bad" if worst == Reach.DENIED else "warn", str(worst.label))


def _city(summary: CustomerSummary, view: View) -> str:
    return summary.city or "–"


def _contact(summary: CustomerSummary, view: View) -> str:
    return ui.days_ago(summary.last_contact_at) if summary.last_contact_at else "–"


def _depth(summary: CustomerSummary, view: View) -> str:
    return _("%(score)s of 100") % {"score": ui.number(summary.depth_score)}


_CELLS: dict[str, Callable[[CustomerSummary, View], SafeString | str]] = {
    "tier": _tier,
    "need": _need,
    "worth": _amount("worth_amount"),
    "expected": _amount("expected_amount"),
    "last_year": _amount("last_year_amount"),
    "orders": _orders,
    "last_order": _last_order,
    "overdue": _overdue,
    "stake": _amount("stake_amount"),
    "churn": _churn,
    "reach": _reach,
    "city": _city,
    "contact": _contact,
    "depth": _depth,
}

"""The next purchase of a customer: when, what, how much, how sure that is, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from idic.core import formatting
from idic.core.models import Business
from idic.core.templatetags import ui
from idic.customize.selectors import Proposal
from idic.differentiate.models import CustomerSummary
from idic.engine.upcoming import NextPurchase, expect_next
from idic.web.selectors.value_method import Method

# Below this chance of coming within two years a day would be made up.
_LEAST_CHANCE = 0.2


@dataclass(frozen=True)
class Upcoming:
    """Lines (what it is, what is expected) and the reason below them."""

    lines: list[tuple[str, str]]
    reason: str


def draw_upcoming(
    summary: CustomerSummary | None,
    method: Method | None,
    proposals: Sequence[Proposal],
    business: Business,
) -> Upcoming | None:
    """Say when somebody comes next and what for; None while nothing is known of it."""
    if summary is None or method is None or method.purchases is None or method.spend is None:
        return None
    first, last = summary.first_order_date, summary.last_order_date
    if first is None or last is None or not summary.order_count:
        return None
    active_days = (last - first).days
    found = expect_next(
        method.purchases,
        method.spend,
        # Several orders on one day are one purchase: never more than there were days.
        purchase_day_count=min(summary.order_count, active_days + 1),
        net_amount=summary.net_amount,
        age_at_last_purchase_days=active_days,
        customer_age_days=max((summary.as_of_date - first).days, active_days),
    )
    if found.chance < _LEAST_CHANCE:
        said = _("%(chance)s likely to come again within two years") % {
            "chance": ui.percent(found.chance)
        }
        return Upcoming([(_("Next purchase"), said)], _reason(summary))
    lines = [(_("Next purchase"), _when(found, summary.as_of_date))]
    wanted = _wanted(proposals)
    if wanted:
        lines.append((_("Most likely for"), wanted))
    lines.append((_("About"), _amount(found, business)))
    return Upcoming(lines, _reason(summary))


def _when(found: NextPurchase, as_of: date) -> str:
    early, usual, late = (
        ui.day(as_of + timedelta(days=round(days)))
        for days in (found.early_days, found.usual_days, found.late_days)
    )
    return _("around %(day)s; eight times in ten between %(early)s and %(late)s") % {
        "day": usual,
        "early": early,
        "late": late,
    }


def _wanted(proposals: Sequence[Proposal]) -> str:
    """Name the category of what is proposed first, or the product where it has none."""
    if not proposals:
        return ""
    product = proposals[0].product
    return product.category or product.name


def _amount(found: NextPurchase, business: Business) -> str:
    low, high = formatting.amounts_between(
        round(found.low_amount),
        round(found.high_amount),
        like=round(found.usual_amount),
        currency=business.currency,
        language=get_language() or "en",
    )
    return _("%(amount)s; eight times in ten between %(low)s and %(high)s") % {
        "amount": ui.money_short(round(found.usual_amount), business.currency),
        "low": low,
        "high": high,
    }


def _reason(summary: CustomerSummary) -> str:
    last = ui.day(summary.last_order_date)
    if summary.usual_gap_days:
        return _("Because they usually come every %(gap)s days and came last on %(day)s.") % {
            "gap": ui.number(round(summary.usual_gap_days)),
            "day": last,
        }
    return _("Because they bought once, on %(day)s, and by what others did after that.") % {
        "day": last
    }

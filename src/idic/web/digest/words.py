"""What the morning mail says: its subject, which is the finding, and the sales in plain words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from idic.core.templatetags import ui
from idic.measure.selectors import LatestSales, Period
from idic.web.digest.content import Digest
from idic.web.today.planning import Desk, Reason

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SaleLine:
    """The sales of some days: which, how much, and how that stands to last year."""

    label: str
    amount: str
    against: str
    tone: str = ""


def say_subject(digest: Digest) -> str:
    """Say the morning's finding in at most two pieces; of made-up figures, that they are."""
    if digest.day.desk is Desk.OWNER:
        pieces = [_say_first(digest), _say_last_sales(digest)]
    else:
        pieces = [_say_work(digest), _say_due(digest)]
    said = [piece for piece in pieces if piece]
    finding = _("%(one)s, %(two)s") % {"one": said[0], "two": said[1]} if said[1:] else said[0]
    is_sample = digest.demo is not None and not digest.demo.is_beside_own
    return _("Sample shop: %(finding)s") % {"finding": finding} if is_sample else finding


def _say_first(digest: Digest) -> str:
    """Say what the owner should know first: who slips away, else what waits."""
    if digest.slipping:
        return ngettext(
            "%(count)s valuable customer begins to slip away",
            "%(count)s valuable customers begin to slip away",
            digest.slipping.count,
        ) % {"count": ui.number(digest.slipping.count)}
    if digest.late_count:
        return ngettext(
            "%(count)s valuable customer is slipping away",
            "%(count)s valuable customers are slipping away",
            digest.late_count,
        ) % {"count": ui.number(digest.late_count)}
    return _say_due(digest) or _say_work(digest)


def _say_last_sales(digest: Digest) -> str:
    if digest.sales is None:
        return ""
    day = digest.sales.day
    amount = ui.money_short(day.net_amount, digest.currency)
    if day.last == digest.as_of - _DAY:
        return _("%(amount)s yesterday") % {"amount": amount}
    return _("%(amount)s on %(day)s") % {"amount": amount, "day": ui.day_short(day.last)}


def _say_work(digest: Digest) -> str:
    people, jobs = digest.day.people_count, digest.day.job_count
    if people:
        return ngettext(
            "%(count)s person to look after", "%(count)s people to look after", people
        ) % {"count": ui.number(people)}
    if jobs:
        return ngettext("%(count)s thing to look after", "%(count)s things to look after", jobs) % {
            "count": ui.number(jobs)
        }
    return _("Nobody needs you today")


def _say_due(digest: Digest) -> str:
    counts = _count(digest)
    promises, complaints = counts[Reason.PROMISE], counts[Reason.COMPLAINT]
    if promises:
        return ngettext("%(count)s promise due", "%(count)s promises due", promises) % {
            "count": ui.number(promises)
        }
    if complaints:
        return ngettext("%(count)s open complaint", "%(count)s open complaints", complaints) % {
            "count": ui.number(complaints)
        }
    return ""


def _count(digest: Digest) -> Counter[Reason]:
    return Counter(row.waiting.reason for row in digest.day.rows)


def say_slipping(digest: Digest) -> str:
    """Say how many of the valuable began to slip away within the week."""
    if digest.slipping is None:
        return ""
    return ngettext(
        "New within a week: %(count)s person, longer away than is usual for them.",
        "New within a week: %(count)s people, longer away than is usual for them.",
        digest.slipping.count,
    ) % {"count": ui.number(digest.slipping.count)}


def say_sample(digest: Digest) -> str:
    """Say that figures are made up, as long as any are."""
    if digest.demo is None:
        return ""
    if digest.demo.is_beside_own:
        return _("The sample shop stands beside your own data: some of these people are made up.")
    return _("These are figures of the sample shop. The people are made up; do not call them.")


def list_sales(digest: Digest) -> list[SaleLine]:
    """Say what the latest day, week and month brought."""
    sales = digest.sales
    if sales is None:
        return []
    return [
        _line(_day_label(sales, digest.as_of), sales.day, digest.currency),
        _line(_week_label(sales, digest.as_of), sales.week, digest.currency),
        _line(_month_label(sales), sales.month, digest.currency),
    ]


def _day_label(sales: LatestSales, as_of: date) -> str:
    if sales.day.last == as_of - _DAY:
        return _("Yesterday")
    return _("Latest day with orders, %(day)s") % {"day": ui.day_short(sales.day.last)}


def _week_label(sales: LatestSales, as_of: date) -> str:
    week, last = sales.week, as_of - _DAY
    if week.first == as_of - timedelta(days=as_of.weekday()):
        return _("This week so far")
    if week.first == last - timedelta(days=last.weekday()):
        return _("Last week")
    return _("Week from %(day)s") % {"day": ui.day_short(week.first)}


def _month_label(sales: LatestSales) -> str:
    last = sales.month.last
    if (last + _DAY).day == 1:
        return ui.month(last)
    return _("%(month)s, up to %(day)s") % {"month": ui.month(last), "day": ui.day_short(last)}


def _line(label: str, period: Period, currency: str) -> SaleLine:
    amount, before = period.net_amount, period.before_amount
    shown = ui.money_short(amount, currency)
    if before is None:
        return SaleLine(label, shown, _("nothing known of last year yet"))
    if before <= 0:
        return SaleLine(label, shown, _("nothing was sold on these days last year"))
    values = {
        "difference": ui.money_short(abs(amount - before), currency),
        "share": ui.percent(abs(amount - before) / before),
        "before": ui.money_short(before, currency),
    }
    if amount == before:
        return SaleLine(label, shown, _("as much as on the same days last year"))
    if amount > before:
        more = _("%(difference)s (%(share)s) more than last year's %(before)s")
        return SaleLine(label, shown, more % values, "good")
    less = _("%(difference)s (%(share)s) less than last year's %(before)s")
    return SaleLine(label, shown, less % values, "bad")

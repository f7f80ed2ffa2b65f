"""The accounts somebody holds: what is on them, product by product, how that moved, and what they
brought in fees and interest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from idic.core import charts
from idic.core.templatetags import ui
from idic.identify.accounts import Account

# Fewer days than these draw no line worth looking at; more make letters overlap.
_LEAST_DAYS, _MOST_DAYS = 3, 12
_SHOWN_DIGITS = 4


@dataclass(frozen=True)
class AccountLine:
    """One account: its name, what is on it, and how that moved since the balance before."""

    name: str
    number: str
    amount: str
    change: str


@dataclass(frozen=True)
class Accounts:
    """The panel: the sum of each currency, the sentence under it, the accounts, the line over time,
    and what they brought within a year.
    """

    amounts: list[str]
    said: str
    lines: list[AccountLine]
    earned: list[str]
    chart: SafeString | str


def draw_accounts(accounts: Sequence[Account]) -> Accounts | None:
    """Say what somebody holds; None for nobody's customer of a bank."""
    if not accounts:
        return None
    sums, earned = defaultdict[str, int](int), defaultdict[str, int](int)
    for one in accounts:
        sums[one.currency] += one.balance_amount
        if one.earned_amount is not None:
            earned[one.currency] += one.earned_amount
    last = max(one.as_of_date for one in accounts)
    said = ngettext(
        "on %(count)s account, %(day)s", "on %(count)s accounts, %(day)s", len(accounts)
    )
    return Accounts(
        amounts=[ui.money(amount, currency) for currency, amount in sums.items()],
        said=said % {"count": ui.number(len(accounts)), "day": ui.day(last)},
        lines=[_line(one) for one in accounts],
        earned=[ui.money(amount, currency) for currency, amount in earned.items()],
        chart=_chart(accounts),
    )


def _line(one: Account) -> AccountLine:
    change, amount = "", one.change_amount
    if amount is not None:
        change = _("%(change)s since %(day)s") % {
            "change": ui.money_change(amount, one.currency),
            "day": ui.day(one.history[-2][0]),
        }
    return AccountLine(
        name=one.product or _("Account"),
        # The rest of a number is nobody's business who looks over a shoulder.
        number="…" + one.number[-_SHOWN_DIGITS:],
        amount=ui.money(one.balance_amount, one.currency),
        change=change,
    )


def _chart(accounts: Sequence[Account]) -> SafeString | str:
    """Draw what was on all accounts of the first currency together, day by day."""
    currency = accounts[0].currency
    own = [one for one in accounts if one.currency == currency]
    days = sorted({day for one in own for day, _amount in one.history})[-_MOST_DAYS:]
    if len(days) < _LEAST_DAYS:
        return ""
    is_monthly = len({day.month for day in days}) == len(days)
    totals = [sum(_on(one, day) for one in own) for day in days]
    is_more, is_less = totals[-1] > totals[0] * 1.05, totals[-1] < totals[0] * 0.95
    title = _("As much on them as before")
    if is_more or is_less:
        title = _("More on them than before") if is_more else _("Less on them than before")
    return charts.lines(
        title=title,
        series=[charts.Line(label=_("Balance"), values=totals)],
        periods=[str(day.month) if is_monthly else ui.day_short(day) for day in days],
        write=ui.money_writer(*totals, currency=currency),
        name=_("Month") if is_monthly else _("Day"),
    )


def _on(one: Account, day: date) -> int:
    """Give what an account held on a day: the last balance up to then, nothing before the first."""
    return next((amount for at, amount in reversed(one.history) if at <= day), 0)

"""How often somebody, or the people of a segment, bought within a window, and what a purchase came
to. Of one person from what their page has read, of many from the lake.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from idic.core import money
from idic.core.models import Business
from idic.identify.facts import open_facts
from idic.identify.models import ExchangeRate

from .habits import Purchase

_DAYS_A_MONTH = 365.25 / 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Buying:
    """What was bought within `days` days by `people` people: how many purchases, by how many of
    them, for how much in minor units of the business. Returns are left out.
    """

    days: int
    people: int
    buyers: int
    purchases: int
    amount: int

    @property
    def per_month(self) -> float:
        """Give the purchases a head and month."""
        return self.purchases / max(self.people, 1) / (max(self.days, 1) / _DAYS_A_MONTH)

    @property
    def mean_amount(self) -> int | None:
        """Give what a purchase came to on average; None without one."""
        return round(self.amount / self.purchases) if self.purchases else None


@dataclass(frozen=True, slots=True)
class Window:
    """The days from `begin` up to the end of `end`."""

    begin: date
    end: date

    @property
    def days(self) -> int:
        """Count them."""
        return (self.end - self.begin).days + 1

    @property
    def before(self) -> Window:
        """Give the window of as many days before it."""
        return Window(self.begin - timedelta(days=self.days), self.begin - timedelta(days=1))


def buying_of(purchases: Sequence[Purchase], *, window: Window, business: Business) -> Buying:
    """Sum up what one person bought within a window."""
    zone = ZoneInfo(business.time_zone)
    inside = [
        one for one in purchases if window.begin <= one.at.astimezone(zone).date() <= window.end
    ]
    rates = _rates({one.currency for one in inside} - {business.currency})
    amount = sum(_in_own(one, rates, business.currency, zone) for one in inside)
    return Buying(
        days=window.days,
        people=1,
        buyers=min(len(inside), 1),
        purchases=len(inside),
        amount=amount,
    )


def buying_of_many(customer_ids: Sequence[int], *, windows: Sequence[Window]) -> list[Buying]:
    """Sum up what many people bought within each window."""
    with open_facts() as facts:
        found = []
        for window in windows:
            rows = facts.query(
                "SELECT count(*), count(DISTINCT customer_id), "
                "CAST(coalesce(sum(net_amount), 0) AS BIGINT) FROM customer_orders "
                "WHERE NOT is_return AND ordered_on BETWEEN ? AND ? "
                "AND customer_id IN (SELECT unnest(CAST(? AS BIGINT[])))",
                [window.begin, window.end, list(customer_ids)],
            ).rows()
            purchases, buyers, amount = (int(str(value)) for value in rows[0])
            found.append(
                Buying(
                    days=window.days,
                    people=len(customer_ids),
                    buyers=buyers,
                    purchases=purchases,
                    amount=amount,
                )
            )
    return found


def first_purchase_on() -> date | None:
    """Give the day of the first purchase there is."""
    with open_facts() as facts:
        rows = facts.query("SELECT min(ordered_on) FROM customer_orders").rows()
    found = rows[0][0] if rows else None
    return found if isinstance(found, date) else None


def _rates(currencies: set[str]) -> dict[str, list[tuple[date, Decimal]]]:
    found: dict[str, list[tuple[date, Decimal]]] = {}
    if currencies:
        rows = ExchangeRate.objects.filter(currency__in=currencies).order_by("from_date")
        for code, day, rate in rows.values_list("currency", "from_date", "rate"):
            found.setdefault(code, []).append((day, rate))
    return found


def _in_own(
    one: Purchase, rates: dict[str, list[tuple[date, Decimal]]], own: str, zone: ZoneInfo
) -> int:
    """Give an amount in the business's money; without a rate it counts as nothing, as elsewhere."""
    if one.currency == own:
        return one.amount
    day = one.at.astimezone(zone).date()
    known = [rate for since, rate in rates.get(one.currency, ()) if since <= day]
    if not known:
        return 0
    return money.to_minor(
        money.to_decimal(one.amount, currency=one.currency) * known[-1], currency=own
    )


def window_of(days: int, *, as_of: date, first: date | None) -> Window:
    """Give the window of so many days up to a day; of 0 days, all since the first purchase."""
    begin = as_of - timedelta(days=days - 1) if days else min(first or as_of, as_of)
    return Window(begin, as_of)


def first_of(purchases: Sequence[Purchase], zone: str) -> date | None:
    """Give the day of the first of some purchases."""
    moments = [one.at for one in purchases]
    first: datetime | None = min(moments, default=None)
    return first.astimezone(ZoneInfo(zone)).date() if first else None

"""What the first look says about the whole business, and whom to call first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from idic.differentiate.models import BusinessFigures, CustomerSummary, Tier

from .value_model import ModelCard, find_value_model


@dataclass(frozen=True)
class Business:
    """Figures of the day looked at. Rates lie between 0 and 1, amounts are minor units; None where
    there is nothing to tell yet.
    """

    as_of: date
    currency: str
    customers: int
    buyers: int
    repeat_buyers: int
    repeat_rate: float | None
    net_amount: int
    last_year_amount: int
    expected_amount: int
    top_fifth_rate: float | None
    late_count: int
    late_median_days: int | None
    late_amount: int
    late_stake_amount: int
    first_order_date: date | None
    tiers: dict[str, dict[str, int]]
    model: ModelCard | None


@dataclass(frozen=True)
class CallFirst:
    """Somebody to call: what is at stake and the facts of the reason."""

    summary: CustomerSummary
    stake_amount: int
    last_year_amount: int
    overdue_days: int
    days_since_last: int
    usual_gap_days: int | None
    churn_risk: float | None

    @property
    def customer_id(self) -> int:
        """Who it is."""
        return self.summary.customer_id

    @property
    def full_name(self) -> str:
        """Their name as given."""
        return self.summary.full_name


def find_figures(*, as_of: date | None = None) -> BusinessFigures | None:
    """Give the figures of a day, or the latest."""
    rows = BusinessFigures.objects.all()
    if as_of is not None:
        rows = rows.filter(as_of_date__lte=as_of)
    return rows.order_by("-as_of_date").first()


def describe_business(as_of: date | None = None) -> Business | None:
    """Give what the last refresh up to a day found; None before the first. Two queries."""
    row = find_figures(as_of=as_of)
    if row is None:
        return None
    held: dict[str, Any] = row.figures
    buyers = int(held["buyers"])
    late: dict[str, Any] = held["late"]
    first = held.get("first_order_date")
    return Business(
        as_of=row.as_of_date,
        currency=held["currency"],
        customers=held["customers"],
        buyers=buyers,
        repeat_buyers=held["repeat_buyers"],
        repeat_rate=held["repeat_buyers"] / buyers if buyers else None,
        net_amount=held["net_amount"],
        last_year_amount=held["last_year_amount"],
        expected_amount=held["expected_amount"],
        top_fifth_rate=held["top_fifth_rate"],
        late_count=late["count"],
        late_median_days=late["median_days"],
        late_amount=late["last_year_amount"],
        late_stake_amount=late["stake_amount"],
        first_order_date=date.fromisoformat(first) if first else None,
        tiers=held["tiers"],
        model=find_value_model(),
    )


def list_call_first(limit: int = 20, *, with_open_case: bool = True) -> list[CallFirst]:
    """Give the people to call first: valuable and overdue, on top where a call can win most.
    One query.
    """
    people = CustomerSummary.objects.filter(is_overdue=True, tier=Tier.AT_RISK)
    if not with_open_case:
        people = people.filter(has_open_case=False)
    listed = people.select_related("customer").order_by("-winback_amount", "customer_id")[:limit]
    return [_call(summary) for summary in listed]


def list_newly_late(*, days: int) -> list[int]:
    """Give which of the valuable became overdue within so many days, the largest amount at stake
    first. One query.
    """
    late = CustomerSummary.objects.filter(
        tier=Tier.AT_RISK, is_overdue=True, overdue_days__lte=days
    )
    listed = late.order_by("-stake_amount", "customer_id")
    return list(listed.values_list("customer_id", flat=True))


def _call(summary: CustomerSummary) -> CallFirst:
    last = summary.last_order_date or summary.as_of_date
    gap = summary.usual_gap_days
    return CallFirst(
        summary=summary,
        stake_amount=summary.stake_amount,
        last_year_amount=summary.last_year_amount,
        overdue_days=summary.overdue_days or 0,
        days_since_last=(summary.as_of_date - last).days,
        usual_gap_days=round(gap) if gap else None,
        churn_risk=summary.churn_risk,
    )

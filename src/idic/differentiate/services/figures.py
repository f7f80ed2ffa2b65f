"""Sums over all customers, written when they are refreshed: the cells of value × needs and what
the first look says about the business.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from numpy.typing import NDArray

from idic.differentiate import segments
from idic.differentiate.known import INCOMPLETE
from idic.differentiate.models import (
    BusinessFigures,
    CustomerSummary,
    MatrixCell,
    Tier,
    TierChange,
)
from idic.differentiate.selectors.months import count_months
from idic.engine.table import Table
from idic.identify.selectors import count_orders

WEEK_DAYS = 7


def refresh_cells() -> None:
    """Add all cells up again from the summary rows."""
    cells = _add_up(CustomerSummary.objects.all())  # before the lock is taken
    with transaction.atomic():
        MatrixCell.objects.all().delete()
        MatrixCell.objects.bulk_create(cells)


def refresh_cells_of(*, spots: Collection[tuple[str, int | None]]) -> None:
    """Add up again only the cells named by tier and need group."""
    for tier, group_id in spots:
        cells = _add_up(CustomerSummary.objects.filter(tier=tier, need_group_id=group_id))
        with transaction.atomic():
            MatrixCell.objects.filter(tier=tier, need_group_id=group_id).delete()
            MatrixCell.objects.bulk_create(cells)


def _add_up(people: QuerySet[CustomerSummary]) -> list[MatrixCell]:
    found = (
        people.order_by()
        .values("tier", "need_group_id")
        .annotate(
            people=Count("pk"),
            past=Coalesce(Sum("last_year_amount"), 0),
            future=Coalesce(Sum("expected_amount"), 0),
            overdue=Count("pk", filter=Q(is_overdue=True)),
            stake=Coalesce(Sum("stake_amount", filter=Q(is_overdue=True)), 0),
        )
    )
    return [
        MatrixCell(
            tier=row["tier"],
            need_group_id=row["need_group_id"],
            customer_count=row["people"],
            last_year_amount=row["past"],
            expected_amount=row["future"],
            overdue_count=row["overdue"],
            stake_amount=row["stake"],
        )
        for row in found
    ]


def write_figures(
    *,
    scores: Table,
    tiers: NDArray[np.object_],
    customers: int,
    currency: str,
    as_of: date,
    now: datetime,
) -> dict[str, Any]:
    """Store what the scores say about the whole business on a day."""
    figures = {
        **business_figures(scores=scores, tiers=tiers),
        **count_orders(),
        **count_months(as_of=as_of),
        "week": _week(scores=scores, as_of=as_of),
        "incomplete": segments.count(
            INCOMPLETE, frame=segments.current_frame(as_of=as_of, now=now)
        ),
        "customers": customers,
        "currency": currency,
    }
    BusinessFigures.objects.update_or_create(
        as_of_date=as_of, defaults={"figures": figures, "computed_at": now}
    )
    return figures


def business_figures(*, scores: Table, tiers: NDArray[np.object_]) -> dict[str, Any]:
    """Count and add up: who buys, who comes back, what the best bring, who is late."""
    orders = np.ma.getdata(scores["order_count"])
    has_bought = orders > 0
    last_year = np.asarray(scores["last_year_amount"])
    first = scores["first_order_date"][has_bought]
    return {
        "buyers": int(has_bought.sum()),
        "repeat_buyers": int((orders > 1).sum()),
        "active_buyers": int((np.asarray(scores["last_year_order_count"]) > 0).sum()),
        "net_amount": int(np.asarray(scores["net_amount"]).sum()),
        "last_year_amount": int(last_year.sum()),
        "expected_amount": int(np.ma.filled(scores["expected_amount"], 0).sum()),
        "top_fifth_rate": _top_fifth(last_year[has_bought]),
        "first_order_date": str(first.min()) if len(first) else None,
        "late": _late(scores, tiers),
        "tiers": {tier: _tier_figures(scores, tiers == tier) for tier in Tier.values},
        "rfm": _rfm_grid(scores, has_bought),
    }


def _week(*, scores: Table, as_of: date) -> dict[str, Any]:
    """Count what the last seven days changed: first purchases, buyers, moves between tiers. Moves
    are noted when somebody looks: they count since the last look that is a week old.
    """
    week_ago = as_of - timedelta(days=WEEK_DAYS)
    since = np.datetime64(week_ago)
    looks = BusinessFigures.objects.filter(as_of_date__lt=as_of).order_by("as_of_date")
    days = list(looks.values_list("as_of_date", flat=True))
    looked = max((day for day in days if day <= week_ago), default=min(days, default=as_of))
    moves = (
        TierChange.objects.filter(on_date__gt=looked, on_date__lte=as_of)
        .order_by()
        .values_list("from_tier", "to_tier")
        .annotate(people=Count("pk"))
    )
    places = {tier: place for place, tier in enumerate(Tier.values)}  # best first
    up = down = 0
    for before, after, people in moves:
        if places.get(after, 0) < places.get(before, 0):
            up += people
        else:
            down += people
    return {
        "first_buyers": _count_since(scores, "first_order_date", since),
        "buyers": _count_since(scores, "last_order_date", since),
        "moves_since": str(looked),
        "moved_up": up,
        "moved_down": down,
    }


def _count_since(scores: Table, column: str, since: np.datetime64) -> int:
    days = scores[column]
    known = ~np.ma.getmaskarray(days)
    return int((np.ma.getdata(days)[known].astype("datetime64[D]") > since).sum())


def _top_fifth(amounts: NDArray[Any]) -> float | None:
    """Give the share of last year's money that the best fifth of all buyers brought."""
    total = int(amounts.sum())
    size = len(amounts) // 5
    return (
        float(np.sort(amounts)[len(amounts) - size :].sum() / total) if size and total > 0 else None
    )


def _late(scores: Table, tiers: NDArray[np.object_]) -> dict[str, Any]:
    """Sum up the valuable who are overdue."""
    is_late = tiers == Tier.AT_RISK
    days = np.ma.filled(scores["overdue_days"], 0)[is_late]
    return {
        "count": int(is_late.sum()),
        "median_days": int(np.median(days)) if len(days) else None,
        "last_year_amount": int(np.asarray(scores["last_year_amount"])[is_late].sum()),
        "stake_amount": int(np.asarray(scores["stake_amount"])[is_late].sum()),
    }


def _tier_figures(scores: Table, is_in: NDArray[np.bool_]) -> dict[str, int]:
    return {
        "count": int(is_in.sum()),
        "net_amount": int(np.asarray(scores["net_amount"])[is_in].sum()),
        "last_year_amount": int(np.asarray(scores["last_year_amount"])[is_in].sum()),
        "expected_amount": int(np.ma.filled(scores["expected_amount"], 0)[is_in].sum()),
        "stake_amount": int(np.asarray(scores["stake_amount"])[is_in].sum()),
        "overdue_count": int(np.asarray(scores["is_overdue"])[is_in].sum()),
    }


def _rfm_grid(scores: Table, has_bought: NDArray[np.bool_]) -> list[list[int]]:
    """Count people and last year's money by recency and frequency score: [r, f, people, money]."""
    recency = np.ma.filled(scores["recency_score"], 0)[has_bought]
    frequency = np.ma.filled(scores["frequency_score"], 0)[has_bought]
    money = np.asarray(scores["last_year_amount"])[has_bought]
    grid = []
    for r in range(5, 0, -1):
        for f in range(1, 6):
            is_in = (recency == r) & (frequency == f)
            grid.append([r, f, int(is_in.sum()), int(money[is_in].sum())])
    return grid

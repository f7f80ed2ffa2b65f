"""Scores customers by recency, frequency and money as staff chose: equal parts or lines of their
own, over all time or a window; and keeps month by month who stood where.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Max

from idic.core.models import Staff
from idic.core.services import audit
from idic.differentiate.models import CutMode, RfmMonth, RfmPolicy
from idic.differentiate.services.fitting import MOST_FITTED, Models
from idic.engine import rfm
from idic.engine.table import Table
from idic.engine.trials import sample_customers

BINS = 5
# So many whole months before the present one are worked out when none are known yet.
MONTHS_BACK = 12
KEPT_MONTHS = 36


def find_rfm_policy() -> RfmPolicy | None:
    """Give how customers are scored; None: equal parts of all customers over all time."""
    return RfmPolicy.objects.order_by("-version").first()


def save_rfm_policy(
    *,
    mode: str,
    window_days: int | None,
    cuts: rfm.RfmCuts | None,
    staff: Staff,
    now: datetime,
) -> RfmPolicy:
    """Keep how customers are scored from the next refresh on. Raises ValueError for a mode that
    does not exist, and for fixed lines that are missing.
    """
    chosen = CutMode(mode)
    if chosen == CutMode.FIXED and cuts is None:
        raise ValueError("fixed lines need cuts")
    kept: dict[str, Any] = {}
    if chosen == CutMode.FIXED and cuts is not None:
        kept = json.loads(replace(cuts, window_days=window_days).to_json())
    with transaction.atomic():
        last = RfmPolicy.objects.aggregate(last=Max("version"))["last"] or 0
        policy = RfmPolicy.objects.create(
            version=last + 1,
            mode=chosen,
            window_days=window_days,
            cuts=kept,
            created_by=staff,
            created_at=now,
        )
        audit.record(
            at=now,
            actor=staff.email,
            action="rfm.changed",
            subject_type="rfm_policy",
            subject_id=policy.id,
            detail={"version": policy.version, "mode": mode},
        )
    return policy


def cut(*, models: Models, orders: Table, as_of: date) -> Models:
    """Give the models with the lines the policy asks for."""
    policy = find_rfm_policy()
    if policy is None:
        return models
    if policy.mode == CutMode.FIXED:
        return replace(models, cuts=read_cuts(policy.cuts))
    sample = sample_customers(orders, most=MOST_FITTED)
    counted = rfm.count(sample, as_of=as_of, window_days=policy.window_days)
    return replace(models, cuts=rfm.fit(counted, bins=BINS, window_days=policy.window_days))


def read_cuts(stored: dict[str, Any]) -> rfm.RfmCuts:
    """Read stored lines back."""
    return rfm.RfmCuts.from_json(json.dumps(stored))


def add_rfm(scores: Table, *, cuts: rfm.RfmCuts, orders: Table, as_of: date) -> Table:
    """Score the same customers by the lines and their window, and say where each stood at the end
    of the month before.
    """
    today, _is_known = _scored(cuts, orders, as_of=as_of)
    has_bought = np.ma.getdata(scores["order_count"]) > 0
    before, stood = _scored(cuts, orders, as_of=month_end_before(as_of))
    known = dict(
        zip(before["customer_id"][stood].tolist(), before["rfm_cell"][stood].tolist(), strict=True)
    )
    cells = [known.get(i, "") for i in np.ma.getdata(scores["customer_id"]).tolist()]
    mine = {
        name: np.ma.MaskedArray(today[name], mask=~has_bought)
        for name in ("recency_score", "frequency_score", "monetary_score")
    }
    return scores.with_columns(
        **mine,
        rfm_cell=np.where(has_bought, today["rfm_cell"], ""),
        rfm_cell_before=np.array(cells, dtype=object),
    )


def _scored(cuts: rfm.RfmCuts, orders: Table, *, as_of: date) -> tuple[Table, Any]:
    counted = rfm.count(orders, as_of=as_of, window_days=cuts.window_days)
    return rfm.predict(cuts, counted), ~np.ma.getmaskarray(counted["recency_days"])


def month_end_before(day: date) -> date:
    """Give the last day of the month before a day's."""
    return day.replace(day=1) - timedelta(days=1)


def write_months(*, orders: Table, cuts: rfm.RfmCuts, as_of: date, now: datetime) -> int:
    """Keep who stands where now, and who moved since the end of the month before; give how many
    months were written. Without any month yet, and where some are missing, those before are worked
    out from the orders by today's lines, and marked so; what was seen at the time is never touched.
    """
    kept = set(RfmMonth.objects.values_list("month", flat=True))
    first = np.ma.min(orders["ordered_on"]) if len(orders) else None
    if first is None or first is np.ma.masked:
        return 0
    begin = first.astype("datetime64[D]").item()
    ends = _month_ends(as_of, begin=begin)
    open_ends = [day for day in ends if day == as_of or day.replace(day=1) not in kept]
    # The month that has ended since it was last looked at is closed with its last day.
    stale = RfmMonth.objects.filter(month=month_end_before(as_of).replace(day=1))
    last = month_end_before(as_of)
    if stale.filter(as_of_date__lt=last).exists() and last not in open_ends:
        open_ends.append(last)
    for day in sorted(open_ends):
        found = rfm.migrate(cuts, orders, before=month_end_before(day), after=day)
        RfmMonth.objects.update_or_create(
            month=day.replace(day=1),
            defaults={
                "as_of_date": day,
                "cuts": json.loads(cuts.to_json()),
                "grid": [list(row) for row in found.grid],
                "moves": [list(row) for row in found.moves],
                "is_backfilled": day != as_of and day.replace(day=1) not in kept,
                "computed_at": now,
            },
        )
    old = RfmMonth.objects.order_by("-month").values_list("id", flat=True)[:KEPT_MONTHS]
    RfmMonth.objects.exclude(id__in=list(old)).delete()
    return len(open_ends)


def _month_ends(as_of: date, *, begin: date) -> list[date]:
    """Give the day looked at and the last days of the months before, back to the first order."""
    days = [as_of]
    while len(days) <= MONTHS_BACK and days[-1].replace(day=1) > begin:
        days.append(month_end_before(days[-1]))
    return days

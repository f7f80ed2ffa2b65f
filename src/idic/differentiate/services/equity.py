"""Keeps month by month what all customers are expected to bring: by tier and need group, and by
saved segment. What was forecast then is never computed afterwards.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import Count, Sum
from django.db.models.functions import Coalesce

from idic.differentiate import segments
from idic.differentiate.models import EquityMonth, MatrixCell, Segment

KEPT_MONTHS = 60


def write_equity(*, as_of: date, now: datetime) -> int:
    """Write the rows of the day's month anew; give how many. One query a saved segment."""
    month = as_of.replace(day=1)
    rows = [
        EquityMonth(
            month=month,
            as_of_date=as_of,
            tier=cell.tier,
            need_group_id=cell.need_group_id,
            customer_count=cell.customer_count,
            last_year_amount=cell.last_year_amount,
            expected_amount=cell.expected_amount,
        )
        for cell in MatrixCell.objects.all()
    ]
    rows += _segment_rows(month, as_of, now)
    with transaction.atomic():
        EquityMonth.objects.filter(month=month).delete()
        EquityMonth.objects.bulk_create(rows)
    months = EquityMonth.objects.order_by("-month").values_list("month", flat=True).distinct()
    kept = list(months[:KEPT_MONTHS])
    EquityMonth.objects.exclude(month__in=kept).delete()
    return len(rows)


def _segment_rows(month: date, as_of: date, now: datetime) -> list[EquityMonth]:
    frame = segments.current_frame(as_of=as_of, now=now)
    rows = []
    for segment in Segment.objects.filter(archived_at=None).order_by("id"):
        try:
            people = segments.to_query(segments.InSegment(segment.id), frame=frame)
        except segments.WrongTree:
            continue  # names something that is gone: its page says so
        sums = people.order_by().aggregate(
            people=Count("pk"),
            past=Coalesce(Sum("last_year_amount"), 0),
            future=Coalesce(Sum("expected_amount"), 0),
        )
        rows.append(
            EquityMonth(
                month=month,
                as_of_date=as_of,
                segment=segment,
                customer_count=sums["people"],
                last_year_amount=sums["past"],
                expected_amount=sums["future"],
            )
        )
    return rows

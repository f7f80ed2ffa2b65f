"""Counts the audit once when the loop runs, by one pass over the summaries, and keeps it by day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import Count, Max

from idic.differentiate import segments
from idic.differentiate.models import CustomerSummary
from idic.identify.selectors import count_orders, count_records
from idic.identify.services.cleaning.measuring import write_audit

from .rules import RULES

_CITIES = 8


def refresh_audit(*, as_of: date, now: datetime) -> dict[str, Any]:
    """Count how many customers there are, reachable and active, and store it for the day."""
    frame = segments.current_frame(as_of=as_of, now=now)
    counts = {
        name: Count("pk", filter=segments.to_condition(tree, frame=frame, is_scan=True))
        for name, tree in RULES.items()
        if tree != segments.EVERYBODY
    }
    people = CustomerSummary.objects.aggregate(all=Count("pk"), **counts)
    audit = {
        "people": people,
        "cities": _cities(),
        **count_records(),
        **count_orders(),
    }
    write_audit(audit=audit, now=now)
    return audit


def _cities() -> list[tuple[str, int]]:
    """Give the places most customers live in."""
    rows = CustomerSummary.objects.exclude(city_key="").values("city_key")
    found = rows.annotate(people=Count("pk"), shown=Max("city")).order_by("-people", "city_key")
    return [(row["shown"], row["people"]) for row in found[:_CITIES]]

"""Counts what was done for the customers of each tier in twelve months: what care costs is worked
out from it with the unit costs staff set (`selectors.service`).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Count

from idic.differentiate.models import BusinessFigures, ServiceKind
from idic.differentiate.services.people import CONTACT_KINDS
from idic.identify.models import CustomerState, Event, StateKind

YEAR_DAYS = 365
_VISITS = ("visit", "meeting")
_CALLS = ("call",)


def write_service(*, as_of: date) -> None:
    """Keep the counts with the other figures of the day."""
    row = BusinessFigures.objects.filter(as_of_date=as_of).first()
    if row is not None:
        row.figures["service"] = count_service(as_of=as_of)
        row.save(update_fields=["figures"])


def count_service(*, as_of: date) -> dict[str, dict[str, int]]:
    """Give for each tier how many visits, calls, messages and complaints there were in the year up
    to a day, as they were recorded. Two queries.
    """
    end = datetime.combine(as_of + timedelta(days=1), time(), UTC)
    start = end - timedelta(days=YEAR_DAYS)
    found: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(ServiceKind.values, 0))
    events = (
        Event.objects.filter(
            kind__in=CONTACT_KINDS,
            occurred_at__gte=start,
            occurred_at__lt=end,
            record__customer__summary__isnull=False,
        )
        .order_by()
        .values_list("record__customer__summary__tier", "kind")
        .annotate(times=Count("id"))
    )
    for tier, kind, times in events:
        found[tier][_kind_of(kind)] += times
    states = (
        CustomerState.objects.filter(
            kind__in=(StateKind.OPEN_CASE, StateKind.MESSAGE_SENT),
            since__gte=start,
            since__lt=end,
            customer__summary__isnull=False,
        )
        .order_by()
        .values_list("customer__summary__tier", "kind")
        .annotate(times=Count("id"))
    )
    for tier, kind, times in states:
        is_case = kind == StateKind.OPEN_CASE
        found[tier][ServiceKind.CASE if is_case else ServiceKind.MESSAGE] += times
    return {tier: dict(counts) for tier, counts in found.items()}


def _kind_of(event_kind: str) -> str:
    if event_kind in _VISITS:
        return ServiceKind.VISIT
    return ServiceKind.CALL if event_kind in _CALLS else ServiceKind.MESSAGE

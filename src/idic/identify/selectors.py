"""Reads of Identify that are more than one queryset: sources with what they brought, imports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from django.core.cache import cache
from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery, Sum

from idic.core import ids
from idic.core.models.jobs import Job
from idic.identify.models import (
    Customer,
    Event,
    ImportRun,
    ImportState,
    IngestDay,
    Order,
    Source,
    SourceKind,
    SourceRecord,
)

_MANY = 200_000
_KEEP_SECONDS = 300
BySource: TypeAlias = dict[int, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class SourceFigures:
    """What one source has brought so far."""

    source: Source
    orders: int
    lines: int
    unlinked_orders: int
    unlinked_lines: int
    records: int
    customers: int
    rejected: int
    received_at: datetime | None
    calls: int = 0  # of a website or app, that were accepted

    @property
    def public_id(self) -> str:
        """The id in the address of its page."""
        return ids.encode("source", self.source.id)

    @property
    def has_sent(self) -> bool:
        """Tell whether anything came from it yet."""
        return bool(self.orders or self.records or self.received_at)

    @property
    def linked_rate(self) -> float | None:
        """Share of its orders whose customer is known; None without orders."""
        return (self.orders - self.unlinked_orders) / self.orders if self.orders else None

    @property
    def unlinked_line_rate(self) -> float:
        """Share of its lines without a customer."""
        return self.unlinked_lines / self.lines if self.lines else 0.0


def list_sources() -> list[SourceFigures]:
    """Give every source that has sent something, the largest first. What very many orders add up
    to is kept for some minutes, unless a file is published meanwhile.
    """
    runs = _by_source(
        ImportRun.objects.filter(state=ImportState.PUBLISHED, source__isnull=False)
        .values("source_id")
        .annotate(received=Max("published_at"))
    )
    received = [run["received"] for run in runs.values() if run["received"]]
    orders, records = _sums(as_received=max(received, default=None))
    rejected, calls = _rejected(), _calls()
    found = [_figures(source, orders, records, runs, rejected, calls) for source in _sources()]
    return sorted(
        (one for one in found if one.has_sent or one.source.kind == SourceKind.SDK),
        key=lambda one: -(one.orders + one.records),
    )


def _sums(*, as_received: datetime | None) -> tuple[BySource, BySource]:
    """Add up the orders and records of each source; a million of them takes a second."""
    key = f"source-sums:{as_received and as_received.timestamp()}"
    kept: tuple[BySource, BySource] | None = cache.get(key)
    if kept is not None:
        return kept
    orders = _by_source(
        Order.objects.values("source_id").annotate(
            orders=Count("id"),
            line_sum=Sum("line_count"),
            unlinked_orders=Count("id", filter=Q(record=None)),
            unlinked_lines=Sum("line_count", filter=Q(record=None)),
        )
    )
    records = _by_source(
        SourceRecord.objects.values("source_id").annotate(
            records=Count("id"), customers=Count("customer_id", distinct=True)
        )
    )
    if sum(row["orders"] for row in orders.values()) > _MANY:
        cache.set(key, (orders, records), _KEEP_SECONDS)
    return orders, records


def count_unlinked() -> dict[str, int]:
    """Count the orders nobody owns, and their lines."""
    found = Order.objects.filter(record=None).aggregate(
        unlinked_orders=Count("id"), unlinked_lines=Sum("line_count")
    )
    return {name: int(count or 0) for name, count in found.items()}


def count_orders() -> int:
    """Count all orders, whoever they belong to."""
    return Order.objects.count()


def _by_source(rows: Any) -> BySource:
    return {row["source_id"]: row for row in rows}


def _rejected() -> dict[int, int]:
    found: dict[int, int] = {}
    runs = ImportRun.objects.filter(state=ImportState.PUBLISHED, source__isnull=False)
    for source_id, counts in runs.values_list("source_id", "counts"):
        found[source_id] = found.get(source_id, 0) + int(counts.get("rejected", 0))
    return found


def _sources() -> QuerySet[Source]:
    """Give the sources with the moment each last told of something that happened."""
    told = Event.objects.filter(source=OuterRef("id")).order_by("-id")
    return (
        Source.objects.exclude(kind=SourceKind.CRM)
        .annotate(told_at=Subquery(told.values("received_at")[:1]))
        .order_by("name", "id")
    )


def _calls() -> dict[int, dict[str, Any]]:
    """Give how many calls websites and apps sent, and how many of them were not stored."""
    days = IngestDay.objects.filter(source__isnull=False).values("source_id")
    return _by_source(
        days.annotate(calls=Sum("accepted"), not_stored=Sum("rejected") + Sum("quarantined"))
    )


def _figures(
    source: Source,
    orders: Mapping[int, Mapping[str, Any]],
    records: Mapping[int, Mapping[str, Any]],
    runs: Mapping[int, Mapping[str, Any]],
    rejected: Mapping[int, int],
    calls: Mapping[int, Mapping[str, Any]],
) -> SourceFigures:
    call, told_at = calls.get(source.id, {}), getattr(source, "told_at", None)
    order, record = orders.get(source.id, {}), records.get(source.id, {})
    return SourceFigures(
        source=source,
        orders=order.get("orders") or 0,
        lines=order.get("line_sum") or 0,
        unlinked_orders=order.get("unlinked_orders") or 0,
        unlinked_lines=order.get("unlinked_lines") or 0,
        records=record.get("records") or 0,
        customers=record.get("customers") or 0,
        rejected=rejected.get(source.id, 0) + (call.get("not_stored") or 0),
        received_at=runs.get(source.id, {}).get("received") or (told_at if call else None),
        calls=call.get("calls") or 0,
    )


def list_imports(*, limit: int = 100) -> list[ImportRun]:
    """Give the latest imports, drafts included; those thrown away are left out."""
    runs = ImportRun.objects.exclude(state=ImportState.CANCELLED)
    return list(runs.select_related("source", "created_by").order_by("-created_at", "-id")[:limit])


def list_source_names() -> list[str]:
    """Give the names of the sources files can come from."""
    own = Source.objects.exclude(kind__in=[SourceKind.CRM, SourceKind.DEMO]).exclude(is_demo=True)
    return list(own.order_by("name").values_list("name", flat=True))


def has_demo() -> bool:
    """Tell whether anything of the sample shop is here: its sources come first and go last."""
    return Source.objects.filter(is_demo=True).exists()


def has_own_data() -> bool:
    """Tell whether there are orders or people that the sample shop did not bring."""
    own_orders = Order.objects.filter(source__is_demo=False)
    is_own = Q(records__source__is_demo=False) | Q(records=None)
    own_people = Customer.objects.filter(is_own, is_demo=False, is_staged=False)
    return own_orders.exists() or own_people.exists()


def find_import_job(*, run_id: int) -> Job | None:
    """Find the background job that works on a run, for its progress."""
    jobs = Job.objects.filter(task__startswith="idic.identify.tasks.", kwargs__run_id=run_id)
    return jobs.order_by("-id").first()


def has_customers() -> bool:
    """Tell whether a file may meet people already known, the sample shop's aside."""
    return Customer.objects.filter(is_demo=False, is_staged=False).exists()

"""Reads of Identify that are more than one queryset: sources with what they brought, imports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from django.core.cache import cache
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum, Value

from idic.core import ids
from idic.core.models.jobs import Job
from idic.identify.ingest.words import say_problem
from idic.identify.mailbox.server import PROBLEMS
from idic.identify.models import (
    LIVE_KINDS,
    Customer,
    Event,
    Form,
    ImportRun,
    ImportState,
    IngestDay,
    Order,
    RecordKind,
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
    matched: int = 0  # records whose customer is known
    form_id: int | None = None  # of a form: its page

    @property
    def public_id(self) -> str:
        """The id in the address of its page."""
        return ids.encode("source", self.source.id)

    @property
    def form_page(self) -> str:
        """The id in the address of the form it is; empty for another source."""
        return ids.encode("form", self.form_id) if self.form_id else ""

    @property
    def trouble(self) -> str:
        """Say why nothing can come from it at the moment; empty where nothing is wrong."""
        mailbox, pull = getattr(self.source, "mailbox", None), getattr(self.source, "pull", None)
        if mailbox is not None and mailbox.is_on and mailbox.problem:
            return str(PROBLEMS.get(mailbox.problem, ""))
        if pull is not None and not pull.is_off and pull.problem:
            return say_problem(pull.problem)
        return ""

    @property
    def has_sent(self) -> bool:
        """Tell whether anything came from it yet."""
        return bool(self.orders or self.records or self.received_at)

    @property
    def match_rate(self) -> float | None:
        """Share of its records whose customer is known; None without records."""
        return self.matched / self.records if self.records else None

    @property
    def linked_rate(self) -> float | None:
        """Share of its orders whose customer is known; None without orders."""
        return (self.orders - self.unlinked_orders) / self.orders if self.orders else None

    @property
    def unlinked_line_rate(self) -> float:
        """Share of its lines without a customer."""
        return self.unlinked_lines / self.lines if self.lines else 0.0


_SHOWN_EMPTY = (*LIVE_KINDS, SourceKind.MAILBOX)


def list_sources() -> list[SourceFigures]:
    """Give every source that has sent something, the largest first. What very many orders add up
    to is kept for some minutes, unless a file is published meanwhile.
    """
    runs = _runs()
    received = [run["received"] for run in runs.values() if run["received"]]
    orders, records = _sums(as_received=max(received, default=None))
    calls = _calls()
    found = [_figures(source, orders, records, runs, calls) for source in _sources()]
    return sorted(
        (one for one in found if one.has_sent or one.source.kind in _SHOWN_EMPTY),
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
    # Of a receipt or a device that is nobody yet: asked apart, for it is few among very many.
    waiting = Order.objects.filter(record__isnull=False, record__customer=None)
    for row in waiting.values("source_id").annotate(
        order_count=Count("id"), line_sum=Sum("line_count")
    ):
        sums = orders[row["source_id"]]
        sums["unlinked_orders"] += row["order_count"]
        sums["unlinked_lines"] = (sums["unlinked_lines"] or 0) + (row["line_sum"] or 0)
    records = _by_source(
        SourceRecord.objects.values("source_id").annotate(
            records=Count("id"),
            matched=Count("customer_id"),
            customers=Count("customer_id", distinct=True),
        )
    )
    if sum(row["orders"] for row in orders.values()) > _MANY:
        cache.set(key, (orders, records), _KEEP_SECONDS)
    return orders, records


def count_orders() -> dict[str, int]:
    """Count all orders, those nobody owns, and the lines of these: orders of no record, and of a
    receipt or a device whose person is not known yet. One question.
    """
    unowned = (Q(record=None), Q(record__isnull=False, record__customer=None))
    # Counted apart: each follows an index of its own.
    parts = [
        Order.objects.filter(which)
        .order_by()
        .annotate(place=Value(place))
        .values("place")
        .annotate(held=Count("id"), line_sum=Sum("line_count") if place else Value(0))
        .values_list("place", "held", "line_sum")
        for place, which in enumerate((Q(), *unowned))
    ]
    found = {
        place: (orders, int(lines or 0)) for place, orders, lines in parts[0].union(*parts[1:])
    }
    nobody = [found.get(place, (0, 0)) for place in (1, 2)]
    return {
        "orders": found.get(0, (0, 0))[0],
        "unlinked_orders": sum(orders for orders, _lines in nobody),
        "unlinked_lines": sum(lines for _orders, lines in nobody),
    }


def count_records() -> dict[str, int]:
    """Count the people and companies as sources know them, how many sources that is, and those of
    them who are nobody yet; what was written here by hand stands beside them, not among them.
    """
    told = SourceRecord.objects.exclude(source__kind=SourceKind.CRM)
    is_party = Q(kind__in=[RecordKind.PERSON, RecordKind.COMPANY])
    found = told.aggregate(
        records=Count("id", filter=is_party & Q(customer__isnull=False)),
        sources=Count("source_id", filter=is_party & Q(customer__isnull=False), distinct=True),
        anonymous=Count("id", filter=Q(customer=None, kind__in=["person", "device"])),
    )
    return {name: int(count) for name, count in found.items()}


def _by_source(rows: Any) -> BySource:
    return {row["source_id"]: row for row in rows}


def _runs() -> BySource:
    """Give when the last file of each source came in, and how many rows of all were refused."""
    found: BySource = {}
    runs = ImportRun.objects.filter(state=ImportState.PUBLISHED, source__isnull=False)
    for source_id, counts, at in runs.order_by("published_at").values_list(
        "source_id", "counts", "published_at"
    ):
        sums = found.setdefault(source_id, {"rejected": 0, "received": None})
        sums["rejected"] += int(counts.get("rejected", 0))
        sums["received"] = at or sums["received"]
    return found


def _sources() -> QuerySet[Source]:
    """Give the sources with the moment each last told of something that happened."""
    told = Event.objects.filter(source=OuterRef("id")).order_by("-id")
    forms = Form.objects.filter(source=OuterRef("id"), removed_at=None).order_by("-id")
    return (
        Source.objects.exclude(kind=SourceKind.CRM)
        .select_related("mailbox", "pull")
        .annotate(
            told_at=Subquery(told.values("received_at")[:1]),
            form_id=Subquery(forms.values("id")[:1]),
        )
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
        rejected=runs.get(source.id, {}).get("rejected", 0) + (call.get("not_stored") or 0),
        received_at=runs.get(source.id, {}).get("received") or (told_at if call else None),
        calls=call.get("calls") or 0,
        matched=record.get("matched") or 0,
        form_id=getattr(source, "form_id", None),
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

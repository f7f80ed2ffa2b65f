"""Moves what is new from the system of record to the lake: orders of published imports as a whole,
single later writes above a mark, events, and the present map of records to customers. Safe to run
at any moment and again: a file counts only with the mark that says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from idic.core import ids
from idic.engine.table import Table
from idic.identify.models import Event, ImportRun, ImportState, LakeMark, Order, SourceRecord
from idic.lake.services import StagedFile, publish, replace_snapshot, stage
from idic.lake.services import discard as discard_files

_SEGMENT_LINES = 120_000
_MOST_YOUNG = 5_000
# A transaction may commit a smaller number after a larger one; within this time it surely has.
_LONGEST_TRANSACTION = timedelta(minutes=2)

_ORDER_COLUMNS = {
    "order_id": int,
    "revision": int,
    "record_id": int,
    "source_id": int,
    "ordered_at": datetime,
    "currency": str,
    "net_amount": int,
    "line_count": int,
    "is_return": bool,
    "store": str,
}
_LINE_COLUMNS = {
    "order_id": int,
    "revision": int,
    "line_number": int,
    "product_code": str,
    "product_name": str,
    "category": str,
    "quantity": float,
    "unit_price": float,
    "net_amount": int,
}
_EVENT_COLUMNS = {
    "event_id": int,
    "record_id": int,
    "source_id": int,
    "kind": str,
    "occurred_at": datetime,
    "received_at": datetime,
}
_LINES = """
    SELECT l.order_id, o.revision, l.line_number, l.product_code, l.product_name, l.category,
        l.quantity, l.unit_price, l.net_amount
    FROM identify_orderline l JOIN identify_order o ON o.id = l.order_id
    WHERE o.id IN ({marks}) ORDER BY l.order_id, l.line_number
"""
_SLICE = 500
# Kinds of files that bring what the lake holds.
_WITH_FACTS = ("orders", "events", "sends")


def flush_to_lake(*, now: datetime) -> None:
    """Bring the lake up to what is published now."""
    for run in ImportRun.objects.filter(
        state=ImportState.PUBLISHED, flushed_at=None, kind__in=_WITH_FACTS
    ).order_by("id"):
        _flush_run(run, now)
    _flush_single_orders(now)
    _flush_events(now)
    _publish_map(now)


def _flush_run(run: ImportRun, now: datetime) -> None:
    own = Order.everything.filter(import_run=run, revision__lte=run.last_revision)
    staged = _stage_orders(_rows(own.order_by("id")), tag=str(run.id))
    told = Event.everything.filter(import_run=run).order_by("id").iterator(chunk_size=5_000)
    for chunk in _in_files(told):
        table = Table.from_rows(chunk, columns=_EVENT_COLUMNS)
        staged.append(stage(dataset="event", table=table, tag=str(run.id)))
    with transaction.atomic():
        # Whoever flushed the run meanwhile has written the same rows: ours are left unread.
        is_ours = ImportRun.objects.filter(id=run.id, flushed_at=None).update(flushed_at=now)
        if is_ours:
            publish(staged=staged, now=now)
    if not is_ours:
        discard_files(staged=staged)


def _flush_single_orders(now: datetime) -> None:
    mark = _mark("order", now)
    is_single = Q(import_run=None) | Q(revision__gt=F("import_run__last_revision"))
    there = set(_beyond(mark))
    later = Order.objects.filter(is_single, revision__gt=mark.revision).order_by("id")
    if not later.exists():
        return
    revisions: list[int] = []

    def fresh() -> Iterator[tuple[Any, ...]]:
        for row in _rows(later):
            if row[1] not in there:
                revisions.append(row[1])
                yield row

    staged = _stage_orders(fresh(), tag="")
    if revisions:
        _publish_beyond(mark, revisions, staged, now)


def _flush_events(now: datetime) -> None:
    """Move events in files of bearable size. A website may send thousands a second: then those too
    young to be surely whole wait for the next flush, instead of being remembered one by one.
    """
    settled = ids.first_id(at=now - _LONGEST_TRANSACTION)
    while True:
        mark = _mark("event", now)
        rows = _new_events(mark)
        if sum(row[0] >= settled for row in rows) > _MOST_YOUNG:
            rows = [row for row in rows if row[0] < settled]
        if not rows:
            return
        staged = [stage(dataset="event", table=Table.from_rows(rows, columns=_EVENT_COLUMNS))]
        is_ours = _publish_beyond(mark, [row[0] for row in rows], staged, now)
        if not is_ours or len(rows) < _SEGMENT_LINES:
            return


def _new_events(mark: LakeMark) -> list[tuple[Any, ...]]:
    """Give the oldest events that are not in the lake yet, at most a file's worth."""
    there = set(_beyond(mark))
    later = Event.objects.filter(id__gt=mark.revision, import_run=None).order_by("id")
    rows = later.values_list("id", "record_id", "source_id", "kind", "occurred_at", "received_at")
    return [
        (key, record, source, kind, _naive(occurred), _naive(received))
        for key, record, source, kind, occurred, received in rows[
            : _SEGMENT_LINES + len(there)
        ].iterator()
        if key not in there
    ]


def _in_files(events: Iterator[Event]) -> Iterator[list[tuple[Any, ...]]]:
    """Give the events of an import in files of bearable size."""
    while chunk := list(islice(events, _SEGMENT_LINES)):
        yield [
            (
                one.id,
                one.record_id,
                one.source_id,
                one.kind,
                _naive(one.occurred_at),
                _naive(one.received_at),
            )
            for one in chunk
        ]


def _publish_map(now: datetime) -> None:
    rows = SourceRecord.objects.filter(customer__isnull=False).order_by("id")
    pairs = list(rows.values_list("id", "customer_id").iterator(chunk_size=20_000))
    table = Table.from_rows(pairs, columns={"record_id": int, "customer_id": int})
    replace_snapshot(dataset="record_customer_map", table=table, now=now)


def _rows(orders: QuerySet[Order]) -> Iterator[tuple[Any, ...]]:
    for row in orders.values_list(
        "id",
        "revision",
        "record_id",
        "source_id",
        "ordered_at",
        "currency",
        "net_amount",
        "line_count",
        "is_return",
        "store",
    ).iterator(chunk_size=5_000):
        yield (*row[:4], _naive(row[4]), *row[5:])


def _stage_orders(rows: Iterator[tuple[Any, ...]], *, tag: str) -> list[StagedFile]:
    """Write orders and their lines as segments of bearable size, unseen until published."""
    staged: list[StagedFile] = []
    for chunk in _chunks(rows):
        table = Table.from_rows(chunk, columns=_ORDER_COLUMNS)
        staged.append(stage(dataset="order", table=table, tag=tag))
        lines = Table.from_rows(_lines([row[0] for row in chunk]), columns=_LINE_COLUMNS)
        staged.append(stage(dataset="order_line", table=lines, tag=tag))
    return staged


def _chunks(rows: Iterator[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    """Give orders in lists that together have about a segment's number of lines."""
    chunk: list[tuple[Any, ...]] = []
    line_count = 0
    for row in rows:
        chunk.append(row)
        line_count += row[7]
        if line_count >= _SEGMENT_LINES or len(chunk) >= _SEGMENT_LINES:
            yield chunk
            chunk, line_count = [], 0
    if chunk:
        yield chunk


def _lines(order_ids: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        for start in range(0, len(order_ids), _SLICE):
            some = list(order_ids[start : start + _SLICE])
            cursor.execute(_LINES.format(marks=", ".join(["%s"] * len(some))), some)
            for row in cursor.fetchall():
                yield (*row[:6], float(row[6]), float(row[7]), row[8])


def _mark(dataset: str, now: datetime) -> LakeMark:
    mark, _is_new = LakeMark.objects.get_or_create(dataset=dataset, defaults={"updated_at": now})
    return mark


def _beyond(mark: LakeMark) -> list[int]:
    return [int(number) for number in mark.beyond]


def _publish_beyond(
    mark: LakeMark, numbers: Sequence[int], staged: list[StagedFile], now: datetime
) -> bool:
    """Publish files and move the mark in one transaction: up to what is old enough to be whole;
    younger numbers are remembered one by one. Tell whether nobody else did so meanwhile.
    """
    settled = ids.first_id(at=now - _LONGEST_TRANSACTION)
    done = [*_beyond(mark), *numbers]
    with transaction.atomic():
        current = LakeMark.objects.select_for_update().get(dataset=mark.dataset)
        if current.revision != mark.revision or current.beyond != mark.beyond:
            is_ours = False
        else:
            is_ours = True
            current.revision = max([mark.revision, *(n for n in done if n < settled)])
            current.beyond = sorted(n for n in done if n > current.revision)
            current.updated_at = now
            current.save()
            publish(staged=staged, now=now)
    if not is_ours:
        discard_files(staged=staged)
    return is_ours


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)

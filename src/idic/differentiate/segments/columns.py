"""The orders of a large shop as columns in memory, for rules that count or sum them: a million
customers are asked in milliseconds there, and in a second by the database. Each process keeps its
own, brings them up to date before each use, and does without until they are read.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, TypeAlias

import numpy as np
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BigIntegerField, Count, F, Func, Max, QuerySet, Sum, Value
from django.db.models.functions import Coalesce
from numpy.typing import NDArray

from idic.core import ids
from idic.differentiate.models import CustomerSummary
from idic.identify.models import ImportRun, ImportState, Order, SourceRecord

from .memo import Memo

Numbers: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]

# Below, the database is quick enough; above, too much memory (some 40 bytes an order).
LEAST_ORDERS, MOST_ORDERS = 200_000, 10_000_000
_MOST_CHANGED = 200_000  # more of them, and all are read anew
_CHUNK = 50_000
# A revision is given out before its row is there for all to see: look back as far as that may be.
_BEFORE = datetime(2026, 1, 1, tzinfo=UTC)
_LOOK_BACK = ids.first_id(at=_BEFORE + timedelta(minutes=10)) - ids.first_id(at=_BEFORE)
TRUSTED_SECONDS = 2.0  # looking whether anything has changed takes longest; rules are edited fast
_LOW = (1 << 18) - 1
_WIDE = (1 << 36) - 1
_NOBODY = -1

log = logging.getLogger(__name__)


class _Seconds(Func):
    """A moment as whole seconds since 1970."""

    output_field = BigIntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Cut the fraction off first: SQLite would round it."""
        template = "CAST(strftime('%%%%s', substr(%(expressions)s, 1, 19)) AS INTEGER)"
        return super().as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Floor, as the cut does."""
        template = "CAST(FLOOR(EXTRACT(EPOCH FROM %(expressions)s)) AS BIGINT)"
        return super().as_sql(compiler, connection, template=template, **context)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells whether orders, records or people have changed since."""

    orders: tuple[int, ...]
    runs: Mapping[int, str]
    records: tuple[int, ...]
    people: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Columns:
    """Everybody with a summary, and every order with its owner's place among them."""

    people: Numbers
    record_ids: Numbers
    record_places: Numbers  # of each record's customer; -1: nobody who has a summary
    order_ids: Numbers
    order_records: Numbers
    owners: Numbers
    moments: Numbers
    amounts: Numbers
    currencies: NDArray[np.bytes_]
    runs: Numbers
    counts: Mask  # orders that are there to see and have an owner
    bound: int  # revisions above it were still to come when the orders were read
    stamp: Stamp
    memo: Memo = field(default_factory=Memo, compare=False, repr=False)

    def places(self, records: Numbers) -> Numbers:
        """Give the place of each record's customer among the people; -1: nobody's."""
        at = _places(self.record_ids, records)
        if not len(self.record_ids):
            return at
        return np.where(at >= 0, self.record_places[np.maximum(at, 0)], _NOBODY)


_ORDER = (
    "id",
    Coalesce(F("record_id"), 0),
    _Seconds("ordered_at"),
    "net_amount",
    "currency",
    Coalesce(F("import_run_id"), 0),
)


def read_all() -> Columns:
    """Read everything anew. The stamp is taken first: what comes in meanwhile shows as a change."""
    bound = _bound()
    stamp = _stamp(bound)
    people = np.sort(numbers_of(CustomerSummary.objects.values_list("customer_id")))
    records = _records(people)
    orders = _orders(Order.everything.values_list(*_ORDER))
    return _assemble(people, records, orders, bound=bound, stamp=stamp)


def renew(columns: Columns) -> Columns | None:
    """Bring columns up to date; None when they must be read anew."""
    stamp = _stamp(columns.bound)
    if stamp == columns.stamp:
        return columns
    known = columns.stamp.runs
    if any(stamp.runs.get(key) not in _after(state) for key, state in known.items()):
        return None  # an undo gives orders other owners without a new revision
    people, records = columns.people, (columns.record_ids, columns.record_places)
    if stamp.people != columns.stamp.people:
        people = np.sort(numbers_of(CustomerSummary.objects.values_list("customer_id")))
    if stamp.people != columns.stamp.people or stamp.records != columns.stamp.records:
        records = _records(people)
    orders = _held(columns)
    bound = columns.bound
    if stamp.orders != columns.stamp.orders:
        rows = Order.everything.filter(revision__gt=columns.bound)
        if rows[:_MOST_CHANGED].count() >= _MOST_CHANGED:
            return None
        bound = _bound()
        # Taken before the rows are read: what comes in meanwhile shows as a change next time.
        stamp = replace(stamp, orders=_stamp(bound).orders)
        orders = _with_changes(orders, _orders(rows.values_list(*_ORDER)))
        if not stamp.orders[0] <= len(orders[0]) <= Order.everything.count():
            return None  # some are gone
    return _assemble(people, records, orders, bound=bound, stamp=stamp)


def _after(state: str) -> set[str | None]:
    """Give the states a run may have reached without an order changing hands."""
    return {state} if state == ImportState.PUBLISHED else {state, ImportState.PUBLISHED, *_OPEN}


# A currency's three letters as bytes.
_KINDS = ("i8", "i8", "i8", "i8", "S3", "i8")
_OPEN = (ImportState.DRAFT, ImportState.WAITING, ImportState.RUNNING)
_Orders: TypeAlias = tuple[Any, ...]


def _assemble(
    people: Numbers,
    records: tuple[Numbers, Numbers],
    orders: _Orders,
    *,
    bound: int,
    stamp: Stamp,
) -> Columns:
    order_ids, order_records, moments, amounts, currencies, runs = orders
    record_ids, record_places = records
    at = _places(record_ids, order_records)
    owners = np.where(at >= 0, record_places[np.maximum(at, 0)], _NOBODY) if len(record_ids) else at
    published = [key for key, state in stamp.runs.items() if state == ImportState.PUBLISHED]
    is_visible = np.isin(runs, np.array([0, *published], dtype=np.int64))
    return Columns(
        people=people,
        record_ids=record_ids,
        record_places=record_places,
        order_ids=order_ids,
        order_records=order_records,
        owners=owners,
        moments=moments,
        amounts=amounts,
        currencies=currencies,
        runs=runs,
        counts=is_visible & (owners >= 0),
        bound=bound,
        stamp=stamp,
    )


def _held(columns: Columns) -> _Orders:
    return (
        *(columns.order_ids, columns.order_records, columns.moments, columns.amounts),
        *(columns.currencies, columns.runs),
    )


def _with_changes(held: _Orders, changed: _Orders) -> _Orders:
    """Put changed orders in the place of what was known of them, and new ones beside."""
    at = _places(changed[0], held[0])
    rest = at < 0
    joined = [np.concatenate([old[rest], new]) for old, new in zip(held, changed, strict=True)]
    order = np.argsort(joined[0], kind="stable")
    return tuple(column[order] for column in joined)


def _places(among: Numbers, wanted: Numbers) -> Numbers:
    """Give where each wanted number stands in a sorted column; -1 where it does not."""
    if not len(among):
        return np.full(len(wanted), _NOBODY, dtype=np.int64)
    at = np.minimum(np.searchsorted(among, wanted), len(among) - 1)
    found: Numbers = np.where(among[at] == wanted, at, _NOBODY)
    return found


def _records(people: Numbers) -> tuple[Numbers, Numbers]:
    rows = SourceRecord.everything.filter(customer__isnull=False)
    keys, customers = _numbers(rows.values_list("id", "customer_id"), columns=2)
    order = np.argsort(keys, kind="stable")
    return keys[order], _places(people, customers[order])


def _orders(rows: Any) -> _Orders:
    """Read into columns of the right length: in pieces put together they would be there twice."""
    count = rows.count()
    columns = [np.zeros(count, dtype=kind) for kind in _KINDS]
    filled = 0
    for chunk in _chunks(rows):
        for column, values in zip(columns, zip(*chunk, strict=True), strict=True):
            if filled + len(chunk) > len(column):
                column.resize(filled + len(chunk), refcheck=False)
            column[filled : filled + len(chunk)] = values
        filled += len(chunk)
    for column in columns:
        column.resize(filled, refcheck=False)
    if filled > 1 and not (columns[0][1:] > columns[0][:-1]).all():
        order = np.argsort(columns[0], kind="stable")
        for column in columns:
            column[:] = column[order]
    return tuple(columns)


def numbers_of(rows: Any) -> Numbers:
    """Give the one column a queryset asks for. SQLite hands a million numbers over in one text in
    half the time it takes row by row.
    """
    if connection.vendor != "sqlite":
        return _numbers(rows)[0]
    try:
        sql, parameters = rows.query.sql_with_params()
    except EmptyResultSet:
        return np.zeros(0, dtype=np.int64)
    with closing(connection.cursor()) as cursor:
        cursor.execute(
            f"WITH found(number) AS ({sql}) SELECT group_concat(number) FROM found",  # noqa: S608
            parameters,
        )
        return np.fromstring(cursor.fetchone()[0] or "", dtype=np.int64, sep=",")


def numbers_in(rows: Any, *, columns: int) -> list[Numbers]:
    """Give the columns a queryset asks for, all whole numbers."""
    return _numbers(rows, columns=columns)


def _numbers(rows: Any, *, columns: int = 1) -> list[Numbers]:
    parts = [
        np.fromiter(chain.from_iterable(chunk), dtype=np.int64, count=columns * len(chunk))
        for chunk in _chunks(rows)
    ]
    table = np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)
    return [np.ascontiguousarray(column) for column in table.reshape(-1, columns).T]


def _chunks(rows: Any) -> Iterator[list[tuple[Any, ...]]]:
    """Read rows as they come from the driver: the ORM would take as long again over a million."""
    try:
        sql, parameters = rows.query.sql_with_params()
    except EmptyResultSet:
        return
    with closing(connection.cursor()) as cursor:
        cursor.execute(sql, parameters)
        while chunk := cursor.fetchmany(_CHUNK):
            yield chunk


def _bound() -> int:
    newest = Order.everything.aggregate(newest=Max("revision"))["newest"]
    return int(newest or 0) - _LOOK_BACK


def _stamp(bound: int) -> Stamp:
    held = Coalesce(F("customer_id"), 0)
    digests = _digests(
        (Order.everything.all(), None),  # how many SQLite knows without reading them
        (Order.everything.filter(revision__gt=bound), F("revision").bitand(_WIDE)),
        # Not a plain sum: two records that change places must show.
        (SourceRecord.everything.all(), F("id").bitand(_LOW) * (held.bitand(_LOW) + 1)),
        (CustomerSummary.objects.all(), F("customer_id").bitand(_WIDE)),
    )
    return Stamp(
        orders=(digests[0][0], *digests[1]),
        runs=dict(ImportRun.objects.values_list("id", "state")),
        records=digests[2],
        people=digests[3],
    )


def _digests(*found: tuple[QuerySet[Any], Any]) -> list[tuple[int, int]]:
    """Count the rows of each queryset and sum a number over them, all in one question."""
    parts = [
        rows.order_by()
        .annotate(place=Value(place))
        .values("place")
        .annotate(rows=Count("*"), digest=_sum_of(number))
        .values_list("place", "rows", "digest")
        for place, (rows, number) in enumerate(found)
    ]
    counted = {
        place: (rows, digest) for place, rows, digest in parts[0].union(*parts[1:], all=True)
    }
    return [(rows, int(digest or 0)) for rows, digest in (counted[i] for i in range(len(found)))]


def _sum_of(number: Any) -> Any:
    whole = BigIntegerField()
    return Value(0, whole) if number is None else Sum(number, output_field=whole)


class Keeper:
    """Holds the columns of this process; reads them in a thread of their own, not in a request."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._columns: Columns | None = None
        self._looked_at = 0.0
        self.reader: threading.Thread | None = None
        self.is_wanted = False  # by the rollup of events, however few orders there are

    def wait(self) -> None:
        """Wait for the columns to be read, if they are being read."""
        if self.reader is not None:
            self.reader.join()

    def current(self) -> Columns | None:
        """Give the columns as they are now; None while the database has to be asked."""
        if self._columns is None and not self.is_large():
            return None
        with self._lock:
            if self._columns is not None and time.monotonic() > self._looked_at + TRUSTED_SECONDS:
                self._columns = renew(self._columns)
                self._looked_at = time.monotonic()
            if self._columns is None and not (self.reader and self.reader.is_alive()):
                self.reader = threading.Thread(target=self._read, name="orders", daemon=True)
                self.reader.start()
            return self._columns

    def is_large(self) -> bool:
        """Tell whether there is so much that the database is slow."""
        few = Order.everything.order_by()[LEAST_ORDERS : LEAST_ORDERS + 1]
        return few.exists() or self.is_wanted

    @property
    def held(self) -> Columns | None:
        """Give the columns as they were last looked at, without looking."""
        return self._columns

    def _read(self) -> None:
        try:
            if Order.everything.count() <= MOST_ORDERS:
                columns = read_all()
                with self._lock:
                    self._columns = columns
        except Exception:
            log.exception("The orders could not be read into memory; the database is asked.")
        finally:
            connection.close()


keeper = Keeper()


def current(*, can_wait: bool = False) -> Columns | None:
    """Give the columns of this process as they are now; None while the database has to be asked.
    Who can wait, a job, has them read first.
    """
    found = keeper.current()
    if found is None and can_wait:
        keeper.wait()
        found = keeper.current()
    return found

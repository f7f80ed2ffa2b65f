"""Writes documents into the index, in transactions short enough for a busy site."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from types import ModuleType

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from idic.core import bulk
from idic.identify.models import Customer

from . import postgres, sqlite
from .documents import Document, build_documents

_SLICE = 200
_READ = 2_000
# Pages of the index merged in one transaction, after a transaction at most so often; and within a
# transaction of the caller's.
_PAGES, _MERGES, _PAGES_WITHIN = 24, 6, 16
# Ids run from the most valuable customer down: the step of value above, a running number below.
_TOP_STEP = (1 << 9) - 1
_LOW_BITS = 32


def dialect() -> ModuleType:
    """Give the SQL of the database at hand."""
    return postgres if connection.vendor == "postgresql" else sqlite


def write(*, customer_ids: Sequence[int]) -> int:
    """Write the documents of these customers anew and give how many stand now."""
    count = 0
    for start in range(0, len(customer_ids), _READ):
        part = customer_ids[start : start + _READ]
        documents = {d.customer_id: d for d in build_documents(customer_ids=part)}
        for slice_start in range(0, len(part), _SLICE):
            _replace(part[slice_start : slice_start + _SLICE], documents)
            _settle_a_little()
        count += len(documents)
    return count


def rebuild(*, progress: Callable[[int, int], None] | None = None) -> int:
    """Write every document anew, beside the running site."""
    total = Customer.objects.count() if progress else 0
    count, seen, last = 0, 0, 0
    customers = Customer.objects.order_by("id").values_list("id", flat=True)
    while ids := list(customers.filter(id__gt=last)[:_READ]):
        count += write(customer_ids=ids)
        seen, last = seen + len(ids), ids[-1]
        if progress:
            progress(seen, total)
    _forget_vanished()
    _settle()
    return count


def _replace(customer_ids: Sequence[int], documents: dict[int, Document]) -> None:
    sql = dialect()
    with bulk.hold(), connection.cursor() as cursor:
        sql.lock(cursor)
        standing = _list_standing(cursor, customer_ids)
        gone = [i for i in standing if i not in documents]
        new, changed = [], list(gone)
        for document in (documents[i] for i in customer_ids if i in documents):
            place, digest = standing.get(document.customer_id, (None, ""))
            if place is not None and digest == _digest(document) and _step(place) == document.step:
                _set_value(cursor, place, document.value)
                continue
            new.append(document)
            if place is not None:
                changed.append(document.customer_id)
        if changed:
            sql.drop(cursor, changed)
        if new:
            places = _next_places(cursor, new)
            sql.put(cursor, [_row(d, places[d.customer_id]) for d in new])


def _row(document: Document, place: int) -> sqlite.Row:
    return (
        place,
        document.customer_id,
        document.value,
        _digest(document),
        sorted(document.words),
        document.marks,
    )


def _digest(document: Document) -> str:
    content = "\n".join([*sorted(document.words), document.marks])
    return hashlib.blake2b(content.encode(), digest_size=8).hexdigest()


def _list_standing(
    cursor: CursorWrapper, customer_ids: Sequence[int]
) -> dict[int, tuple[int, str]]:
    places = ", ".join(["%s"] * len(customer_ids))
    cursor.execute(
        "SELECT customer_id, id, digest FROM identify_search_document "  # noqa: S608
        f"WHERE customer_id IN ({places})",
        list(customer_ids),
    )
    return {customer: (place, digest) for customer, place, digest in cursor.fetchall()}


def _set_value(cursor: CursorWrapper, place: int, value: int) -> None:
    cursor.execute(
        "UPDATE identify_search_document SET value = %s WHERE id = %s AND value <> %s",
        [value, place, value],
    )


def _step(place: int) -> int:
    return _TOP_STEP - (place >> _LOW_BITS)


def _next_places(cursor: CursorWrapper, documents: Sequence[Document]) -> dict[int, int]:
    """Give each document the next free id of its step: dense ids keep the index small."""
    free: dict[int, int] = {}
    given = {}
    for document in documents:
        first = (_TOP_STEP - document.step) << _LOW_BITS
        if document.step not in free:
            cursor.execute(
                "SELECT MAX(id) FROM identify_search_document WHERE id >= %s AND id < %s",
                [first, first + (1 << _LOW_BITS)],
            )
            last = cursor.fetchone()[0]
            free[document.step] = first if last is None else last + 1
        given[document.customer_id] = free[document.step]
        free[document.step] += 1
    return given


def _forget_vanished() -> None:
    sql = dialect()
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            vanished = sql.list_vanished(cursor, _SLICE)
            if not vanished:
                return
            sql.drop(cursor, vanished)


def forget_deleted() -> None:
    """Merge the whole index anew, in small steps: FTS5 keeps words of deleted documents until the
    pages that hold them are merged.
    """
    with bulk.hold(), connection.cursor() as cursor:
        sqlite.begin_anew(cursor)
    _settle()


def _settle_a_little() -> None:
    """Merge about as much as a write has added."""
    sql = dialect()
    if connection.in_atomic_block:
        with connection.cursor() as cursor:
            sql.settle(cursor, pages=_PAGES_WITHIN)
        return
    for _ in range(_MERGES):
        if not _settle_once():
            return


def _settle() -> None:
    while _settle_once():
        pass


def _settle_once() -> bool:
    sql = dialect()
    with bulk.hold(), connection.cursor() as cursor:
        return bool(sql.settle(cursor, pages=_PAGES))

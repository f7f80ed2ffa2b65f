"""Reads of the customer list: one page of people, how many there are, who stands before and after
somebody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.models import QuerySet, Sum

from idic.differentiate.models import CustomerSummary, MatrixCell, NeedGroup
from idic.differentiate.segments import Frame, find_count, to_query
from idic.identify.names import list_names
from idic.web.listing import Key, ListQuery, Page, page_of
from idic.web.listing.columns import SORTS

PAGE_SIZE = 50
MOST_COUNTED = 10_000
_KEEP_SECONDS = 300


@dataclass(frozen=True)
class Row:
    """One line of the list."""

    summary: CustomerSummary
    name: str


@dataclass(frozen=True)
class HowMany:
    """How many customers a list holds. Beyond ten thousand it is near enough, and says so."""

    number: int
    is_exact: bool


@dataclass(frozen=True)
class Neighbours:
    """Who stands before and after a customer in the list they were opened from."""

    previous_id: int | None
    next_id: int | None


def list_page(
    query: ListQuery, *, frame: Frame, after: Key | None = None, before: Key | None = None
) -> tuple[list[Row], Page[CustomerSummary]]:
    """Give one page of the list."""
    page = _page(query, _found(query, frame), PAGE_SIZE, after, before)
    names = list_names({s.customer_id: s.full_name for s in page.rows})
    return [Row(s, names[s.customer_id]) for s in page.rows], page


def _found(query: ListQuery, frame: Frame) -> QuerySet[CustomerSummary]:
    return to_query(query.tree, frame=frame) if query.parts else CustomerSummary.objects.all()


def _page(
    query: ListQuery,
    found: QuerySet[CustomerSummary],
    limit: int,
    after: Key | None,
    before: Key | None,
) -> Page[CustomerSummary]:
    order = query.order
    return page_of(
        found,
        column=order.column,
        falling=order.falling,
        index_falls=SORTS[query.sort].falling,
        can_be_null=order.can_be_null,
        among=order.among,
        limit=limit,
        after=after,
        before=before,
    )


def count_found(query: ListQuery, *, frame: Frame) -> HowMany | None:
    """Count the list: exactly up to ten thousand; everybody near enough; None when there are more
    and only `count_all_found` would tell how many.
    """
    number = find_count(query.tree, most=MOST_COUNTED, frame=frame)
    if number is not None:
        return HowMany(number, is_exact=True)
    known = cache.get(_cache_key(query))
    if known is not None:
        return HowMany(known, is_exact=False)
    if query.parts:
        return None
    everybody = MatrixCell.objects.aggregate(total=Sum("customer_count"))["total"]
    return HowMany(everybody, is_exact=False) if everybody else None


def count_all_found(query: ListQuery, *, frame: Frame) -> HowMany:
    """Count a list of any size; that of a long one is kept for some minutes and a little old."""
    number = find_count(query.tree, most=MOST_COUNTED, frame=frame)
    if number is not None:
        return HowMany(number, is_exact=True)
    key = _cache_key(query)
    number = cache.get(key)
    if number is None:
        number = to_query(query.tree, frame=frame).order_by().count()
        cache.set(key, number, _KEEP_SECONDS)
    return HowMany(number, is_exact=False)


def _cache_key(query: ListQuery) -> str:
    filters = ListQuery(query.parts).encode()
    return f"customer-count:{hashlib.sha256(filters.encode()).hexdigest()}"


def find_neighbours(query: ListQuery, *, summary: CustomerSummary, frame: Frame) -> Neighbours:
    """Find who stands before and after a customer in a list."""
    place = key_of(query, summary)
    found = _found(query, frame)
    after = _page(query, found, 1, place, None).rows
    before = _page(query, found, 1, None, place).rows
    return Neighbours(
        before[0].customer_id if before else None, after[0].customer_id if after else None
    )


def key_of(query: ListQuery, summary: CustomerSummary) -> Key:
    """Give a customer's place in a list."""
    return Key(getattr(summary, query.order.column), summary.customer_id)


def list_everyone(
    query: ListQuery,
    *,
    frame: Frame,
    slice_size: int = 1_000,
    among: Collection[int] | None = None,
) -> Iterator[CustomerSummary]:
    """Give everybody of a list in its order, slice by slice; `among` some hundred at most."""
    found = _found(query, frame)
    if among is not None:
        found = found.filter(customer_id__in=among)
    after: Key | None = None
    while True:
        page = _page(query, found, slice_size, after, None)
        yield from page.rows
        if not page.has_next:
            return
        after = key_of(query, page.rows[-1])


def list_names_of(customer_ids: Sequence[int]) -> list[str]:
    """Give the names of a few customers, in the order given."""
    rows = CustomerSummary.objects.filter(customer_id__in=customer_ids)
    names = list_names(dict(rows.values_list("customer_id", "full_name")))
    return [names[i] for i in customer_ids if i in names]


def list_need_groups() -> list[NeedGroup]:
    """Give the need groups in force, in the order of the matrix."""
    return list(NeedGroup.objects.filter(is_current=True).order_by("position", "id"))


def list_cities(*, limit: int = 50) -> list[str]:
    """Give places customers live in, for the filter to propose: steps along the index, no scan."""
    table = CustomerSummary._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE place(name) AS ("  # noqa: S608
            f"SELECT MIN(city_key) FROM {table} WHERE city_key > %s UNION ALL "
            f"SELECT (SELECT MIN(s.city_key) FROM {table} s WHERE s.city_key > place.name) "
            "FROM place WHERE place.name IS NOT NULL) "
            f"SELECT (SELECT s.city FROM {table} s WHERE s.city_key = place.name LIMIT 1) "
            "FROM place WHERE name IS NOT NULL LIMIT %s",
            ["", limit],
        )
        return [row[0] for row in cursor.fetchall()]


def parse_key(query: ListQuery, given: str) -> Key | None:
    """Read a place in the list from an address; None for one that makes no sense."""
    value, _, number = given.rpartition("~")
    if not number.isdecimal() or len(number) > 19:
        return None
    try:
        return Key(_read_value(query, value), int(number))
    except ValueError:
        return None


def write_key(query: ListQuery, summary: CustomerSummary) -> str:
    """Write a place in the list for an address."""
    key = key_of(query, summary)
    value = "" if key.value is None else f"={key.value}"
    return f"{value}~{key.id}"


def _read_value(query: ListQuery, text: str) -> Any:
    order = query.order
    if not text.startswith("="):
        if order.can_be_null and not text:
            return None
        raise ValueError(text)
    text = text[1:]
    if order.column == "sort_name":
        return text[:200]
    if order.column == "last_order_date":
        return date.fromisoformat(text)
    number = int(text)
    if abs(number) >= 2**63:
        raise ValueError(text)
    return number

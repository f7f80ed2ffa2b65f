"""Keyset paging over any sorted column with a key behind it: the millionth row costs what the first
does. Rows whose value is not known come last, whichever way the column is sorted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import F, Func, Model, Q, QuerySet

M = TypeVar("M", bound=Model)

_PROBED = 4_000
_SORTED = "sorted_value"


@dataclass(frozen=True, slots=True)
class Key:
    """A place in a sorted list: the value sorted by (None: not known) and the row's own key."""

    value: Any
    id: int


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """Rows of one page, and whether there is more on either side."""

    rows: list[M]
    has_previous: bool
    has_next: bool


@dataclass(frozen=True, slots=True)
class _Order:
    column: str
    key: str
    falling: bool
    key_falls: bool
    can_be_null: bool
    among: Q
    related: tuple[str, ...]


def page_of(
    rows: QuerySet[M],
    *,
    column: str,
    falling: bool,
    limit: int,
    key: str = "customer_id",
    index_falls: bool | None = None,
    can_be_null: bool = False,
    after: Key | None = None,
    before: Key | None = None,
    among: Q | None = None,
    related: tuple[str, ...] = (),
) -> Page[M]:
    """Give one page of rows sorted by a column, beginning after one place or ending before one.

    `index_falls` says how the column lies in its index, the key rising behind it: a list the other
    way round then reads the index backwards, rows of one value in falling order of their keys.
    `among` is a condition all rows meet, when the column's index holds only those; `related` names
    what is read along with each row.
    """
    key_falls = index_falls is not None and index_falls != falling
    order = _Order(column, key, falling, key_falls, can_be_null, among or Q(), related)
    if before is not None:
        found = _take(rows, order, limit + 1, from_place=before, backward=True)
        return Page(found[:limit][::-1], has_previous=len(found) > limit, has_next=True)
    found = _take(rows, order, limit + 1, from_place=after, backward=False)
    return Page(found[:limit], has_previous=after is not None, has_next=len(found) > limit)


def _take(
    rows: QuerySet[M], order: _Order, limit: int, *, from_place: Key | None, backward: bool
) -> list[M]:
    """Read the rows with a value and those without as two stretches: each follows an index on
    every database, and nulls are at the same end everywhere.
    """
    stretches = [False, True] if order.can_be_null else [False]
    if backward:
        stretches.reverse()
    if from_place is not None:
        stretches = stretches[stretches.index(from_place.value is None) :]
    keys: list[Any] = []
    for without in stretches:
        here = from_place if from_place and (from_place.value is None) == without else None
        place = _Place(order, without, here, backward)
        keys += _list_keys(rows, place, limit - len(keys))
        if len(keys) >= limit:
            break
    if not keys:
        return []
    # Keys first, rows after: an index that holds what is filtered and sorted answers alone.
    wanted = rows.model._default_manager.filter(pk__in=keys)
    if order.related:
        wanted = wanted.select_related(*order.related)
    whole = {row.pk: row for row in wanted}
    return [whole[key] for key in keys if key in whole]


@dataclass(frozen=True, slots=True)
class _Place:
    order: _Order
    without_value: bool
    here: Key | None
    backward: bool


def _list_keys(rows: QuerySet[M], place: _Place, limit: int) -> list[Any]:
    """Look among the next few thousand of everybody first: a filter that fits many is answered
    there. One that fits few is better answered from its own index and sorted after.
    """
    if rows.query.where and not place.without_value:
        everybody = rows.model._default_manager.filter(place.order.among)
        next_ones = _stretch(everybody, place).values("pk")[:_PROBED]
        keys = list(
            _stretch(rows.filter(pk__in=next_ones), place).values_list("pk", flat=True)[:limit]
        )
        if len(keys) >= limit:
            return keys
        rows = rows.alias(**{_SORTED: Unindexed(F(place.order.column))})
        return list(_stretch(rows, place, sort=_SORTED).values_list("pk", flat=True)[:limit])
    return list(_stretch(rows, place).values_list("pk", flat=True)[:limit])


class Unindexed(Func):
    """A column as an expression: SQLite then does not walk a whole table along its index, row by
    row, where another index holds all that is asked.
    """

    template = "%(expressions)s"
    arity = 1

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Write a plus that changes nothing."""
        return super().as_sql(compiler, connection, template="(+%(expressions)s)", **context)


def _stretch(rows: QuerySet[M], place: _Place, *, sort: str = "") -> QuerySet[M]:
    order, here, backward = place.order, place.here, place.backward
    column = sort or order.column
    key_falls = order.key_falls != backward
    sign = "-" if key_falls else ""
    if place.without_value:
        rows = rows.filter(**{f"{order.column}__isnull": True})
        if here:
            rows = rows.filter(_beyond(order.key, here.id, falling=key_falls))
        return rows.order_by(f"{sign}{order.key}")
    if order.can_be_null:
        rows = rows.filter(**{f"{column}__isnull": False})
    falling = order.falling != backward
    if here:
        # The first condition is implied by the second; it lets the database start in the index.
        reach = "lte" if falling else "gte"
        rows = rows.filter(**{f"{column}__{reach}": here.value}).filter(
            _beyond(column, here.value, falling=falling)
            | _beyond(order.key, here.id, falling=key_falls)
        )
    return rows.order_by(f"{'-' if falling else ''}{column}", f"{sign}{order.key}")


def _beyond(column: str, value: Any, *, falling: bool) -> Q:
    return Q(**{f"{column}__{'lt' if falling else 'gt'}": value})

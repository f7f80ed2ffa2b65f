"""Who a rule holds for: how many, which ids, a few to look at. A rule on a customer's own row
follows an index and stops early; one that looks into orders is asked once for everything, in a
large shop of the columns in memory.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, Q, QuerySet, Window

from idic.core.keyset import Key, Page, page_of
from idic.differentiate.models import CustomerSummary

from . import columns, masks
from . import tree as t
from .check import check, children
from .compile import to_condition, to_query
from .frame import Frame, current_frame

MOST_COUNTED = 10_000
CROWD = 200_000
_FEW, _STEP = 2_000, 2_000
# What a list of people shows of each beside the row.
_RELATED = ("customer", "need_group")
_OWN_ROW = (t.Text, t.Number, t.Amount, t.Day, t.Choice, t.Flag, t.InNeedGroup)


@dataclass(frozen=True, slots=True)
class Look:
    """Some people of a rule, those worth most first, and how many there are; None: too many to
    count while somebody waits, or (`is_counted`) left to be counted by themselves.
    """

    people: list[CustomerSummary]
    count: int | None
    is_counted: bool = True


def count(tree: t.Tree, *, frame: Frame | None = None) -> int:
    """Count the customers a rule holds for, exactly."""
    chosen = _choose(tree, frame)
    if chosen is not None:
        return len(chosen)
    return CustomerSummary.objects.filter(to_condition(tree, frame=frame, is_scan=True)).count()


def find_count(tree: t.Tree, *, most: int = MOST_COUNTED, frame: Frame | None = None) -> int | None:
    """Count up to `most`; None when there are more."""
    chosen = _choose(tree, frame)
    if chosen is None:
        return _count(to_query(tree, frame=frame), most)
    return len(chosen) if len(chosen) <= most else None


def list_ids(tree: t.Tree, *, frame: Frame | None = None) -> list[int]:
    """Give the ids of the customers a rule holds for, in ascending order."""
    chosen = _choose(tree, frame)
    if chosen is not None:
        return [int(key) for key in chosen]
    return list(
        to_query(tree, frame=frame).order_by("customer_id").values_list("customer_id", flat=True)
    )


def look_at(
    tree: t.Tree,
    *,
    limit: int = 20,
    most: int = MOST_COUNTED,
    inside: tuple[int, ...] = (),
    frame: Frame | None = None,
    can_wait: bool = True,
) -> Look:
    """Give a few people of a rule and their number. `inside` names the segments this rule belongs
    to. Who cannot wait gets no number where everybody has to be read for it. Raises WrongTree.
    """
    check(tree)
    found = CustomerSummary.objects.filter(to_condition(tree, frame=frame, inside=inside))
    if is_own_row(tree):
        people = _page(found, limit, None).rows
        if can_wait:
            return Look(people, _count(found, most))
        return Look(people, *_count_unless_crowd(found, most))
    chosen = _choose(tree, frame, inside)
    if chosen is not None:
        return Look(_first(chosen, limit), len(chosen))
    counted = found.annotate(found_count=Window(Count("pk")))
    ordered = counted.order_by("-worth_amount", "customer_id")
    # Counted by their ids alone: whole rows of all of them would be carried through the count.
    first = list(ordered.values_list("pk", "found_count")[:limit])
    return Look(_rows([pk for pk, _count in first]), first[0][1] if first else 0)


def page_through(
    tree: t.Tree, *, limit: int, after: Key | None = None, frame: Frame | None = None
) -> Page[CustomerSummary]:
    """Give a page of a rule's people, those worth most first."""
    chosen = _choose(tree, frame)
    if chosen is None:
        return _page(to_query(tree, frame=frame), limit, after)
    people = _first(chosen, limit + 1, after)
    return Page(people[:limit], has_previous=after is not None, has_next=len(people) > limit)


def find_chosen(tree: t.Tree, *, frame: Frame | None = None) -> columns.Numbers | None:
    """Give the ids a rule holds for where they are at hand in memory; None where the database has
    to be asked.
    """
    return _choose(tree, frame)


def is_own_row(tree: t.Tree) -> bool:
    """Tell whether a rule asks only for what stands in a customer's own summary row."""
    if isinstance(tree, (t.All, t.Any, t.Not)):
        return all(is_own_row(child) for child in children(tree))
    return isinstance(tree, _OWN_ROW)


def _choose(
    tree: t.Tree, frame: Frame | None, inside: tuple[int, ...] = ()
) -> columns.Numbers | None:
    """Give the ids a rule holds for, when it asks for orders and the columns are at hand."""
    check(tree)
    frame = frame or current_frame()
    rule = masks.opened(tree, frame=frame, inside=inside)
    held = columns.current() if masks.asks_orders(rule) and masks.is_worth_it(rule) else None
    return None if held is None else held.people[masks.mask_of(rule, held, frame=frame)]


def _first(chosen: columns.Numbers, limit: int, after: Key | None = None) -> list[CustomerSummary]:
    """Give those worth most: by their ids if they are few, else met on the way down the list."""
    everybody = CustomerSummary.objects.order_by("-worth_amount", "customer_id")
    if after is not None:
        same = Q(worth_amount=after.value, customer_id__gt=after.id)
        # The first condition is implied by the second; it lets the database start in the index.
        everybody = everybody.filter(worth_amount__lte=after.value)
        everybody = everybody.filter(Q(worth_amount__lt=after.value) | same)
    if len(chosen) <= _FEW:
        few = everybody.filter(pk__in=chosen.tolist())
        return _rows(list(few.values_list("pk", flat=True)[:limit]))
    for most in (_STEP, 25 * _STEP, None):
        keys = columns.numbers_of(everybody.values_list("pk")[:most])
        found = keys[np.isin(keys, chosen)][:limit]
        if len(found) >= limit:
            break
    return _rows(found.tolist())


def _rows(keys: list[int]) -> list[CustomerSummary]:
    rows = CustomerSummary.objects.select_related(*_RELATED).in_bulk(keys)
    return [rows[key] for key in keys if key in rows]


def _page(found: QuerySet[CustomerSummary], limit: int, after: Key | None) -> Page[CustomerSummary]:
    return page_of(
        found, column="worth_amount", falling=True, limit=limit, after=after, related=_RELATED
    )


def _count(found: QuerySet[CustomerSummary], most: int) -> int | None:
    number = found.order_by().values("pk")[: most + 1].count()
    return number if number <= most else None


def _count_unless_crowd(found: QuerySet[CustomerSummary], most: int) -> tuple[int | None, bool]:
    """Count up to `most` where reading everybody takes no longer than a page may, in one question;
    and tell whether it was counted.
    """
    try:
        sql, parameters = found.order_by().values("pk")[: most + 1].query.sql_with_params()
    except EmptyResultSet:
        return 0, True
    table = connection.ops.quote_name(CustomerSummary._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT CASE WHEN EXISTS (SELECT 1 FROM {table} LIMIT 1 OFFSET %s) THEN NULL"  # noqa: S608
            f" ELSE (SELECT COUNT(*) FROM ({sql}) AS found) END",
            [CROWD, *parameters],
        )
        number = cursor.fetchone()[0]
    return (number if number is not None and number <= most else None), number is not None

"""Who a rule holds for: how many, which ids, a few to look at. A rule on a customer's own row
follows an index and stops early; one that looks into orders is asked once for everything.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, QuerySet, Window

from idic.core.keyset import Key, Page, page_of
from idic.differentiate.models import CustomerSummary

from . import tree as t
from .check import check, children
from .compile import to_condition, to_query
from .frame import Frame

MOST_COUNTED = 10_000
# What a list of people shows of each beside the row.
_RELATED = ("customer", "need_group")
_OWN_ROW = (t.Text, t.Number, t.Amount, t.Day, t.Choice, t.Flag, t.InNeedGroup)


@dataclass(frozen=True, slots=True)
class Look:
    """Some people of a rule, those worth most first, and how many there are; None: too many to
    count while somebody waits.
    """

    people: list[CustomerSummary]
    count: int | None


def count(tree: t.Tree, *, frame: Frame | None = None) -> int:
    """Count the customers a rule holds for, exactly."""
    return to_query(tree, frame=frame).count()


def find_count(tree: t.Tree, *, most: int = MOST_COUNTED, frame: Frame | None = None) -> int | None:
    """Count up to `most`; None when there are more."""
    return _count(to_query(tree, frame=frame), most)


def list_ids(tree: t.Tree, *, frame: Frame | None = None) -> list[int]:
    """Give the ids of the customers a rule holds for, in ascending order."""
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
) -> Look:
    """Give a few people of a rule and their number. `inside` names the segments this rule belongs
    to. Raises WrongTree.
    """
    check(tree)
    found = CustomerSummary.objects.filter(to_condition(tree, frame=frame, inside=inside))
    if is_own_row(tree):
        return Look(_page(found, limit, None).rows, _count(found, most))
    counted = found.annotate(found_count=Window(Count("pk")))
    ordered = counted.order_by("-worth_amount", "customer_id")
    # Counted by their ids alone: whole rows of all of them would be carried through the count.
    first = list(ordered.values_list("pk", "found_count")[:limit])
    rows = CustomerSummary.objects.select_related(*_RELATED).in_bulk([pk for pk, _count in first])
    people = [rows[pk] for pk, _count in first if pk in rows]
    return Look(people, first[0][1] if first else 0)


def page_through(
    tree: t.Tree, *, limit: int, after: Key | None = None, frame: Frame | None = None
) -> Page[CustomerSummary]:
    """Give a page of a rule's people, those worth most first."""
    return _page(to_query(tree, frame=frame), limit, after)


def is_own_row(tree: t.Tree) -> bool:
    """Tell whether a rule asks only for what stands in a customer's own summary row."""
    if isinstance(tree, (t.All, t.Any, t.Not)):
        return all(is_own_row(child) for child in children(tree))
    return isinstance(tree, _OWN_ROW)


def _page(found: QuerySet[CustomerSummary], limit: int, after: Key | None) -> Page[CustomerSummary]:
    return page_of(
        found, column="worth_amount", falling=True, limit=limit, after=after, related=_RELATED
    )


def _count(found: QuerySet[CustomerSummary], most: int) -> int | None:
    number = found.order_by().values("pk")[: most + 1].count()
    return number if number <= most else None

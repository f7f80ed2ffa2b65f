"""Who a rule holds for: how many, which ids, a few to look at."""

from __future__ import annotations

from idic.differentiate.models import CustomerSummary

from . import tree as t
from .compile import to_query
from .frame import Frame


def count(tree: t.Tree, *, frame: Frame | None = None) -> int:
    """Count the customers a rule holds for, exactly."""
    return to_query(tree, frame=frame).count()


def find_count(tree: t.Tree, *, most: int = 10_000, frame: Frame | None = None) -> int | None:
    """Count up to `most`; None when there are more."""
    found = to_query(tree, frame=frame).order_by().values("pk")[: most + 1].count()
    return found if found <= most else None


def list_ids(tree: t.Tree, *, frame: Frame | None = None) -> list[int]:
    """Give the ids of the customers a rule holds for, in ascending order."""
    return list(
        to_query(tree, frame=frame).order_by("customer_id").values_list("customer_id", flat=True)
    )


def list_sample(
    tree: t.Tree, *, limit: int = 20, frame: Frame | None = None
) -> list[CustomerSummary]:
    """Give a few people of a rule, those with the most expected of them first."""
    found = to_query(tree, frame=frame)
    return list(found.order_by("-worth_amount", "customer_id")[:limit])

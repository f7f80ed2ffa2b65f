"""Computes what each customer is likely to want next, and keeps it with its reasons."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from idic.core import bulk, ids
from idic.customize.models import (
    Product,
    Recommendation,
    RejectedProduct,
)
from idic.customize.services.catalogue import refresh_catalogue
from idic.engine import recommend
from idic.engine.table import Table
from idic.identify.facts import open_facts
from idic.identify.models import Customer
from idic.lake.reader import Reader

Progress = Callable[[int, int, str], None]

KEPT = 6  # of each list: what a page shows and a message needs
# What was not sold for this long is taken for gone from the shop.
SOLD_WITHIN_DAYS = 120
_STEPS = 3

_LINES = """
SELECT l.customer_id, l.order_id, p.product_id, l.ordered_on, l.quantity
FROM customer_lines l JOIN product p ON p.code = l.product_code
WHERE l.customer_id IS NOT NULL AND l.ordered_on <= $as_of AND p.is_sellable
"""
_RANKED = ("customer_id", "product_id", "kind", "rank", "score")
_REASON = (
    "times_bought",
    "last_bought_date",
    "usual_gap_days",
    "because_product_id",
    "support",
    "lift",
)
_COLUMNS = ["id", *_RANKED, "reason"]


@dataclass(frozen=True)
class RecommendationReport:
    """What a refresh did."""

    product_count: int
    customer_count: int
    recommendation_count: int


def refresh(
    *, as_of: date, now: datetime, progress: Progress | None = None
) -> RecommendationReport:
    """Compute everybody's list anew from all orders up to `as_of`."""
    say = progress or (lambda done, total, label: None)
    say(0, _STEPS, "catalogue")
    with open_facts() as facts:
        refresh_catalogue(facts=facts, as_of=as_of)
        lines = read_lines(facts=facts, as_of=as_of)
    if not len(lines):
        _replace(rows=iter(()), customer_ids=None)
        return RecommendationReport(Product.objects.count(), 0, 0)
    say(1, _STEPS, "recommendations")
    recommender = recommend.fit(lines, as_of=as_of, active_days=SOLD_WITHIN_DAYS)
    table = recommend.predict(recommender, lines, as_of=as_of, k=KEPT, blocked=_blocked())
    say(2, _STEPS, "recommendations")
    count = _replace(rows=_rows(table), customer_ids=None)
    say(_STEPS, _STEPS, "recommendations")
    return RecommendationReport(
        product_count=Product.objects.count(),
        customer_count=len(set(table["customer_id"])),
        recommendation_count=count,
    )


def read_lines(*, facts: Reader, as_of: date) -> Table:
    """Give the lines of goods with known owners, products by their ids."""
    rows = list(Product.objects.values_list("id", "code", "is_sellable"))
    product_ids, codes, sellable = zip(*rows, strict=True) if rows else ((), (), ())
    facts.add(
        name="product",
        table=Table(
            {"product_id": product_ids, "code": codes, "is_sellable": sellable},
            types={"product_id": int, "code": str, "is_sellable": bool},
        ),
    )
    return facts.query(_LINES, {"as_of": as_of})


def _blocked() -> Table:
    """Give what must not be shown: out of stock to nobody, “not for me” to that person."""
    pairs: list[tuple[int | None, int]] = [
        (None, product_id)
        for product_id in Product.objects.filter(is_available=False).values_list("id", flat=True)
    ]
    pairs += list(_list_rejected())
    return Table(
        {"customer_id": [pair[0] for pair in pairs], "product_id": [pair[1] for pair in pairs]},
        types={"customer_id": int, "product_id": int},
    )


def _list_rejected() -> QuerySet[RejectedProduct, tuple[int, int]]:
    """Give who does not want what; a number that leads to another speaks for that one."""
    who = Coalesce("customer__merged_into_id", "customer_id")
    return RejectedProduct.objects.annotate(who=who).values_list("who", "product_id")


def _rows(table: Table) -> Iterator[tuple[Any, ...]]:
    numbers = iter(ids.new_ids(len(table)))
    ranked: list[tuple[Any, ...]] = table.select(*_RANKED, *_REASON).rows()
    for row in ranked:
        reason = dict(zip(_REASON, row[len(_RANKED) :], strict=True))
        yield (next(numbers), *row[: len(_RANKED)], _as_json(reason))


def _as_json(reason: dict[str, Any]) -> dict[str, Any]:
    """Write a reason so that JSON keeps it: days as text, ids too, as they outgrow a float."""
    day, because, lift = (reason[n] for n in ("last_bought_date", "because_product_id", "lift"))
    return reason | {
        "last_bought_date": day.isoformat() if day else None,
        "because_product_id": str(because) if because else None,
        "lift": round(lift, 2) if lift is not None else None,
    }


def _replace(*, rows: Iterator[tuple[Any, ...]], customer_ids: list[int] | None) -> int:
    """Put new lists in the place of the old: the new rows first, then the old ones go, so that a
    page never meets an empty list.
    """
    mark = ids.new_id()
    count = bulk.insert_rows(Recommendation, _COLUMNS, rows)
    old = Recommendation.objects.filter(id__lt=mark)
    if customer_ids is not None:
        old = old.filter(customer_id__in=customer_ids)
    bulk.delete_rows(old)
    return count


def reject_product(*, customer: Customer, product: Product, now: datetime) -> None:
    """Note “not for me”: the product leaves this customer's list at once and stays away."""
    with transaction.atomic():
        RejectedProduct.objects.get_or_create(
            customer=customer, product=product, defaults={"rejected_at": now}
        )
        Recommendation.objects.filter(customer=customer, product=product).delete()


def take_back_rejection(*, customer: Customer, product: Product) -> None:
    """Undo “not for me”; the product may come back with the next refresh."""
    RejectedProduct.objects.filter(customer=customer, product=product).delete()

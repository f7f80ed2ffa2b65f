"""Reads of the queue of orders without an owner: those with a suggestion first, each with what was
bought and whose it may be.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Q

from idic.core import ids
from idic.identify.models import Order, OrderLine, OwnerSuggestion
from idic.identify.names import list_names
from idic.identify.ownerless import IS_OWNERLESS
from idic.identify.selectors import count_orders

ROWS = 25
_GOODS = 3
_MANY, _KEEP_SECONDS = 100_000, 60


@dataclass(frozen=True)
class Owner:
    """Whose an order may be, and what that rests on."""

    suggestion: OwnerSuggestion
    public_id: str
    name: str
    goods: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Waiting:
    """An order without an owner."""

    order: Order
    public_id: str
    goods: list[str]
    more: int
    owners: list[Owner]


@dataclass(frozen=True)
class Counts:
    """How many orders there are, without an owner, and of those with a sure suggestion."""

    orders: int
    unlinked: int
    sure: int
    suggested: int

    @property
    def linked_rate(self) -> float | None:
        """Share of orders whose customer is known."""
        return (self.orders - self.unlinked) / self.orders if self.orders else None


@dataclass(frozen=True)
class Page:
    """Some waiting orders, and the key behind the last of them; empty when there are no more."""

    rows: list[Waiting]
    after: str


def get_counts() -> Counts:
    """Count; what very many orders come to is kept for a minute."""
    kept: Counts | None = cache.get("unlinked-counts")
    if kept is not None:
        return kept
    suggested = _open_suggestions().aggregate(
        suggested=Count("order_id", distinct=True),
        sure=Count("order_id", distinct=True, filter=Q(is_sure=True)),
    )
    counted = count_orders()
    found = Counts(orders=counted["orders"], unlinked=counted["unlinked_orders"], **suggested)
    if found.orders > _MANY:
        cache.set("unlinked-counts", found, _KEEP_SECONDS)
    return found


def forget_counts() -> None:
    """Count anew: something was decided."""
    cache.delete("unlinked-counts")


def _open_suggestions() -> Any:
    is_waiting = Q(order__record=None) | Q(order__record__customer=None)
    return OwnerSuggestion.objects.filter(
        is_waiting, is_dismissed=False, order_id__in=Order.objects.values("id")
    )


def list_suggested(*, after: str = "") -> Page:
    """Give those with a suggestion, the likeliest first."""
    rows = _open_suggestions().order_by("-score", "id")
    score, _colon, number = after.partition(":")
    try:
        rows = rows.filter(Q(score__lt=float(score)) | Q(score=float(score), id__gt=int(number)))
    except ValueError:
        pass
    found = list(rows.values_list("order_id", "score", "id")[: ROWS + 1])
    shown = list(dict.fromkeys(order for order, _score, _id in found[:ROWS]))
    more = f"{found[ROWS - 1][1]}:{found[ROWS - 1][2]}" if len(found) > ROWS else ""
    return Page(_draw(shown), more)


def list_rest(*, after: str = "") -> Page:
    """Give all that wait, the newest first."""
    before = _moment(after)
    found: list[tuple[datetime, int]] = []
    # Asked apart: each follows an index of its own.
    for owner in (Q(record=None), Q(record__isnull=False, record__customer=None)):
        rows = Order.objects.filter(owner)
        if before is not None:
            at, number = before
            rows = rows.filter(ordered_at__lte=at)
            rows = rows.filter(Q(ordered_at__lt=at) | Q(id__lt=number))
        ordered = rows.order_by("-ordered_at", "-id")
        found += ordered.values_list("ordered_at", "id")[: ROWS + 1]
    found.sort(reverse=True)
    last = found[ROWS - 1] if len(found) > ROWS else None
    more = f"{last[0].isoformat()}~{last[1]}" if last else ""
    return Page(_draw([number for _at, number in found[:ROWS]]), more)


def find_waiting(*, number: str) -> Page:
    """Give the orders of this number that nobody owns."""
    rows = Order.objects.filter(IS_OWNERLESS, order_number=number.strip())
    return Page(_draw(list(rows.values_list("id", flat=True)[:ROWS])), "")


def _moment(after: str) -> tuple[datetime, int] | None:
    at, _tilde, number = after.partition("~")
    try:
        return datetime.fromisoformat(at), int(number)
    except ValueError:
        return None


def _draw(order_ids: Sequence[int]) -> list[Waiting]:
    orders = Order.objects.select_related("source").in_bulk(list(order_ids))
    goods: dict[int, list[str]] = defaultdict(list)
    names: dict[str, str] = {}
    lines = OrderLine.objects.filter(order_id__in=list(order_ids)).order_by(
        "order_id", "-net_amount", "line_number"
    )
    for order_id, name, code in lines.values_list("order_id", "product_name", "product_code"):
        if (name or code) not in goods[order_id]:
            goods[order_id].append(name or code)
        names[code] = name or code
    owners = _owners(
        order_ids, names
    )  # what speaks for somebody stands among the order's own goods
    return [
        Waiting(
            orders[number],
            ids.encode("order", number),
            goods[number][:_GOODS],
            max(0, len(goods[number]) - _GOODS),
            owners.get(number, []),
        )
        for number in order_ids
        if number in orders
    ]


def _owners(order_ids: Sequence[int], goods: Mapping[str, str]) -> dict[int, list[Owner]]:
    asked = OwnerSuggestion.objects.filter(order_id__in=list(order_ids), is_dismissed=False)
    living = asked.filter(customer__merged_into=None).select_related("customer")
    rows = list(living.order_by("-score", "id"))
    known = {row.customer_id: row.customer for row in rows}
    names = list_names(
        {key: one.full_name for key, one in known.items()},
        salutations={key: one.salutation for key, one in known.items()},
    )
    found: dict[int, list[Owner]] = defaultdict(list)
    for row in rows:
        bought = [goods.get(code, code) for code in row.evidence.get("goods", ())]
        word = ids.encode("customer", row.customer_id)
        found[row.order_id].append(Owner(row, word, names[row.customer_id], bought))
    return found

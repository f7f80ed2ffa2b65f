"""Writes the orders websites tell of. An order is known by its number whoever reports it: a source
of better standing keeps the word, an order without an owner gets one, and another customer's order
of the same number is another order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from idic.core import bulk, ids
from idic.identify.ingest.orders import Bought
from idic.identify.models import Customer, LifecycleStage, Order, OrderLine, Source, SourceRecord
from idic.identify.services.imports.known_orders import merchant_of

from .parties import Party


class Told(NamedTuple):
    """An order as one call tells it."""

    party: Party
    bought: Bought
    at: datetime


@dataclass(slots=True)
class _Known:
    id: int
    source_id: int
    rank: int
    fingerprint: str
    record_id: int | None
    customer_id: int | None


@dataclass(slots=True)
class Orders:
    """What is to be written about orders."""

    new: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    changed: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    lines: dict[int, Sequence[tuple[Any, ...]]] = field(default_factory=dict)
    owned: dict[int, int] = field(default_factory=dict)
    record_ids: set[int] = field(default_factory=set)


def plan_orders(*, source: Source, told: Sequence[Told]) -> Orders:
    """Compare orders with those that are known. Only reads."""
    plan = Orders()
    if not told:
        return plan
    merchant = merchant_of(is_demo=source.is_demo)
    numbers = [one.bought.number for one in told]
    numbers += [_own_number(one) for one in told]
    known = _read(merchant, numbers)
    for one in told:
        number = one.bought.number
        if number in known and _is_somebody_elses(known[number], one.party):
            number = _own_number(one)
        if number not in known:
            known[number] = _add(plan, source, merchant, number, one)
        else:
            _compare(plan, source, known[number], one)
        plan.record_ids.add(one.party.id)
    return plan


def _read(merchant: str, numbers: Sequence[str]) -> dict[str, _Known]:
    rows = Order.objects.filter(merchant=merchant, order_number__in=numbers)
    return {
        number: _Known(key, source_id, rank, digest, record_id, owner)
        for number, key, source_id, rank, digest, record_id, owner in rows.values_list(
            "order_number",
            "id",
            "source_id",
            "source__rank",
            "fingerprint",
            "record_id",
            "record__customer_id",
        )
    }


def _own_number(one: Told) -> str:
    """Give a number its owner beside it, as imports do."""
    return f"{one.bought.number} · {one.party.key}"[:120]


def _is_somebody_elses(known: _Known, party: Party) -> bool:
    if known.record_id is None or known.record_id == party.id:
        return False
    return None not in (known.customer_id, party.customer_id) and (
        known.customer_id != party.customer_id
    )


def _add(plan: Orders, source: Source, merchant: str, number: str, one: Told) -> _Known:
    bought, key = one.bought, ids.new_id()
    plan.new[key] = (
        key,
        merchant,
        number,
        source.id,
        one.party.id,
        one.at,
        bought.currency,
        bought.net_amount,
        len(bought.lines),
        bought.is_return,
        bought.fingerprint,
    )
    plan.lines[key] = bought.lines
    return _Known(
        key, source.id, source.rank, bought.fingerprint, one.party.id, one.party.customer_id
    )


def _compare(plan: Orders, source: Source, known: _Known, one: Told) -> None:
    if known.record_id is None:
        plan.owned[known.id] = known.record_id = one.party.id
    is_kept = known.source_id != source.id and known.rank < source.rank
    if is_kept or known.fingerprint == one.bought.fingerprint:
        return
    bought, known.fingerprint = one.bought, one.bought.fingerprint
    plan.lines[known.id] = bought.lines
    values = (
        bought.currency,
        bought.net_amount,
        len(bought.lines),
        bought.is_return,
        bought.fingerprint,
    )
    if known.id in plan.new:
        plan.new[known.id] = (*plan.new[known.id][:6], *values)
    else:
        plan.changed[known.id] = (known.id, *values)


def write_orders(*, plan: Orders) -> set[int]:
    """Write what was planned, in the caller's transaction; give the customers it is about."""
    if not plan.record_ids:
        return set()
    columns = ["id", "merchant", "order_number", "source_id", "record_id", "ordered_at"]
    columns += ["currency", "net_amount", "line_count", "is_return", "fingerprint"]
    bulk.insert_rows(Order, columns, list(plan.new.values()))
    if plan.changed:
        OrderLine.objects.filter(order_id__in=plan.changed)._raw_delete(connection.alias)
        revisions = ids.new_ids(len(plan.changed))
        rows = [(*row, n) for row, n in zip(plan.changed.values(), revisions, strict=True)]
        names = ["id", "currency", "net_amount", "line_count", "is_return", "fingerprint"]
        names.append("revision")
        bulk.update_rows(Order, names, rows)
    if plan.owned:
        owned = zip(plan.owned.items(), ids.new_ids(len(plan.owned)), strict=True)
        bulk.update_rows(Order, ["id", "record_id", "revision"], [(a, b, n) for (a, b), n in owned])
    _write_lines(plan)
    buyers = SourceRecord.objects.filter(id__in=plan.record_ids, customer__isnull=False)
    found = {number for number in buyers.values_list("customer_id", flat=True) if number}
    waiting = [LifecycleStage.LEAD, LifecycleStage.PROSPECT]
    Customer.objects.filter(id__in=found, lifecycle_stage__in=waiting).update(
        lifecycle_stage=LifecycleStage.CUSTOMER
    )
    return found


def _write_lines(plan: Orders) -> None:
    columns = ["order_id", "line_number", "product_code", "product_name", "category"]
    columns += ["quantity", "unit_price", "net_amount"]
    bulk.insert_rows(
        OrderLine,
        columns,
        [
            (order_id, number, *line)
            for order_id, lines in plan.lines.items()
            for number, line in enumerate(lines, start=1)
        ],
    )

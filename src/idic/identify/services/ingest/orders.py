"""Writes the orders websites and shop systems tell of. An order is known by its number whoever
reports it, and in whatever order their words come in: the source of best standing has the word,
among words of one source the latest said, and an order without an owner gets one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from idic.core import bulk, ids
from idic.identify.ingest.orders import Bought, Line
from idic.identify.models import (
    Customer,
    LifecycleStage,
    Order,
    OrderLine,
    RecordKind,
    Source,
    SourceKind,
    SourceRecord,
)
from idic.identify.services.imports.known_orders import merchant_of

from .parties import Party
from .refunds import Refunds, read_lines

# As one purchase told by two sources: by their clocks, and by how they count discounts.
_SAME_TIME, _SAME_SHARE = timedelta(hours=36), 0.05
_COLUMNS = ["id", "source_id", "record_id", "ordered_at", "currency", "net_amount", "line_count"]
_COLUMNS += ["is_return", "store", "fingerprint", "said_at"]


class Told(NamedTuple):
    """An order as one call tells it: when it was placed, when this was said of it."""

    party: Party
    bought: Bought
    at: datetime
    said_at: datetime
    store: str = ""
    key: str = ""  # how its system names it within itself
    counted: Sequence[str] = ()  # keys of the refunds this counts

    @property
    def owner_id(self) -> int | None:
        """The record whose order it is; none where nobody in particular bought."""
        return None if self.party.kind == RecordKind.RECEIPT else self.party.id


@dataclass(slots=True)
class _Known:
    """An order as it stands, or will."""

    id: int
    source_id: int
    rank: int
    record_id: int | None
    customer_id: int | None
    ordered_at: datetime
    currency: str
    net_amount: int
    line_count: int
    is_return: bool
    store: str
    fingerprint: str
    said_at: datetime | None

    def row(self) -> tuple[Any, ...]:
        """Its values, as `_COLUMNS` names them."""
        return tuple(getattr(self, name) for name in _COLUMNS)


@dataclass(slots=True)
class Orders:
    """What is to be written about orders."""

    merchant: str = ""
    new: dict[str, _Known] = field(default_factory=dict)
    changed: dict[int, _Known] = field(default_factory=dict)
    heard: dict[int, datetime] = field(default_factory=dict)  # said again, the same
    lines: dict[int, Sequence[tuple[Any, ...]]] = field(default_factory=dict)
    record_ids: set[int] = field(default_factory=set)
    refunds: Refunds | None = None


def plan_orders(*, source: Source, told: Sequence[Told], refunds: Refunds) -> Orders:
    """Compare orders with those that are known. Only reads."""
    plan = Orders(merchant_of(is_demo=source.is_demo), refunds=refunds)
    numbers = [one.bought.number for one in told]
    numbers += [_own_number(one) for one in told]
    numbers += refunds.numbers()
    if not numbers:
        return plan
    known = _read(plan.merchant, {*numbers, *map(_other_form, numbers)})
    for said in told:
        number = _as_known(said.bought.number, known)
        if number in known and _is_another(known[number], source, said):
            number = _as_known(_own_number(said), known)
        bought = refunds.settle(
            key=said.key, number=number, counted=said.counted, bought=said.bought
        )
        one = said._replace(bought=bought)
        if number not in known:
            known[number] = plan.new[number] = _new(plan, source, one)
        elif _compare(plan, source, known[number], one) and number not in plan.new:
            plan.changed[known[number].id] = known[number]
        if known[number].fingerprint == bought.fingerprint:
            refunds.took(key=said.key)
        if one.owner_id is not None:
            plan.record_ids.add(one.owner_id)
    for number in refunds.waiting():
        if number in known:
            _lower(plan, number, known[number], refunds)
    return plan


def _lower(plan: Orders, number: str, known: _Known, refunds: Refunds) -> None:
    """Take off an order that stands what was given back of it since."""
    planned = plan.lines.get(known.id)
    lines = read_lines(order_id=known.id) if planned is None else tuple(Line(*x) for x in planned)
    before = Bought(number, known.currency, lines, known.net_amount, known.fingerprint)
    after = refunds.lower(bought=before)
    if after is before:
        return
    known.net_amount, known.fingerprint = after.net_amount, after.fingerprint
    known.line_count, plan.lines[known.id] = len(after.lines), after.lines
    if number not in plan.new:
        plan.changed[known.id] = known
    if known.record_id is not None:
        plan.record_ids.add(known.record_id)


def _read(merchant: str, numbers: set[str]) -> dict[str, _Known]:
    names = ["order_number", "id", "source_id", "source__rank", "record_id"]
    names += ["record__customer_id", "ordered_at", *_COLUMNS[4:]]
    rows = Order.objects.filter(merchant=merchant, order_number__in=sorted(numbers))
    return {number: _Known(*values) for number, *values in rows.values_list(*names)}


def _other_form(number: str) -> str:
    """Shopify and its kin say #1001 here and 1001 there."""
    return number[1:] if number.startswith("#") else f"#{number}"


def _as_known(number: str, known: dict[str, _Known]) -> str:
    other = _other_form(number)
    return other if number not in known and other in known else number


def _own_number(one: Told) -> str:
    """Give a number its owner beside it, as imports do."""
    return f"{one.bought.number} · {one.party.key}"[:120]


def _is_another(known: _Known, source: Source, one: Told) -> bool:
    """Tell whether another customer's order has this number. A shop system numbers its own, and
    two sources may know one buyer by two names.
    """
    if one.owner_id is None or known.record_id in (None, one.owner_id):
        return False
    if None in (known.customer_id, one.party.customer_id):
        return False
    if known.customer_id == one.party.customer_id:
        return False
    if known.source_id == source.id:
        return source.kind != SourceKind.SHOP_SYSTEM
    return not _is_same_purchase(known, one)


def _is_same_purchase(known: _Known, one: Told) -> bool:
    bought = one.bought
    if known.currency != bought.currency or abs(known.ordered_at - one.at) > _SAME_TIME:
        return False
    apart = abs(known.net_amount - bought.net_amount)
    return apart <= _SAME_SHARE * max(abs(known.net_amount), abs(bought.net_amount))


def _new(plan: Orders, source: Source, one: Told) -> _Known:
    bought = one.bought
    made = _Known(
        id=ids.new_id(),
        source_id=source.id,
        rank=source.rank,
        record_id=one.owner_id,
        customer_id=one.party.customer_id,
        ordered_at=one.at,
        currency=bought.currency,
        net_amount=bought.net_amount,
        line_count=len(bought.lines),
        is_return=bought.is_return,
        store=one.store,
        fingerprint=bought.fingerprint,
        said_at=one.said_at,
    )
    plan.lines[made.id] = bought.lines
    return made


def _compare(plan: Orders, source: Source, known: _Known, one: Told) -> bool:
    """Take what is news; tell whether anything was."""
    is_own = known.source_id == source.id
    is_better = not is_own and source.rank < known.rank
    is_old = is_own and known.said_at is not None and one.said_at < known.said_at
    has_word = is_better or (source.rank <= known.rank and not is_old)
    is_owned = _settle_owner(source, known, one, has_word=has_word)
    if not has_word or (known.fingerprint == one.bought.fingerprint and not is_better):
        if has_word and is_own:
            known.said_at = plan.heard[known.id] = one.said_at
        return is_owned
    _take(plan, source, known, one, is_own=is_own)
    return True


def _settle_owner(source: Source, known: _Known, one: Told, *, has_word: bool) -> bool:
    """An order that is no customer's goes to the one who is named; a shop system may say who."""
    if one.owner_id is None or one.owner_id == known.record_id:
        return False
    is_found = known.customer_id is None and one.party.customer_id is not None
    may_say = has_word and source.kind == SourceKind.SHOP_SYSTEM
    is_other = known.customer_id != one.party.customer_id
    if known.record_id is not None and not is_found and not (may_say and is_other):
        return False
    known.record_id, known.customer_id = one.owner_id, one.party.customer_id
    return True


def _take(plan: Orders, source: Source, known: _Known, one: Told, *, is_own: bool) -> None:
    bought = one.bought
    known.source_id, known.rank, known.said_at = source.id, source.rank, one.said_at
    known.ordered_at = min(known.ordered_at, one.at) if is_own else one.at
    known.currency, known.net_amount = bought.currency, bought.net_amount
    known.line_count, known.is_return = len(bought.lines), bought.is_return
    known.store, known.fingerprint = one.store or known.store, bought.fingerprint
    plan.lines[known.id] = bought.lines


def write_orders(*, plan: Orders) -> set[int]:
    """Write what was planned, in the caller's transaction; give the customers it is about."""
    if plan.refunds is not None:
        plan.refunds.write()
    if plan.heard:
        bulk.update_rows(Order, ["id", "said_at"], list(plan.heard.items()))
    if not (plan.new or plan.changed):
        return set()
    rows = [(*one.row(), plan.merchant, number) for number, one in plan.new.items()]
    bulk.insert_rows(Order, [*_COLUMNS, "merchant", "order_number"], rows)
    if plan.changed:
        anew = [key for key in plan.changed if key in plan.lines]
        OrderLine.objects.filter(order_id__in=anew)._raw_delete(connection.alias)
        revisions = ids.new_ids(len(plan.changed))
        rows = [(*one.row(), n) for one, n in zip(plan.changed.values(), revisions, strict=True)]
        bulk.update_rows(Order, [*_COLUMNS, "revision"], rows)
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

"""Refunds that a shop system tells of by themselves: each lowers its order once, whether it comes
before the order, after it, or is told again within the order's own word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from idic.core import bulk, ids
from idic.identify.ingest.orders import Bought, Line, Turn, currency_in, less, read_order
from idic.identify.models import OrderLine, ShopOrder, Source

# What is kept of a refund until its order counts it.
_KEPT = ("currency", "subtotal", "products")


class Refund(NamedTuple):
    """What was given back of an order, as its system tells it: in the properties of a call."""

    order_key: str
    key: str
    said: Mapping[str, Any]


@dataclass(slots=True)
class _Held:
    """What is known of one order's refunds, and what is to be written of it."""

    id: int
    number: str
    refunds: dict[str, Any]
    is_new: bool = False
    is_changed: bool = False
    waiting: list[str] = field(default_factory=list)  # told of now, and not in the order yet


class Refunds:
    """The refunds of the orders a portion of calls is about. Only reads, until `write`."""

    def __init__(self, *, source: Source, keys: Iterable[str], told: Sequence[Refund]) -> None:
        self.source_id = source.id
        wanted = {key for key in keys if key} | {one.order_key for one in told}
        rows = ShopOrder.objects.filter(source=source, key__in=sorted(wanted)) if wanted else []
        self.held = {row.key: _Held(row.id, row.order_number, dict(row.refunds)) for row in rows}
        for one in told:
            self._hear(one)

    def _hear(self, one: Refund) -> None:
        held = self._of(one.order_key)
        if one.key not in held.refunds:
            held.refunds[one.key] = {name: one.said[name] for name in _KEPT if name in one.said}
            held.is_changed = True
            held.waiting.append(one.key)

    def _of(self, key: str) -> _Held:
        return self.held.setdefault(key, _Held(ids.new_id(), "", {}, is_new=True))

    def settle(self, *, key: str, number: str, counted: Iterable[str], bought: Bought) -> Bought:
        """Give an order as told, less what was given back of it beyond the refunds it counts."""
        if not key:
            return bought
        held = self._of(key)
        if held.number != number:
            held.number, held.is_changed = number, True
        for one in counted:
            if held.refunds.get(one, "") is not None:
                held.refunds[one], held.is_changed = None, True
        back = [_read(said, bought.currency) for said in held.refunds.values() if said is not None]
        return less(bought, back)

    def took(self, *, key: str) -> None:
        """Hear that the order stands now as `settle` gave it."""
        if key in self.held:
            self.held[key].waiting.clear()

    def lower(self, *, bought: Bought) -> Bought:
        """Give an order as it stands, less what was told of now and is not taken off it yet."""
        held = next(one for one in self.held.values() if one.number == bought.number)
        waiting = (held.refunds[key] for key in held.waiting)
        return less(bought, [_read(said, bought.currency) for said in waiting if said is not None])

    def waiting(self) -> list[str]:
        """Give the numbers of orders that may still have to be lowered."""
        return [held.number for held in self.held.values() if held.number and held.waiting]

    def numbers(self) -> list[str]:
        """Give the numbers of the orders that refunds were told of."""
        return [held.number for held in self.held.values() if held.number]

    def write(self) -> None:
        """Keep what was heard, in the caller's transaction."""
        new = [(key, one) for key, one in self.held.items() if one.is_new]
        columns = ["id", "source_id", "key", "order_number", "refunds"]
        rows = [(one.id, self.source_id, key, one.number, one.refunds) for key, one in new]
        if rows:
            bulk.insert_rows(ShopOrder, columns, rows)
        changed = [one for one in self.held.values() if one.is_changed and not one.is_new]
        if changed:
            rows_changed = [(one.id, one.number, one.refunds) for one in changed]
            bulk.update_rows(ShopOrder, ["id", "order_number", "refunds"], rows_changed)


def read_lines(*, order_id: int) -> tuple[Line, ...]:
    """Give the lines an order has."""
    names = ("product_code", "product_name", "category", "quantity", "unit_price", "net_amount")
    rows = OrderLine.objects.filter(order_id=order_id).order_by("line_number")
    return tuple(Line(*row) for row in rows.values_list(*names))


def _read(said: Mapping[str, Any], currency: str) -> Bought:
    """Read what was given back, in the order's money where it names no other."""
    own = currency_in(said, usual=currency)
    return read_order("", said, currency=own, turn=Turn.REFUNDED)

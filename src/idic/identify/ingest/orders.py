"""Orders as websites tell them, by the names of Segment's e-commerce events: what was bought, what
it came to, in whole minor units, and what was called off or given back. Whose order it is and
whether it is known is not asked here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import cache
from typing import Any, NamedTuple

from babel import Locale

from idic.core import money
from idic.identify.importing.values.statuses import OrderStatus, read_status

from .properties import clean_text


class Turn(Enum):
    """What an event says became of an order."""

    SOLD = "sold"
    CANCELLED = "cancelled"  # as a whole: it stays, with nothing in it
    REFUNDED = "refunded"  # a part of it, which is an order of its own, below zero


_TURNS = {
    "completed": Turn.SOLD,
    "updated": Turn.SOLD,
    "cancelled": Turn.CANCELLED,
    "canceled": Turn.CANCELLED,
    "refunded": Turn.REFUNDED,
}
_NAMES = {
    name: turn for word, turn in _TURNS.items() for name in (f"order {word}", f"{word} order")
}
_AS_WRITTEN = {"VNĐ": "VND", "Đ": "VND", "₫": "VND", "RMB": "CNY", "元": "CNY", "£": "GBP"}
_LARGEST = Decimal(10) ** 12
_MOST_LINES = 500
_LONGEST_NUMBER, _LONGEST_CODE, _LONGEST_NAME, _LONGEST_CATEGORY = 100, 80, 300, 120


class Line(NamedTuple):
    """One line of an order."""

    product_code: str
    product_name: str
    category: str
    quantity: Decimal
    unit_price: Decimal
    net_amount: int

    def given_back(self) -> Line:
        """The line that undoes it."""
        return self._replace(quantity=-self.quantity, net_amount=-self.net_amount)


@dataclass(frozen=True, slots=True)
class Bought:
    """An order as told. `fingerprint` tells whether a second telling says anything new."""

    number: str
    currency: str
    lines: tuple[Line, ...]
    net_amount: int
    fingerprint: str
    is_return: bool = False


def number_in(event: str, properties: Mapping[str, Any]) -> str:
    """Give the number of the order an event tells of; empty when it tells of none."""
    if event.strip().lower() not in _NAMES:
        return ""
    return clean_text(properties.get("order_id") or properties.get("orderId"))[:_LONGEST_NUMBER]


def turn_in(event: str, properties: Mapping[str, Any]) -> Turn:
    """Say what became of the order an event tells of; a status says more than the event's name.
    Who names neither goods nor an amount gave everything back.
    """
    turn = _NAMES.get(event.strip().lower(), Turn.SOLD)
    if turn is Turn.SOLD:
        status = read_status(clean_text(properties.get("status")))
        return Turn.SOLD if status is OrderStatus.DONE else Turn.CANCELLED
    said = any(_number(properties.get(name)) for name in ("total", "revenue", "subtotal", "value"))
    is_part = turn is Turn.REFUNDED and (said or bool(properties.get("products")))
    return Turn.REFUNDED if is_part else Turn.CANCELLED


def currency_in(properties: Mapping[str, Any], *, usual: str) -> str:
    """Give the currency of an order: the business's where none is named that exists."""
    said = clean_text(properties.get("currency")).upper()
    code = _AS_WRITTEN.get(said, said)
    return code if code in _codes() else usual


@cache
def _codes() -> frozenset[str]:
    return frozenset(Locale("en").currencies)


def read_order(
    number: str, properties: Mapping[str, Any], *, currency: str, turn: Turn = Turn.SOLD
) -> Bought:
    """Read an order. What the goods came to is what is named (after discounts, before taxes and
    shipping), else what the lines say; the lines always add up to it.
    """
    if turn is Turn.CANCELLED:
        return Bought(number, currency, (), 0, _digest(currency, ()))
    found, net = _read_lines(properties, currency)
    if turn is Turn.REFUNDED:
        found = tuple(line.given_back() for line in found)
        digest = _digest(currency, found)
        # The same part given back, whoever tells of it, is one return; some number them.
        own = clean_text(properties.get("return_id"))[:_LONGEST_NUMBER]
        number = own or f"{number} ↩{digest[:6]}"
        return Bought(number, currency, found, -net, digest, is_return=True)
    return Bought(number, currency, found, net, _digest(currency, found))


def refund_in(event: str, properties: Mapping[str, Any]) -> str:
    """Give the key a shop system gives the order an event tells a refund of; empty for none."""
    if _NAMES.get(event.strip().lower()) is not Turn.REFUNDED:
        return ""
    return clean_text(properties.get("refund_of"))[:_LONGEST_NUMBER]


def less(bought: Bought, refunds: Sequence[Bought]) -> Bought:
    """Give an order less what was given back of it: lines below zero beside its own. More than it
    came to cannot come back; what is in another money is left out.
    """
    lines, net = list(bought.lines), bought.net_amount
    for refund in refunds:
        if refund.currency != bought.currency:
            continue
        for line in refund.lines:
            back = max(line.net_amount, -net)
            if back < 0:
                lines.append(line._replace(net_amount=back))
                net += back
    if net == bought.net_amount:
        return bought
    found = tuple(lines)
    return replace(bought, lines=found, net_amount=net, fingerprint=_digest(bought.currency, found))


def _read_lines(properties: Mapping[str, Any], currency: str) -> tuple[tuple[Line, ...], int]:
    given = properties.get("products")
    products = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    lines = [_line(one) for one in products[:_MOST_LINES]]
    exact = [quantity * price for _c, _n, _k, quantity, price in lines]
    said = _goods(properties, sum(exact, Decimal(0)))
    net = money.to_minor(said, currency=currency)
    lines = lines or [("", "", "", Decimal(1), said)]
    shares = _share(net, exact or [said])
    return tuple(Line(*line, share) for line, share in zip(lines, shares, strict=True)), net


def _digest(currency: str, lines: tuple[Line, ...]) -> str:
    said = repr((currency, tuple(map(tuple, lines)))).encode()
    return hashlib.md5(said, usedforsecurity=False).hexdigest()


def _line(product: Mapping[str, Any]) -> tuple[str, str, str, Decimal, Decimal]:
    code = product.get("sku") or product.get("product_id") or product.get("id")
    name = clean_text(product.get("name"))
    said = _number(product.get("quantity"))
    quantity = Decimal(1) if said is None else said.quantize(Decimal("0.001"))
    price = (_number(product.get("price")) or Decimal(0)).quantize(Decimal("0.000001"))
    if abs(quantity * price) >= _LARGEST:
        price = Decimal(0)  # nobody's line: no column would hold it
    return (
        (clean_text(code) or name)[:_LONGEST_CODE],
        name[:_LONGEST_NAME],
        clean_text(product.get("category"))[:_LONGEST_CATEGORY],
        quantity,
        price,
    )


def _goods(properties: Mapping[str, Any], by_lines: Decimal) -> Decimal:
    """Say what the goods came to. A figure that cannot be theirs gives way to the lines."""
    taken_off = _number(properties.get("discount")) or Decimal(0)
    total = _number(properties.get("total"))
    if total is not None:
        beside = (_number(properties.get(name)) for name in ("tax", "shipping"))
        total -= sum((one for one in beside if one is not None), Decimal(0))
    said = (_number(properties.get("subtotal")), _number(properties.get("revenue")), total)
    for figure in said:
        if figure is not None and figure >= 0 and (not by_lines or figure <= 3 * by_lines):
            return figure
    return max(by_lines - taken_off, Decimal(0))


def _share(net: int, weights: Sequence[Decimal]) -> list[int]:
    """Divide an amount by weights so that the parts add up to it."""
    whole = sum(weights, Decimal(0))
    if not whole:
        return [net, *([0] * (len(weights) - 1))]
    shares = [int(net * weight / whole) for weight in weights]
    shares[shares.index(max(shares))] += net - sum(shares)
    return shares


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < _LARGEST else None

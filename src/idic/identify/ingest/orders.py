"""Orders as websites tell them, by the names of Segment's e-commerce events: what was bought and
what it came to, in whole minor units. Whose order it is and whether it is known is not asked here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, NamedTuple

from babel import Locale

from idic.core import money

from .properties import clean_text

NAMES = frozenset({"order completed", "completed order", "order updated", "updated order"})
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


@dataclass(frozen=True, slots=True)
class Bought:
    """An order as told. `fingerprint` tells whether a second telling says anything new."""

    number: str
    currency: str
    lines: tuple[Line, ...]
    net_amount: int
    fingerprint: str


def number_in(event: str, properties: Mapping[str, Any]) -> str:
    """Give the number of the order an event tells of; empty when it tells of none."""
    if event.strip().lower() not in NAMES:
        return ""
    return clean_text(properties.get("order_id") or properties.get("orderId"))[:_LONGEST_NUMBER]


def currency_in(properties: Mapping[str, Any], *, usual: str) -> str:
    """Give the currency of an order: the business's where none is named that exists."""
    said = clean_text(properties.get("currency")).upper()
    code = _AS_WRITTEN.get(said, said)
    return code if code in _codes() else usual


@cache
def _codes() -> frozenset[str]:
    return frozenset(Locale("en").currencies)


def read_order(number: str, properties: Mapping[str, Any], *, currency: str) -> Bought:
    """Read an order. What the goods came to is what is named (after discounts, before taxes and
    shipping), else what the lines say; the lines always add up to it.
    """
    given = properties.get("products")
    products = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    lines = [_line(one) for one in products[:_MOST_LINES]]
    exact = [quantity * price for _c, _n, _k, quantity, price in lines]
    said = _goods(properties, sum(exact, Decimal(0)))
    net = money.to_minor(said, currency=currency)
    lines = lines or [("", "", "", Decimal(1), said)]
    shares = _share(net, exact or [said])
    found = tuple(Line(*line, share) for line, share in zip(lines, shares, strict=True))
    digest = hashlib.md5(repr((currency, found)).encode(), usedforsecurity=False).hexdigest()
    return Bought(number, currency, found, net, digest)


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

"""Webhooks of Shopify, and of Haravan and Sapo, whose orders and customers are written alike. The
names of the last two are as their public descriptions give them, not confirmed by a shop of ours.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .reading import NotForUs, Said, about, mapping, named, number, objects, text

_GIVEN_BACK = frozenset({"refunded", "voided"})
_LINES = ("line_items", "order_line_items")
_PERSONAL = ("email", "phone", "first_name", "last_name", "default_address")


def to_call(topic: str, said: Said) -> dict[str, Any]:
    """Write a webhook as a call. Raises NotForUs. What it is, its text decides: the topic stands
    beside what is signed, and who sends an old one again could give it another.
    """
    act = topic.lower().partition("/")[2]
    if any(name in said for name in _LINES):
        return _order(act, said)
    if "refund_line_items" in said and text(said.get("order_id")) and text(said.get("id")):
        return _refund(topic, said)
    if text(said.get("id")) and "order_id" not in said and any(name in said for name in _PERSONAL):
        return {
            "type": "identify",
            "timestamp": said.get("updated_at") or said.get("modified_on"),
            **about(text(said.get("id")), receipt="", traits=_traits(said)),
        }
    raise NotForUs(topic)


def _order(act: str, said: Said) -> dict[str, Any]:
    customer = mapping(said.get("customer"))
    code = text(said.get("name")) or text(said.get("order_number")) or text(said.get("id"))
    if said.get("test") is True:  # the button beside the address, or a trial of the till
        return {"type": "track", "event": "Test Order", "anonymousId": f"receipt:{code}"}
    traits = _buyer(said, customer)
    return {
        "type": "track",
        "event": "Order Completed" if act == "create" else "Order Updated",
        "timestamp": said.get("updated_at") or said.get("modified_on") or said.get("created_at"),
        **about(
            text(customer.get("id")),
            text(traits.get("email")),
            text(traits.get("phone")),
            receipt=code,
            traits=traits,
        ),
        "properties": named(
            order_id=code,
            ordered_at=said.get("created_at") or said.get("created_on"),
            status="cancelled" if _is_gone(said) else "",
            currency=text(said.get("currency")),
            subtotal=_goods(said),
            products=_lines(said),
            order_key=text(said.get("id")),
            refund_keys=[
                key for one in objects(said.get("refunds")) if (key := text(one.get("id")))
            ],
        ),
    }


def _refund(topic: str, said: Said) -> dict[str, Any]:
    """Write a refund that comes by itself. Raises NotForUs where no goods came back."""
    amount = _given_back(said)
    if amount <= 0:
        raise NotForUs(topic)
    key = text(said.get("order_id"))
    lines = objects(said.get("refund_line_items"))
    return {
        "type": "track",
        "event": "Order Refunded",
        "timestamp": said.get("created_at") or said.get("created_on"),
        "anonymousId": f"receipt:{key}",
        "properties": named(
            refund_of=key,
            refund_key=text(said.get("id")),
            currency=text(said.get("currency")) or _currency(said),
            subtotal=str(amount),
            products=[_line(mapping(x.get("line_item")), number(x.get("quantity"))) for x in lines],
        ),
    }


def _given_back(refund: Said) -> Decimal:
    """Say what a refund gave back for goods: its lines, and what was agreed on beside them;
    shipping is another matter.
    """
    lines = objects(refund.get("refund_line_items"))
    beside = objects(refund.get("order_adjustments"))
    found = sum((number(line.get("subtotal")) for line in lines), Decimal(0))
    return found - sum(
        (number(x.get("amount")) for x in beside if text(x.get("kind")) == "refund_discrepancy"),
        Decimal(0),
    )


def _currency(refund: Said) -> str:
    paid = objects(refund.get("transactions"))
    return next((text(one.get("currency")) for one in paid if one.get("currency")), "")


def _is_gone(said: Said) -> bool:
    is_cancelled = said.get("cancelled_at") or said.get("cancelled_on")
    said_so = {text(said.get("status")), text(said.get("cancelled_status"))}
    is_back = text(said.get("financial_status")) in _GIVEN_BACK
    return bool(is_cancelled) or "cancelled" in said_so or is_back


def _goods(said: Said) -> str:
    """Say what the goods came to after discounts, less what was given back; empty where only the
    lines tell.
    """
    refunds = objects(said.get("refunds"))
    if "current_subtotal_price" in said:
        # It knows of lines that came back, not of what was agreed on beside them.
        of_lines = sum((number(line.get("subtotal")) for line in _returned(said)), Decimal(0))
        beside = sum(map(_given_back, refunds), Decimal(0)) - of_lines
        return str(max(number(said.get("current_subtotal_price")) - beside, Decimal(0)))
    whole = _first(said, "subtotal_price", "sub_total_price")
    if whole is None:
        whole = _first(said, "total_line_items_price", "total_line_item_price")
        whole = None if whole is None else whole - number(said.get("total_discounts"))
    if whole is None:
        return ""
    return str(max(whole - sum(map(_given_back, refunds), Decimal(0)), Decimal(0)))


def _first(said: Said, *names: str) -> Decimal | None:
    return next((number(said.get(name)) for name in names if name in said), None)


def _lines(said: Said) -> list[dict[str, Any]]:
    back: dict[str, Decimal] = {}
    for line in _returned(said):
        key = text(line.get("line_item_id"))
        back[key] = back.get(key, Decimal(0)) + number(line.get("quantity"))
    lines = []
    for line in objects(said.get("line_items") or said.get("order_line_items")):
        left = number(line.get("quantity")) - back.get(text(line.get("id")), Decimal(0))
        if "current_quantity" in line:
            left = number(line.get("current_quantity"))
        if left > 0:
            lines.append(_line(line, left))
    return lines


def _line(line: Said, quantity: Decimal) -> dict[str, Any]:
    return named(
        sku=text(line.get("sku")),
        product_id=text(line.get("product_id")),
        name=text(line.get("name")) or text(line.get("title")),
        category=text(line.get("type")) or text(line.get("product_type")),
        quantity=str(quantity),
        price=str(number(line.get("price"))),
    )


def _returned(said: Said) -> list[Said]:
    refunds = objects(said.get("refunds"))
    return [line for one in refunds for line in objects(one.get("refund_line_items"))]


def _buyer(said: Said, customer: Said) -> dict[str, Any]:
    """Give what an order tells of who bought: the customer first, then what was typed for it."""
    bill = mapping(said.get("billing_address")) or mapping(said.get("shipping_address"))
    typed = named(
        email=text(said.get("email")) or text(said.get("contact_email")),
        phone=text(said.get("phone")) or text(bill.get("phone")),
        firstName=text(bill.get("first_name")),
        lastName=text(bill.get("last_name")),
        name=text(bill.get("name")),
        address=_place(bill),
    )
    known = _traits(customer)
    if {"firstName", "lastName", "name"} & known.keys():
        typed = {k: v for k, v in typed.items() if k not in {"firstName", "lastName", "name"}}
    return typed | known


def _traits(customer: Said) -> dict[str, Any]:
    home = mapping(customer.get("default_address"))
    return named(
        email=text(customer.get("email")),
        phone=text(customer.get("phone")) or text(home.get("phone")),
        firstName=text(customer.get("first_name")),
        lastName=text(customer.get("last_name")),
        birthday=text(customer.get("birthday")) or text(customer.get("dob")),
        gender=text(customer.get("gender")),
        tags=text(customer.get("tags")),
        company=text(home.get("company")),
        address=_place(home),
    )


def _place(address: Said) -> dict[str, Any]:
    return named(
        street=text(address.get("address1")),
        city=text(address.get("city")) or text(address.get("district")),
        state=text(address.get("province")),
        country=text(address.get("country_code")) or text(address.get("country")),
        postalCode=text(address.get("zip")),
    )

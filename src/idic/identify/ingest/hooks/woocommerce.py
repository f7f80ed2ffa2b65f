"""Webhooks of WooCommerce: orders and customers as its REST API writes them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .reading import NotForUs, Said, about, mapping, named, number, objects, text

_GONE = frozenset({"cancelled", "failed", "refunded", "trash"})
# A basket on its way to the till, not bought yet.
_NOT_YET = frozenset({"pending", "checkout-draft", "auto-draft", "draft"})


def to_call(topic: str, said: Said) -> dict[str, Any]:
    """Write a webhook as a call. Raises NotForUs. Its signed text says what it is."""
    act = topic.partition(".")[2]
    if "line_items" in said and "status" in said:
        return _order(act, said)
    if "amount" in said and text(said.get("id")) and _parent(said):
        return _refund(said)
    if "billing" in said and text(said.get("id")):
        traits = named(email=text(said.get("email"))) | _traits(mapping(said.get("billing")))
        own = named(firstName=text(said.get("first_name")), lastName=text(said.get("last_name")))
        return {
            "type": "identify",
            "timestamp": _utc(said, "date_modified_gmt"),
            **about(text(said.get("id")), receipt="", traits=traits | own),
        }
    if topic == "order.deleted" and set(said) <= {"id"} and (code := text(said.get("id"))):
        # Of a deleted order nothing but its id is told, which is its number unless a plugin counts.
        return {
            "type": "track",
            "event": "Order Cancelled",
            "anonymousId": f"receipt:{code}",
            "properties": {"order_id": code},
        }
    raise NotForUs(topic)


def _order(act: str, said: Said) -> dict[str, Any]:
    code = text(said.get("number")) or text(said.get("id"))
    traits = _traits(mapping(said.get("billing")))
    known = text(said.get("customer_id"))
    status = text(said.get("status"))
    is_gone = status in _GONE
    is_waiting = status in _NOT_YET and not is_gone
    name = "Order Completed" if act == "created" else "Order Updated"
    return {
        "type": "track",
        "event": "Checkout Started" if is_waiting else name,
        "timestamp": _utc(said, "date_modified_gmt"),
        **about(
            known if known != "0" else "",
            text(traits.get("email")),
            text(traits.get("phone")),
            receipt=code,
            traits=traits,
        ),
        "properties": named(
            order_id=code,
            ordered_at=_utc(said, "date_created_gmt"),
            status="cancelled" if is_gone else "",
            currency=text(said.get("currency")),
            subtotal=str(_goods(said)),
            products=[_line(line) for line in objects(said.get("line_items"))],
            order_key=text(said.get("id")),
            refund_keys=[
                key for one in objects(said.get("refunds")) if (key := text(one.get("id")))
            ],
        ),
    }


def _parent(said: Said) -> str:
    return text(said.get("order_id")) or text(said.get("parent_id"))


def _refund(said: Said) -> dict[str, Any]:
    """Write a refund as its REST API has it, sent by a plugin or by an action's webhook."""
    return {
        "type": "track",
        "event": "Order Refunded",
        "timestamp": _utc(said, "date_created_gmt"),
        "anonymousId": f"receipt:{_parent(said)}",
        "properties": named(
            refund_of=_parent(said),
            refund_key=text(said.get("id")),
            currency=text(said.get("currency")),
            subtotal=str(abs(number(said.get("amount")))),
            products=[
                _line(line) | {"quantity": str(abs(number(line.get("quantity"))))}
                for line in objects(said.get("line_items"))
            ],
        ),
    }


def _goods(said: Said) -> Decimal:
    lines = (number(line.get("total")) for line in objects(said.get("line_items")))
    back = (number(one.get("total")) for one in objects(said.get("refunds")))  # below zero
    return max(sum(lines, Decimal(0)) + sum(back, Decimal(0)), Decimal(0))


def _line(line: Said) -> dict[str, Any]:
    return named(
        sku=text(line.get("sku")),
        product_id=text(line.get("product_id")),
        name=text(line.get("name")),
        quantity=str(number(line.get("quantity"))),
        price=str(number(line.get("price"))),
    )


def _traits(billing: Said) -> dict[str, Any]:
    return named(
        email=text(billing.get("email")),
        phone=text(billing.get("phone")),
        firstName=text(billing.get("first_name")),
        lastName=text(billing.get("last_name")),
        company=text(billing.get("company")),
        address=named(
            street=text(billing.get("address_1")),
            city=text(billing.get("city")),
            state=text(billing.get("state")),
            country=text(billing.get("country")),
            postalCode=text(billing.get("postcode")),
        ),
    )


def _utc(said: Said, name: str) -> str | None:
    given = text(said.get(name))
    return f"{given}+00:00" if given and not given.endswith("Z") else given or None

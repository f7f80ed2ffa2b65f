"""What KiotViet tells, by webhook and when it is asked: invoices are what was sold, returns what
came back, customers who they are. Its orders (đơn đặt hàng) become invoices under another number
when they are sold, so alone they are no purchase, only something that happened.

The names are those of its public description; webhooks write them with a capital.
"""

from __future__ import annotations

import hashlib
import json
import re
from decimal import Decimal
from typing import Any

from .reading import NotForUs, Said, about, named, number, objects, text

_GONE = frozenset({"2", "5"})  # cancelled, could not be delivered
_ZONE = "+07:00"  # its moments carry none; its shops stand in Vietnam
_HAS_ZONE = re.compile(r"(?:Z|[+-]\d\d:?\d\d)$")
_SECONDS = re.compile(r"(\.\d{6})\d+")  # seven digits, of which six can be read


def to_call(topic: str, said: Said) -> dict[str, Any]:
    """Write one thing it tells of as a call. Raises NotForUs. The same thing told by webhook and
    when asked is one call: what it says is its identity.
    """
    subject = topic.partition(".")[0]
    held = _small(said)
    if subject == "customer" and text(held.get("code")):
        call = {
            "type": "identify",
            "timestamp": moment(held.get("modifiedDate") or held.get("createdDate")),
            **about(text(held.get("code")), receipt="", traits=_traits(held)),
        }
    elif subject in {"invoice", "return", "order"} and text(held.get("code")):
        call = _document(subject, held)
    else:
        raise NotForUs(topic)
    written = json.dumps(call, sort_keys=True, default=str).encode()
    return call | {"messageId": f"kiotviet:{subject}:{hashlib.sha256(written).hexdigest()[:40]}"}


def _document(subject: str, held: Said) -> dict[str, Any]:
    code = text(held.get("code"))
    traits = named(
        name=text(held.get("customerName")), phone=text(held.get("customerContactNumber"))
    )
    is_gone = text(held.get("status")) in _GONE
    events = {"invoice": "Order Updated", "return": "Order Refunded", "order": "Order Placed"}
    details = objects(held.get(f"{subject}Details"))
    total = held.get("returnTotal") if subject == "return" else held.get("total")
    made = held.get("purchaseDate") or held.get("returnDate") or held.get("createdDate")
    return {
        "type": "track",
        "event": "Order Cancelled" if is_gone and subject == "return" else events[subject],
        "timestamp": moment(held.get("modifiedDate") or held.get("createdDate") or made),
        **about(text(held.get("customerCode")), receipt=code, traits=traits),
        "properties": named(
            order_id=code,
            return_id=code if subject == "return" else "",
            ordered_at=moment(made),
            status="cancelled" if is_gone else "",
            currency="VND",
            subtotal=str(number(total)) if total is not None else "",
            store=text(held.get("branchName")),
            products=[_line(_small(line)) for line in details],
        ),
    }


def _small(said: Said) -> dict[str, Any]:
    return {name[:1].lower() + name[1:]: value for name, value in said.items()}


def _line(line: Said) -> dict[str, Any]:
    quantity = number(line.get("quantity"))
    off = number(line.get("discount"))
    return named(
        sku=text(line.get("productCode")),
        name=text(line.get("productName")),
        quantity=str(quantity),
        price=str(max(number(line.get("price")) - off, Decimal(0))),
    )


def _traits(held: Said) -> dict[str, Any]:
    gender = held.get("gender")
    return named(
        name=text(held.get("name")),
        phone=text(held.get("contactNumber")),
        email=text(held.get("email")),
        birthday=(text(held.get("birthDate")))[:10],
        gender={True: "male", False: "female"}[gender] if isinstance(gender, bool) else "",
        company=text(held.get("organization")),
        tags=text(held.get("groups")),
        address=named(
            street=text(held.get("address")),
            city=text(held.get("wardName")),
            state=text(held.get("locationName")),
        ),
    )


def moment(value: Any) -> str | None:
    """Give a moment with its zone."""
    given = _SECONDS.sub(r"\1", text(value))
    return given + _ZONE if given and not _HAS_ZONE.search(given) else given or None

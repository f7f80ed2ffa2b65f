"""What a kept webhook means: the same call an SDK would have sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from . import kiotviet, shopify, woocommerce
from .reading import NotForUs, Said, mapping, text

_READERS: dict[str, Callable[[str, Said], dict[str, Any]]] = {
    "shopify": shopify.to_call,
    "haravan": shopify.to_call,
    "sapo": shopify.to_call,
    "woocommerce": woocommerce.to_call,
    "kiotviet": kiotviet.to_call,
}


def to_call(kept: Mapping[str, Any]) -> Mapping[str, Any]:
    """Write what `wrapping` kept as a call of the common format. Raises NotForUs."""
    topic, said = text(kept.get("topic")), mapping(kept.get("said"))
    reader = _READERS.get(text(kept.get("sender")))
    if reader is None:  # calls in the common format, as they are
        number = text(kept.get("id"))
        return {**said, "messageId": said.get("messageId") or number} if number else said
    call = reader(topic, said)
    if not call.get("userId") and not call.get("anonymousId"):
        raise NotForUs(topic)
    return call

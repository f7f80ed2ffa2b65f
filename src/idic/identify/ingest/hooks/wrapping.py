"""What the door keeps of a webhook: each thing it tells of as one call of a batch, beside who sent
it and what it calls that. Unsigned ones are turned away here; what they mean is read later.
"""

from __future__ import annotations

from typing import Any

import msgspec

from idic.identify.ingest.bodies import LARGEST_BATCH, Read, Refused, too_large

from .senders import OWN_FORMAT, STANDARD, Headers, Sender, find_fault

_MOST = 500
_LONGEST_TOPIC, _LONGEST_ID = 80, 100
_PING = b"webhook_id="  # what WooCommerce sends when an address is entered


class _Notices(msgspec.Struct):
    """KiotViet tells of several things at once."""

    Notifications: list[_Notice] = []


class _Notice(msgspec.Struct):
    Action: str = ""
    Data: list[msgspec.Raw] = []


class _Calls(msgspec.Struct):
    batch: list[msgspec.Raw]


def not_signed(reason: str) -> Refused:
    """Give the one answer to everybody who is not the system itself; the ledger knows the reason.
    No stranger learns whether there is such an address.
    """
    text = "No webhook of that address and signature is known here."
    return Refused(401, "not_signed", text, reason=reason)


def wrap(sender: Sender, *, headers: Headers, body: bytes, secrets: list[str], now: float) -> Read:
    """Check a webhook and give the batch to keep. Raises Refused."""
    if len(body) > LARGEST_BATCH:
        raise too_large()
    fault = find_fault(sender, headers=headers, body=body, secrets=secrets, now=now)
    if fault:
        raise not_signed(fault)
    if sender.code == "woocommerce" and body.startswith(_PING):
        return Read(b"", 0, "")
    try:
        told = _told(sender, headers, body)
    except RecursionError:
        raise Refused(400, "too_deep", "The JSON is nested too deeply.") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Refused(400, "invalid_json", f"The body is not JSON as expected: {error}.") from None
    calls = [
        {"sender": sender.code, "topic": topic, "id": number, "said": said}
        for topic, number, said in told
        if sender.uses(topic)
    ]
    return Read(msgspec.json.encode({"batch": calls}), len(calls), "")


def _told(sender: Sender, headers: Headers, body: bytes) -> list[tuple[str, str, Any]]:
    """Give what it tells of: how it is called, under what number, in its own words."""
    if sender.code == "kiotviet":
        notices = msgspec.json.decode(body, type=_Notices).Notifications
        found = [(one.Action[:_LONGEST_TOPIC], "", said) for one in notices for said in one.Data]
        return found[:_MOST]
    if sender.code in OWN_FORMAT:
        # Only a number that is signed with the rest can tell one telling from another.
        number = _text(headers, b"webhook-id", _LONGEST_ID) if sender.code == STANDARD else ""
        calls = _calls_in(body)
        return [("", number and f"{number}:{place}", said) for place, said in enumerate(calls)]
    topic = _text(headers, sender.topic_header, _LONGEST_TOPIC)
    return [(topic, "", msgspec.json.decode(body, type=msgspec.Raw))]


def _text(headers: Headers, name: bytes, longest: int) -> str:
    return headers.get(name, b"").decode("latin-1")[:longest]


def _calls_in(body: bytes) -> list[msgspec.Raw]:
    """Give the calls of a batch, or the one call there is."""
    try:
        return msgspec.json.decode(body, type=_Calls).batch[:_MOST]
    except msgspec.ValidationError:
        return [msgspec.json.decode(body, type=msgspec.Raw)]

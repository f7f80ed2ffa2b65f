"""What a call of an SDK means: who it is about, what happened, when. Reads the Segment format and
the RudderStack dialect; a call that cannot be taken comes back as a `Refusal`. Writes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from . import moments, posthog
from .bodies import LARGEST_BATCH, LARGEST_CALL, Refused, read
from .frames import Endpoint, Frame
from .hooks import meaning as hooks
from .hooks.reading import NotForUs
from .orders import Turn, number_in, refund_in, turn_in
from .properties import clean_properties, clean_text

LONGEST_ID = 170
LONGEST_MESSAGE_ID = 120
LONGEST_KIND = 60
_TYPES = {
    Endpoint.IDENTIFY: "identify",
    Endpoint.TRACK: "track",
    Endpoint.PAGE: "page",
    Endpoint.SCREEN: "screen",
    Endpoint.GROUP: "group",
    Endpoint.ALIAS: "alias",
}
_BATCHES = frozenset({Endpoint.BATCH, Endpoint.IMPORT, Endpoint.POSTHOG, Endpoint.HOOK})
# Dialects that tell of a person beside any event.
_TELLING = frozenset({Endpoint.POSTHOG, Endpoint.HOOK})
# What scripts send when they know nobody: as an id it would make one person of all strangers.
_NOBODY = frozenset(
    {"", "null", "undefined", "none", "nil", "nan", "false", "true", "0", "-1", "n/a", "unknown"}
    | {"anonymous", "guest", "[object object]", "00000000-0000-0000-0000-000000000000"}
)
# Names under which staff and other rooms write: a website must not be able to write a promise.
_OUR_KINDS = frozenset({"call", "message", "chat", "email", "note", "promise", "promise_kept"})
QUIET_KINDS = ("identify", "group", "alias")
# Reasons under which a call is kept to be looked at; for every other it can never be stored.
QUARANTINE = frozenset({"future", "long_past", "failed", "no_source"})


@dataclass(frozen=True, slots=True)
class Call:
    """A call that can be stored. Of the ids at least one is known; `kind` is the event's name."""

    type: str
    message_id: str
    user_id: str
    anonymous_id: str
    kind: str
    occurred_at: datetime
    received_at: datetime
    detail: dict[str, Any] = field(default_factory=dict)
    traits: dict[str, Any] = field(default_factory=dict)
    order_number: str = ""  # of the order it tells of, with everything said of it
    order: Mapping[str, Any] = field(default_factory=dict)
    order_turn: Turn = Turn.SOLD
    refund_of: str = ""  # the key its system gives the order that something was given back of
    ordered_at: datetime | None = None  # where that is another moment than the call's
    previous_id: str = ""
    group_id: str = ""
    # PostHog's SDKs disagree on which of an alias's two ids is the person's.
    is_either_way: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """A call that cannot be stored, and why; who it is about as far as that can be read."""

    reason: str
    detail: str = ""
    message_id: str = ""
    user_id: str = ""
    anonymous_id: str = ""

    @property
    def is_quarantined(self) -> bool:
        """Tell whether it is kept to be looked at, rather than impossible."""
        return self.reason in QUARANTINE


@dataclass(frozen=True, slots=True)
class Arrival:
    """One call as it arrived: its text, what is needed to read it again, and what it means."""

    source_id: int
    endpoint: Endpoint
    received_at: datetime
    sent_at: str
    body: bytes
    meaning: Call | Refusal


class WrongCall(Exception):
    """Raised within this module: the reason, and what shows it."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason, self.detail = reason, detail


class _Batch(msgspec.Struct):
    batch: list[msgspec.Raw]
    sentAt: Any = None
    sent_at: Any = None


_batches = msgspec.json.Decoder(_Batch)


def read_frame(frame: Frame, *, place: str) -> Iterator[Arrival]:
    """Give the calls of a request in their order. `place` names the frame: it numbers calls that
    bring no id of their own.
    """
    if frame.endpoint in _BATCHES:
        found = _read_batch(frame)
        parts, sent_at = [bytes(raw) for raw in found.batch], found.sentAt or found.sent_at
    else:
        parts, sent_at = [frame.body], None
    for number, body in enumerate(parts):
        yield read_call(
            body,
            source_id=frame.source_id,
            endpoint=frame.endpoint,
            received_at=moments.from_microseconds(frame.received_us),
            sent_at=sent_at if isinstance(sent_at, str) else "",
            place=f"{place}-{number}",
        )


def _read_batch(frame: Frame) -> _Batch:
    """Read a batch. What the door could just read may be too deep here, where more of the stack is
    taken: then its calls are parted as the door parts them.
    """
    try:
        return _batches.decode(frame.body)
    except (msgspec.MsgspecError, RecursionError):
        try:
            return _batches.decode(read(frame.body, is_batch=True).body)
        except (msgspec.MsgspecError, RecursionError, Refused):
            text = frame.body[:1_000].decode("utf-8", "replace")
            stand_in = msgspec.Raw(msgspec.json.encode(["unreadable", text]))
            return _Batch([stand_in] * frame.call_count)


def read_call(
    body: bytes,
    *,
    source_id: int,
    endpoint: Endpoint,
    received_at: datetime,
    sent_at: str,
    place: str,
    is_believed: bool = False,
) -> Arrival:
    """Read one call, of whatever shape it is. `is_believed`: a person wants it taken; a moment that
    cannot be right gives way to that of receipt.
    """
    said: Mapping[str, Any] = {}
    try:
        said = _translate(_decode(body, endpoint), endpoint)
        try:
            occurred_at = _occurred_at(said, endpoint, received_at, sent_at)
        except WrongCall:
            if not is_believed:
                raise
            occurred_at = received_at
        meaning: Call | Refusal = _read(said, body, endpoint, received_at, occurred_at, place)
    except WrongCall as wrong:
        meaning = _refusal(wrong, said)
    return Arrival(source_id, endpoint, received_at, sent_at, body, meaning)


def _translate(said: Mapping[str, Any], endpoint: Endpoint) -> Mapping[str, Any]:
    """Write a call of another dialect as one of the common format."""
    if endpoint == Endpoint.POSTHOG:
        return posthog.to_call(said)
    if endpoint != Endpoint.HOOK:
        return said
    try:
        # The same words again are the same webhook sent again: its text is its identity.
        return {"timestamp": None, **hooks.to_call(said)}
    except NotForUs as topic:
        raise WrongCall("unused_topic", str(topic)) from None


def _decode(body: bytes, endpoint: Endpoint) -> Mapping[str, Any]:
    # An order of many lines, as a shop system writes it, is longer than any call.
    largest = LARGEST_BATCH if endpoint == Endpoint.HOOK else LARGEST_CALL
    if len(body) > largest:
        raise WrongCall("too_large", f"{len(body) // 1024} KB")
    try:
        said = msgspec.json.decode(body)
    except RecursionError:
        raise WrongCall("too_deep") from None
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError):
        raise WrongCall("unreadable") from None
    if isinstance(said, list) and said and said[0] in ("too_deep", "unreadable"):
        raise WrongCall(said[0])  # the door's stand-in for what is no JSON
    if not isinstance(said, dict):
        raise WrongCall("no_object")
    return said


def _refusal(wrong: WrongCall, said: Mapping[str, Any]) -> Refusal:
    names = ("messageId", "userId", "anonymousId")
    known = {name: clean_text(said.get(name))[:LONGEST_ID] for name in names}
    return Refusal(
        wrong.reason,
        wrong.detail[:300],
        known["messageId"][:LONGEST_MESSAGE_ID],
        known["userId"],
        known["anonymousId"],
    )


def _read(
    said: Mapping[str, Any],
    body: bytes,
    endpoint: Endpoint,
    received_at: datetime,
    occurred_at: datetime,
    place: str,
) -> Call:
    kind = _type_of(said, endpoint)
    user_id, anonymous_id = _id_in(said, "userId"), _id_in(said, "anonymousId")
    is_about_company = kind == "group" and endpoint == Endpoint.POSTHOG
    if not user_id and not anonymous_id and not is_about_company:
        raise WrongCall("no_person")
    context = _mapping(said.get("context"))
    properties = _mapping(said.get("properties"))
    event = clean_text(said.get("event"))
    number = number_in(event, properties) if kind == "track" else ""
    refund_of = refund_in(event, properties) if kind == "track" and not number else ""
    return Call(
        type=kind,
        message_id=_message_id(said, body, place),
        user_id=user_id,
        anonymous_id=anonymous_id,
        kind=_kind_of(kind, said),
        occurred_at=occurred_at,
        received_at=received_at,
        detail=_detail_of(kind, said, context),
        traits=_traits_of(kind, said, context, endpoint),
        order_number=number,
        order=properties if number or refund_of else {},
        order_turn=turn_in(event, properties) if number else Turn.SOLD,
        refund_of=refund_of,
        ordered_at=_ordered_at(properties, received_at) if number else None,
        previous_id=_id_in(said, "previousId") if kind == "alias" else "",
        group_id=_group_of(said) if kind == "group" else "",
        is_either_way=kind == "alias" and endpoint == Endpoint.POSTHOG,
    )


def _type_of(said: Mapping[str, Any], endpoint: Endpoint) -> str:
    """Give the type a call names; the address decides where it names none."""
    named = said.get("type") or said.get("action")
    kind = named.strip().lower() if isinstance(named, str) else _TYPES.get(endpoint, "")
    if kind not in _TYPES.values():
        raise WrongCall("no_type", str(named)[:80] if named else "")
    return kind


def _id_in(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    if value is None or isinstance(value, bool):
        return ""
    if not isinstance(value, str | int):
        raise WrongCall("wrong_id", name)
    text = str(value).strip()
    if text.lower() in _NOBODY:
        return ""
    if len(text) > LONGEST_ID or not text.isprintable():
        raise WrongCall("wrong_id", name)
    return text


def _group_of(said: Mapping[str, Any]) -> str:
    group = _id_in(said, "groupId")
    if not group:
        raise WrongCall("no_group")
    return group


def _message_id(said: Mapping[str, Any], body: bytes, place: str) -> str:
    """Give the id a call brings. Without one, what it says at a moment it names is its identity,
    and else its place in the log.
    """
    given = said.get("messageId")
    text = str(given) if isinstance(given, str | int) else ""
    if text and text.isprintable() and len(text) <= LONGEST_MESSAGE_ID:
        return text
    if not text:
        is_dated = "timestamp" in said or "originalTimestamp" in said
        text = body.decode("utf-8", "replace") if is_dated else place
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _occurred_at(
    said: Mapping[str, Any], endpoint: Endpoint, received_at: datetime, sent_at: str
) -> datetime:
    """Say when it happened by our clock: the time between happening and sending is right even
    where the sender's clock is wrong.
    """
    given = moments.read(said.get("originalTimestamp")) or moments.read(said.get("timestamp"))
    if given is None:
        return received_at
    sent = moments.read(sent_at) or moments.read(said.get("sentAt"))
    if sent is not None and endpoint != Endpoint.IMPORT:
        given = moments.add(received_at, given - sent)
    problem = moments.find_problem(given, received_at=received_at)
    if problem:
        raise WrongCall(problem, given.isoformat())
    return min(given, received_at)


def _ordered_at(properties: Mapping[str, Any], received_at: datetime) -> datetime | None:
    """Give when an order was placed, where it says so and can be believed."""
    given = moments.read(properties.get("ordered_at"))
    if given is None or moments.find_problem(given, received_at=received_at):
        return None
    return min(given, received_at)


def _kind_of(kind: str, said: Mapping[str, Any]) -> str:
    if kind == "page":
        return "page_viewed"
    if kind == "screen":
        return "screen_viewed"
    if kind != "track":
        return kind
    name = clean_text(said.get("event"))
    if not name:
        raise WrongCall("no_event_name")
    is_ours = name.lower() in _OUR_KINDS or name.lower() in QUIET_KINDS
    return (f"web {name}" if is_ours else name)[:LONGEST_KIND]


def _detail_of(kind: str, said: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:
    if kind not in {"track", "page", "screen"}:
        return {}
    detail = clean_properties(_mapping(said.get("properties")))
    for name in ("name", "category"):
        if kind != "track" and (text := clean_text(said.get(name))):
            detail.setdefault(name, text)
    page, campaign = _mapping(context.get("page")), _mapping(context.get("campaign"))
    for name in ("url", "title", "referrer"):
        if text := clean_text(page.get(name)):
            detail.setdefault(name, text)
    if campaign:
        detail["campaign"] = clean_properties(campaign)
    return detail


def _traits_of(
    kind: str, said: Mapping[str, Any], context: Mapping[str, Any], endpoint: Endpoint
) -> dict[str, Any]:
    """Give what is told of a person or a company. RudderStack tells it in the context alone."""
    if kind == "identify":
        return {**_mapping(context.get("traits")), **_mapping(said.get("traits"))}
    has_traits = kind == "group" or endpoint in _TELLING
    return {**_mapping(said.get("traits"))} if has_traits else {}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}

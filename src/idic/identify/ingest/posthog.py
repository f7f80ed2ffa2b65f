"""The dialect of PostHog, read as calls of the common format: `distinct_id` is the person, `$set`
their traits. What is about a company is about no person.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_IDENTIFYING = frozenset({"$identify", "$set"})
_TYPES = {"$pageview": "page", "$screen": "screen", "$create_alias": "alias"}


def to_call(said: Mapping[str, Any]) -> dict[str, Any]:
    """Write an event of PostHog as a call."""
    properties = _mapping(said.get("properties"))
    given = said.get("event")
    event = given if isinstance(given, str) else ""
    call: dict[str, Any] = {
        "messageId": said.get("uuid"),
        "timestamp": said.get("timestamp"),
        **_person(said.get("distinct_id", properties.get("distinct_id")), properties),
    }
    if event == "$groupidentify":
        return call | {
            "type": "group",
            "userId": None,
            "anonymousId": None,
            "groupId": properties.get("$group_key"),
            "traits": _mapping(properties.get("$group_set")),
        }
    told = [properties.get("$set_once"), properties.get("$set"), said.get("$set")]
    call["traits"] = {name: value for part in told for name, value in _mapping(part).items()}
    if event in _IDENTIFYING:
        return call | {"type": "identify"}
    if event == "$create_alias":
        return call | {"type": "alias", "previousId": properties.get("alias")}
    return call | {
        "type": _TYPES.get(event, "track"),
        "event": event,
        "name": properties.get("$screen_name"),
        "properties": {n: v for n, v in properties.items() if not n.startswith("$")},
        "context": {
            "page": {"url": properties.get("$current_url"), "title": properties.get("title")}
        },
    }


def _person(distinct_id: Any, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Say who it is about: a browser that knows nobody yet gives its device's id as theirs."""
    device = properties.get("$anon_distinct_id", properties.get("$device_id"))
    is_stranger = properties.get("$is_identified") is False or device == distinct_id
    if is_stranger:
        return {"anonymousId": distinct_id}
    return {"userId": distinct_id, "anonymousId": device}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}

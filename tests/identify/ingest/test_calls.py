"""What calls mean: ids, names, moments, and each shape that cannot be stored. No database."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from idic.identify.ingest.calls import Call, Refusal, read_call
from idic.identify.ingest.frames import Endpoint
from idic.identify.ingest.traits import read_traits

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
EARLIER = "2026-11-23T08:00:00Z"


def read(said: Any, *, endpoint: Endpoint = Endpoint.BATCH, sent_at: str = "") -> Call | Refusal:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    arrival = read_call(
        body, source_id=1, endpoint=endpoint, received_at=NOW, sent_at=sent_at, place="1-1"
    )
    return arrival.meaning


def read_good(said: Any, **more: Any) -> Call:
    found = read({"type": "track", "event": "E", "userId": "u"} | said, **more)
    assert isinstance(found, Call), found
    return found


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"type": "track", "event": "E"}, "no_person"),
        ({"type": "track", "event": "E", "userId": "null"}, "no_person"),
        ({"type": "track", "event": "E", "userId": " Undefined ", "anonymousId": ""}, "no_person"),
        ({"type": "track", "event": "E", "userId": {"a": 1}}, "wrong_id"),
        ({"type": "track", "event": "E", "userId": "a\u0000b"}, "wrong_id"),
        ({"type": "track", "event": "E", "userId": "x" * 171}, "wrong_id"),
        ({"type": "track", "userId": "u"}, "no_event_name"),
        ({"type": "sing", "userId": "u"}, "no_type"),
        ({"userId": "u"}, "no_type"),
        ({"type": "group", "userId": "u"}, "no_group"),
        (["too_deep", "[[[["], "too_deep"),
        (["unreadable", "{tru"], "unreadable"),
        ("text", "no_object"),
        (7, "no_object"),
        (b'{"type":"track","event":"\xff","userId":"u"}', "unreadable"),
        (b'{"type":"track","event":"\\ud800","userId":"u"}', "unreadable"),
        ({"type": "track", "event": "E", "userId": "u", "a": "x" * 33_000}, "too_large"),
    ],
)
def test_what_cannot_be_stored_is_rejected_with_its_reason(said: Any, reason: str) -> None:
    found = read(said)

    assert isinstance(found, Refusal)
    assert (found.reason, found.is_quarantined) == (reason, False)


@pytest.mark.parametrize(
    ("moment", "reason"),
    [
        ("2026-11-24T09:00:01Z", "future"),
        ("+275760-09-13T00:00:00Z", ""),
        (4_102_444_800_000, "future"),
        ("1970-01-01T00:00:00Z", "long_past"),
        (-1, "long_past"),
    ],
)
def test_a_moment_nobody_can_believe_is_held_back(moment: Any, reason: str) -> None:
    found = read({"type": "track", "event": "E", "userId": "u", "timestamp": moment})

    if not reason:  # not a moment at all: it happened when it came
        assert isinstance(found, Call)
        assert found.occurred_at == NOW
        return
    assert isinstance(found, Refusal)
    assert (found.reason, found.is_quarantined, found.user_id) == (reason, True, "u")


@pytest.mark.parametrize(
    ("said", "sent_at", "expected"),
    [
        ({"timestamp": EARLIER}, "", EARLIER),
        ({"timestamp": "2026-11-23T15:00:00+07:00"}, "", EARLIER),
        ({"timestamp": "2026-11-23T10:00:00Z"}, "", "2026-11-23T09:00:00Z"),
        # A clock a year ahead that waited an hour before it sent.
        ({"timestamp": "2027-11-23T08:00:00Z"}, "2027-11-23T09:00:00Z", EARLIER),
        ({"originalTimestamp": EARLIER, "timestamp": "2001-01-01"}, "", EARLIER),
        ({"timestamp": EARLIER, "sentAt": "2026-11-23T08:10:00Z"}, "", "2026-11-23T08:50:00Z"),
        ({"timestamp": 1_795_420_800}, "", EARLIER),
        ({"timestamp": 1_795_420_800_000}, "", EARLIER),
        ({"timestamp": "yesterday"}, "", "2026-11-23T09:00:00Z"),
        ({}, "", "2026-11-23T09:00:00Z"),
    ],
)
def test_the_moment_is_told_by_our_clock(said: Any, sent_at: str, expected: str) -> None:
    assert read_good(said, sent_at=sent_at).occurred_at == datetime.fromisoformat(expected)


def test_imported_history_keeps_its_times() -> None:
    call = read_good(
        {"timestamp": "2024-02-03T00:00:00Z"},
        endpoint=Endpoint.IMPORT,
        sent_at="2020-01-01T00:00:00Z",
    )

    assert call.occurred_at == datetime(2024, 2, 3, tzinfo=UTC)


def test_the_address_names_the_type_where_the_call_does_not() -> None:
    found = read({"userId": "u", "name": "Home"}, endpoint=Endpoint.PAGE)

    assert isinstance(found, Call)
    assert (found.type, found.kind, found.detail) == ("page", "page_viewed", {"name": "Home"})


def test_numbers_are_ids_too() -> None:
    assert read_good({"userId": 1042, "anonymousId": 7}).user_id == "1042"


def test_a_website_cannot_write_what_staff_write() -> None:
    kinds = [read_good({"event": name}).kind for name in ("promise", "Note", "identify", "Order")]

    assert kinds == ["web promise", "web Note", "web identify", "Order"]


def test_a_call_keeps_its_identity_when_it_comes_again() -> None:
    dated = {"timestamp": EARLIER}

    assert read_good({"messageId": "m-1"}).message_id == "m-1"
    assert read_good(dated).message_id == read_good(dated).message_id
    assert read_good(dated | {"event": "F"}).message_id != read_good(dated).message_id
    assert read_good({"messageId": "m" * 400}).message_id.startswith("sha256:")
    assert len(read_good({"messageId": "m" * 400}).message_id) <= 120


def test_properties_lose_what_names_a_person_and_what_no_database_holds() -> None:
    given = {
        "product_id": "P1",
        "E-mail": "lan@example.com",
        "note": "a\u0000b",
        "nested": {"a": {"b": {"c": 1}}, "d": 2},
        "products": [{"sku": "S1", "price": 2.5}] * 80,
        "big": 1 << 70,
        "text": "x" * 900,
        "nothing": None,
    }

    detail = read_good({"properties": given}).detail

    assert set(detail) == {"product_id", "note", "nested", "products", "big", "text"}
    assert (detail["note"], detail["nested"]) == ("ab", {"d": 2})
    assert (len(detail["products"]), len(detail["text"])) == (50, 500)
    assert detail["big"] == str(1 << 70)


def test_traits_of_the_context_count_as_rudderstack_sends_them() -> None:
    said = {"type": "identify", "context": {"traits": {"email": "lan@example.com"}}}

    assert read_good(said).traits == {"email": "lan@example.com"}
    assert read_good({"context": {"traits": {"email": "x@y.vn"}}}).traits == {}


def test_traits_come_out_as_imports_write_them() -> None:
    told = read_traits(
        {
            "firstName": "Lan",
            "lastName": "Nguyễn Thị",
            "email": " Lan@Example.com ",
            "phone": "0901 234 567",
            "birthday": "1990-05-04T00:00:00Z",
            "gender": "Nữ",
            "locale": "vi-VN",
            "address": {"city": "Hà Nội", "postal_code": 10000},
            "company": {"name": "Acme", "id": 7},
            "password": "secret",
            "vip": True,
        },
        user_id="u",
        country="VN",
        language="vi",
    )

    assert told.traits == {
        "given_name": "Lan",
        "family_name": "Nguyễn Thị",
        "name": "Nguyễn Thị Lan",
        "email": "lan@example.com",
        "phone": "+84901234567",
        "birth_date": "1990-05-04",
        "gender": "female",
        "language": "vi",
        "city": "Hà Nội",
        "postal_code": "10000",
        "company": "Acme",
        "vip": "yes",
    }
    assert told.identifying == [("phone", "+84901234567"), ("email", "lan@example.com")]


def test_an_address_that_is_nobodys_identifies_nobody() -> None:
    told = read_traits(
        {"email": "noemail@shop.vn", "phone": "0000000000"}, user_id="u", country="VN", language=""
    )

    assert told.identifying == []
    assert told.traits == {}
    assert {kind: one.is_placeholder for kind, one in told.addresses.items()} == {
        "email": True,
        "phone": True,
    }

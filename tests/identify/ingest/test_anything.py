"""Whatever is sent, the door and the loader have an answer: no bytes make either fail."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from idic.identify.ingest.bodies import Read, Refused, read, unpack
from idic.identify.ingest.calls import Call, read_call, read_frame
from idic.identify.ingest.frames import Content, Endpoint, Frame
from idic.identify.ingest.orders import currency_in, read_order
from idic.identify.ingest.traits import read_traits

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NAMES = ["type", "userId", "anonymousId", "messageId", "event", "timestamp", "sentAt", "traits"]
NAMES += ["properties", "context", "groupId", "previousId", "originalTimestamp", "name", "batch"]
NAMES += ["email", "phone", "birthday", "address", "company", "page", "campaign", "products"]
NAMES += ["price", "quantity", "total", "revenue", "currency", "order_id", "$set", "distinct_id"]
WORDS = ["track", "identify", "page", "group", "alias", "Order Completed", "$groupidentify", ""]
WORDS += ["2026-11-23T09:00:00Z", "null", "+84901234567", "a@b.vn", "1e400", "-0", "\u0000", "NaN"]

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20) | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=8), inner, max_size=6),
    max_leaves=12,
)  # fmt: skip
objects = st.dictionaries(st.sampled_from(NAMES), values, max_size=10)


@settings(max_examples=200)
@given(said=objects, endpoint=st.sampled_from(list(Endpoint)), sent_at=st.sampled_from(WORDS))
def test_any_object_is_a_call_or_has_a_reason(
    said: dict[str, Any], endpoint: Endpoint, sent_at: str
) -> None:
    body = json.dumps(said).encode()

    meaning = read_call(
        body, source_id=1, endpoint=endpoint, received_at=NOW, sent_at=sent_at, place="p"
    ).meaning

    if not isinstance(meaning, Call):
        assert meaning.reason
        return
    assert meaning.user_id or meaning.anonymous_id or meaning.group_id
    assert 0 < len(meaning.message_id) <= 120
    assert 0 < len(meaning.kind) <= 60
    assert meaning.occurred_at <= NOW
    assert "\\u0000" not in json.dumps(meaning.detail)
    told = read_traits(meaning.traits, user_id=meaning.user_id, country="VN", language="vi")
    assert all(len(name) <= 60 and len(value) <= 500 for name, value in told.traits.items())


@settings(max_examples=200)
@given(said=objects)
def test_lines_of_any_order_add_up(said: dict[str, Any]) -> None:
    order = read_order("A1", said, currency=currency_in(said, usual="GBP"))

    assert sum(line.net_amount for line in order.lines) == order.net_amount
    assert 0 <= order.net_amount < 2**63


@settings(max_examples=300)
@given(
    body=st.binary(max_size=60)
    | st.lists(st.sampled_from([b'{"batch":[', b"{", b"}", b"]", b",", b'"a":1', b'"', b"\\"])).map(
        b"".join
    ),
    is_batch=st.booleans(),
)
def test_any_bytes_are_read_or_refused(body: bytes, is_batch: bool) -> None:
    found: Read | None = None
    with suppress(Refused):
        found = read(unpack(body, encoding=""), is_batch=is_batch)

    if found is not None:
        endpoint = Endpoint.BATCH if is_batch else Endpoint.TRACK
        frame = Frame(Content.CALLS, endpoint, found.call_count, 1, 0, found.body)
        assert len(list(read_frame(frame, place="p"))) == found.call_count

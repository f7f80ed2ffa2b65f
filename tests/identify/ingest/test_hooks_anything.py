"""Whatever a shop system sends, signed as it should be: the door answers, the loader goes on, and
the ledger balances.
"""

from __future__ import annotations

import json
import tempfile
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idic.identify.ingest.bodies import Refused
from idic.identify.ingest.calls import Call, read_frame
from idic.identify.ingest.frames import Content, Endpoint, Frame
from idic.identify.ingest.hooks.senders import SENDERS
from idic.identify.ingest.hooks.wrapping import wrap
from idic.identify.models import Order, OrderLine
from tests.identify.ingest import vectors
from tests.identify.ingest.hook_shop import connect
from tests.identify.ingest.shop import NOW, make_shop
from tests.identify.ingest.test_anything import values
from tests.identify.ingest.vectors import ORDERS

TOPICS = ["", "orders/create", "orders/cancelled", "customers/update", "order.created"]
TOPICS += [
    "refunds/create",
    "order.deleted",
    "customer.updated",
    "products/create",
    "\u00ff",
    "x" * 300,
]
SECRET = "whsec_c2VjcmV0IG9mIGEgc2hvcA=="
SECOND = 1_800_000_000
THINGS = [topic_said[1] for topic_said in ORDERS.values()]
THINGS += [vectors.SHOPIFY_CUSTOMER, vectors.SHOPIFY_REFUND, vectors.WOO_CUSTOMER, {"id": 7}]


@st.composite
def spoilt(draw: st.DrawFn) -> Any:
    """What a system sends, with some of it, at any depth, replaced by anything."""
    said = deepcopy(draw(st.sampled_from(THINGS)))
    for _ in range(draw(st.integers(0, 4))):
        place: Any = said
        while isinstance(place, dict | list) and place:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = draw(st.sampled_from(keys))
            if draw(st.booleans()) or not isinstance(place[key], dict | list):
                place[key] = draw(values)
                break
            place = place[key]
    return said


deep = st.integers(1, 20_000).map(lambda depth: b"[" * depth + b"]" * depth)
bodies = (
    spoilt().map(lambda said: json.dumps(said).encode())
    | values.map(lambda said: json.dumps(said).encode())
    | values.map(lambda said: json.dumps(vectors.kiotviet("invoice.update", said)).encode())  # type: ignore[arg-type]
    | st.binary(max_size=80)
    | deep
    | st.sampled_from([b"webhook_id=1", b"\x00", b"", b'{"batch":[{}]}', b'{"Notifications":{}}'])
)


@settings(max_examples=300, deadline=None)
@given(body=bodies, sender=st.sampled_from(list(SENDERS)), topic=st.sampled_from(TOPICS))
def test_any_signed_bytes_are_read_or_refused(body: bytes, sender: str, topic: str) -> None:
    signed = vectors.sign(sender, SECRET, body, topic, number="msg_1", second=SECOND)
    headers = {n.lower().encode(): v.encode("latin-1") for n, v in signed.items()}
    try:
        found = wrap(SENDERS[sender], headers=headers, body=body, secrets=[SECRET], now=SECOND)
    except Refused as refused:
        assert refused.status in {400, 413}  # noqa: PT017 - either answer is right
        return

    received = int(NOW.timestamp()) * 1_000_000
    frame = Frame(Content.CALLS, Endpoint.HOOK, found.call_count, 1, received, found.body)
    arrivals = list(read_frame(frame, place="p")) if found.call_count else []
    assert len(arrivals) == found.call_count
    for one in arrivals:
        if isinstance(one.meaning, Call):
            assert one.meaning.user_id or one.meaning.anonymous_id or one.meaning.group_id
            assert one.meaning.occurred_at <= NOW
            assert one.meaning.ordered_at is None or one.meaning.ordered_at <= NOW
        else:
            assert one.meaning.reason


@pytest.mark.django_db
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(said=st.lists(spoilt(), min_size=1, max_size=4), sender=st.sampled_from(list(ORDERS)))
def test_the_ledger_balances_whatever_is_sent(db: None, said: list[Any], sender: str) -> None:
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        shop = make_shop(Path(folder))
        system = connect(shop, sender)
        topic = ORDERS[sender][0]
        statuses = [system.send(one, topic).status for one in said]
        assert set(statuses) <= {200, 400, 413}
        shop.load()
        system.ledger()
        for order in Order.objects.all():
            lines = OrderLine.objects.filter(order=order).values_list("net_amount", flat=True)
            assert sum(lines) == order.net_amount
        transaction.set_rollback(True)

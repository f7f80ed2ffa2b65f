"""What the ingest tests share: a business with a website, the door called without a socket, and the
loader run until the log is empty.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from idic.core.models import Role, Staff
from idic.identify.ingest.door import Door
from idic.identify.ingest.loader import Loader
from idic.identify.models import Event, IngestDay, Source
from idic.identify.services.ingest.keys import create_source
from idic.identify.services.ingest.ledger import sum_days
from tests.identify.importing import make_business

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """What the door said."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str]


@dataclass
class Shop:
    """A business with one website, and the state directory both processes share."""

    home: Path
    source: Source
    key: str
    staff: Staff
    limits: dict[str, int] = field(default_factory=dict)

    def door(self) -> Door:
        """Open a door."""
        limits = {"largest_backlog": 10**9, "reserve": 0} | self.limits
        return Door(home=self.home, **limits)

    def send(self, *calls: Mapping[str, Any], **envelope: Any) -> Answer:
        """Send calls as one batch."""
        return self.post("/v1/batch", {"batch": list(calls), **envelope})

    def post(self, path: str, body: Any, **headers: str) -> Answer:
        """Send one request to a fresh door, which is closed after it."""
        return run(self.door(), lambda door: self.ask(door, path, body, **headers))

    async def ask(self, door: Door, path: str, body: Any, **headers: str) -> Answer:
        """Send one request with the website's key, unless another is given."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"authorization": basic(self.key)} | headers
        return await ask(door, "POST", path, data, sent)

    def load(self) -> int:
        """Load what is in the log."""
        return Loader(home=self.home).load_all()

    def ledger(self) -> dict[str, int]:
        """Give the ledger's totals, checked to balance."""
        totals = sum_days(days=IngestDay.objects.all())
        ends = ("stored", "duplicate", "rejected", "quarantined")
        assert totals["accepted"] == sum(totals[name] for name in ends)
        assert totals["stored"] == Event.objects.filter(source=self.source).count()
        return totals


def basic(key: str) -> str:
    """Write a key as SDKs do."""
    return "Basic " + base64.b64encode(f"{key}:".encode()).decode()


def make_shop(home: Path) -> Shop:
    """Set up a business with a website."""
    make_business()
    staff = Staff.objects.create(email="alice@shop.vn", display_name="Alice", role=Role.OWNER)
    source, key = create_source(name="Website", staff=staff, home=home, now=NOW)
    return Shop(home, source, key, staff)


def run(door: Door, work: Callable[[Door], Awaitable[T]]) -> T:
    """Do something with a door, then close it as its server does."""

    async def go() -> T:
        try:
            return await work(door)
        finally:
            await stop(door)

    return asyncio.run(go())


async def stop(door: Door) -> None:
    """Let the door end politely."""
    said: list[Mapping[str, Any]] = []

    async def receive() -> Mapping[str, Any]:
        return {"type": "lifespan.shutdown"}

    async def send(message: Mapping[str, Any]) -> None:
        said.append(message)

    await door({"type": "lifespan"}, receive, send)
    assert [message["type"] for message in said] == ["lifespan.shutdown.complete"]


async def ask(
    door: Door,
    method: str,
    path: str,
    data: bytes = b"",
    headers: Mapping[str, str] | None = None,
    *,
    is_cut: bool = False,
    is_json: bool = True,
) -> Answer:
    """Send one request and read the answer; `is_cut`: the end of the body never comes. What is not
    JSON is not read.
    """
    size = max(len(data) // 3, 1_000)
    waiting = [data[at : at + size] for at in range(0, len(data), size)] or [b""]
    said: list[Mapping[str, Any]] = []

    async def receive() -> Mapping[str, Any]:
        if not waiting:
            await asyncio.Event().wait()
        body = waiting.pop(0)
        return {"type": "http.request", "body": body, "more_body": is_cut or bool(waiting)}

    async def send(message: Mapping[str, Any]) -> None:
        said.append(message)

    sent = {"content-length": str(len(data)), "host": "shop.vn"} | dict(headers or {})
    scope = {
        "type": "http",
        "method": method,
        "path": path.partition("?")[0],
        "scheme": "http",
        "query_string": path.partition("?")[2].encode(),
        "headers": [(n.replace("_", "-").lower().encode(), v.encode()) for n, v in sent.items()],
    }
    await door(scope, receive, send)
    start, body = said
    answered = {name.decode(): value.decode() for name, value in start["headers"]}
    said_json = json.loads(body["body"] or b"{}") if is_json else {}
    return Answer(start["status"], said_json, answered)


def track(event: str = "Product Viewed", **more: Any) -> dict[str, Any]:
    """Make a call of a known person."""
    return {"type": "track", "event": event, "userId": "lan-1", **more}

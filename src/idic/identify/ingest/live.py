"""Tells open pages that something came (server-sent events), so that no page has to ask. One reader
of the log of changes serves all of them. Who may listen was decided by the page, which signed it.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import signal
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import parse_qs

from .changes import ChangeReader, file_of

PATH = "/v1/live"
TOKEN_SECONDS = 3_600
_MOST_LISTENERS = 100
_LOOK_SECONDS = 0.2
_HEARTBEAT_SECONDS = 15.0
_FORM = b"id: %d\nevent: changed\ndata: \n\n"

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


def sign(source_id: int, *, secret: str, now: float) -> str:
    """Give the word that lets a page listen to a source for an hour."""
    text = f"{source_id}.{int(now) + TOKEN_SECONDS}"
    return f"{text}.{_seal(text, secret)}"


def read(token: str, *, secret: str, now: float) -> int | None:
    """Give the source of a word; None for one that is wrong or too old."""
    text, _, seal = token.rpartition(".")
    source_id, _, until = text.partition(".")
    if not secret or not hmac.compare_digest(seal.encode(), _seal(text, secret).encode()):
        return None
    is_valid = source_id.isdigit() and until.isdigit() and int(until) >= now
    return int(source_id) if is_valid else None


def _seal(text: str, secret: str) -> str:
    return hmac.new(secret.encode(), b"idic.live:" + text.encode(), hashlib.sha256).hexdigest()


class Live:
    """The pages that listen at one door."""

    def __init__(self, home: Path) -> None:
        self._secret_file = home / "secret_key"
        self._changes = ChangeReader(file_of(home))
        self._listeners = 0
        self._news = asyncio.Event()
        self._ended = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None

    @property
    def is_full(self) -> bool:
        """Tell whether nobody else may listen now."""
        return self._listeners >= _MOST_LISTENERS

    def source_of(self, query: bytes) -> int | None:
        """Give the source a request may listen to."""
        token = parse_qs(query.decode("latin-1")).get("token", [""])[0]
        try:
            secret = self._secret_file.read_text().strip()
        except OSError:
            return None
        return read(token, secret=secret, now=time.time())

    def end(self) -> None:
        """Let everybody go: the door closes."""
        self._ended.set()
        self._news.set()

    async def tell(
        self,
        source_id: int,
        *,
        after: int,
        receive: Receive,
        send: Send,
        headers: list[tuple[bytes, bytes]],
    ) -> None:
        """Tell one page until it goes or the door closes."""
        loop = asyncio.get_running_loop()
        if self._looking is None:
            _at_the_end(lambda: loop.call_soon_threadsafe(self.end))
        if self._looking is None or self._looking.done():
            self._changes.look()
            self._looking = loop.create_task(self._look())
        self._listeners += 1
        gone = asyncio.ensure_future(_leave(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await self._write(send, b"retry: 2000\n\n")
            seen = after or self._changes.newest
            while not gone.done() and not self._ended.is_set():
                found = self._changes.find(source_id, after=seen)
                if found:
                    seen = found
                    await self._write(send, _FORM % found)
                else:
                    await self._wait(gone, send)
            with suppress(OSError):
                await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()
            self._listeners -= 1

    async def _wait(self, gone: asyncio.Future[None], send: Send) -> None:
        """Wait for news; a sign of life now and then shows who is gone."""
        news: asyncio.Future[Any] = asyncio.ensure_future(self._news.wait())
        waited: set[asyncio.Future[Any]] = {news, gone}
        done, _rest = await asyncio.wait(
            waited, timeout=_HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        news.cancel()
        if not done:
            await self._write(send, b":\n\n")

    async def _write(self, send: Send, data: bytes) -> None:
        await send({"type": "http.response.body", "body": data, "more_body": True})

    async def _look(self) -> None:
        """Look at the log as long as anybody listens."""
        while self._listeners and not self._ended.is_set():
            if self._changes.look():
                self._news.set()
                self._news = asyncio.Event()
            await asyncio.sleep(_LOOK_SECONDS)


async def _leave(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _at_the_end(end: Callable[[], object]) -> None:
    """Have pages let go as soon as the process is asked to end: the server waits for them before it
    tells the application. What the server itself does at that signal is done as well.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    before = signal.getsignal(signal.SIGTERM)

    def handle(number: int, frame: FrameType | None) -> None:
        end()
        if callable(before):
            before(number, frame)

    signal.signal(signal.SIGTERM, handle)

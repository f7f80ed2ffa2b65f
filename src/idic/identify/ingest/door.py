"""The door: a small ASGI application that takes the calls of SDKs. It asks for the key, reads the
body as far as it must, writes it to the accept log and says yes once it is safe there. No Django.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import msgspec

from idic import environment

from . import settings_answer
from .accept_log import AcceptLog
from .answers import (
    RETRY_AFTER,
    SCRIPT,
    SCRIPT_HEADERS,
    STREAM_HEADERS,
    answer,
    answer_refused,
    later,
    no_such_key,
)
from .bodies import LARGEST_BATCH, Read, Refused, read, too_large, unpack
from .frames import Content, Endpoint, Frame, encode
from .heads import key_in_head
from .hooks.senders import SENDERS
from .hooks.wrapping import not_signed, wrap
from .keys import Hook, KeyRing
from .live import PATH as LIVE
from .live import Live
from .segments import count_bytes, folder_of
from .snippet_file import SnippetFile

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

_NAMES = {
    Endpoint.BATCH: ("batch", "b"),
    Endpoint.IMPORT: ("import",),
    Endpoint.IDENTIFY: ("identify", "i"),
    Endpoint.TRACK: ("track", "t"),
    Endpoint.PAGE: ("page", "p"),
    Endpoint.SCREEN: ("screen", "s"),
    Endpoint.GROUP: ("group", "g"),
    Endpoint.ALIAS: ("alias", "a"),
}
ENDPOINTS = {f"/v1/{name}": endpoint for endpoint, names in _NAMES.items() for name in names}
# Jitsu's addresses, and PostHog's.
ENDPOINTS |= {f"/api/s/{names[0]}": endpoint for endpoint, names in _NAMES.items()}
ENDPOINTS["/batch"] = Endpoint.POSTHOG
# And behind this the address of one webhook.
HOOKS = "/hooks/"
BATCHES = {Endpoint.BATCH, Endpoint.IMPORT, Endpoint.POSTHOG}

_YES = b'{"success":true}'
_BODY_SECONDS = 15.0
_LARGEST_HELD = 64 * 1024**2  # bytes of bodies in memory at once
_LOOK_SECONDS = 0.5
_LARGEST_DRAINED = 4 * 1024**2
_SAMPLES = 5  # of what was turned away, in each look
_SAMPLE_BYTES = 500


class Door:
    """The ASGI application. One instance a process."""

    def __init__(self, *, home: Path, largest_backlog: int, reserve: int) -> None:
        self._folder = folder_of(home)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._log = AcceptLog(self._folder)
        self._keys = KeyRing(home)
        self._keys.look()
        self._snippet = SnippetFile()
        self._pages = Live(home)
        self._largest_backlog, self._reserve = largest_backlog, reserve
        self._held = 0
        self._problem = self._find_problem()  # why nothing can be taken now
        self._accepted = self._refused = 0
        self._turned_away: Counter[tuple[int, str]] = Counter()
        self._samples: list[tuple[int, str, str]] = []
        self._looking: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or follow the server's start and end."""
        if scope["type"] == "lifespan":
            return await self._live(receive, send)
        if self._looking is None:
            self._looking = asyncio.get_running_loop().create_task(self._look_around())
        path = scope["path"].rstrip("/")
        endpoint = Endpoint.HOOK if path.startswith(HOOKS) else ENDPOINTS.get(path)
        if endpoint is not None and scope["method"] == "POST":
            return await self._take(scope, receive, send, endpoint)
        if scope["method"] == "OPTIONS":
            return await answer(send, 204, b"")
        await self._answer_reader(scope, receive, send, is_known=endpoint is not None)

    async def _take(self, scope: Scope, receive: Receive, send: Send, endpoint: Endpoint) -> None:
        source_id, data, is_read = 0, b"", False
        parts: list[bytes] = []  # of the body, as it comes
        try:
            headers = dict(scope["headers"])
            hook = self._hook_of(scope["path"]) if endpoint == Endpoint.HOOK else None
            key = "" if hook else key_in_head(headers, scope.get("query_string", b""))
            source_id = hook.source_id if hook else self._source_of(key)
            self._check_room(headers)
            async with asyncio.timeout(_BODY_SECONDS):
                await self._receive(receive, parts)
            data, is_read = b"".join(parts), True
            if len(data) > LARGEST_BATCH:
                raise too_large()
            found = _read_hook(hook, headers, data) if hook else _read(endpoint, headers, data)
            if not source_id:
                source_id = self._source_of(found.write_key)
            if not source_id:
                raise Refused(401, "no_write_key", "Send the write key as the user name.")
            if found.call_count:
                await self._keep(endpoint, found.call_count, source_id, found.body)
        except Refused as refused:
            self._note(source_id, refused, data)
            is_over = is_read or await _drain(receive)
            return await answer_refused(send, refused, is_over=is_over)
        except TimeoutError:
            slow = Refused(408, "too_slow", "The body did not come in time.")
            self._note(source_id, slow, b"")
            return await answer_refused(send, slow, is_over=False)
        except OSError as error:
            self._problem = f"The accept log cannot be written ({error.strerror})."
            return await answer_refused(send, later(self._problem))
        finally:
            self._held -= sum(map(len, parts))
        await answer(send, 200, _YES)

    def _source_of(self, key: str) -> int:
        """Give the source of a key, 0 where there is none yet. Raises Refused for a wrong one."""
        if not key:
            return 0
        source_id = self._keys.find(key)
        if source_id is None:
            self._keys.look()  # made this moment, perhaps
            source_id = self._keys.find(key)
        if source_id is None:
            raise no_such_key()
        return source_id

    def _hook_of(self, path: str) -> Hook:
        """Give the webhook of an address. Raises Refused."""
        token = path.removeprefix(HOOKS).strip("/")
        hook = self._keys.find_hook(token)
        if hook is None:
            self._keys.look()
            hook = self._keys.find_hook(token)
        if hook is None or hook.sender not in SENDERS:
            raise not_signed("no_such_hook")
        return hook

    def _check_room(self, headers: Mapping[bytes, bytes]) -> None:
        """Refuse what could not be taken anyway before its body comes."""
        if self._problem:
            raise later(self._problem)
        size = headers.get(b"content-length", b"")
        if size.isdigit() and int(size) > LARGEST_BATCH:
            raise too_large()

    async def _receive(self, receive: Receive, parts: list[bytes]) -> None:
        """Take a body in. What counts is what came, not what was announced: who announces much and
        sends it slowly keeps nobody out.
        """
        size, has_more = 0, True
        while has_more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Refused(400, "cut_off", "The connection ended before the body did.")
            part = message.get("body", b"")
            parts.append(part)
            size += len(part)
            self._held += len(part)
            has_more = message.get("more_body", False)
            if has_more and size > LARGEST_BATCH:
                raise too_large()
            if has_more and self._held > _LARGEST_HELD:
                raise later("Too many requests at once.")

    async def _keep(self, endpoint: Endpoint, count: int, source_id: int, body: bytes) -> None:
        frame = Frame(Content.CALLS, endpoint, count, source_id, time.time_ns() // 1000, body)
        await self._log.append(encode(frame))
        self._accepted += count

    def _note(self, source_id: int, refused: Refused, data: bytes) -> None:
        """Remember for the ledger what was turned away; what will come again is no loss."""
        if refused.status == 503:
            return
        self._refused += 1
        self._turned_away[source_id, refused.reason] += 1
        if len(self._samples) < _SAMPLES:
            # What strangers send is none of our business.
            is_known = source_id and refused.status != 401
            text = data[:_SAMPLE_BYTES].decode("utf-8", "replace") if is_known else ""
            self._samples.append((source_id, refused.reason, text))

    async def _look_around(self) -> None:
        """Every so often: keys, room on the disk, what waits, what was turned away."""
        while True:
            with suppress(OSError):
                self._keys.look()
                self._problem = self._find_problem()
                # Without room, what is loaded must be able to go.
                await (self._log.seal_old(seconds=0) if self._problem else self._log.seal_old())
                await self._write_refusals()
            await asyncio.sleep(_LOOK_SECONDS)

    def _find_problem(self) -> str:
        room = os.statvfs(self._folder)
        reserve = min(self._reserve, room.f_blocks * room.f_frsize // 10)
        if room.f_bavail * room.f_frsize < reserve:
            return "The disk is nearly full."
        if count_bytes(self._folder) > self._largest_backlog:
            return "Too much waits to be loaded."
        return ""

    async def _write_refusals(self) -> None:
        if not self._turned_away:
            return
        counted, samples = self._turned_away, self._samples
        self._turned_away, self._samples = Counter(), []
        body = {
            "counts": [[source, code, count] for (source, code), count in counted.items()],
            "samples": samples,
        }
        count = sum(counted.values())
        moment = time.time_ns() // 1000
        frame = Frame(Content.REFUSALS, Endpoint.BATCH, count, 0, moment, msgspec.json.encode(body))
        try:
            await self._log.append(encode(frame))
        except OSError:
            self._turned_away.update(counted)
            raise

    async def _answer_reader(
        self, scope: Scope, receive: Receive, send: Send, *, is_known: bool
    ) -> None:
        """Answer what is no call: the health of the door, the settings a browser's SDK asks for."""
        path = scope["path"]
        if scope["method"] in {"GET", "HEAD"} and path in {"/health", "/health/"}:
            return await self._answer_health(send)
        if scope["method"] in {"GET", "HEAD"} and path == "/idic.js":
            return await self._answer_snippet(scope, send)
        if scope["method"] == "GET" and path == LIVE:
            return await self._tell_page(scope, receive, send)
        if scope["method"] == "GET" and path.startswith(HOOKS):
            return await self._answer_challenge(scope, send)
        key = settings_answer.key_in(path) if scope["method"] == "GET" else ""
        if key and self._keys.find(key) is not None:
            return await answer(send, 200, settings_answer.write(key, scope))
        if path.rstrip("/") == settings_answer.SOURCE_CONFIG and scope["method"] == "GET":
            return await self._answer_source_config(scope, send)
        if is_known:
            refused = Refused(405, "wrong_method", "Send calls with POST.")
        else:
            refused = Refused(404, "no_such_address", "Calls go to /v1/batch, /v1/track and so on.")
        await answer_refused(send, refused)

    async def _answer_snippet(self, scope: Scope, send: Send) -> None:
        script = self._snippet.get()
        if script is None:
            text = "The script is not built. Run `make run` once."
            return await answer_refused(send, Refused(404, "not_built", text))
        headers = dict(scope["headers"])
        version = b'"%s"' % script.version.encode()
        extra = [*SCRIPT_HEADERS, (b"etag", version)]
        if headers.get(b"if-none-match") == version:
            return await answer(send, 304, b"", extra, kind=SCRIPT)
        if b"gzip" not in headers.get(b"accept-encoding", b""):
            return await answer(send, 200, script.plain, extra, kind=SCRIPT)
        extra.append((b"content-encoding", b"gzip"))
        await answer(send, 200, script.packed, extra, kind=SCRIPT)

    async def _tell_page(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a page of ours know whenever something came."""
        source_id = self._pages.source_of(scope.get("query_string", b""))
        if source_id is None:
            return await answer_refused(send, Refused(401, "too_old", "Load the page again."))
        if self._pages.is_full:
            return await answer_refused(send, later("Too many pages listen."))
        last = dict(scope["headers"]).get(b"last-event-id", b"")
        await self._pages.tell(
            source_id,
            after=int(last) if last.isdigit() and len(last) < 20 else 0,
            receive=receive,
            send=send,
            headers=[*STREAM_HEADERS],
        )

    async def _answer_source_config(self, scope: Scope, send: Send) -> None:
        key = key_in_head(dict(scope["headers"]), scope.get("query_string", b""))
        if self._keys.find(key) is None:
            return await answer_refused(send, no_such_key())
        await answer(send, 200, settings_answer.write_source_config(key))

    async def _answer_challenge(self, scope: Scope, send: Send) -> None:
        """Haravan asks an address to repeat a word before it uses it, and names the token of it."""
        said = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        token = scope["path"].removeprefix(HOOKS).strip("/")
        is_ours = self._keys.find_hook(token) and said.get("hub.verify_token") == [token]
        word = said.get("hub.challenge", [""])[0].encode("latin-1", "replace")
        if not is_ours or not word:
            refused = Refused(405, "wrong_method", "Webhooks come with POST.")
            return await answer_refused(send, refused)
        headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(word))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": word})

    async def _answer_health(self, send: Send) -> None:
        self._problem = self._find_problem()
        body = {
            "status": "refusing" if self._problem else "ok",
            "problem": self._problem,
            "accepted": self._accepted,
            "refused": self._refused,
            "waiting_bytes": count_bytes(self._folder),
        }
        extra = [(b"retry-after", b"%d" % RETRY_AFTER)] if self._problem else []
        status = 503 if self._problem else 200
        await answer(send, status, msgspec.json.encode(body), extra)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                self._pages.end()
                if self._looking is not None:
                    self._looking.cancel()
                with suppress(OSError):
                    await self._write_refusals()
                await self._log.close()
                await send({"type": "lifespan.shutdown.complete"})
                return


def create() -> Door:
    """Make the door of this installation, told by the environment."""
    megabyte = 1024**2
    return Door(
        home=environment.home(),
        largest_backlog=environment.integer("IDIC_INGEST_BACKLOG_MB", 2_048) * megabyte,
        reserve=environment.integer("IDIC_INGEST_RESERVE_MB", 256) * megabyte,
    )


def _read(endpoint: Endpoint, headers: Mapping[bytes, bytes], data: bytes) -> Read:
    encoding = headers.get(b"content-encoding", b"").decode("latin-1").strip().lower()
    return read(unpack(data, encoding=encoding), is_batch=endpoint in BATCHES)


def _read_hook(hook: Hook, headers: Mapping[bytes, bytes], data: bytes) -> Read:
    if hook.is_off:
        raise not_signed("hook_off")
    sender = SENDERS[hook.sender]
    return wrap(sender, headers=headers, body=data, secrets=hook.secrets, now=time.time())


async def _drain(receive: Receive) -> bool:
    """Read what a refused client still sends, so that it hears the answer and may go on with the
    connection; tell whether that was all.
    """
    size = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(_BODY_SECONDS):
            while size <= _LARGEST_DRAINED:
                message = await receive()
                size += len(message.get("body", b""))
                if not message.get("more_body"):
                    return True
    return False

"""How the door answers: the headers every browser needs, a yes, a refusal that says why."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import msgspec

from .bodies import Refused

Send = Callable[[Mapping[str, Any]], Awaitable[None]]

RETRY_AFTER = 5
_JSON = (b"content-type", b"application/json")
SCRIPT = (b"content-type", b"text/javascript; charset=utf-8")
SCRIPT_HEADERS = (
    (b"cache-control", b"public, max-age=3600"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"vary", b"accept-encoding"),
    (b"x-content-type-options", b"nosniff"),
)
_CORS = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"POST, GET, OPTIONS"),
    (b"access-control-allow-headers", b"authorization, content-type, content-encoding, *"),
    (b"access-control-expose-headers", b"retry-after"),
    (b"access-control-max-age", b"86400"),
)
STREAM_HEADERS = (
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # a proxy must not wait for more
    *_CORS,
)


def no_such_key() -> Refused:
    """Say that a key opens nothing."""
    text = "No source has this write key. Make a new one under Identify, Sources."
    return Refused(401, "invalid_write_key", text)


def later(text: str) -> Refused:
    """Say that nothing can be taken now."""
    return Refused(503, "try_later", f"{text} Nothing was taken: send it again later.")


async def answer_refused(send: Send, refused: Refused, *, is_over: bool = True) -> None:
    """Answer what was not taken; `is_over`: all of the request was read."""
    body = {"success": False, "code": refused.code, "message": refused.text}
    # No WWW-Authenticate: a browser would ask its user for a name and a password.
    extra = [(b"retry-after", b"%d" % RETRY_AFTER)] if refused.status == 503 else []
    extra += [] if is_over else [(b"connection", b"close")]
    await answer(send, refused.status, msgspec.json.encode(body), extra)


async def answer(
    send: Send,
    status: int,
    body: bytes,
    extra: Iterable[tuple[bytes, bytes]] = (),
    *,
    kind: tuple[bytes, bytes] = _JSON,
) -> None:
    """Answer with a body, as JSON unless told, to whoever asks from whichever site."""
    headers = [kind, (b"content-length", b"%d" % len(body)), *_CORS, *extra]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

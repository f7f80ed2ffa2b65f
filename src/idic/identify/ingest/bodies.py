"""Reads a request's body as far as the door must: unpacked, within limits, JSON, how many calls.
What a call means is read later, in `calls`.
"""

from __future__ import annotations

import re
import zlib
from typing import Any, NamedTuple

import msgspec

LARGEST_BATCH = 500 * 1024
LARGEST_CALL = 32 * 1024
_KEPT_TEXT = 2_000  # of a call nobody can read
_GZIP = b"\x1f\x8b"


class Refused(Exception):
    """Raised when a request cannot be taken; `code` and `text` are the answer, `reason` is what
    the ledger notes where that says more.
    """

    def __init__(self, status: int, code: str, text: str, *, reason: str = "") -> None:
        super().__init__(text)
        self.status, self.code, self.text, self.reason = status, code, text, reason or code


class Read(NamedTuple):
    """A body that is JSON: as bytes, how many calls it holds, and the key written in it."""

    body: bytes
    call_count: int
    write_key: str


class _Batch(msgspec.Struct):
    batch: list[msgspec.Raw]
    writeKey: Any = None
    api_key: Any = None  # PostHog's word for it


class _Call(msgspec.Struct):
    writeKey: Any = None


_batches = msgspec.json.Decoder(_Batch)
_calls = msgspec.json.Decoder(_Call)


def unpack(data: bytes, *, encoding: str) -> bytes:
    """Undo the packing, by what it is rather than by what it is called. Raises Refused."""
    if data[:2] != _GZIP and encoding in {"", "identity", "gzip"}:
        return data
    if encoding not in {"", "identity", "gzip", "deflate"}:
        raise Refused(415, "wrong_encoding", f"Content-Encoding {encoding} is not understood.")
    try:
        unpacker = zlib.decompressobj(wbits=47)  # gzip or zlib, told by the first bytes
        unpacked = unpacker.decompress(data, LARGEST_BATCH + 1)
    except zlib.error:
        raise Refused(400, "wrong_encoding", "The body is not what gzip writes.") from None
    if len(unpacked) > LARGEST_BATCH:
        raise too_large()
    if not unpacker.eof:
        raise Refused(400, "wrong_encoding", "The packed body is cut short.")
    return unpacked


def too_large() -> Refused:
    """Give the answer to more bytes than are taken."""
    text = f"A request holds at most {LARGEST_BATCH // 1024} KB, a call {LARGEST_CALL // 1024} KB."
    return Refused(413, "too_large", text)


def read(body: bytes, *, is_batch: bool) -> Read:
    """Read a body. Raises Refused. In a batch, calls that cannot be read stand aside as lists of
    their reason and their beginning: the good ones beside them are not lost.
    """
    body = body.removeprefix(b"\xef\xbb\xbf")
    if not is_batch:
        return _read_call(body)
    try:
        found = _batches.decode(body)
    except (msgspec.MsgspecError, RecursionError) as error:
        return _read_broken(body, error)
    return Read(body, len(found.batch), _text(found.writeKey) or _text(found.api_key))


def _read_call(body: bytes) -> Read:
    if len(body) > LARGEST_CALL:
        raise too_large()
    try:
        call = _calls.decode(body)
    except RecursionError:
        raise Refused(400, "too_deep", "The JSON is nested too deeply.") from None
    except msgspec.MsgspecError as error:
        raise Refused(400, "invalid_json", f"The body is not a JSON object: {error}.") from None
    return Read(body, 1, _text(call.writeKey))


def _read_broken(body: bytes, problem: Exception) -> Read:
    """Save what can be read of a batch that is not JSON as a whole."""
    parts = _split(body)
    if parts is None:
        if isinstance(problem, RecursionError):
            raise Refused(400, "too_deep", "The JSON is nested too deeply.")
        raise Refused(400, "invalid_json", f"The body is not a JSON batch: {problem}.")
    before, elements, after = parts
    kept = [_kept(element) for element in elements]
    body = before + b",".join(kept) + after
    try:
        found = _batches.decode(body)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Refused(400, "invalid_json", f"The body is not a JSON batch: {error}.") from None
    return Read(body, len(found.batch), _text(found.writeKey))


def _kept(element: bytes) -> bytes:
    try:
        msgspec.json.decode(element, type=msgspec.Raw)
    except RecursionError:
        return _stand_in("too_deep", element)
    except msgspec.MsgspecError:
        return _stand_in("unreadable", element)
    return element


def _stand_in(reason: str, element: bytes) -> bytes:
    text = element.strip()[:_KEPT_TEXT].decode("utf-8", "replace")
    return msgspec.json.encode([reason, text])


_START = re.compile(rb'"batch"\s*:\s*\[')
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{},]', re.S)


def _split(body: bytes) -> tuple[bytes, list[bytes], bytes] | None:
    """Cut a batch into its calls by brackets and commas alone, however deep they are."""
    start = _START.search(body)
    if start is None:
        return None
    elements, depth, begin = [], 0, start.end()
    for token in _TOKEN.finditer(body, start.end()):
        sign = token.group()
        if sign in (b"[", b"{"):
            depth += 1
        elif sign == b"," and not depth:
            elements.append(body[begin : token.start()])
            begin = token.end()
        elif sign in (b"]", b"}"):
            if not depth:
                if sign == b"}":
                    return None
                elements.append(body[begin : token.start()])
                return body[: start.end()], elements, body[token.start() :]
            depth -= 1
    return None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""

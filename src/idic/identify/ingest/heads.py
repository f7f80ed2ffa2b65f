"""Finds the write key in the head of a request, wherever an SDK puts it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from urllib.parse import parse_qs


def key_in_head(headers: Mapping[bytes, bytes], query: bytes) -> str:
    """Give the write key of a request's head: Basic user name, X-Write-Key, or writeKey=."""
    scheme, _, rest = headers.get(b"authorization", b"").partition(b" ")
    if scheme.lower() == b"basic":
        try:
            return base64.b64decode(rest).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return "\ufffd"
    if b"x-write-key" in headers:
        # Jitsu writes the number of a key before it.
        return headers[b"x-write-key"].decode("latin-1").rpartition(":")[2]
    if query:
        return parse_qs(query.decode("latin-1")).get("writeKey", [""])[0]
    return ""

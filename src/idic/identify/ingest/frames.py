"""How a request stands in the accept log: a head with a checksum, a few numbers, the body as it
came. Writing to files is in `accept_log`, reading them in `segments`.
"""

from __future__ import annotations

import struct
import zlib
from enum import IntEnum
from typing import NamedTuple

MAGIC = b"IDA1"
HEAD = struct.Struct("<4sII")  # magic, length of what follows, its CRC-32
_FACTS = struct.Struct("<BBIqq")  # content, endpoint, count, source, received (µs since 1970)


class Content(IntEnum):
    """What a frame holds."""

    CALLS = 1  # a request that was answered with 200
    REFUSALS = 2  # what was turned away at the door, counted


class Endpoint(IntEnum):
    """Which address a request came to: it names the type of a call that names none itself."""

    BATCH = 0
    IMPORT = 1  # history: the times given are right, no clock is corrected
    IDENTIFY = 2
    TRACK = 3
    PAGE = 4
    SCREEN = 5
    GROUP = 6
    ALIAS = 7
    POSTHOG = 8  # a batch in that dialect
    HOOK = 9  # a webhook of a shop system, as `hooks.wrapping` keeps it


class Frame(NamedTuple):
    """One request. `call_count` is how many calls the door saw in it; `source_id` 0 means none."""

    content: Content
    endpoint: Endpoint
    call_count: int
    source_id: int
    received_us: int
    body: bytes


class Damaged(Exception):
    """Raised when bytes are no frame, or not the one that was written."""


def encode(frame: Frame) -> bytes:
    """Write a frame as bytes."""
    content, endpoint, call_count, source_id, received_us, body = frame
    facts = _FACTS.pack(content, endpoint, call_count, source_id, received_us)
    checksum = zlib.crc32(body, zlib.crc32(facts))
    return HEAD.pack(MAGIC, len(facts) + len(body), checksum) + facts + body


def read_length(head: bytes) -> tuple[int, int]:
    """Give the length of what follows a head, and its checksum. Raises Damaged."""
    magic, length, checksum = HEAD.unpack(head)
    if magic != MAGIC or length < _FACTS.size:
        raise Damaged
    return length, checksum


def decode(payload: bytes, *, checksum: int) -> Frame:
    """Read what follows a head. Raises Damaged when it is not what was written."""
    if zlib.crc32(payload) != checksum:
        raise Damaged
    content, endpoint, call_count, source_id, received_us = _FACTS.unpack_from(payload)
    try:
        kind, address = Content(content), Endpoint(endpoint)
    except ValueError:  # written by a later version
        raise Damaged from None
    return Frame(kind, address, call_count, source_id, received_us, payload[_FACTS.size :])

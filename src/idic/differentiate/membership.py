"""How the members of a segment are kept: ascending customer ids, divided into parts by the id, each
packed with a digest in front, so that two parts are compared without unpacking. Pure.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]

# So many that a million members lie in parts of some thousand, and a change of one rewrites one.
SLICES = 256


def slice_of(customer_id: int) -> int:
    """Give the part a customer belongs to."""
    return customer_id % SLICES


def pack(members: Numbers) -> bytes:
    """Pack ascending ids: four bytes of digest, then the steps between them, compressed."""
    raw = np.diff(members, prepend=0).astype("<i8").tobytes()
    return zlib.crc32(raw).to_bytes(4, "little") + zlib.compress(raw, 1)


def digest_of(members: Numbers) -> bytes:
    """Give the first four bytes that `pack` would give."""
    raw = np.diff(members, prepend=0).astype("<i8").tobytes()
    return zlib.crc32(raw).to_bytes(4, "little")


def unpack(packed: bytes | memoryview) -> Numbers:
    """Give the ids again."""
    raw = np.frombuffer(zlib.decompress(bytes(packed)[4:]), dtype="<i8")
    members: Numbers = np.cumsum(raw, dtype=np.int64)
    return members


def divide(members: Numbers) -> Iterator[tuple[int, Numbers]]:
    """Give the parts that hold somebody, each ascending."""
    ordered = np.sort(members)
    places = ordered % SLICES
    by_part = np.argsort(places, kind="stable")
    ends = np.searchsorted(places[by_part], np.arange(SLICES + 1))
    for number in range(SLICES):
        if ends[number] < ends[number + 1]:
            yield number, ordered[by_part[ends[number] : ends[number + 1]]]

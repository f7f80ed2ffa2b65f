"""Reads the accept log back: frame after frame from a place on, past damage and never past an
unfinished tail. Which place has been reached is kept by `services.ingest`.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from .accept_log import SUFFIX
from .frames import HEAD, MAGIC, Damaged, Frame, decode, read_length

FOLDER = "accept"
_STRETCH = 1 << 20


class Placed(NamedTuple):
    """A frame and where the next one begins; `frame` is None where bytes were damaged."""

    frame: Frame | None
    offset: int
    following: int


def folder_of(home: Path) -> Path:
    """Give the folder of the accept log."""
    return home / FOLDER


def list_segments(folder: Path) -> list[Path]:
    """Give the segments there are, the oldest first."""
    return sorted(folder.glob(f"*{SUFFIX}"))


def count_bytes(folder: Path) -> int:
    """Give how many bytes of log there are."""
    total = 0
    for entry in os.scandir(folder) if folder.exists() else ():
        if entry.name.endswith(SUFFIX):
            try:
                total += entry.stat().st_size
            except FileNotFoundError:  # retired meanwhile
                continue
    return total


def size_of(path: Path) -> int:
    """Give how many bytes a segment has; none when it is gone."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def is_sealed(path: Path) -> bool:
    """Tell whether nobody writes to a segment any more: its writer closed it or is gone."""
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def retire(path: Path) -> None:
    """Delete a segment that is loaded; one with damage in it is put aside, to be looked at."""
    with opened(path) as segment:
        is_damaged = any(placed.frame is None for placed in segment.read(offset=0))
    if is_damaged:
        path.rename(path.with_suffix(".damaged"))
    else:
        path.unlink()


@contextmanager
def opened(path: Path) -> Iterator[Segment]:
    """Open a segment for reading."""
    with path.open("rb") as file:
        yield Segment(file.fileno())


class Segment:
    """A segment open for reading."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def read(self, *, offset: int) -> Iterator[Placed]:
        """Give the whole frames from a place on; stop at the first that is not finished."""
        while True:
            head = os.pread(self._handle, HEAD.size, offset)
            if len(head) < HEAD.size:
                return
            try:
                length, checksum = read_length(head)
                payload = os.pread(self._handle, length, offset + HEAD.size)
                if len(payload) < length:
                    raise Damaged
                placed = Placed(
                    decode(payload, checksum=checksum), offset, offset + HEAD.size + length
                )
            except Damaged:
                following = self._next_frame(offset + 1)
                if following is None:  # the tail: half-written, or still being written
                    return
                placed = Placed(None, offset, following)
            yield placed
            offset = placed.following

    def _next_frame(self, offset: int) -> int | None:
        """Find the next place after damage where a whole frame stands."""
        while stretch := os.pread(self._handle, _STRETCH, offset):
            found = stretch.find(MAGIC)
            while found >= 0:
                if self._is_frame(offset + found):
                    return offset + found
                found = stretch.find(MAGIC, found + 1)
            if len(stretch) < len(MAGIC):
                return None
            offset += len(stretch) - len(MAGIC) + 1
        return None

    def _is_frame(self, offset: int) -> bool:
        head = os.pread(self._handle, HEAD.size, offset)
        if len(head) < HEAD.size:
            return False
        try:
            length, checksum = read_length(head)
            decode(os.pread(self._handle, length, offset + HEAD.size), checksum=checksum)
        except Damaged:
            return False
        return True

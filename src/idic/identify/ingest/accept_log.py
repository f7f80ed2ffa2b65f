"""Writes the accept log: frames gathered while the disk is busy go down together, and nobody hears
“yes” before they are safe there. One writer a segment, held by a lock that falls with its process.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

SUFFIX = ".log"
_SEGMENT_BYTES = 32 * 1024**2
_SEGMENT_SECONDS = 300.0


class AcceptLog:
    """Appends frames durably. Belongs to one event loop; a thread of its own touches the disk."""

    def __init__(self, folder: Path, *, segment_bytes: int = _SEGMENT_BYTES) -> None:
        self._folder, self._segment_bytes = folder, segment_bytes
        self._segment: _Segment | None = None
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._disk = ThreadPoolExecutor(max_workers=1, thread_name_prefix="accept-log")
        self._writing: asyncio.Task[None] | None = None

    async def append(self, frame: bytes) -> None:
        """Return once the frame is on the disk. Raises OSError when it is not."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._waiting.append((frame, done))
        if self._writing is None:
            self._writing = loop.create_task(self._drain(loop))
        await done

    async def _drain(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            data = b"".join(frame for frame, _done in group)
            problem: OSError | None = None
            try:
                await loop.run_in_executor(self._disk, self._write, data)
            except OSError as error:
                problem = error
            for _frame, done in group:
                if not done.done():  # a client may have gone meanwhile
                    done.set_exception(problem) if problem else done.set_result(None)
        self._writing = None

    def _write(self, data: bytes) -> None:
        if self._segment is None:
            self._segment = _Segment(self._folder)
        try:
            self._segment.append(data)
        except OSError:
            # After a failed sync nobody knows what the disk holds: the rest goes elsewhere.
            self._segment.abandon()
            self._segment = None
            raise
        if self._segment.size >= self._segment_bytes:
            self._seal()

    def _seal(self) -> None:
        if self._segment is not None:
            self._segment.close()
            self._segment = None

    async def seal_old(self, *, seconds: float = _SEGMENT_SECONDS) -> None:
        """Close a segment that has stood open for long, so that it can be loaded and go."""

        def seal() -> None:
            if self._segment is not None and self._segment.age >= seconds:
                self._seal()

        await asyncio.get_running_loop().run_in_executor(self._disk, seal)

    async def close(self) -> None:
        """Finish what waits and close the segment."""
        while self._writing is not None:
            await asyncio.sleep(0.01)
        await asyncio.get_running_loop().run_in_executor(self._disk, self._seal)
        self._disk.shutdown()


class _Segment:
    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = folder / f"{time.time_ns():020d}-{os.getpid()}{SUFFIX}"
        unlocked = self._path.with_suffix(".new")  # no reader may take it for left behind
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        self._file = os.open(unlocked, flags, 0o600)
        self._born, self.size = time.monotonic(), 0
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            unlocked.rename(self._path)
            _sync_folder(folder)  # the name is on the disk before any frame is promised
        except OSError:
            self.abandon()
            raise

    @property
    def age(self) -> float:
        """Seconds since it was begun."""
        return time.monotonic() - self._born

    def append(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._file, rest) :]
        os.fdatasync(self._file)
        self.size += len(data)

    def abandon(self) -> None:
        """Close without what was not promised; an empty segment goes altogether."""
        with suppress(OSError):
            os.ftruncate(self._file, self.size)
        if not self.size:
            with suppress(OSError):
                self._path.unlink()
        self.close()

    def close(self) -> None:
        os.close(self._file)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

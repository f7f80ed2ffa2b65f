"""The loader: reads the accept log from its marks on and has every call stored, in portions that
hold the database's lock for a moment only. A segment goes once all of it is safe in the tables.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from idic.core import bulk, clock
from idic.core.exclusive import exclusively
from idic.core.models import Business
from idic.identify.models import IngestProblem
from idic.identify.services.ingest import hooks
from idic.identify.services.ingest.keys import publish_keys
from idic.identify.services.ingest.ledger import Tally
from idic.identify.services.ingest.loading import Mark, find_mark, forget_marks, load, secure
from idic.identify.services.ingest.refusals import read_refusals
from idic.identify.services.ingest.retrying import retry_waiting

from .calls import Arrival, Refusal, read_frame
from .changes import EVERYBODY, ChangeWriter
from .changes import file_of as changes_file
from .frames import Content, Frame
from .moments import from_microseconds
from .segments import folder_of, is_sealed, list_segments, opened, retire, size_of

log = logging.getLogger("idic.ingest")

_FIRST_PORTION = 200
_LARGEST_PORTION = 1_000
_IDLE_SECONDS = 0.1
_LOOK_SECONDS = 1.0  # at the keys, and for calls to be tried again
_CHECKPOINT_EVERY = 32  # portions


@dataclass(slots=True)
class Step:
    """One call, or what stands between calls, and the mark behind it."""

    mark: Mark
    arrival: Arrival | None = None
    refused: Frame | None = None


@dataclass(slots=True)
class Loader:
    """Loads until told to stop. One at a time on one installation: see `main`."""

    home: Path
    stopping: threading.Event = field(default_factory=threading.Event)
    portion: int = _FIRST_PORTION
    _portions: int = 0
    _looked_at: float = float("-inf")
    _sizes: dict[str, int] = field(default_factory=dict)
    _changes: ChangeWriter = field(init=False)

    def __post_init__(self) -> None:
        self._changes = ChangeWriter(changes_file(self.home))

    def run(self) -> None:
        """Work until `stopping` is set. Survives a database that goes away or is full."""
        while not self.stopping.is_set():
            try:
                is_time = self._look_after_keys()
                if not (is_time or self._has_news()) or not self.load_all():
                    self.stopping.wait(_IDLE_SECONDS)
            except (OperationalError, InterfaceError, OSError) as error:  # a full disk is any
                log.warning("what came in cannot be stored now (%s); trying again", error)
                connection.close()
                self.stopping.wait(1.0)

    def _look_after_keys(self) -> bool:
        """Once a second look at the keys; tell whether it was time."""
        is_time = time.monotonic() >= self._looked_at + _LOOK_SECONDS
        if is_time:
            publish_keys(home=self.home)
            hooks.restore(home=self.home)
            self._looked_at = time.monotonic()
        return is_time

    def load_all(self) -> int:
        """Load what is in the log now and give how many calls there were."""
        business = Business.objects.first()
        if business is None:  # not set up yet: the log keeps what comes
            return 0
        paths = list_segments(folder_of(self.home))
        self._sizes = {path.name: size_of(path) for path in paths}
        count = sum(self._load_segment(path, business) for path in paths)
        retried = retry_waiting(business=business, now=clock.now())
        if retried:
            self._changes.note([EVERYBODY])
        count += retried
        forget_marks(keep=[path.name for path in paths if path.exists()])
        return count

    def _has_news(self) -> bool:
        """Tell, without asking the database, whether the log has grown or a segment was closed."""
        paths = list_segments(folder_of(self.home))
        return any(size_of(path) != self._sizes.get(path.name) or is_sealed(path) for path in paths)

    def _load_segment(self, path: Path, business: Business) -> int:
        was_sealed = is_sealed(path)  # asked first: what is read after that is all
        mark, count = find_mark(segment=path.name), 0
        for steps in self._portioned(self._steps(path, mark)):
            self._load(steps, business)
            mark = steps[-1].mark
            count += sum(step.arrival is not None for step in steps)
            if self.stopping.is_set():
                return count
        if was_sealed:
            secure(mark=mark, now=clock.now())
            retire(path)
        return count

    def _steps(self, path: Path, mark: Mark) -> Iterator[Step]:
        with opened(path) as segment:
            for frame, offset, following in segment.read(offset=mark.offset):
                behind = Mark(path.name, following, 0)
                if frame is None:
                    log.error("%s is damaged between %s and %s", path.name, offset, following)
                    yield Step(behind)
                elif frame.content == Content.REFUSALS:
                    yield Step(behind, refused=frame)
                else:
                    yield from self._calls(path, frame, offset, behind, mark)

    def _calls(
        self, path: Path, frame: Frame, offset: int, behind: Mark, mark: Mark
    ) -> Iterator[Step]:
        arrivals = list(read_frame(frame, place=f"{path.stem}-{offset}"))
        done = mark.call if offset == mark.offset else 0
        for number, arrival in enumerate(arrivals[done:], start=done + 1):
            is_last = number == len(arrivals)
            yield Step(behind if is_last else Mark(path.name, offset, number), arrival)
        if len(arrivals) != frame.call_count:
            log.error("%s: %s calls for %s accepted", path.name, len(arrivals), frame.call_count)

    def _portioned(self, steps: Iterator[Step]) -> Iterator[list[Step]]:
        while portion := list(islice(steps, self.portion)):
            yield portion

    def _load(self, steps: list[Step], business: Business) -> None:
        try:
            seconds = self._store(steps, business)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            # One call nobody foresaw must not hold up all that come after it.
            log.exception("a portion of %s calls could not be loaded as a whole", len(steps))
            for step in steps:
                self._store_alone(step, business)
        else:
            self._pace(len(steps), seconds)

    def _store_alone(self, step: Step, business: Business) -> None:
        try:
            self._store([step], business)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            log.exception("a call could not be loaded; it is held back")
            if step.arrival is None:
                self._store([Step(step.mark)], business)
                return
            kept = step.arrival
            failed = Refusal("failed", type(error).__name__)
            arrival = Arrival(
                kept.source_id,
                kept.endpoint,
                kept.received_at,
                kept.sent_at,
                kept.body,
                failed,
            )
            self._store([Step(step.mark, arrival)], business)

    def _store(self, steps: list[Step], business: Business) -> float:
        tally, problems = Tally(), list[IngestProblem]()
        for step in steps:
            if step.refused is not None:
                received_at = from_microseconds(step.refused.received_us)
                problems += read_refusals(frame=step.refused, received_at=received_at, tally=tally)
        arrivals = [step.arrival for step in steps if step.arrival is not None]
        seconds = load(
            arrivals=arrivals,
            refusals=problems,
            tally=tally,
            mark=steps[-1].mark,
            business=business,
            now=clock.now(),
        )
        self._changes.note(
            [
                *(one.source_id for one in arrivals),
                *(one.source_id or EVERYBODY for one in problems),
            ]
        )
        return seconds

    def _pace(self, count: int, seconds: float) -> None:
        """Choose the next portion by how long this one held the lock, so that pages hardly wait;
        between two, while calls are read and people looked up, the lock is free. Now and then
        tidy SQLite's log.
        """
        pacer = bulk.Pacer(rows=self.portion)
        pacer.note(rows=count, seconds=seconds)
        self.portion = min(pacer.rows, _LARGEST_PORTION)
        self._portions += 1
        is_time = self._portions % _CHECKPOINT_EVERY == 0
        if is_time and not connection.in_atomic_block:
            bulk.checkpoint()


def main() -> None:
    """Load until SIGTERM or SIGINT; wait while another loader is at work."""
    loader = Loader(home=settings.IDIC_HOME)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: loader.stopping.set())

    def check() -> None:
        if loader.stopping.is_set():
            raise SystemExit

    with exclusively(name="ingest-loader", waiting=check):
        loader.run()

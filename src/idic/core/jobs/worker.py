"""The worker: claims jobs, runs them one at a time, keeps their lease, and leaves politely.
One process is one worker; the supervisor starts as many as wanted. Killing it loses nothing.
"""

from __future__ import annotations

import logging
import os
import random
import signal
import socket
import threading
import time
import traceback
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from django_tasks import TaskContext
from django_tasks.utils import normalize_json

from idic.core import clock
from idic.core.bulk import checkpoint
from idic.core.models import Business
from idic.core.models.jobs import Job

from . import cron, queue
from .current import FinalError, JobCancelled, LeaseLost, Running, running
from .tasks import QUEUES, find_task, result_of

log = logging.getLogger("idic.jobs")

_SHORTEST_IDLE = 0.01
_LONGEST_IDLE = 0.25
_PROGRESS_EVERY = 0.5
_HOUSEKEEPING_EVERY = 1.0
_CHECKPOINT_EVERY = 5.0


def retry_delay(*, attempts: int, jitter: float) -> timedelta:
    """Give how long to wait after the n-th failed attempt: 2 s doubling to an hour, × 0.5–1."""
    seconds = min(2.0 * 2 ** min(attempts - 1, 20), 3600.0)
    return timedelta(seconds=seconds * (0.5 + 0.5 * jitter))


def run_job(*, job: Job, current: Running | None = None) -> str:
    """Run one claimed job to its end in this thread and give the state it ended in."""
    current = current or Running(job=job)
    if job.is_cancel_requested:
        queue.end_cancelled(job=job, now=clock.now())
        return Job.State.CANCELLED
    token = running.set(current)
    try:
        result = _call(job)
    except JobCancelled:
        queue.end_cancelled(job=job, now=clock.now())
        return Job.State.CANCELLED
    except LeaseLost:
        log.warning("job %s (%s) was taken over by another worker", job.id, job.handler)
        return Job.State.RUNNING
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a task may raise anything
        return _fail(job, error)
    finally:
        running.reset(token)
    queue.finish(running=current, result=result, now=clock.now())
    return Job.State.DONE


def _call(job: Job) -> Any:
    task = find_task(path=job.task)
    context = [TaskContext(task_result=result_of(job=job, task=task))] if task.takes_context else []
    return normalize_json(task.call(*context, *job.args, **job.kwargs))


def _fail(job: Job, error: BaseException) -> str:
    is_dead = isinstance(error, FinalError) or job.attempts >= job.max_attempts
    now = clock.now()
    jitter = random.random()  # noqa: S311 - spreads retries, guards nothing
    queue.fail(
        job=job,
        now=now,
        retry_at=None if is_dead else now + retry_delay(attempts=job.attempts, jitter=jitter),
        error_class=f"{type(error).__module__}.{type(error).__qualname__}",
        error_message=str(error),
        error_trace=_places(error),
    )
    log.warning(
        "job %s (%s) failed in attempt %s of %s: %s: %s",
        *(job.id, job.handler, job.attempts, job.max_attempts, type(error).__name__, error),
    )
    return Job.State.FAILED if is_dead else Job.State.WAITING


def _places(error: BaseException) -> str:
    """Name the lines the error came through; no values, for they may be a customer's data."""
    frames = traceback.extract_tb(error.__traceback__)
    return "\n".join(f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames)[-8000:]


def drain(
    *, queues: Sequence[str] = QUEUES, limit: int = 10_000, now: datetime | None = None
) -> int:
    """Run what is due, here and now, until nothing is; give how many jobs ran.

    For tests and for commands that have no worker beside them. `now` lets a test jump ahead.
    """
    for count in range(limit):
        job = queue.claim(
            worker_id=f"drain:{os.getpid()}",
            queues=queues,
            now=now or clock.now(),
            lease=timedelta(hours=1),
        )
        if job is None:
            return count
        run_job(job=job)
    return limit


class Worker:
    """Claims and runs jobs of some queues until it is told to stop."""

    def __init__(
        self,
        *,
        queues: Sequence[str],
        lease: timedelta,
        grace: timedelta = timedelta(seconds=10),
        schedules: Iterable[cron.Schedule] = (),
    ) -> None:
        self.worker_id = f"{socket.gethostname()[:40]}:{os.getpid()}:{os.urandom(4).hex()}"
        self._queues, self._lease, self._grace = queues, lease, grace
        self._schedules = list(schedules)
        self._current: Running | None = None
        self._stopping = threading.Event()
        self._idle = _SHORTEST_IDLE
        self._housekeeping_at = self._checkpoint_at = self._expired_at = 0.0

    def stop(self) -> None:
        """Take no further job; the present one may finish within the grace period."""
        self._stopping.set()
        queue.arrived.set()

    def run(self) -> None:
        """Work until `stop`. Survives a database that goes away for a while."""
        threading.Thread(target=self._beat, name="heartbeat", daemon=True).start()
        while not self._stopping.is_set():
            try:
                self._step()
            except DatabaseError as error:
                log.warning("the database does not answer (%s); trying again", error)
                connection.close()
                self._stopping.wait(1.0)

    def _step(self) -> None:
        queue.arrived.clear()
        self._keep_house()
        job = self._claim()
        if job is None:
            has_arrived = queue.arrived.wait(self._idle)
            self._idle = _SHORTEST_IDLE if has_arrived else min(self._idle * 2, _LONGEST_IDLE)
            return
        self._idle = _SHORTEST_IDLE
        self._current = Running(job=job, beat_at=time.monotonic())
        try:
            run_job(job=job, current=self._current)
        finally:
            self._current = None
            close_old_connections()

    def _claim(self) -> Job | None:
        """Take a job; while one follows another, look for dead workers' jobs only now and then."""
        is_busy = self._idle == _SHORTEST_IDLE
        mine: dict[str, Any] = {
            "worker_id": self.worker_id,
            "queues": self._queues,
            "lease": self._lease,
        }
        if not is_busy or time.monotonic() >= self._expired_at:
            self._expired_at = time.monotonic() + _LONGEST_IDLE
            expired = queue.claim_expired(**mine, now=clock.now())
            if expired is not None:
                return expired
        return queue.claim_due(**mine, now=clock.now(), is_likely=is_busy)

    def _keep_house(self) -> None:
        if time.monotonic() < self._housekeeping_at:
            return
        self._housekeeping_at = time.monotonic() + _HOUSEKEEPING_EVERY
        now = clock.now()
        queue.bury(now=now)
        cron.tick(schedules=self._schedules, now=now, time_zone=_time_zone())
        if time.monotonic() >= self._checkpoint_at:
            self._checkpoint_at = time.monotonic() + _CHECKPOINT_EVERY
            checkpoint()

    def _beat(self) -> None:
        """Keep the lease and carry the progress, on a connection of this thread's own."""
        every = self._lease.total_seconds() / 3
        pause = min(every / 2, _PROGRESS_EVERY)
        stopped_at: float | None = None
        while True:
            time.sleep(pause)
            if self._stopping.is_set():
                stopped_at = stopped_at or time.monotonic()
                if time.monotonic() - stopped_at > self._grace.total_seconds():
                    self._leave()
            current = self._current
            if current is None or not (
                current.is_dirty or time.monotonic() - current.beat_at >= every
            ):
                continue
            try:
                queue.keep(running=current, now=clock.now(), lease=self._lease)
                current.beat_at = time.monotonic()
            except DatabaseError as error:
                log.warning("the heartbeat could not be written: %s", error)
                connection.close()

    def _leave(self) -> None:
        """Give the job back and end at once: its task did not finish within the grace period."""
        current = self._current
        try:
            if current is not None:
                queue.release(job=current.job, now=clock.now())
        finally:
            os._exit(0)


def main(*, queues: Sequence[str]) -> None:
    """Run one worker in this process until SIGTERM or SIGINT."""
    worker = Worker(
        queues=queues,
        lease=timedelta(milliseconds=settings.IDIC_JOB_LEASE_MS),
        grace=timedelta(milliseconds=settings.IDIC_JOB_GRACE_MS),
        schedules=cron.declared_schedules(),
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    worker.run()


def _time_zone() -> str:
    """Give the zone that cron lines are read in: UTC until the business is set up."""
    return Business.objects.values_list("time_zone", flat=True).first() or "UTC"

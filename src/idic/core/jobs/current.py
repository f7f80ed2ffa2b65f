"""What a running task can say and hear: progress, cancellation, and failing for good.
Memory only; the worker's heartbeat carries it to the database and back.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field

from idic.core.models.jobs import Job


class FinalError(Exception):
    """Raise in a task when trying again cannot help; the job fails at once with this message."""


class JobCancelled(Exception):
    """Raised by `progress` inside a task whose job a person cancelled."""


class LeaseLost(Exception):
    """Raised by `progress` inside a task whose job another worker has taken over."""


@dataclass(slots=True)
class Running:
    """The job this thread runs; shared with the heartbeat, each field written by one side only."""

    job: Job
    done: int = 0
    total: int | None = None
    label: str = ""
    is_dirty: bool = False  # the task sets it, the heartbeat clears it
    is_cancelled: bool = False  # the heartbeat sets it
    is_lost: bool = False  # the heartbeat sets it
    beat_at: float = field(default=0.0)


running: ContextVar[Running | None] = ContextVar("running_job", default=None)


def progress(*, done: int, total: int | None = None, label: str = "") -> None:
    """Report how far the running task is; call as often as you like, it costs no query.

    Outside a task it does nothing. Raises JobCancelled once the job has been cancelled, so that
    a long task stops at its next report.
    """
    current = running.get()
    if current is None:
        return
    if current.is_cancelled:
        raise JobCancelled
    if current.is_lost:
        raise LeaseLost
    current.done, current.total, current.label = done, total, label[:200]
    current.is_dirty = True

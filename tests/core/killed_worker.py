"""A worker that a test kills; it knows the handlers of `job_tasks`."""

from __future__ import annotations

from datetime import timedelta

from idic.core.jobs import events
from idic.core.jobs.worker import Worker
from tests.core import job_tasks

events.room_constants = lambda **_: iter([job_tasks.HANDLERS])  # type: ignore[assignment]


def main(lease_ms: str) -> None:
    """Work until killed."""
    lease = timedelta(milliseconds=int(lease_ms))
    Worker(queues=("default", "events"), lease=lease).run()

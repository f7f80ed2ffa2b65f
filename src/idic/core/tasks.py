"""Housekeeping of the ground floor by the clock."""

from __future__ import annotations

from datetime import timedelta

from idic.core import clock
from idic.core.jobs import Schedule, queue, task

_KEEP_FINISHED = timedelta(days=7)
_KEEP_FAILED = timedelta(days=90)
_BATCH = 200


@task
def purge_jobs() -> int:
    """Forget finished jobs after a week and dead ones after 90 days; give how many."""
    now, total = clock.now(), 0
    while deleted := queue.purge(
        finished_before=now - _KEEP_FINISHED, failed_before=now - _KEEP_FAILED, limit=_BATCH
    ):
        total += deleted
    return total


SCHEDULES = [Schedule(name="jobs.purge", task=purge_jobs, cron="17 3 * * *")]

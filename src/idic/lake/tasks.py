"""Housekeeping of the lake by the clock."""

from __future__ import annotations

from datetime import timedelta

from idic.core import clock
from idic.core.jobs import Schedule, task
from idic.lake import services
from idic.lake.datasets import list_datasets


@task(queue_name="long", max_attempts=3)
def compact_lake() -> int:
    """Merge small segments of every data set; give how many files were merged away."""
    return sum(
        services.compact(dataset=dataset.name, now=clock.now())
        for dataset in list_datasets()
        if not dataset.is_snapshot
    )


@task(queue_name="long", max_attempts=3)
def sweep_lake() -> int:
    """Delete retired and orphaned files; give how many."""
    return services.sweep(now=clock.now())


SCHEDULES = [
    Schedule(name="lake.compact", task=compact_lake, every=timedelta(minutes=30)),
    Schedule(name="lake.sweep", task=sweep_lake, every=timedelta(hours=1)),
]

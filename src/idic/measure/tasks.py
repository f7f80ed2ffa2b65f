"""Background entry points of Measure."""

from __future__ import annotations

from datetime import timedelta

from idic.core import clock
from idic.core.jobs import task
from idic.core.jobs.cron import Schedule
from idic.identify.services.flush import flush_to_lake
from idic.measure.services.effects import list_due, measure_due


@task
def measure_campaigns() -> None:
    """Read the effect of every campaign whose answer can still change, from the newest orders."""
    now = clock.now()
    if list_due():
        flush_to_lake(now=now)
        measure_due(now=now)


SCHEDULES = [
    Schedule(name="measure.campaigns", task=measure_campaigns, every=timedelta(hours=1)),
]

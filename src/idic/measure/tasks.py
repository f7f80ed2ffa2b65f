"""Background entry points of Measure."""

from __future__ import annotations

from datetime import timedelta

from idic.core import clock
from idic.core.jobs import task
from idic.core.jobs.cron import Schedule
from idic.measure.services.effects import measure_due


@task
def measure_campaigns() -> None:
    """Read the effect of every campaign whose answer can still change."""
    measure_due(now=clock.now())


SCHEDULES = [
    Schedule(name="measure.campaigns", task=measure_campaigns, every=timedelta(hours=1)),
]

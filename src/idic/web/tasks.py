"""Background entry points of the shell."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from idic.core import clock
from idic.core.jobs import Schedule, progress, task
from idic.core.selectors import get_as_of, get_business
from idic.identify.services import demo_removal
from idic.identify.services.demo_loading import DemoStopped
from idic.web.services import demo, loop


@task(queue_name="long", unique_key="web.loop")
def run_loop() -> None:
    """Bring everything computed up to date, as of the business's day."""
    business = get_business()
    loop.run_loop(
        as_of=get_as_of(business),
        now=clock.now(),
        progress=lambda done, total, label: progress(done=done, total=total, label=label),
    )


@task(queue_name="long", unique_key="web.demo")
def load_demo() -> None:
    """Set up the sample shop, unless somebody brought their own data meanwhile."""
    if not demo.is_needed():
        return
    with suppress(DemoStopped):
        demo.load_demo(
            now=clock.now(),
            today=clock.today(time_zone=get_business().time_zone),
            progress=lambda done, total, label: progress(done=done, total=total, label=label),
        )


@task(queue_name="long", unique_key="web.demo_removal")
def remove_demo(*, actor: str) -> None:
    """Remove the sample shop; the figures follow. Run again after a crash, it goes on."""
    demo_removal.remove_demo(
        actor=actor,
        now=clock.now(),
        progress=lambda done, total, label: progress(done=done, total=total, label=label),
    )


# Days pass without an import too: who is overdue changes every night.
SCHEDULES = [Schedule(name="web.loop", task=run_loop, every=timedelta(hours=24))]

"""Background entry points of the shell."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from django.conf import settings
from django.http import QueryDict

from idic.core import clock
from idic.core.jobs import Schedule, progress, task
from idic.core.models import Staff
from idic.core.selectors import get_as_of, get_business
from idic.differentiate.segments import current_frame, list_ids
from idic.identify.services import demo_removal
from idic.identify.services.demo_loading import DemoStopped
from idic.web.digest.delivery import send_due
from idic.web.listing import read_query
from idic.web.quality.worth import refresh_missing
from idic.web.services import bulk_acts, demo, loop, people_to_segment


@task(queue_name="long", unique_key="web.loop")
def run_loop() -> None:
    """Bring everything computed up to date, as of the business's day."""
    business = get_business()
    loop.run_loop(
        as_of=get_as_of(business),
        now=clock.now(),
        progress=lambda done, total, label: progress(done=done, total=total, label=label),
    )


@task(queue_name="long", priority=-10, unique_key="web.missing")
def weigh_missing() -> None:
    """Work out what it is worth to know more, and the money behind each finding."""
    refresh_missing(as_of=get_as_of(get_business()), now=clock.now())


@task(queue_name="long", unique_key="web.demo")
def load_demo() -> None:
    """Set up the sample shop, unless somebody brought their own data meanwhile."""
    if not demo.is_needed():
        return
    with suppress(DemoStopped):
        demo.load_demo(
            now=clock.now(),
            today=clock.today(time_zone=get_business().time_zone),
            people=settings.IDIC_DEMO_PEOPLE or None,
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


@task(queue_name="long")
def run_bulk_act(*, act: str, query: str, language: str, actor: str, moment: str) -> None:
    """Do an act on everybody of a list. Run again after a crash, it goes on."""
    people = _people_of(query, language, moment)
    bulk_acts.run(
        act=bulk_acts.ACTS[act],
        customer_ids=people,
        actor=actor,
        now=datetime.fromisoformat(moment),
        progress=lambda done: progress(done=done, total=len(people), label="bulk"),
    )


@task(queue_name="long")
def undo_bulk_act(*, act: str, actor: str, moment: str) -> None:
    """Take an act back that was stopped while it ran."""
    bulk_acts.take_back(
        act=bulk_acts.ACTS[act],
        moment=datetime.fromisoformat(moment),
        actor=actor,
        now=clock.now(),
    )


@task(queue_name="long", max_attempts=1)
def put_into_segment(
    *, query: str, language: str, segment_id: int | None, name: str, staff_id: int, moment: str
) -> None:
    """Put everybody of a list into a static segment; a new one shows once all are in it."""
    progress(done=0, label="segment")
    people_to_segment.fill(
        customer_ids=_people_of(query, language, moment),
        segment_id=segment_id,
        name=name,
        staff=Staff.objects.get(id=staff_id),
        now=datetime.fromisoformat(moment),
    )


def _people_of(query: str, language: str, moment: str) -> list[int]:
    business, now = get_business(), datetime.fromisoformat(moment)
    values = dict(QueryDict(query).lists())
    asked = read_query(values, currency=business.currency, language=language)
    return list_ids(asked.tree, frame=current_frame(as_of=get_as_of(business), now=now))


@task(unique_key="web.digest")
def send_digests() -> int:
    """Send the morning mail to everybody whose hour has come; give how many were taken."""
    return send_due(business=get_business(), now=clock.now())


# Days pass without an import too: who is overdue changes every night.
SCHEDULES = [
    Schedule(name="web.loop", task=run_loop, every=timedelta(hours=24)),
    # Everybody has an hour of their own, and what could not go out is tried again.
    Schedule(name="web.digest", task=send_digests, cron="*/5 * * * *"),
]

"""Kill -9 in the middle of tasks, fifty times: none lost, none stuck longer than its lease, and
what an idempotent task does is done once. Runs on whichever database the suite runs on.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction

from idic.core import clock
from idic.core.jobs import events, publish, queue
from idic.core.models.jobs import Job
from tests.core import job_tasks
from tests.processes import Victim

pytestmark = pytest.mark.django_db(transaction=True)

LEASE = timedelta(milliseconds=400)
KILLS = 50
JOBS = 150


@pytest.fixture
def effects() -> Iterator[None]:
    """Lay the two tables in which the tasks leave their effects."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE probe_done (number INTEGER PRIMARY KEY)")
        cursor.execute("CREATE TABLE probe_count (n INTEGER)")
        cursor.execute("INSERT INTO probe_count VALUES (0)")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE probe_done")
        cursor.execute("DROP TABLE probe_count")


def enqueue_half_as_events(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "room_constants", lambda **_: iter([job_tasks.HANDLERS]))
    events.registry.cache_clear()
    with transaction.atomic():
        for number in range(0, JOBS, 2):
            publish(event=job_tasks.CounterMoved(number=number))
            job_tasks.count_once.enqueue(number=number + 1)
    Job.objects.update(max_attempts=100)


@pytest.mark.usefixtures("effects")
def test_fifty_kills_lose_nothing_repeat_nothing_and_block_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    enqueue_half_as_events(monkeypatch)
    chance = random.Random(50)
    kills_in_a_task = 0

    with Victim("tests.core.killed_worker", home=tmp_path) as worker:
        while kills_in_a_task < KILLS:
            began_at = clock.now()
            worker.start("400")
            for _ in range(chance.randint(1, 2)):
                worker.line()  # a task has started
            time.sleep(chance.random() * 0.05)
            worker.kill()
            killed_at = clock.now()
            hit = Job.objects.filter(state=Job.State.RUNNING, started_at__gte=began_at).first()
            if hit is not None:
                kills_in_a_task += 1
                assert hit.lease_until is not None
                assert hit.lease_until <= killed_at + LEASE

        late = Job.objects.filter(state=Job.State.RUNNING).order_by("-lease_until").first()
        assert late is not None
        assert late.lease_until is not None
        taken = queue.claim(
            worker_id="next", queues=("default", "events"), now=late.lease_until, lease=LEASE
        )
        assert taken is not None  # nobody waits for more than the lease
        assert taken.attempts > 1

        worker.start("400")
        unfinished = Job.objects.filter(state__in=[Job.State.WAITING, Job.State.RUNNING])
        for _ in range(600):
            if not unfinished.exists():
                break
            time.sleep(0.05)

    assert kills_in_a_task >= KILLS
    assert queue.count_jobs() == {
        "waiting": 0,
        "running": 0,
        "done": JOBS,
        "failed": 0,
        "cancelled": 0,
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM probe_done), (SELECT n FROM probe_count)")
        assert cursor.fetchone() == (JOBS, JOBS)

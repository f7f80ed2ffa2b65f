"""Enqueueing, claiming, running, failing, cancelling and progress of background jobs."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django_tasks import TaskResultStatus
from django_tasks.exceptions import TaskResultDoesNotExist

from idic.core import clock
from idic.core.jobs import current, progress, queue
from idic.core.jobs.current import Running
from idic.core.jobs.tasks import QUEUES, find_task
from idic.core.jobs.worker import drain, retry_delay, run_job
from idic.core.models.jobs import Job
from tests import processes
from tests.core import job_tasks

LEASE = timedelta(seconds=30)


def claim(*, now: datetime | None = None, worker_id: str = "w1") -> Job | None:
    return queue.claim(worker_id=worker_id, queues=QUEUES, now=now or clock.now(), lease=LEASE)


def claim_some() -> Job:
    job = claim()
    assert job is not None
    return job


@pytest.mark.django_db
def test_a_task_runs_and_hands_back_its_result() -> None:
    result = job_tasks.add.enqueue(2, b=3)
    assert result.status == TaskResultStatus.READY

    assert drain() == 1

    result.refresh()
    assert (result.status, result.return_value) == (TaskResultStatus.SUCCESSFUL, 5)
    assert job_tasks.add.get_result(result.id).attempts == 1


@pytest.mark.django_db
def test_an_unknown_result_is_refused() -> None:
    with pytest.raises(TaskResultDoesNotExist):
        job_tasks.add.get_result("17")
    with pytest.raises(TaskResultDoesNotExist):
        job_tasks.add.get_result("nonsense")


@pytest.mark.django_db
def test_arguments_that_are_not_json_are_refused_at_once() -> None:
    with pytest.raises(TypeError):
        job_tasks.add.enqueue(clock.now(), b=1)

    assert Job.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_task_enqueued_in_a_transaction_that_fails_never_existed() -> None:
    with transaction.atomic():
        job_tasks.add.enqueue(1, b=1)
        transaction.set_rollback(True)

    assert Job.objects.count() == 0


@pytest.mark.django_db
def test_a_key_enqueued_twice_waits_once_with_the_earlier_moment_and_higher_priority() -> None:
    later = clock.now() + timedelta(hours=1)
    first = job_tasks.add.using(unique_key="tiers", run_after=later).enqueue(1, b=1)
    second = job_tasks.add.using(unique_key="tiers", priority=7).enqueue(2, b=2)

    assert first.id == second.id
    job = Job.objects.get()
    assert (job.priority, job.args, job.kwargs) == (7, [1], {"b": 1})
    assert job.run_after < later
    assert drain() == 1


@pytest.mark.django_db
def test_a_key_whose_job_runs_may_wait_again_but_never_runs_beside_itself() -> None:
    task = job_tasks.add.using(unique_key="tiers")
    task.enqueue(1, b=1)
    running = claim_some()
    task.enqueue(2, b=2)

    assert claim() is None

    run_job(job=running)
    following = claim()
    assert following is not None
    assert following.args == [2]


@pytest.mark.django_db
def test_higher_priority_then_earlier_moment_goes_first() -> None:
    now = clock.now()
    job_tasks.add.using(run_after=now - timedelta(minutes=1)).enqueue(2, b=0)
    job_tasks.add.using(run_after=now - timedelta(minutes=2)).enqueue(1, b=0)
    job_tasks.add.using(priority=5).enqueue(0, b=0)
    job_tasks.add.using(run_after=now + timedelta(hours=1), priority=9).enqueue(9, b=0)

    assert [claim_some().args for _ in range(3)] == [[0], [1], [2]]
    assert claim() is None


@pytest.mark.django_db
def test_a_worker_takes_only_from_its_own_queues() -> None:
    job_tasks.work_for.enqueue(seconds=0)

    def take(queues: tuple[str, ...]) -> Job | None:
        return queue.claim(worker_id="w", queues=queues, now=clock.now(), lease=LEASE)

    assert take(("default", "events")) is None
    assert take(("default", "long")) is not None


@pytest.mark.django_db
def test_a_failing_task_waits_and_is_dead_after_its_last_attempt() -> None:
    job_tasks.break_down.enqueue(word="this")

    run_job(job=claim_some())
    job = Job.objects.get()
    assert (job.state, job.attempts) == (Job.State.WAITING, 1)
    assert job.run_after > clock.now()
    assert (job.error_class, job.error_message) == ("builtins.ValueError", "cannot do this")
    assert "job_tasks.py" in job.error_trace
    assert "cannot do this" not in job.error_trace

    assert drain(now=clock.now() + timedelta(days=1)) == 2
    job.refresh_from_db()
    assert (job.state, job.attempts) == (Job.State.FAILED, 3)
    assert [dead.id for dead in queue.list_dead()] == [job.id]


@pytest.mark.django_db
def test_a_final_error_is_not_tried_again() -> None:
    result = job_tasks.refuse.enqueue()

    drain()

    result.refresh()
    assert result.status == TaskResultStatus.FAILED
    assert (Job.objects.get().attempts, result.errors[0].exception_class_path) == (
        1,
        "idic.core.jobs.current.FinalError",
    )


@pytest.mark.django_db
def test_a_task_this_release_does_not_know_fails_like_any_other_and_can_be_retried() -> None:
    job_tasks.add.enqueue(1, b=1)
    Job.objects.update(task="idic.nowhere.gone", max_attempts=1)

    drain()

    assert Job.objects.get().error_class == "builtins.ModuleNotFoundError"
    Job.objects.update(task="tests.core.job_tasks.add")
    assert queue.retry(job_id=Job.objects.get().id, now=clock.now())
    drain()
    assert (Job.objects.get().state, Job.objects.get().result) == (Job.State.DONE, 2)


def test_only_tasks_can_be_called_by_name() -> None:
    with pytest.raises(ImportError, match="is not a task"):
        find_task(path="os.system")


def test_retries_double_from_two_seconds_to_an_hour_and_spread_by_half() -> None:
    assert retry_delay(attempts=1, jitter=1.0) == timedelta(seconds=2)
    assert retry_delay(attempts=1, jitter=0.0) == timedelta(seconds=1)
    assert retry_delay(attempts=5, jitter=1.0) == timedelta(seconds=32)
    assert retry_delay(attempts=99, jitter=1.0) == timedelta(hours=1)


@pytest.mark.django_db
def test_a_job_whose_worker_died_is_taken_over_when_its_lease_ends_and_not_before() -> None:
    job_tasks.add.enqueue(1, b=1)
    dead = claim_some()
    assert dead.lease_until is not None

    assert claim(now=dead.lease_until - timedelta(milliseconds=1), worker_id="w2") is None
    taken = claim(now=dead.lease_until, worker_id="w2")

    assert taken is not None
    assert (taken.id, taken.attempts, taken.worker_id) == (dead.id, 2, "w2")
    assert queue.finish(running=Running(job=dead), result=0, now=clock.now()) is False
    assert queue.finish(running=Running(job=taken), result=2, now=clock.now()) is True
    assert Job.objects.get().result == 2


@pytest.mark.django_db
def test_a_job_that_kills_every_worker_is_buried_after_its_attempts() -> None:
    job_tasks.add.using(max_attempts=1).enqueue(1, b=1)
    dead = claim_some()
    assert dead.lease_until is not None

    assert claim(now=dead.lease_until) is None
    assert queue.bury(now=dead.lease_until - timedelta(seconds=1)) == 0
    assert queue.bury(now=dead.lease_until) == 1

    assert Job.objects.get().error_class == "WorkerDied"


@pytest.mark.django_db
def test_a_heartbeat_extends_the_lease_and_carries_the_progress() -> None:
    job_tasks.add.enqueue(1, b=1)
    job = claim_some()
    running = Running(job=job, done=3, total=9, label="rows", is_dirty=True)
    later = clock.now() + timedelta(seconds=20)

    queue.keep(running=running, now=later, lease=LEASE)

    row = Job.objects.get()
    assert row.lease_until == later + LEASE
    assert (row.progress_done, row.progress_total, row.progress_label) == (3, 9, "rows")
    assert (running.is_dirty, running.is_lost, running.is_cancelled) == (False, False, False)


@pytest.mark.django_db
def test_a_heartbeat_notices_that_another_worker_has_the_job_and_progress_stops_the_task() -> None:
    job_tasks.report_steps.enqueue()
    job = claim_some()
    assert job.lease_until is not None
    claim(now=job.lease_until, worker_id="w2")
    running = Running(job=job)

    queue.keep(running=running, now=clock.now(), lease=LEASE)

    assert running.is_lost
    assert run_job(job=job, current=running) == Job.State.RUNNING
    assert (Job.objects.get().worker_id, Job.objects.get().state) == ("w2", Job.State.RUNNING)


@pytest.mark.django_db
def test_the_last_progress_is_kept_with_the_finished_job() -> None:
    job_tasks.report_steps.enqueue()

    drain()

    job = Job.objects.get()
    assert (job.progress_done, job.progress_total, job.progress_label) == (4, 4, "steps")


def test_progress_outside_a_task_does_nothing() -> None:
    progress(done=1)

    assert current.running.get() is None


@pytest.mark.django_db
def test_a_waiting_job_is_cancelled_at_once_and_can_be_revived() -> None:
    job_id = int(job_tasks.add.enqueue(1, b=1).id)

    assert queue.cancel(job_id=job_id, now=clock.now())
    assert drain() == 0
    assert queue.cancel(job_id=job_id, now=clock.now()) is False
    assert queue.retry(job_id=job_id, now=clock.now())
    assert drain() == 1


@pytest.mark.django_db
def test_a_running_job_is_cancelled_at_its_next_report() -> None:
    job_tasks.report_steps.enqueue()
    job = claim_some()
    assert queue.cancel(job_id=job.id, now=clock.now())
    running = Running(job=job)
    queue.keep(running=running, now=clock.now(), lease=LEASE)

    assert run_job(job=job, current=running) == Job.State.CANCELLED

    assert Job.objects.get().state == Job.State.CANCELLED
    assert Job.objects.get().progress_done == 0


@pytest.mark.django_db
def test_a_released_job_keeps_its_attempts() -> None:
    job_tasks.add.enqueue(1, b=1)

    assert queue.release(job=claim_some(), now=clock.now())

    assert (Job.objects.get().state, Job.objects.get().attempts) == (Job.State.WAITING, 0)


@pytest.mark.django_db
def test_a_failed_job_gives_way_when_its_key_waits_again() -> None:
    task = job_tasks.break_down.using(unique_key="k")
    task.enqueue(word="a")
    running = claim_some()
    task.enqueue(word="b")

    run_job(job=running)

    states = dict(Job.objects.values_list("kwargs__word", "state"))
    assert states == {"a": Job.State.CANCELLED, "b": Job.State.WAITING}


@pytest.mark.django_db
def test_purge_keeps_dead_jobs_longer_than_finished_ones(now: datetime) -> None:
    old, ancient = now - timedelta(days=10), now - timedelta(days=100)
    for state, at in (("done", old), ("done", now), ("failed", old), ("failed", ancient)):
        Job.objects.create(task="t", state=state, run_after=at, created_at=at, finished_at=at)
    Job.objects.create(task="t", run_after=ancient, created_at=ancient)

    deleted = queue.purge(
        finished_before=now - timedelta(days=7), failed_before=now - timedelta(days=90)
    )

    assert deleted == 2
    assert sorted(Job.objects.values_list("state", flat=True)) == ["done", "failed", "waiting"]


@pytest.mark.django_db
def test_a_task_may_ask_which_attempt_it_is() -> None:
    result = job_tasks.tell_attempt.enqueue()

    drain()

    result.refresh()
    assert result.return_value == 1


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_share_the_jobs_without_running_one_twice() -> None:
    for number in range(60):
        job_tasks.add.enqueue(number, b=0)
    taken: list[int] = []

    def take_all() -> None:
        while (job := claim(worker_id=threading.current_thread().name)) is not None:
            taken.append(job.id)
        connection.close()

    threads = [threading.Thread(target=take_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    # A claim that loses a race gives none; one more look finds what is left.
    take_all()
    assert len(taken) == len(set(taken)) == 60


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite has one writer at a time")
def test_a_job_that_a_transaction_has_joined_cannot_start_before_its_commit() -> None:
    task = job_tasks.add.using(unique_key="tiers")
    task.enqueue(1, b=1)

    def claim_elsewhere() -> Job | None:
        with ThreadPoolExecutor(1) as pool:
            job = pool.submit(claim).result()
            pool.submit(lambda: connection.close()).result()
        return job

    with transaction.atomic():
        task.enqueue(1, b=1)
        assert claim_elsewhere() is None
    assert claim_elsewhere() is not None


@pytest.fixture
def run_worker(tmp_path: Path) -> Callable[[int], tuple[int, str]]:
    def run(grace_ms: int) -> tuple[int, str]:
        """Start a worker, wait for its task to begin, ask it to leave, give its exit."""
        worker = processes.start(
            "-m", "idic.worker", "long", home=tmp_path, IDIC_JOB_GRACE_MS=str(grace_ms)
        )
        assert worker.stdout is not None
        assert worker.stdout.readline() == "working\n"
        worker.send_signal(signal.SIGTERM)
        _, errors = worker.communicate(timeout=30)
        return worker.returncode, errors

    return run


@pytest.mark.django_db(transaction=True)
def test_a_worker_asked_to_leave_finishes_its_task_and_takes_no_other(
    run_worker: Callable[[int], tuple[int, str]],
) -> None:
    job_tasks.work_for.enqueue(seconds=0.5)
    job_tasks.work_for.enqueue(seconds=0.5)

    assert run_worker(20_000) == (0, "")

    assert sorted(Job.objects.values_list("state", "attempts")) == [("done", 1), ("waiting", 0)]


@pytest.mark.django_db(transaction=True)
def test_a_worker_asked_to_leave_gives_back_a_task_that_takes_too_long(
    run_worker: Callable[[int], tuple[int, str]],
) -> None:
    job_tasks.work_for.enqueue(seconds=60)

    assert run_worker(100) == (0, "")

    job = Job.objects.get()
    assert (job.state, job.attempts, job.lease_until) == (Job.State.WAITING, 0, None)

"""Bulk writes: values arrive as Django would have written them, in short transactions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import IntegrityError, connection

from idic.core import bulk
from idic.core.models.jobs import Job, JobSchedule

MOMENT = datetime(2026, 11, 23, 9, 30, 0, 123456, tzinfo=UTC)
COLUMNS = ["task", "kwargs", "run_after", "created_at", "is_cancel_requested", "progress_total"]


def job_row(number: int) -> tuple[object, ...]:
    return (f"t{number}", {"tên": ["Đặng", number]}, MOMENT, MOMENT, number % 2 == 0, None)


def schedule_rows(count: int, *, spec: str = "s") -> list[tuple[object, ...]]:
    return [(f"n{number:06}", spec, MOMENT) for number in range(count)]


def insert_schedules(rows: list[tuple[object, ...]], **options: bool) -> int:
    return bulk.insert_rows(
        JobSchedule,
        ["name", "spec", "next_run_at"],
        rows,
        ignore_conflicts=options.get("skip", False),
    )


@pytest.mark.django_db
def test_rows_read_back_equal_to_what_django_would_have_saved() -> None:
    assert bulk.insert_rows(Job, COLUMNS, [job_row(0), job_row(1)]) == 2

    first, second = Job.objects.order_by("task")
    assert (first.kwargs, first.run_after, first.is_cancel_requested) == (
        {"tên": ["Đặng", 0]},
        MOMENT,
        True,
    )
    assert (second.kwargs, second.is_cancel_requested, second.progress_total) == (
        {"tên": ["Đặng", 1]},
        False,
        None,
    )
    saved = Job.objects.create(task="t2", run_after=MOMENT, created_at=MOMENT)
    assert Job.objects.filter(run_after=saved.run_after).count() == 3


@pytest.mark.django_db
def test_columns_left_out_take_their_defaults_and_ids_go_up() -> None:
    bulk.insert_rows(Job, COLUMNS, [job_row(n) for n in range(3)])

    jobs = list(Job.objects.order_by("task"))
    assert [(job.queue, job.state, job.max_attempts, job.args) for job in jobs] == [
        ("default", "waiting", 8, [])
    ] * 3
    assert sorted(job.id for job in jobs) == [job.id for job in jobs]


@pytest.mark.django_db
def test_moments_of_any_zone_are_stored_as_the_same_moment() -> None:
    hanoi = MOMENT.astimezone(timezone(timedelta(hours=7)))

    insert_schedules([("a", "s", hanoi)])

    assert JobSchedule.objects.filter(next_run_at=MOMENT).count() == 1


@pytest.mark.django_db
def test_a_column_that_must_be_given_is_asked_for() -> None:
    with pytest.raises(ValueError, match="rows of Job need the column task"):
        bulk.insert_rows(Job, ["queue"], [("default",)])
    with pytest.raises(ValueError, match="rows have 2 values for 3 columns"):
        insert_schedules([("a", "s")])


@pytest.mark.django_db
def test_a_conflict_is_an_error_unless_it_may_be_skipped() -> None:
    assert insert_schedules(schedule_rows(3)) == 3

    assert insert_schedules(schedule_rows(5, spec="new"), skip=True) == 2

    assert JobSchedule.objects.filter(spec="new").count() == 2
    with pytest.raises(IntegrityError):
        insert_schedules(schedule_rows(6))


@pytest.mark.django_db
def test_skipping_conflicts_does_not_skip_other_errors() -> None:
    with pytest.raises(IntegrityError):
        insert_schedules([("a", None, MOMENT)], skip=True)


@pytest.mark.django_db
def test_updates_touch_the_named_columns_of_the_named_rows() -> None:
    insert_schedules(schedule_rows(1000))

    changes = [("changed", f"n{number:06}") for number in range(400, 1200)]
    assert bulk.update_rows(JobSchedule, ["spec", "name"], changes, key="name") == 600

    assert JobSchedule.objects.filter(spec="changed").count() == 600
    assert JobSchedule.objects.filter(spec="changed", next_run_at=MOMENT).count() == 600
    with pytest.raises(ValueError, match="name it among the columns"):
        bulk.update_rows(JobSchedule, ["spec"], [("x",)], key="name")


@pytest.mark.django_db
def test_progress_hears_every_batch_up_to_the_last() -> None:
    heard: list[int] = []

    bulk.insert_rows(
        JobSchedule, ["name", "spec", "next_run_at"], schedule_rows(12_001), progress=heard.append
    )

    assert heard == sorted(set(heard))
    assert heard[-1] == JobSchedule.objects.count() == 12_001
    assert len(heard) >= 3


@pytest.mark.django_db(transaction=True)
def test_batches_commit_one_by_one_so_that_others_can_write_in_between() -> None:
    in_between: list[int] = []

    def look(_: int) -> None:
        assert not connection.in_atomic_block
        in_between.append(JobSchedule.objects.count())

    bulk.insert_rows(
        JobSchedule, ["name", "spec", "next_run_at"], schedule_rows(12_000), progress=look
    )

    assert in_between == sorted(set(in_between))
    assert in_between[0] <= 5_000


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="only SQLite has one writer's lock")
def test_the_batch_follows_the_time_the_lock_was_held() -> None:
    pacer = bulk.Pacer(rows=200)

    pacer.note(rows=200, seconds=0.001)
    assert pacer.rows == 300  # fast: half as many again
    pacer.note(rows=300, seconds=0.008)
    assert pacer.rows == 300  # as aimed
    pacer.note(rows=300, seconds=0.010)
    assert pacer.rows == 240  # a little slow
    pacer.note(rows=240, seconds=5.0)
    assert pacer.rows == 120  # one slow fsync: half
    pacer.note(rows=7, seconds=0.0001)
    assert pacer.rows == 120  # the last, short batch tells nothing
    for _ in range(20):
        pacer.note(rows=pacer.rows, seconds=5.0)
    assert pacer.rows == 25
    for _ in range(20):
        pacer.note(rows=pacer.rows, seconds=0.0)
    assert pacer.rows == 5_000

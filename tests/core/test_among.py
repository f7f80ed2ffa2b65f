"""Rows whose number is one of many: asked for in one value, they are those named one by one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from idic.core.among import AsStored, among, raw_rows
from idic.core.models.jobs import Job

pytestmark = pytest.mark.django_db
MOMENT = datetime(2026, 11, 24, 1, 2, 3, 456_000, tzinfo=UTC)


def make_jobs(count: int) -> list[Job]:
    moments = [MOMENT.replace(second=place) for place in range(count)]
    return [
        Job.objects.create(task=f"t{place}", run_after=moment, created_at=MOMENT)
        for place, moment in enumerate(moments)
    ]


def test_many_numbers_find_the_rows_that_naming_them_finds() -> None:
    jobs = make_jobs(5)
    wanted = [jobs[4].id, jobs[1].id, 2**62]

    asked = Job.objects.filter(among("id", wanted)).order_by("id")
    assert list(asked) == [jobs[1], jobs[4]]
    assert raw_rows(asked.values_list("id", "task")) == [(jobs[1].id, "t1"), (jobs[4].id, "t4")]
    assert list(Job.objects.exclude(among("id", wanted)).order_by("id")) == [jobs[0], *jobs[2:4]]


def test_no_numbers_find_nothing() -> None:
    make_jobs(1)
    rows = Job.objects.filter(among("id", []))
    assert list(rows) == []
    assert raw_rows(rows.values_list("id")) == []


def test_a_moment_as_it_is_stored_sorts_as_the_moment_does() -> None:
    jobs = make_jobs(4)
    rows = raw_rows(Job.objects.values_list("id", AsStored("run_after")))
    assert [key for key, _moment in sorted(rows, key=lambda row: row[1])] == [j.id for j in jobs]

"""Schedules: cron lines, periods, and a tick that starts each due run once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from idic.core.jobs import Schedule
from idic.core.jobs.cron import declared_schedules, next_cron_moment, parse_cron, tick
from idic.core.models.jobs import Job, JobSchedule
from tests.core.job_tasks import refuse

HOURLY = Schedule(name="hourly", task=refuse, every=timedelta(hours=1))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "after", "expected"),
    [
        ("30 2 * * *", "2026-11-23 02:29", "2026-11-23 02:30"),
        ("30 2 * * *", "2026-11-23 02:30", "2026-11-24 02:30"),
        ("*/15 * * * *", "2026-11-23 23:50", "2026-11-24 00:00"),
        ("0 9-17/4 * * *", "2026-11-23 09:00", "2026-11-23 13:00"),
        ("0 0 1 * *", "2026-11-23 00:00", "2026-12-01 00:00"),
        ("0 0 * * 0", "2026-11-23 00:00", "2026-11-29 00:00"),  # the 23rd is a Monday
        ("0 0 29 2 *", "2026-11-23 00:00", "2028-02-29 00:00"),
        ("5,10 1 * 1,6 1-5", "2026-11-23 00:00", "2027-01-01 01:05"),
        ("0 0 13 * 5", "2026-11-23 00:00", "2026-11-27 00:00"),  # either day field, as cron does
    ],
)
def test_a_cron_line_gives_its_next_moment(line: str, after: str, expected: str) -> None:
    assert next_cron_moment(line, after=at(after), time_zone="UTC") == at(expected)


def test_a_cron_line_is_read_in_the_zone_of_the_business() -> None:
    moment = next_cron_moment(
        "0 8 * * *", after=at("2026-11-23 00:30"), time_zone="Asia/Ho_Chi_Minh"
    )

    assert moment == at("2026-11-23 01:00")


def test_a_run_in_the_hour_that_spring_skips_still_comes_once_that_day() -> None:
    first = next_cron_moment("30 2 * * *", after=at("2026-03-28 12:00"), time_zone="Europe/Berlin")
    second = next_cron_moment("30 2 * * *", after=first, time_zone="Europe/Berlin")

    assert (first, second) == (at("2026-03-29 01:30"), at("2026-03-30 00:30"))


def test_a_run_in_the_hour_that_autumn_repeats_comes_once() -> None:
    first = next_cron_moment("30 2 * * *", after=at("2026-10-24 12:00"), time_zone="Europe/Berlin")
    second = next_cron_moment("30 2 * * *", after=first, time_zone="Europe/Berlin")

    assert (first, second) == (at("2026-10-25 00:30"), at("2026-10-26 01:30"))


@pytest.mark.parametrize(
    "line", ["* * * *", "60 * * * *", "* 24 * * *", "a * * * *", "5-1 * * * *"]
)
def test_a_wrong_cron_line_is_refused_when_declared(line: str) -> None:
    with pytest.raises(ValueError, match=r"needs five fields|is no"):
        parse_cron(line)
    with pytest.raises(ValueError, match=r"needs five fields|is no"):
        Schedule(name="x", task=refuse, cron=line)


def test_a_schedule_needs_exactly_one_of_period_and_line() -> None:
    with pytest.raises(ValueError, match="either"):
        Schedule(name="x", task=refuse)
    with pytest.raises(ValueError, match="either"):
        Schedule(name="x", task=refuse, every=timedelta(hours=1), cron="* * * * *")


@pytest.mark.django_db
def test_a_schedule_starts_once_a_period_however_many_workers_tick(now: datetime) -> None:
    assert tick(schedules=[HOURLY], now=now) == 0
    assert tick(schedules=[HOURLY], now=now + timedelta(minutes=59)) == 0

    due = now + timedelta(hours=1)
    assert [tick(schedules=[HOURLY], now=due) for _ in range(3)] == [1, 0, 0]

    assert Job.objects.get().unique_key == "cron:hourly"
    assert JobSchedule.objects.get().next_run_at == due + timedelta(hours=1)


@pytest.mark.django_db
def test_a_run_missed_for_days_comes_once(now: datetime) -> None:
    tick(schedules=[HOURLY], now=now)

    later = now + timedelta(days=3)
    assert tick(schedules=[HOURLY], now=later) == 1
    assert tick(schedules=[HOURLY], now=later + timedelta(seconds=1)) == 0


@pytest.mark.django_db
def test_a_run_that_still_waits_is_not_started_beside_itself(now: datetime) -> None:
    for hours in range(4):
        tick(schedules=[HOURLY], now=now + timedelta(hours=hours))

    assert Job.objects.count() == 1


@pytest.mark.django_db
def test_a_changed_declaration_takes_effect(now: datetime) -> None:
    tick(schedules=[HOURLY], now=now)
    often = Schedule(name="hourly", task=refuse, every=timedelta(minutes=5))

    tick(schedules=[often], now=now)

    assert JobSchedule.objects.get().next_run_at == now + timedelta(minutes=5)


@pytest.mark.django_db
def test_the_schedules_of_the_installed_rooms_can_be_collected(now: datetime) -> None:
    schedules = declared_schedules()

    assert {"lake.compact", "lake.sweep", "jobs.purge"} <= {schedule.name for schedule in schedules}
    tick(schedules=schedules, now=now)
    assert JobSchedule.objects.count() == len(schedules)

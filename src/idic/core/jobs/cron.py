"""Schedules: what rooms declare to run by the clock, and the tick that enqueues what is due.
A schedule missed while everything was off runs once, at the next start.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from idic.core.models.jobs import JobSchedule

from . import queue
from .discovery import room_constants
from .tasks import JobTask, new_job

_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 6))
_PIECE = re.compile(r"(\*|\d+(-\d+)?)(/[1-9]\d*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """One line of a room's SCHEDULES (in its `tasks.py`): a task, and either a period or a cron
    line (minute hour day month weekday, 0 = Sunday) in the business's own time zone.
    """

    name: str
    task: JobTask[..., Any]
    every: timedelta | None = None
    cron: str | None = None

    def __post_init__(self) -> None:
        if (self.every is None) == (self.cron is None):
            raise ValueError(f"schedule {self.name} needs either every= or cron=")
        if self.cron is not None:
            parse_cron(self.cron)

    @property
    def spec(self) -> str:
        """The declaration as text, so that a changed one is noticed."""
        return self.cron or f"every {self.every}"

    def next_run(self, *, after: datetime, time_zone: str) -> datetime:
        """Give the first moment after `after`."""
        if self.every is not None:
            return after + self.every
        return next_cron_moment(self.cron or "", after=after, time_zone=time_zone)


def declared_schedules() -> list[Schedule]:
    """Collect the schedules of all rooms. Raises ValueError when two share a name."""
    found: dict[str, Schedule] = {}
    for schedules in room_constants(module="tasks", constant="SCHEDULES"):
        for schedule in schedules:
            if schedule.name in found:
                raise ValueError(f"two schedules are named {schedule.name}")
            found[schedule.name] = schedule
    return list(found.values())


def tick(*, schedules: Iterable[Schedule], now: datetime, time_zone: str = "UTC") -> int:
    """Enqueue what is due and give how many; safe in any number of workers at once."""
    known = {row.name: row for row in JobSchedule.objects.all()}
    started = 0
    for schedule in schedules:
        row = known.get(schedule.name)
        following = schedule.next_run(after=now, time_zone=time_zone)
        if row is None or row.spec != schedule.spec:
            JobSchedule.objects.update_or_create(
                name=schedule.name, defaults={"spec": schedule.spec, "next_run_at": following}
            )
        elif row.next_run_at <= now:
            started += _start(schedule, row=row, now=now, following=following)
    return started


def _start(schedule: Schedule, *, row: JobSchedule, now: datetime, following: datetime) -> int:
    with transaction.atomic():
        won = JobSchedule.objects.filter(
            name=row.name, spec=row.spec, next_run_at=row.next_run_at
        ).update(next_run_at=following, last_run_at=now)
        if won:
            task = schedule.task.using(unique_key=schedule.task.unique_key or f"cron:{row.name}")
            queue.put(jobs=[new_job(task=task, args=(), kwargs={}, now=now)])
        return int(won)


def parse_cron(line: str) -> list[frozenset[int]]:
    """Read a five-field cron line (`*`, `5`, `1-5`, `*/15`, `1,3`) into sets of allowed values."""
    parts = line.split()
    if len(parts) != len(_FIELDS):
        raise ValueError(f"“{line}” needs five fields: minute hour day month weekday")
    return [
        _parse_field(part, name=name, low=low, high=high)
        for part, (name, low, high) in zip(parts, _FIELDS, strict=True)
    ]


def _parse_field(part: str, *, name: str, low: int, high: int) -> frozenset[int]:
    values: set[int] = set()
    for piece in part.split(","):
        if not _PIECE.fullmatch(piece):
            raise ValueError(f"“{part}” is no {name}")
        span, _, step = piece.partition("/")
        first, _, last = span.partition("-")
        start = low if span == "*" else int(first)
        end = high if span == "*" or (step and not last) else int(last or first)
        values.update(range(start, end + 1, int(step or 1)))
    if not values or min(values) < low or max(values) > high:
        raise ValueError(f"“{part}” is no {name} between {low} and {high}")
    return frozenset(values)


def next_cron_moment(line: str, *, after: datetime, time_zone: str) -> datetime:
    """Give the first whole minute after `after` that the line allows, in that zone's wall time.

    A wall time that a clock change skips runs right after the change; one that comes twice, once.
    """
    minutes, hours, days, months, weekdays = parse_cron(line)
    # As cron does it: with both day fields restricted, either may match.
    either = len(days) < 31 and len(weekdays) < 7
    zone = ZoneInfo(time_zone)
    day = after.astimezone(zone).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    for _ in range(366 * 5):
        in_days, in_week = day.day in days, (day.weekday() + 1) % 7 in weekdays
        if day.month in months and (in_days or in_week if either else in_days and in_week):
            for hour in sorted(hours):
                for minute in sorted(minutes):
                    moment = day.replace(hour=hour, minute=minute, tzinfo=zone).astimezone(UTC)
                    if moment > after:
                        return moment
        day += timedelta(days=1)
    raise ValueError(f"“{line}” never comes")

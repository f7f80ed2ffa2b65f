"""Records what came of one person on the day's list: the call, and with it the promise, task or
complaint it was about. One step back undoes all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from idic.core.models import Staff
from idic.interact.models import CallOutcome, CallTask, Case, Task
from idic.interact.services import calls, cases, tasks


@dataclass(frozen=True, slots=True)
class About:
    """Why somebody stood on the list: a code, and the task or case it was about."""

    code: str
    task_id: int | None = None
    case_id: int | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """The day a list is worked on: where it is, when it began, and the present moment."""

    today: date
    began_at: datetime
    now: datetime
    time_zone: str


def record_outcome(
    *,
    customer_id: int,
    about: About,
    outcome: CallOutcome,
    staff: Staff,
    day: Day,
    note: str = "",
    again_on: date | None = None,
) -> CallTask | None:
    """Record an outcome; None when somebody did today. Nobody answering is tried again tomorrow,
    later on the day chosen (tomorrow when it is not after today).
    """
    next_day = _next_day(outcome, day.today, again_on)
    with transaction.atomic():
        reason = _remember(about, outcome)
        is_done = outcome == CallOutcome.DONE
        call = calls.record_call(
            customer_id=customer_id,
            outcome=outcome,
            reason=reason,
            staff=staff,
            now=day.now,
            today=day.today,
            since=day.began_at,
            note=note,
            again_on=next_day,
            is_call=not (is_done and about.task_id),
        )
        if call is not None:
            _settle(about, outcome, next_day, note, staff, day)
    return call


def _next_day(outcome: CallOutcome, today: date, again_on: date | None) -> date | None:
    if outcome == CallOutcome.DONE:
        return None
    tomorrow = today + timedelta(days=1)
    return max(again_on or tomorrow, tomorrow) if outcome == CallOutcome.LATER else tomorrow


def _remember(about: About, outcome: CallOutcome) -> dict[str, str]:
    """Keep what the outcome was about, and what a step back needs to know."""
    reason = {"code": about.code}
    if about.task_id:
        task = Task.objects.get(id=about.task_id)
        reason |= {"task": str(task.id), "was_due": task.due_at.isoformat()}
    if about.case_id:
        reason["case"] = str(about.case_id)
    return reason


def _settle(
    about: About, outcome: CallOutcome, next_day: date | None, note: str, staff: Staff, day: Day
) -> None:
    if about.task_id and outcome == CallOutcome.DONE:
        tasks.finish_task(task_id=about.task_id, now=day.now, author=staff.email, outcome=note)
    if about.task_id and outcome == CallOutcome.LATER and next_day:
        tasks.put_off(task_id=about.task_id, until=next_day, time_zone=day.time_zone)
    if about.case_id and outcome == CallOutcome.DONE:
        cases.close_case(
            case=Case.objects.get(id=about.case_id),
            outcome=note or _("Solved"),
            now=day.now,
            actor=staff.email,
        )


def undo_outcome(*, call_id: int, staff: Staff, now: datetime) -> bool:
    """Take an outcome back with what it settled; False when that is not possible any more."""
    with transaction.atomic():
        call = CallTask.objects.select_for_update().filter(id=call_id).first()
        if call is None or call.staff_id != staff.id:
            return False
        reason, outcome = dict(call.reason), call.outcome
        if not calls.undo_call(call=call, author=staff.email):
            return False
        _unsettle(reason, outcome, staff, now)
    return True


def _unsettle(reason: dict[str, str], outcome: str, staff: Staff, now: datetime) -> None:
    task_id, case_id = int(reason.get("task", 0)), int(reason.get("case", 0))
    if task_id and outcome == CallOutcome.DONE:
        tasks.reopen_task(task_id=task_id)
    if task_id and outcome == CallOutcome.LATER:
        tasks.put_back(task_id=task_id, due_at=datetime.fromisoformat(reason["was_due"]))
    if case_id and outcome == CallOutcome.DONE:
        cases.reopen_case(case=Case.objects.get(id=case_id), now=now, actor=staff.email)

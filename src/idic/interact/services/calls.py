"""Keeps the list of people to call, and how each call ended. An outcome becomes a call on the
customer's timeline.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.db import transaction

from idic.core import ids
from idic.core.models import Staff
from idic.identify.services.notes import CallOutcome as NotedOutcome
from idic.identify.services.notes import NoteKind, add_note
from idic.interact.models import CallOutcome, CallTask

_ROWS_A_TRANSACTION = 200
_NOTED = {
    CallOutcome.DONE: NotedOutcome.REACHED,
    CallOutcome.NO_ANSWER: NotedOutcome.NO_ANSWER,
    CallOutcome.LATER: NotedOutcome.LATER,
}


def create_call_tasks(
    *,
    customer_ids: Collection[int],
    reason: dict[str, Any],
    due_date: date,
    now: datetime,
    staff: Staff | None = None,
) -> int:
    """Put people on the list of calls; who stands there already stays as they are. Gives how many
    are new.
    """
    wanted = list(dict.fromkeys(customer_ids))
    before = CallTask.objects.filter(customer_id__in=wanted, outcome="").count()
    for start in range(0, len(wanted), _ROWS_A_TRANSACTION):
        part = wanted[start : start + _ROWS_A_TRANSACTION]
        CallTask.objects.bulk_create(
            [
                CallTask(
                    id=new_id,
                    customer_id=customer_id,
                    reason=reason,
                    due_date=due_date,
                    staff=staff,
                    created_at=now,
                )
                for new_id, customer_id in zip(ids.new_ids(len(part)), part, strict=True)
            ],
            ignore_conflicts=True,
        )
    return CallTask.objects.filter(customer_id__in=wanted, outcome="").count() - before


def record_call(
    *,
    task: CallTask,
    outcome: CallOutcome,
    now: datetime,
    author: str,
    note: str = "",
    again_on: date | None = None,
) -> bool:
    """Record how a call ended; False when somebody did before. No answer and later keep the task,
    with a new day when one is given.
    """
    is_over = outcome == CallOutcome.DONE
    with transaction.atomic():
        open_tasks = CallTask.objects.filter(id=task.id, outcome="")
        changed = open_tasks.update(
            outcome=outcome if is_over else "",
            outcome_at=now,
            note=note.strip()[:500],
            due_date=task.due_date if is_over or again_on is None else again_on,
        )
        if not changed:
            return False
        add_note(
            customer_id=task.customer_id,
            text=note,
            author=author,
            now=now,
            kind=NoteKind.CALL,
            outcome=_NOTED[outcome],
        )
    task.refresh_from_db()
    return True

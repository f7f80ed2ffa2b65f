"""Keeps the list of people to call, and how each call ended. An outcome becomes a call on the
customer's timeline; who was not reached, or put off, is planned anew for another day.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.db import transaction

from idic.core import ids
from idic.core.models import Staff
from idic.identify.models import Customer
from idic.identify.services.notes import CallOutcome as NotedOutcome
from idic.identify.services.notes import NoteKind, add_note, remove_note
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


def assign_call(
    *, customer_id: int, staff: Staff | None, reason: dict[str, Any], due_date: date, now: datetime
) -> CallTask:
    """Give the call of a customer to somebody, or to whoever comes first; it is planned by that."""
    with transaction.atomic():
        _lock(customer_id)
        call = CallTask.objects.filter(customer_id=customer_id, outcome="").first()
        if call is None:
            call = CallTask(
                customer_id=customer_id, reason=reason, due_date=due_date, created_at=now
            )
        call.staff = staff
        call.save()
    return call


def record_call(
    *,
    customer_id: int,
    outcome: CallOutcome,
    reason: dict[str, Any],
    staff: Staff,
    now: datetime,
    today: date,
    since: datetime,
    note: str = "",
    again_on: date | None = None,
    is_call: bool = True,
) -> CallTask | None:
    """Record how a call ended, planned or not; None when somebody recorded one `since`. With
    `again_on` the next call is planned for that day. `is_call` False: the timeline hears of it
    from elsewhere.
    """
    with transaction.atomic():
        _lock(customer_id)
        calls = CallTask.objects.filter(customer_id=customer_id)
        if calls.filter(outcome_at__gte=since).exists():
            return None
        call = calls.filter(outcome="").first() or CallTask(
            customer_id=customer_id, due_date=today, created_at=now
        )
        call.reason = reason
        call.outcome, call.outcome_at = outcome.value, now
        call.note, call.staff = note.strip()[:500], staff
        if is_call:
            call.note_id = add_note(
                customer_id=customer_id,
                text=call.note,
                author=staff.email,
                author_name=staff.display_name,
                now=now,
                kind=NoteKind.CALL,
                outcome=_NOTED[outcome],
            ).id
        call.save()
        if again_on is not None:
            _plan_next(call, again_on, now)
    return call


def _lock(customer_id: int) -> None:
    """Let two people who record the same call come one after the other."""
    Customer.objects.select_for_update().filter(id=customer_id).first()


def _plan_next(call: CallTask, again_on: date, now: datetime) -> None:
    is_missed = call.outcome == CallOutcome.NO_ANSWER
    CallTask.objects.create(
        customer_id=call.customer_id,
        reason=call.reason,
        due_date=again_on,
        staff=call.staff,
        tries=call.tries + 1 if is_missed else call.tries,
        tried_at=now if is_missed else call.tried_at,
        follows=call,
        created_at=now,
    )


def undo_call(*, call: CallTask, author: str) -> bool:
    """Take an outcome back; False when it is somebody else's, or the next call was made since."""
    with transaction.atomic():
        following = CallTask.objects.filter(follows=call).first()
        newer = CallTask.objects.filter(
            customer_id=call.customer_id, created_at__gt=call.outcome_at
        )
        if not call.outcome or newer.exists() or (following and following.outcome):
            return False
        if call.note_id and not remove_note(
            customer_id=call.customer_id, note_id=call.note_id, author=author
        ):
            return False
        if following:
            following.delete()
        if call.created_at == call.outcome_at:  # it was not planned: it came with its outcome
            call.delete()
            return True
        call.outcome, call.outcome_at, call.note, call.note_id = "", None, "", None
        call.save()
    return True

"""Promises to customers, tasks and reminders: made, kept, put off, handed on and taken back. A
promise stands on its customer's timeline too, and is kept there with the task.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from idic.core.models import Staff
from idic.identify.models import Event
from idic.identify.services import notes
from idic.interact.models import Task, TaskKind

LONGEST = 500
_ROWS_A_TRANSACTION = 200
# A task without an hour is due when the day is over.
DAY_END = time(23, 59)


class WrongTask(ValueError):
    """A task that cannot be noted; `field` is where, the text says why."""

    is_for_people = True

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


def create_task(
    *,
    kind: str,
    text: str,
    due_date: date,
    time_zone: str,
    created_by: Staff | None,
    now: datetime,
    author: str = "",
    author_name: str = "",
    due_time: time | None = None,
    customer_id: int | None = None,
    assignee: Staff | None = None,
) -> Task:
    """Note something to do. Raises WrongTask without words, or for a promise made to nobody.
    `author` stands for who noted it where that is none of the staff.
    """
    told = _checked(kind, text, customer_id)
    with transaction.atomic():
        task = Task(
            kind=kind,
            customer_id=customer_id,
            assignee=assignee,
            text=told,
            due_at=_moment(due_date, due_time, time_zone),
            created_by=created_by,
            created_at=now,
        )
        if kind == TaskKind.PROMISE and customer_id is not None:
            task.note_id = notes.add_note(
                customer_id=customer_id,
                text=told,
                author=created_by.email if created_by else author,
                author_name=created_by.display_name if created_by else author_name,
                now=now,
                kind=notes.NoteKind.PROMISE,
                due=due_date,
            ).id
        task.save()
    return task


def _checked(kind: str, text: str, customer_id: int | None) -> str:
    told = text.replace("\x00", "").strip()
    if kind not in TaskKind.values:
        raise WrongTask("kind", _("Choose what it is."))
    if not told:
        raise WrongTask("text", _("Write what is to be done."))
    if len(told) > LONGEST:
        raise WrongTask("text", _("Use at most %(count)d characters.") % {"count": LONGEST})
    if kind == TaskKind.PROMISE and customer_id is None:
        raise WrongTask("kind", _("A promise is made to a customer: note it on their page."))
    return told


def _moment(day: date, hour: time | None, time_zone: str) -> datetime:
    return datetime.combine(day, hour or DAY_END, ZoneInfo(time_zone))


def finish_task(*, task_id: int, now: datetime, author: str, outcome: str = "") -> bool:
    """Note that it is done; False when somebody did before. A promise is kept by that."""
    with transaction.atomic():
        open_tasks = Task.objects.filter(id=task_id, done_at=None)
        if not open_tasks.update(done_at=now, outcome=outcome.strip()[:300]):
            return False
        task = Task.objects.get(id=task_id)
        if task.note_id and task.customer_id:
            notes.keep_promise(
                customer_id=task.customer_id, promise_id=task.note_id, author=author, now=now
            )
    return True


def reopen_task(*, task_id: int) -> bool:
    """Take back that it is done; False when it is open."""
    with transaction.atomic():
        done = Task.objects.filter(id=task_id).exclude(done_at=None)
        if not done.update(done_at=None, outcome=""):
            return False
        task = Task.objects.get(id=task_id)
        if task.note_id and task.customer_id:
            notes.reopen_promise(customer_id=task.customer_id, promise_id=task.note_id)
    return True


def put_off(*, task_id: int, until: date, time_zone: str) -> bool:
    """Move an open task to the end of another day; False when it is done already."""
    due_at = _moment(until, None, time_zone)
    return bool(Task.objects.filter(id=task_id, done_at=None).update(due_at=due_at))


def put_back(*, task_id: int, due_at: datetime) -> bool:
    """Take a putting off back: the task is due again when it was."""
    return bool(Task.objects.filter(id=task_id, done_at=None).update(due_at=due_at))


def reassign(*, task_id: int, assignee: Staff | None) -> bool:
    """Hand an open task to somebody, or to whoever comes first; False when it is done already."""
    return bool(Task.objects.filter(id=task_id, done_at=None).update(assignee=assignee))


def remove_task(*, task_id: int, author: Staff) -> bool:
    """Take back a task one noted oneself; False when it is somebody else's, or gone."""
    with transaction.atomic():
        task = Task.objects.filter(id=task_id, created_by=author).first()
        if task is None:
            return False
        if task.note_id and task.customer_id:
            notes.remove_note(
                customer_id=task.customer_id, note_id=task.note_id, author=author.email
            )
        task.delete()
    return True


def adopt_promises(*, source_ids: Collection[int], time_zone: str) -> int:
    """Put promises a source reported on the list of what is to be done; give how many are new."""
    told = Event.objects.filter(
        source_id__in=source_ids, kind=notes.NoteKind.PROMISE, record__customer__isnull=False
    )
    rows = list(
        told.order_by("id").values_list("id", "record__customer_id", "detail", "occurred_at")
    )
    known = set(
        Task.objects.filter(note_id__in=[row[0] for row in rows]).values_list("note_id", flat=True)
    )
    found = [
        Task(
            kind=TaskKind.PROMISE,
            customer_id=customer_id,
            text=str(detail["text"])[:LONGEST],
            due_at=_moment(date.fromisoformat(detail["due"]), None, time_zone),
            note_id=number,
            created_at=at,
        )
        for number, customer_id, detail, at in rows
        if number not in known and "kept" not in detail and detail.get("due")
    ]
    for start in range(0, len(found), _ROWS_A_TRANSACTION):
        Task.objects.bulk_create(found[start : start + _ROWS_A_TRANSACTION])
    return len(found)


def keep_promise(*, customer_id: int, promise_id: int, author: str, now: datetime) -> bool:
    """Keep a promise that is named by its line of the timeline; False when there is none open."""
    task = Task.objects.filter(note_id=promise_id, customer_id=customer_id, done_at=None).first()
    if task is not None:
        return finish_task(task_id=task.id, now=now, author=author)
    return notes.keep_promise(
        customer_id=customer_id, promise_id=promise_id, author=author, now=now
    )


def reopen_promise(*, customer_id: int, promise_id: int) -> bool:
    """Take back that a promise was kept, by its line of the timeline; False when it is open."""
    task = Task.objects.filter(note_id=promise_id, customer_id=customer_id).first()
    if task is not None:
        return reopen_task(task_id=task.id)
    return notes.reopen_promise(customer_id=customer_id, promise_id=promise_id)


def remove_note(*, customer_id: int, note_id: int, author: str) -> bool:
    """Take back a line of the timeline one wrote oneself, and the task it belongs to."""
    with transaction.atomic():
        if not notes.remove_note(customer_id=customer_id, note_id=note_id, author=author):
            return False
        Task.objects.filter(note_id=note_id, customer_id=customer_id).delete()
    return True

"""The Django tasks API over our own table: the `@task` decorator and the backend behind `.enqueue`.
Why our own: see docs/decisions/0002-own-task-backend.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ParamSpec, Self, TypeVar, cast, overload

from django.utils.module_loading import import_string
from django_tasks import TaskResult, TaskResultStatus
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskError
from django_tasks.exceptions import TaskResultDoesNotExist
from django_tasks.utils import normalize_json

from idic.core import clock
from idic.core.models.jobs import Job

from . import queue

P = ParamSpec("P")
T = TypeVar("T")

QUEUES = ("default", "events", "long")

_STATUS = {
    Job.State.WAITING: TaskResultStatus.READY,
    Job.State.RUNNING: TaskResultStatus.RUNNING,
    Job.State.DONE: TaskResultStatus.SUCCESSFUL,
    Job.State.FAILED: TaskResultStatus.FAILED,
    Job.State.CANCELLED: TaskResultStatus.FAILED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTask(Task[P, T]):
    """A task of the Django tasks API that also knows a unique key and how often to try."""

    unique_key: str | None = None
    max_attempts: int = 8

    def using(
        self,
        *,
        priority: int | None = None,
        queue_name: str | None = None,
        run_after: datetime | None = None,
        backend: str | None = None,
        unique_key: str | None = None,
        max_attempts: int | None = None,
    ) -> Self:
        """Make a copy with other settings: `recompute.using(unique_key="tiers").enqueue()`."""
        changes: dict[str, Any] = {
            "priority": priority,
            "queue_name": queue_name,
            "run_after": run_after,
            "backend": backend,
            "unique_key": unique_key,
            "max_attempts": max_attempts,
        }
        given = {name: value for name, value in changes.items() if value is not None}
        return replace(self, **given)


@overload
def task(function: Callable[P, T], /) -> JobTask[P, T]: ...


@overload
def task(
    *,
    queue_name: str = "default",
    priority: int = 0,
    max_attempts: int = 8,
    unique_key: str | None = None,
    takes_context: bool = False,
) -> Callable[[Callable[P, T]], JobTask[P, T]]: ...


def task(
    function: Callable[P, T] | None = None,
    /,
    *,
    queue_name: str = "default",
    priority: int = 0,
    max_attempts: int = 8,
    unique_key: str | None = None,
    takes_context: bool = False,
) -> JobTask[P, T] | Callable[[Callable[P, T]], JobTask[P, T]]:
    """Declare a background task: a module-level function whose arguments and result are JSON.

    It runs at least once, so it must bear running twice. Work above a few seconds belongs on
    `queue_name="long"`, where it keeps nobody waiting.
    """

    def declare(function: Callable[P, T]) -> JobTask[P, T]:
        return JobTask(
            func=function,
            queue_name=queue_name,
            priority=priority,
            takes_context=takes_context,
            unique_key=unique_key,
            max_attempts=max_attempts,
        )

    return declare(function) if function is not None else declare


def new_job(*, task: Task[Any, Any], args: Any, kwargs: dict[str, Any], now: datetime) -> Job:
    """Build the row of one call; nothing is written yet."""
    return Job(
        queue=task.queue_name,
        task=task.module_path,
        args=normalize_json(list(args)),
        kwargs=normalize_json(kwargs),
        priority=task.priority,
        run_after=task.run_after or now,
        unique_key=getattr(task, "unique_key", None),
        max_attempts=getattr(task, "max_attempts", 8),
        created_at=now,
    )


class DatabaseBackend(BaseTaskBackend):
    """Keeps calls in `core_job`; the workers of `idic.core.jobs.worker` make them."""

    task_class = JobTask
    supports_defer = True
    supports_get_result = True
    supports_priority = True

    def enqueue(
        self,
        task: Task[P, T],
        args: Any,
        kwargs: Any,
    ) -> TaskResult[T]:
        """Write the call in the caller's transaction: it exists if and only if that commits."""
        self.validate_task(task)
        job = new_job(task=task, args=args, kwargs=kwargs, now=clock.now())
        queue.put(jobs=[job])
        return result_of(job=job, task=task)

    def get_result(self, result_id: str) -> TaskResult[Any]:
        """Read where a call stands, by the id `enqueue` gave."""
        job = Job.objects.filter(id=result_id).first() if result_id.isdigit() else None
        if job is None:
            raise TaskResultDoesNotExist(result_id)
        return result_of(job=job, task=find_task(path=job.task))


def find_task(*, path: str) -> JobTask[Any, Any]:
    """Import the task a row names. Raises ImportError when this release has none of that name."""
    found = import_string(path)
    if not isinstance(found, JobTask):
        raise ImportError(f"{path} is not a task")
    return found


def result_of(*, job: Job, task: Task[Any, T]) -> TaskResult[T]:
    """Show a row as the Django tasks API does."""
    failed = TaskError(exception_class_path=job.error_class, traceback=job.error_trace)
    result: TaskResult[T] = TaskResult(
        task=task,
        id=str(job.id),
        status=_STATUS[Job.State(job.state)],
        enqueued_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        last_attempted_at=job.started_at,
        args=job.args,
        kwargs=job.kwargs,
        backend="default",
        errors=[failed] if job.error_class else [],
        worker_ids=[job.worker_id] * job.attempts,
    )
    object.__setattr__(result, "_return_value", cast(T, job.result))
    return result

"""The queue's statements: put in, claim, keep, finish, give back. Each is one short write that is
safe beside itself on SQLite and PostgreSQL. No task is called here.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, models, transaction
from django.db.models import F, Q

from idic.core import bulk
from idic.core.models.jobs import Job

from .current import Running

# A waiting job whose key is already running stays where it is: one key, one worker.
_DUE = """
    SELECT j.id FROM core_job j
    WHERE j.state = 'waiting' AND j.run_after <= %s AND {queues}
      AND (j.unique_key IS NULL OR NOT EXISTS (
        SELECT 1 FROM core_job r WHERE r.state = 'running' AND r.unique_key = j.unique_key))
    ORDER BY j.priority DESC, j.run_after, j.id LIMIT 1
"""
_EXPIRED = """
    SELECT j.id FROM core_job j
    WHERE j.state = 'running' AND j.lease_until <= %s AND j.attempts < j.max_attempts AND {queues}
    ORDER BY j.lease_until LIMIT 1
"""
_CLAIM = """
    UPDATE core_job SET state = 'running', attempts = attempts + 1, worker_id = %s,
        lease_until = %s, started_at = %s
    WHERE id = ({chosen}{lock}) RETURNING *
"""
_INSERT_UNIQUE = """
    INSERT INTO core_job ({columns}) VALUES ({marks})
    ON CONFLICT (unique_key) WHERE state = 'waiting' DO UPDATE SET
        run_after = CASE WHEN excluded.run_after < core_job.run_after
                         THEN excluded.run_after ELSE core_job.run_after END,
        priority = CASE WHEN excluded.priority > core_job.priority
                        THEN excluded.priority ELSE core_job.priority END
    RETURNING id
"""
_QUEUES = {
    "sqlite": "j.queue IN (SELECT value FROM json_each(%s))",
    "postgresql": "j.queue IN (SELECT jsonb_array_elements_text(%s::jsonb))",
}
_LOCK = {"sqlite": "", "postgresql": " FOR UPDATE OF j SKIP LOCKED"}

# Set when this process commits a job, so that a worker in the same process need not poll for it.
arrived = threading.Event()


def put(*, jobs: Sequence[Job]) -> list[Job]:
    """Write new waiting jobs in the caller's transaction.

    A job whose `unique_key` already waits joins that one (the earlier moment and the higher
    priority win, the arguments stay) and comes back with its id. The join locks the waiting row
    until the caller commits: it cannot start before it sees what the caller wrote.
    """
    plain = [job for job in jobs if job.unique_key is None]
    with transaction.atomic():
        Job.objects.bulk_create(plain, batch_size=500)
        for job in jobs:
            if job.unique_key is not None:
                job.id = _insert_unique(job)
        transaction.on_commit(arrived.set)
    return list(jobs)


def ready(*, jobs: Sequence[Job]) -> Callable[[], None]:
    """Make jobs without a unique key ready; what comes back writes them, in the caller's
    transaction.
    """
    names = [field.attname for field in Job._meta.concrete_fields]
    rows = [[getattr(job, name) for name in names] for job in jobs]
    insert = bulk.ready_insert(Job, names, rows)

    def write() -> None:
        insert()
        transaction.on_commit(arrived.set)

    return write


def _insert_unique(job: Job) -> int:
    fields = Job._meta.concrete_fields
    statement = _INSERT_UNIQUE.format(
        columns=", ".join(connection.ops.quote_name(str(field.column)) for field in fields),
        marks=", ".join(["%s"] * len(fields)),
    )
    values = [
        field.get_db_prep_save(getattr(job, field.attname), connection=connection)
        for field in fields
    ]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.fetchone()[0])


def claim(*, worker_id: str, queues: Sequence[str], now: datetime, lease: timedelta) -> Job | None:
    """Take one job: first one whose worker died and let the lease run out, then the next due."""
    return claim_expired(worker_id=worker_id, queues=queues, now=now, lease=lease) or claim_due(
        worker_id=worker_id, queues=queues, now=now, lease=lease
    )


def claim_expired(
    *, worker_id: str, queues: Sequence[str], now: datetime, lease: timedelta
) -> Job | None:
    """Take over one job whose worker died and let the lease run out."""
    return _claim(_EXPIRED, worker_id=worker_id, queues=queues, now=now, lease=lease)


def claim_due(
    *,
    worker_id: str,
    queues: Sequence[str],
    now: datetime,
    lease: timedelta,
    is_likely: bool = False,
) -> Job | None:
    """Take the next due job; `is_likely` saves a look when there probably is one."""
    return _claim(
        _DUE, worker_id=worker_id, queues=queues, now=now, lease=lease, is_likely=is_likely
    )


def _claim(
    chosen: str,
    *,
    worker_id: str,
    queues: Sequence[str],
    now: datetime,
    lease: timedelta,
    is_likely: bool = False,
) -> Job | None:
    vendor = connection.vendor
    chosen = chosen.format(queues=_QUEUES[vendor])
    wanted = [_moment(now), json.dumps(queues)]
    # A read first: on SQLite an update takes the one write lock even when it changes nothing.
    if not is_likely and not _is_any(chosen, wanted):
        return None
    statement = _CLAIM.format(chosen=chosen, lock=_LOCK[vendor])
    holder = [worker_id, _moment(now + lease), _moment(now)]
    claimed = list(Job.objects.raw(statement, [*holder, *wanted]))
    return claimed[0] if claimed else None


def _is_any(statement: str, parameters: Sequence[Any]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchone() is not None


def keep(*, running: Running, now: datetime, lease: timedelta) -> None:
    """Extend the lease and write the progress; tell `running` when it is cancelled or lost."""
    running.is_dirty = False
    kept = _mine(running.job).update(
        lease_until=now + lease,
        progress_done=running.done,
        progress_total=running.total,
        progress_label=running.label,
    )
    if not kept:
        running.is_lost = True
    elif Job.objects.filter(id=running.job.id, is_cancel_requested=True).exists():
        running.is_cancelled = True


def finish(*, running: Running, result: Any, now: datetime) -> bool:
    """Mark the job done. False if another worker has taken it over meanwhile."""
    return bool(
        _mine(running.job).update(
            state=Job.State.DONE,
            result=result,
            finished_at=now,
            lease_until=None,
            progress_done=running.done,
            progress_total=running.total,
            progress_label=running.label,
            error_class="",
            error_message="",
            error_trace="",
        )
    )


def fail(
    *,
    job: Job,
    now: datetime,
    retry_at: datetime | None,
    error_class: str,
    error_message: str,
    error_trace: str,
) -> bool:
    """Note what went wrong and put the job back to `retry_at`; without one it is dead."""
    error = {
        "error_class": error_class[:200],
        "error_message": error_message[:500],
        "error_trace": error_trace,
        "lease_until": None,
    }
    if retry_at is None:
        return bool(_mine(job).update(state=Job.State.FAILED, finished_at=now, **error))
    return _put_back(_mine(job), now=now, run_after=retry_at, **error)


def release(*, job: Job, now: datetime) -> bool:
    """Give the job back untouched, because this worker is leaving; the attempt does not count."""
    return _put_back(
        _mine(job), now=now, run_after=now, attempts=F("attempts") - 1, lease_until=None
    )


def end_cancelled(*, job: Job, now: datetime) -> bool:
    """Mark a running job that heard its cancellation."""
    return bool(_mine(job).update(state=Job.State.CANCELLED, finished_at=now, lease_until=None))


def cancel(*, job_id: int, now: datetime) -> bool:
    """Cancel a waiting job at once, a running one at its next progress report."""
    waiting = Job.objects.filter(id=job_id, state=Job.State.WAITING)
    if waiting.update(state=Job.State.CANCELLED, finished_at=now):
        return True
    running = Job.objects.filter(id=job_id, state=Job.State.RUNNING)
    return bool(running.update(is_cancel_requested=True))


def retry(*, job_id: int, now: datetime) -> bool:
    """Put a dead or cancelled job back with fresh attempts; False if it is neither."""
    ended = Job.objects.filter(id=job_id, state__in=[Job.State.FAILED, Job.State.CANCELLED])
    return _put_back(
        ended,
        now=now,
        run_after=now,
        attempts=0,
        is_cancel_requested=False,
        finished_at=None,
    )


def _put_back(
    rows: models.QuerySet[Job], *, now: datetime, run_after: datetime, **changes: Any
) -> bool:
    try:
        with transaction.atomic():
            changed = rows.update(state=Job.State.WAITING, run_after=run_after, **changes)
            transaction.on_commit(arrived.set)
            return bool(changed)
    except IntegrityError:
        # The same key waits already and will do this work; two of it would break "one a key".
        return bool(
            rows.update(
                state=Job.State.CANCELLED, **{**changes, "lease_until": None, "finished_at": now}
            )
        )


def bury(*, now: datetime) -> int:
    """Mark jobs dead whose workers died in every attempt they had."""
    expired = Job.objects.filter(
        state=Job.State.RUNNING, lease_until__lte=now, attempts__gte=F("max_attempts")
    )
    if not expired.exists():  # a read: it leaves SQLite's write lock to others
        return 0
    return expired.update(
        state=Job.State.FAILED,
        finished_at=now,
        lease_until=None,
        error_class="WorkerDied",
        error_message="The worker process ended in the middle of this job at every attempt.",
    )


def purge(*, finished_before: datetime, failed_before: datetime, limit: int = 200) -> int:
    """Delete up to `limit` old finished jobs (dead ones are kept longer); give how many."""
    old = Q(state__in=[Job.State.DONE, Job.State.CANCELLED], finished_at__lt=finished_before) | Q(
        state=Job.State.FAILED, finished_at__lt=failed_before
    )
    ids = list(Job.objects.filter(old).order_by("finished_at").values_list("id", flat=True)[:limit])
    return Job.objects.filter(id__in=ids).delete()[0]


def list_dead(*, limit: int = 100) -> list[Job]:
    """Give the jobs that failed for good, the latest first."""
    return list(Job.objects.filter(state=Job.State.FAILED).order_by("-finished_at", "-id")[:limit])


def count_jobs() -> dict[str, int]:
    """Count the jobs of each state."""
    counted = Job.objects.values_list("state").annotate(n=models.Count("id"))
    return {state.value: 0 for state in Job.State} | dict(counted)


def _mine(job: Job) -> models.QuerySet[Job]:
    """The row, as long as this very claim holds it: a later claim has another attempt number."""
    return Job.objects.filter(
        id=job.id, state=Job.State.RUNNING, worker_id=job.worker_id, attempts=job.attempts
    )


def _moment(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)

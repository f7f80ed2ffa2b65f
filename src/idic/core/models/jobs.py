"""Background work waiting, running, finished or dead, and when each schedule runs next.
Rows are written only by `idic.core.jobs`.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from idic.core import ids


class Job(models.Model):
    """One call of a task, to be made at least once. Whoever holds the lease runs it."""

    class State(models.TextChoices):
        """Where a job stands. `failed` is final: a dead job waits for a person to retry it."""

        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    queue = models.CharField(max_length=32, default="default")
    task = models.CharField(max_length=200)  # dotted path of the task
    args = models.JSONField(default=list)
    kwargs = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    priority = models.SmallIntegerField(default=0)  # -100 … 100, the larger first
    run_after = models.DateTimeField()
    unique_key = models.CharField(max_length=120, null=True)
    attempts = models.PositiveIntegerField(default=0)  # also the fence: each claim adds one
    max_attempts = models.PositiveIntegerField(default=8)
    worker_id = models.CharField(max_length=80, blank=True, default="")
    lease_until = models.DateTimeField(null=True)
    is_cancel_requested = models.BooleanField(default=False)
    progress_done = models.BigIntegerField(default=0)
    progress_total = models.BigIntegerField(null=True)
    progress_label = models.CharField(max_length=200, blank=True, default="")
    result = models.JSONField(null=True)
    error_class = models.CharField(max_length=200, blank=True, default="")
    error_message = models.CharField(max_length=500, blank=True, default="")
    error_trace = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unique_key"],
                condition=Q(state="waiting"),
                name="core_job_one_waiting_a_key",
            )
        ]
        indexes = [
            models.Index(
                fields=["-priority", "run_after", "id"],
                condition=Q(state="waiting"),
                name="core_job_waiting",
            ),
            models.Index(fields=["run_after"], condition=Q(state="waiting"), name="core_job_due"),
            models.Index(
                fields=["lease_until"], condition=Q(state="running"), name="core_job_leased"
            ),
            models.Index(
                fields=["unique_key"], condition=Q(state="running"), name="core_job_running_key"
            ),
            models.Index(fields=["state", "-finished_at"], name="core_job_finished"),
        ]

    @property
    def handler(self) -> str:
        """The dotted path of what really runs: an event's handler, or the task itself."""
        return str(self.kwargs.get("handler") or self.task)


class JobSchedule(models.Model):
    """When a declared schedule runs next; the row keeps two workers from both starting it."""

    name = models.CharField(max_length=120, primary_key=True)
    spec = models.CharField(max_length=80)  # a changed declaration computes its next run anew
    next_run_at = models.DateTimeField()
    last_run_at = models.DateTimeField(null=True)

"""What somebody here has to do: promises made to customers, tasks and reminders."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from idic.core import ids
from idic.identify.models import Customer


class TaskKind(models.TextChoices):
    """What sort of thing is to be done. A promise was made to a customer, and always names them."""

    PROMISE = "promise", _("Promise")
    TASK = "task", _("Task")
    REMINDER = "reminder", _("Reminder")


class Task(models.Model):
    """Something to do until a moment, for somebody or for whoever comes first. `note_id` is the
    event by which a promise stands on the customer's timeline.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    kind = models.CharField(max_length=10, choices=TaskKind.choices, default=TaskKind.TASK)
    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.CASCADE, related_name="tasks"
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    text = models.CharField(_("What is to be done"), max_length=500)
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=300, blank=True)
    note_id = models.BigIntegerField(null=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(kind="promise") | models.Q(customer__isnull=False),
                name="interact_promise_to_somebody",
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=models.Q(done_at=None), name="interact_task_due"
            ),
            models.Index(fields=["done_at"], name="interact_task_done"),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def public_id(self) -> str:
        """The id as addresses show it."""
        return ids.encode("task", self.id)

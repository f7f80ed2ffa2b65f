"""Complaints and calls: what a person has to do for a customer."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from idic.core import ids
from idic.identify.models import Customer


class CaseKind(models.TextChoices):
    """What sort of matter it is. Only an open complaint stops offers."""

    COMPLAINT = "complaint", _("Complaint")
    SUGGESTION = "suggestion", _("Suggestion")
    REQUEST = "request", _("Request")


class Case(models.Model):
    """A complaint, suggestion or request with an owner and a due time."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="cases")
    kind = models.CharField(max_length=12, choices=CaseKind.choices, default=CaseKind.COMPLAINT)
    text = models.TextField(_("What happened"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    due_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["closed_at", "due_at"], name="interact_case_open")]

    @property
    def public_id(self) -> str:
        """The id as addresses show it."""
        return ids.encode("case", self.id)


class CallOutcome(models.TextChoices):
    """How a call ended."""

    DONE = "done", _("Done")
    NO_ANSWER = "no_answer", _("No answer")
    LATER = "later", _("Later")


class CallTask(models.Model):
    """One call: planned while it has no outcome, afterwards the record of how it ended. A call that
    did not reach anybody, or was put off, is followed by the next one, planned for its day.
    `reason` says why, as a code and what belongs to it; `tries` counts how often in a row nobody
    answered before, `tried_at` is when last.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="call_tasks")
    reason = models.JSONField(default=dict)
    due_date = models.DateField()
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    outcome = models.CharField(max_length=12, choices=CallOutcome.choices, blank=True)
    outcome_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True)
    tries = models.SmallIntegerField(default=0)
    tried_at = models.DateTimeField(null=True)
    follows = models.OneToOneField(
        "self", null=True, on_delete=models.CASCADE, related_name="followed_by"
    )
    note_id = models.BigIntegerField(null=True)  # the event on the customer's timeline
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=models.Q(outcome=""), name="interact_one_open_call"
            )
        ]
        indexes = [
            models.Index(fields=["outcome", "due_date"], name="interact_call_due"),
            models.Index(fields=["outcome_at"], name="interact_call_ended"),
        ]

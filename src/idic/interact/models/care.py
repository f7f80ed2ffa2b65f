"""Complaints and calls: what a person has to do for a customer."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from idic.core import ids
from idic.identify.models import Customer


class Case(models.Model):
    """A complaint, suggestion or request with an owner and a due time."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="cases")
    kind = models.CharField(max_length=12, default="complaint")
    text = models.TextField(_("What happened"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    due_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=300, blank=True)


class CallTask(models.Model):
    """Somebody to call, why, and how it ended."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="call_tasks")
    reason = models.JSONField(default=dict)
    due_date = models.DateField()
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    outcome = models.CharField(max_length=12, blank=True)  # done, no_answer, later
    outcome_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

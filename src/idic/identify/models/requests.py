"""What customers ask of us about their data, until it is done."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from idic.core import ids

from .customers import Customer


class RequestKind(models.TextChoices):
    """What is asked for."""

    COPY = "copy", _("A copy of their data")
    ERASURE = "erasure", _("To be erased")


class PrivacyRequest(models.Model):
    """A wish a customer made on their own page; one open of each kind. It goes with the person."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="requests")
    kind = models.CharField(max_length=8, choices=RequestKind.choices)
    asked_at = models.DateTimeField()
    due_date = models.DateField()
    done_at = models.DateTimeField(null=True)
    done_by_name = models.CharField(max_length=160, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind"],
                condition=models.Q(done_at=None),
                name="identify_request_once",
            )
        ]

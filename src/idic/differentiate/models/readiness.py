"""Whom to win next: the ideal customer, how leads and prospects compare with them, who uses so much
that there is more to offer.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from idic.core import ids
from idic.identify.models import Customer

from .segments import Segment


class Verdict(models.TextChoices):
    """What to do about somebody who has not bought yet."""

    READY = "ready", _("Ready now")
    NURTURE = "nurture", _("Stay in touch")
    STOP = "stop", _("Do not spend")


class IdealCustomer(models.Model):
    """Whom we look for: the people of a segment, or (without one) the best customers. The newest
    row counts.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    segment = models.ForeignKey(Segment, null=True, on_delete=models.SET_NULL, related_name="+")
    chosen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    chosen_at = models.DateTimeField()


class ReadinessModel(models.Model):
    """One fit of what tells ideal customers from others; `parameters` empty: rules alone."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    as_of_date = models.DateField()
    parameters = models.JSONField(default=dict)  # engine.likeness.Likeness as JSON
    ideal_count = models.IntegerField()
    other_count = models.IntegerField()
    fitted_at = models.DateTimeField()


class Readiness(models.Model):
    """How ready a lead or prospect is: likeness to the ideal customer and urgency, 0–100 each, the
    verdict that follows, and the one a person put in its place.
    """

    customer = models.OneToOneField(
        Customer, primary_key=True, on_delete=models.CASCADE, related_name="readiness"
    )
    likeness = models.SmallIntegerField()
    urgency = models.SmallIntegerField()
    score = models.SmallIntegerField()
    found_verdict = models.CharField(max_length=8, choices=Verdict.choices)
    verdict = models.CharField(max_length=8, choices=Verdict.choices)  # what counts
    reasons = models.JSONField(default=list)
    as_of_date = models.DateField()
    overruled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    overruled_at = models.DateTimeField(null=True)
    overruled_why = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["verdict", "-score", "customer"], name="diff_ready_list")]


class UpsellWatch(models.Model):
    """A segment whose people use so much that there is more to offer them."""

    segment = models.OneToOneField(
        Segment, primary_key=True, on_delete=models.CASCADE, related_name="watch"
    )
    began_at = models.DateTimeField()


class UpsellAlert(models.Model):
    """Somebody in a watched segment, since when, and on how many of 30 days they used it then."""

    customer = models.OneToOneField(
        Customer, primary_key=True, on_delete=models.CASCADE, related_name="upsell_alert"
    )
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="+")
    since_date = models.DateField()
    usage_days = models.SmallIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-usage_days", "customer"], name="diff_upsell_usage")]

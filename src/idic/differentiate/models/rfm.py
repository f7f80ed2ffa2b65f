"""How recency, frequency and money are scored, and what the scores were month by month."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from idic.core import ids


class CutMode(models.TextChoices):
    """Where the lines between scores come from."""

    QUANTILE = "quantile", _("Equal parts of the customers")
    FIXED = "fixed", _("Lines we set ourselves")


class RfmPolicy(models.Model):
    """One version of how customers are scored; the newest one counts."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    version = models.IntegerField(unique=True)
    mode = models.CharField(max_length=8, choices=CutMode.choices)
    # Orders of so many days up to the day looked at count for frequency and money. None: all.
    window_days = models.IntegerField(null=True)
    cuts = models.JSONField(default=dict)  # of fixed lines: engine.rfm.RfmCuts as JSON
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()


class RfmMonth(models.Model):
    """How many customers stood at each score at the end of a month (or by now), and who had moved
    since the month before, both by the same lines. Rewritten until the month is over.
    """

    month = models.DateField(unique=True)  # its first day
    as_of_date = models.DateField()
    cuts = models.JSONField()
    grid = models.JSONField(default=list)  # [recency, frequency, people, money of the window]
    moves = models.JSONField(default=list)  # [from, to, people]; "rf" as text, "" for no purchase
    # Computed later from the orders, not seen at the time.
    is_backfilled = models.BooleanField(default=False)
    computed_at = models.DateTimeField()

"""What measuring keeps: the effect of each campaign as last read."""

from __future__ import annotations

from django.db import models

from idic.interact.models import Campaign


class CampaignResult(models.Model):
    """A campaign's effect against its control group. `effect` is `engine.effects.Effect` as JSON;
    empty while there is nothing to compare, and `problem` says why.
    """

    campaign = models.OneToOneField(
        Campaign, primary_key=True, on_delete=models.CASCADE, related_name="result"
    )
    effect = models.JSONField(default=dict)
    problem = models.CharField(max_length=20, blank=True)  # a code of measure.services.effects
    sample_ratio_p = models.FloatField(null=True)
    window_from = models.DateTimeField()
    window_to = models.DateTimeField()
    is_final = models.BooleanField(default=False)
    measured_at = models.DateTimeField()

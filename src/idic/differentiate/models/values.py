"""The fitted value models and how wrong they were when tried on the past."""

from __future__ import annotations

from django.db import models

from idic.core import ids


class ValueModel(models.Model):
    """One fit: its method, frozen parameters, and the replay that chose it (a model card)."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    as_of_date = models.DateField()
    horizon_days = models.IntegerField()
    churn_horizon_days = models.IntegerField(default=90)
    method = models.CharField(max_length=40)
    parameters = models.JSONField()
    rhythm_parameters = models.JSONField(default=dict)
    replay = models.JSONField(default=dict)  # engine.replay.ReplayReport as JSON
    rfm_cuts = models.JSONField(default=dict)
    need_parameters = models.JSONField(default=dict)
    # engine.outlooks: what all bring by when, as shares of what they bring in `horizon_days`.
    outlook = models.JSONField(default=list)
    customer_count = models.IntegerField()
    fitted_at = models.DateTimeField()

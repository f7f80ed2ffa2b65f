"""Experiments, their arms, and who was assigned where. This floor knows customers by number
only: it lies below Identify.
"""

from __future__ import annotations

from django.db import models

from idic.core import ids


class Experiment(models.Model):
    """A randomised comparison. `salt` makes assignment a pure function of the customer's id.
    It runs from `started_at` until `ended_at` (the end excluded); two of one `kind` never share
    a customer while both run.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    name = models.CharField(max_length=160)
    kind = models.CharField(max_length=20, default="campaign")
    salt = models.CharField(max_length=40)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["kind", "started_at"], name="experiments_running")]


class Arm(models.Model):
    """One side of an experiment; `share` of the customers go there. `position` orders the arms
    on the line from 0 to 1 that a customer's hash falls on.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="arms")
    key = models.CharField(max_length=20)  # treatment, control
    share = models.DecimalField(max_digits=5, decimal_places=4)
    is_control = models.BooleanField(default=False)
    position = models.SmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["experiment", "key"], name="experiments_arm_key")
        ]


class Assignment(models.Model):
    """Which arm a customer is in. Immutable, under the customer id of that moment."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="assignments")
    arm = models.ForeignKey(Arm, on_delete=models.PROTECT, related_name="assignments")
    customer_id = models.BigIntegerField(db_index=True)
    assigned_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["experiment", "customer_id"], name="experiments_assigned_once"
            )
        ]


class Exposure(models.Model):
    """Proof that a treatment reached a customer; the first one counts."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="exposures")
    customer_id = models.BigIntegerField(db_index=True)
    exposed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["experiment", "customer_id"], name="experiments_exposed_once"
            )
        ]


class Contamination(models.Model):
    """A customer joined from parts that stood in different arms. Analysed as assigned, counted."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    experiment = models.ForeignKey(
        Experiment, on_delete=models.CASCADE, related_name="contaminations"
    )
    customer_id = models.BigIntegerField()
    noted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["experiment", "customer_id"], name="experiments_contaminated_once"
            )
        ]

"""What cleaning proposes, what was decided on it, and how good the data is on a day."""

from __future__ import annotations

from django.db import models

from idic.core import ids

from .customers import Customer
from .sources import Source


class ProposalState(models.TextChoices):
    """Where a proposal stands. Undoing an acceptance or a dismissal opens it again."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DISMISSED = "dismissed"


class ActKind(models.TextChoices):
    """What was done with proposals."""

    ACCEPT = "accept"
    DISMISS = "dismiss"


class ActState(models.TextChoices):
    """Where an act stands. One that was cut off goes on when its job runs again."""

    RUNNING = "running"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"


class CleaningAct(models.Model):
    """One decision on one or many proposals: who, when, how many. It can be undone as a whole."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    kind = models.CharField(max_length=8, choices=ActKind.choices)
    reason = models.CharField(max_length=24)
    state = models.CharField(max_length=8, choices=ActState.choices, default=ActState.DONE)
    actor = models.CharField(max_length=160)
    count = models.IntegerField(default=0)
    at = models.DateTimeField()


class CleaningProposal(models.Model):
    """One value of a customer that could be better: `before` and `after` are both kept. `field` is
    the name of the trait, `also` other traits the value holds, `written` what accepting it made
    and what stood there, so that undoing is exact.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="cleaning_proposals"
    )
    source = models.ForeignKey(Source, null=True, on_delete=models.SET_NULL, related_name="+")
    field = models.CharField(max_length=20)
    reason = models.CharField(max_length=24)  # cleaning.Problem; the page says it in words
    before = models.CharField(max_length=500, blank=True)
    after = models.CharField(max_length=500, blank=True)
    also = models.JSONField(default=dict)
    confidence = models.FloatField(default=1.0)
    state = models.CharField(
        max_length=10, choices=ProposalState.choices, default=ProposalState.OPEN
    )
    made_at = models.DateTimeField()
    act = models.ForeignKey(
        CleaningAct, null=True, on_delete=models.SET_NULL, related_name="proposals"
    )
    written = models.JSONField(default=dict)

    class Meta:
        constraints = [
            # A value that was let be is not proposed again; one that comes back is known.
            models.UniqueConstraint(
                fields=["customer", "field", "before"], name="identify_cleaning_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["state", "reason", "-confidence", "id"], name="identify_cleaning_list"
            )
        ]


class QualityFigures(models.Model):
    """How complete, valid and fresh the data is, measured after a look: one row a day, so that
    change can be shown. `missing` is what it is worth to know more and `audit` how many there are,
    reachable and active, both from the rooms above.
    """

    on_date = models.DateField(primary_key=True)
    figures = models.JSONField(default=dict)
    missing = models.JSONField(default=dict)
    audit = models.JSONField(default=dict)
    measured_at = models.DateTimeField()

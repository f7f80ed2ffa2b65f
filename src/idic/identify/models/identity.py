"""The identity log: every act that says who is who, append-only, and what it changed row by row.
It replays to the present; numbers of records and customers are bare, for a log outlives them.
"""

from __future__ import annotations

from django.db import models

from idic.core import ids

from .customers import Customer


class IdentityAct(models.TextChoices):
    """What was done about who is who."""

    MATCH = "match"  # a record found its customer, or lost it again
    MERGE = "merge"
    UNMERGE = "unmerge"
    SPLIT = "split"
    MUST_LINK = "must_link"
    CANNOT_LINK = "cannot_link"
    LIFT = "lift"  # a must-link or cannot-link no longer holds
    REASSIGN = "reassign"


class IdentityLogEntry(models.Model):
    """One act on identity. `by` says what decided (`rule:<name>`, `model:<name>`, `person`),
    `actor` who did it. `customer` is who lived on after it; `evidence` holds codes and weights,
    never anybody's values. `before` keeps of the survivor what an undo cannot compute.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    at = models.DateTimeField()
    act = models.CharField(max_length=16, choices=IdentityAct.choices)
    by = models.CharField(max_length=160)
    actor = models.CharField(max_length=160, blank=True)
    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.PROTECT, related_name="identity_log"
    )
    record_ids = models.JSONField(default=list)
    evidence = models.JSONField(default=dict)
    before = models.JSONField(default=dict)
    reverses = models.OneToOneField(
        "self", null=True, on_delete=models.SET_NULL, related_name="reversed_by"
    )


class IdentityMove(models.Model):
    """One record went from one customer to another (none: nobody's) by an act of the log."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    entry = models.ForeignKey(IdentityLogEntry, on_delete=models.CASCADE, related_name="moves")
    record_id = models.BigIntegerField()
    from_customer_id = models.BigIntegerField(null=True)
    to_customer_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["record_id", "id"], name="identify_move_record")]


class IdentityRedirect(models.Model):
    """From an act on, a customer's number leads to another one; empty: it lives again. An act
    that concerns a customer and leads nowhere else has a row too: it lives, as before.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    entry = models.ForeignKey(IdentityLogEntry, on_delete=models.CASCADE, related_name="redirects")
    customer_id = models.BigIntegerField()
    leads_to_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["customer_id", "id"], name="identify_redirect_customer")]


class LinkKind(models.TextChoices):
    """What is known for sure of two records."""

    MUST = "must"
    CANNOT = "cannot"


class IdentityLink(models.Model):
    """Two records must, or cannot, be one customer. Each pair stands twice, once from each side,
    so that one look finds whatever a record is bound to. Lifted links are deleted; the log stays.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    entry = models.ForeignKey(IdentityLogEntry, on_delete=models.CASCADE, related_name="links")
    kind = models.CharField(max_length=6, choices=LinkKind.choices)
    record_id = models.BigIntegerField()
    other_record_id = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["record_id", "other_record_id"], name="identify_link_once"
            )
        ]

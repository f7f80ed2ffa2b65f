"""Files brought in: what was asked, what came of it, and every row that was refused."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from idic.core import ids

from .sources import Source


class ImportState(models.TextChoices):
    """Where an import stands. Rows of a run are visible only once it is published."""

    DRAFT = "draft", _("Columns to check")
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    PUBLISHED = "published", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")


class ImportRun(models.Model):
    """One file, once. `fingerprint` (content and mapping) makes a second run change nothing."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    kind = models.CharField(max_length=12)  # orders, customers
    source = models.ForeignKey(Source, null=True, on_delete=models.PROTECT, related_name="imports")
    file_name = models.CharField(max_length=200)
    file_path = models.CharField(max_length=400, blank=True)  # below the state directory
    fingerprint = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=ImportState.choices, default=ImportState.DRAFT)
    options = models.JSONField(default=dict)  # mapping, as-of date, consent, encoding, currency
    counts = models.JSONField(default=dict)  # rows, new, updated, matched, unchanged, rejected …
    problem = models.CharField(max_length=500, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    # Its own orders have revisions up to this one; later writes of them go to the lake singly.
    last_revision = models.BigIntegerField(default=0)
    # When its orders went to the lake; empty: the next flush takes them all.
    flushed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["fingerprint"], name="identify_import_print")]


class FormerValue(models.Model):
    """How something was before a run changed it in place, and what the run made of it: an order, a
    customer's stage, a record's customer, the business (id 1). Undo gives it back. Two subjects
    note what an undo of another run left to this one: `own`, an order's revision it gave back, and
    `made`, a customer who stays only for this run's sake.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="former_values")
    subject = models.CharField(max_length=12)  # order, customer, record, business, own, made
    subject_id = models.BigIntegerField()
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "subject", "subject_id"], name="identify_former_once"
            )
        ]
        indexes = [models.Index(fields=["subject", "subject_id"], name="identify_former_subject")]


class LakeMark(models.Model):
    """How far the flush to the lake has come: rows up to this revision (or id) are there, and
    those of `beyond`, which came while others with smaller numbers may still be on their way.
    """

    dataset = models.CharField(max_length=60, primary_key=True)
    revision = models.BigIntegerField(default=0)
    beyond = models.JSONField(default=list)
    updated_at = models.DateTimeField()


class ImportRejection(models.Model):
    """A row that was not taken, with its reason."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rejections")
    row_number = models.IntegerField()
    reason = models.CharField(max_length=40)  # a code; the page says it in words
    detail = models.CharField(max_length=300, blank=True)
    row = models.JSONField(default=dict)

"""The audit trail: who did what to what, each entry sealed by the hash of the one before."""

from __future__ import annotations

from django.db import models


class AuditEntry(models.Model):
    """One act. `digest` covers the entry and the digest before it, so that a change shows."""

    id = models.BigIntegerField(primary_key=True)  # 1, 2, 3 …: a gap shows a deletion
    at = models.DateTimeField()
    actor = models.CharField(max_length=160)  # staff e-mail, or system:<name>
    action = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=40, blank=True)
    subject_id = models.CharField(max_length=40, blank=True)
    detail = models.JSONField(default=dict)
    previous_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["subject_type", "subject_id"], name="core_audit_subject")]

"""The lake's manifest. A Parquet file counts exactly when a live row here names it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from idic.core import ids


class LakeFile(models.Model):
    """One immutable segment of a data set. Retired ones stay on disk for their readers."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    dataset = models.CharField(max_length=60)
    path = models.CharField(max_length=160, unique=True)  # relative to the lake's directory
    rows = models.BigIntegerField()
    bytes = models.BigIntegerField()
    schema_version = models.PositiveIntegerField()
    tag = models.CharField(max_length=60, blank=True, default="")  # the run that wrote it
    version = models.PositiveIntegerField(null=True)  # snapshots only: 1, 2, 3 …
    min_key = models.BigIntegerField(null=True)  # ids as they are, days and moments in µs of 1970
    max_key = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dataset", "version"],
                condition=Q(version__isnull=False),
                name="lake_file_one_version",
            )
        ]
        indexes = [
            models.Index(
                fields=["dataset", "id"], condition=Q(retired_at=None), name="lake_file_live"
            ),
            models.Index(
                fields=["retired_at"], condition=Q(retired_at__isnull=False), name="lake_file_old"
            ),
        ]

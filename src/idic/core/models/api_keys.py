"""Keys with which programs call the API."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from idic.core import ids


class ApiKey(models.Model):
    """A program's key. Only a digest is kept, and the last letters to tell keys apart. `rights` are
    words of `core.access`; a key never does more than who made it may do today.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    ending = models.CharField(max_length=4)
    rights = models.JSONField(default=list)
    # None: made on the machine itself, by the command line.
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+"
    )
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name

    @property
    def actor(self) -> str:
        """What stands in logs and in the audit trail for whatever it does."""
        return f"key:{self.name}"

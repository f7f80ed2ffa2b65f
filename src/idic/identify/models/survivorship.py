"""Which value is shown where sources disagree: the rules by field and the order of the sources,
each version as it was published.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models

from idic.core import ids


class SurvivorshipVersion(models.Model):
    """One published state of the rules; the newest holds. Going back publishes an old one anew."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    number = models.PositiveIntegerField(unique=True)
    orders = models.JSONField(default=dict)  # field → criteria, the first decides
    sources = models.JSONField(default=list)  # [id, rank] of each, the most trusted first
    came_from = models.PositiveIntegerField(null=True)  # the version gone back to
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    published_at = models.DateTimeField()

"""What the shell keeps: saved views of lists."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from idic.core import ids


class SavedView(models.Model):
    """A list's filters, sort and columns under a name; shared, or one person's own."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=2000)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+"
    )
    position = models.SmallIntegerField(default=0)

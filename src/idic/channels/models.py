"""How each channel is set up, and what the practice outbox caught."""

from __future__ import annotations

from django.db import models


class ChannelSetting(models.Model):
    """One channel's configuration. Not live: everything goes to the practice outbox."""

    key = models.CharField(max_length=16, primary_key=True)  # email, sms, zalo
    is_live = models.BooleanField(default=False)
    settings = models.JSONField(default=dict)
    checked_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True)

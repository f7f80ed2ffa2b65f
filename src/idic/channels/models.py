"""How each channel is set up and whether it reaches real people yet."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ChannelKey(models.TextChoices):
    """The ways to reach a person. Only e-mail has a real adapter yet."""

    EMAIL = "email", _("E-mail")
    SMS = "sms", _("SMS")
    ZALO = "zalo", _("Zalo")


class ChannelSetting(models.Model):
    """One channel's configuration. Not live: everything goes to the practice outbox. Passwords
    are not here but in a file only the owner of the installation can read (`channels.secret`).
    """

    key = models.CharField(max_length=16, primary_key=True, choices=ChannelKey.choices)
    is_live = models.BooleanField(default=False)
    settings = models.JSONField(default=dict)
    checked_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True)
    live_since = models.DateTimeField(null=True)

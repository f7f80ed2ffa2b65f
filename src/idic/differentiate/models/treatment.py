"""How each tier is treated, and what a contact costs: what staff promise themselves."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class TreatmentChannel(models.TextChoices):
    """By which way a tier is reached first."""

    VISIT = "visit", _("Visit")
    PHONE = "phone", _("Phone")
    ZALO = "zalo", _("Zalo")
    SMS = "sms", _("SMS")
    EMAIL = "email", _("E-mail")


class TreatmentPlan(models.Model):
    """The plan of one tier: channel, answer time, what an offer may cost, who looks after them."""

    tier = models.CharField(max_length=12, unique=True)
    channel = models.CharField(max_length=8, choices=TreatmentChannel.choices, blank=True)
    answer_hours = models.SmallIntegerField(null=True)
    # Minor units; what one offer to somebody of this tier may cost at most. None: no limit.
    offer_limit_amount = models.BigIntegerField(null=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    note = models.TextField(blank=True)
    changed_at = models.DateTimeField()


class ServiceKind(models.TextChoices):
    """What of a customer's care costs money each time."""

    VISIT = "visit", _("Visit")
    CALL = "call", _("Call")
    MESSAGE = "message", _("Message")
    CASE = "case", _("Complaint")


class ServiceCost(models.Model):
    """What one contact of a kind costs the shop, as staff set it, in minor units."""

    kind = models.CharField(max_length=8, choices=ServiceKind.choices, unique=True)
    unit_amount = models.BigIntegerField(default=0)

"""Ranks by value: the rules, their versions, and every move."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from idic.core import ids
from idic.identify.models import Customer


class Tier(models.TextChoices):
    """The ranks, best first. The screen shows a four-step meter and the word."""

    VVIP = "vvip", _("VVIP")
    VIP = "vip", _("VIP")
    LOYAL = "loyal", _("Loyal")
    POTENTIAL = "potential", _("Potential")
    NEW = "new", _("New")
    AT_RISK = "at_risk", _("Slipping away")
    DORMANT = "dormant", _("Quiet")

    @property
    def step(self) -> int:
        """How many of the meter's four bars are filled."""
        return {"vvip": 4, "vip": 4, "loyal": 3, "potential": 2, "at_risk": 2}.get(self.value, 1)


class TierPolicy(models.Model):
    """One version of the tier rules; the newest published one counts."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    version = models.IntegerField(unique=True)
    rules = models.JSONField()  # ordered list of {"tier": …, "when": segment-style tree}
    # Made by the product from the shop's own distribution, and never touched by staff.
    is_automatic = models.BooleanField(default=False)
    basis = models.JSONField(default=dict)  # what the thresholds were computed from
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )


class TierChange(models.Model):
    """A customer's move between tiers, with the date and the reason."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="tier_changes")
    from_tier = models.CharField(max_length=12, blank=True)
    to_tier = models.CharField(max_length=12)
    on_date = models.DateField()
    reason = models.JSONField(default=dict)
    policy_version = models.IntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["on_date", "to_tier"], name="diff_tier_change_day")]

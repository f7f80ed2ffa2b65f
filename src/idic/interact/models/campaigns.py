"""Campaigns and the audience frozen when one is launched."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from idic.core import ids
from idic.customize.models import Offer
from idic.differentiate.models import Segment
from idic.experiments.models import Experiment
from idic.identify.models import Customer


class CampaignState(models.TextChoices):
    """Where a campaign stands."""

    DRAFT = "draft", _("Draft")
    SCHEDULED = "scheduled", _("Scheduled")
    SENDING = "sending", _("Sending")
    PAUSED = "paused", _("Paused")
    SENT = "sent", _("Sent")
    CANCELLED = "cancelled", _("Cancelled")


class Goal(models.TextChoices):
    """What a campaign is for; each goal has a message to start from."""

    WIN_BACK = "win_back", _("Win back who is overdue")
    BUY_AGAIN = "buy_again", _("Remind of what they buy")
    DISCOVER = "discover", _("Show something new to them")
    THANK_YOU = "thank_you", _("Say thank you")
    WELCOME = "welcome", _("Welcome new customers")


class Campaign(models.Model):
    """One planned wave to a segment through one channel, with a control group by default.
    `launched_at` is the moment the audience is frozen and the measuring begins.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    name = models.CharField(_("Name"), max_length=120)
    goal = models.CharField(max_length=20, choices=Goal.choices, default=Goal.WIN_BACK)
    channel = models.CharField(max_length=16, default="email")
    purpose = models.CharField(max_length=12, default="marketing")
    segment = models.ForeignKey(
        Segment, null=True, on_delete=models.PROTECT, related_name="campaigns"
    )
    offer = models.ForeignKey(Offer, null=True, blank=True, on_delete=models.PROTECT)
    language = models.CharField(max_length=10, default="en")  # the message is written in it
    subject = models.CharField(_("Subject"), max_length=200, blank=True)
    body = models.TextField(_("Message"), blank=True)  # interact.content: markup and merge tags
    control_rate = models.DecimalField(max_digits=5, decimal_places=4, default="0.1")
    measure_days = models.SmallIntegerField(default=14)
    cost_amount = models.BigIntegerField(default=0)
    state = models.CharField(
        max_length=10, choices=CampaignState.choices, default=CampaignState.DRAFT
    )
    experiment = models.OneToOneField(
        Experiment, null=True, on_delete=models.PROTECT, related_name="campaign"
    )
    send_at = models.DateTimeField(null=True, blank=True)
    # What was said before the launch, kept so that the result can be held against it.
    base_rate = models.FloatField(null=True)
    detectable_rate = models.FloatField(null=True)
    is_live = models.BooleanField(default=False)  # launched to real people, not into practice
    approved_at = models.DateTimeField(null=True)
    launched_at = models.DateTimeField(null=True)
    audience_frozen_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    is_demo = models.BooleanField(default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-created_at", "id"], name="interact_campaign_new")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_practice(self) -> bool:
        """Whether, once launched, its messages reached nobody. The sample shop's are told as
        if they had been sent.
        """
        return not (self.is_live or self.is_demo)

    @property
    def is_editable(self) -> bool:
        """Only a draft may be changed."""
        return self.state == CampaignState.DRAFT


class Fate(models.TextChoices):
    """What became of a member of the segment when the campaign was launched."""

    TREATED = "treated", _("Gets the message")
    CONTROL = "control", _("Control group")
    LEFT_OUT = "left_out", pgettext_lazy("audience", "Left out")


class AudienceMember(models.Model):
    """One customer of the segment, frozen at launch, with the stored reason when left out."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="audience")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    fate = models.CharField(max_length=8, choices=Fate.choices)
    reason = models.CharField(max_length=40, blank=True)  # a code of interact.policy
    address = models.CharField(max_length=254, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "customer"], name="interact_member_once")
        ]
        indexes = [models.Index(fields=["campaign", "fate", "reason"], name="interact_member_fate")]

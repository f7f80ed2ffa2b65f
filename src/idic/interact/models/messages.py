"""The outbox: every message, its journey, and what the person did with it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from idic.core import ids
from idic.identify.models import Customer, SourceRecord

from .campaigns import Campaign


class MessageState(models.TextChoices):
    """Where a message stands. `in_doubt`: handed over, but no answer came back."""

    QUEUED = "queued", _("Waiting")
    SENDING = "sending", _("Being sent")
    IN_DOUBT = "in_doubt", _("In doubt")
    SENT = "sent", _("Sent")
    PRACTICE = "practice", _("In the practice outbox")
    SKIPPED = "skipped", _("Stopped before sending")
    FAILED = "failed", _("Failed")


class Message(models.Model):
    """One message to one person on one channel. `skip_reason` tells why it was stopped."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    campaign = models.ForeignKey(
        Campaign, null=True, on_delete=models.PROTECT, related_name="messages"
    )
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="messages")
    record = models.ForeignKey(SourceRecord, null=True, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=16)
    purpose = models.CharField(max_length=12)
    address = models.CharField(max_length=254)
    subject = models.CharField(max_length=300, blank=True)
    body_text = models.TextField(blank=True)
    body_html = models.TextField(blank=True)
    message_id_header = models.CharField(max_length=200, unique=True)
    token = models.CharField(max_length=43, unique=True)  # opens, unsubscribes: unguessable
    state = models.CharField(
        max_length=10, choices=MessageState.choices, default=MessageState.QUEUED
    )
    skip_reason = models.CharField(max_length=40, blank=True)
    error = models.CharField(max_length=300, blank=True)
    attempts = models.SmallIntegerField(default=0)
    send_after = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "customer"],
                condition=models.Q(campaign__isnull=False),
                name="interact_message_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["send_after"],
                condition=models.Q(state="queued"),
                name="interact_message_due",
            ),
            models.Index(fields=["customer", "-created_at"], name="interact_message_customer"),
        ]


class MessageEvent(models.Model):
    """An open, click, reply, bounce, complaint or unsubscription. `actor` tells people from
    machines: human, prefetch, scanner.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=12)
    actor = models.CharField(max_length=8, default="human")
    link = models.ForeignKey("interact.TrackedLink", null=True, on_delete=models.CASCADE)
    occurred_at = models.DateTimeField()
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["message", "kind"], name="interact_event_kind")]


class TrackedLink(models.Model):
    """A destination a campaign links to. The click address carries its id, never the target."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="links")
    target = models.URLField(max_length=1000)

"""The outbox: every message, its journey, and what the person did with it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from idic.core import ids
from idic.identify.models import Customer, SourceRecord

from .campaigns import Campaign


class MessageState(models.TextChoices):
    """Where a message stands. `in_doubt`: handed over, but no answer came back."""

    QUEUED = "queued", pgettext_lazy("message", "Waiting")
    SENDING = "sending", _("Being sent")
    IN_DOUBT = "in_doubt", _("In doubt")
    SENT = "sent", _("Sent")
    PRACTICE = "practice", _("In the practice outbox")
    SKIPPED = "skipped", _("Stopped before sending")
    FAILED = "failed", _("Failed")


class Message(models.Model):
    """One message to one person on one channel. `skip_reason` tells why it was stopped; `doubts`
    counts how often it was handed over without an answer.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    campaign = models.ForeignKey(
        Campaign, null=True, on_delete=models.PROTECT, related_name="messages"
    )
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="messages")
    record = models.ForeignKey(SourceRecord, null=True, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=16)
    purpose = models.CharField(max_length=12)
    address = models.CharField(max_length=254)
    # For this address and no other, whatever their customer's is by now; no name goes there.
    keeps_address = models.BooleanField(default=False)
    subject = models.CharField(max_length=300, blank=True)
    # What the person reads, in the markup of `interact.content`; text and HTML are made from it.
    body = models.TextField(blank=True)
    language = models.CharField(max_length=10, blank=True)
    message_id_header = models.CharField(max_length=200, unique=True)
    token = models.CharField(max_length=43, unique=True)  # opens, unsubscribes: unguessable
    state = models.CharField(
        max_length=10, choices=MessageState.choices, default=MessageState.QUEUED
    )
    skip_reason = models.CharField(max_length=40, blank=True)
    error = models.CharField(max_length=300, blank=True)
    attempts = models.SmallIntegerField(default=0)
    doubts = models.SmallIntegerField(default=0)
    send_after = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    lease_owner = models.CharField(max_length=80, blank=True)
    sent_at = models.DateTimeField(null=True)
    # Made while the channel was in practice: it stays there even when the channel goes live later.
    is_practice = models.BooleanField(default=False)
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
                fields=["lease_until"],
                condition=models.Q(state__in=["sending", "in_doubt"]),
                name="interact_message_leased",
            ),
            models.Index(fields=["customer", "-created_at"], name="interact_message_customer"),
            models.Index(fields=["campaign", "state", "send_after"], name="interact_message_due"),
            models.Index(fields=["-created_at", "-id"], name="interact_message_new"),
            models.Index(fields=["address"], name="interact_message_address"),
        ]


class EventKind(models.TextChoices):
    """What came back on a message."""

    OPENED = "open", _("Opened")
    CLICKED = "click", _("Clicked")
    REPLIED = "reply", _("Replied")
    BOUNCED = "bounce", _("Came back")
    COMPLAINED = "complaint", _("Marked as spam")
    UNSUBSCRIBED = "unsubscribe", _("Unsubscribed")


class Actor(models.TextChoices):
    """Who did it: a person, a mail program that loads ahead, or a security scanner."""

    HUMAN = "human", _("A person")
    PREFETCH = "prefetch", _("A mail program")
    SCANNER = "scanner", _("A scanner")


class MessageEvent(models.Model):
    """An open, click, reply, bounce, complaint or unsubscription, classed when it arrives."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=12, choices=EventKind.choices)
    actor = models.CharField(max_length=8, choices=Actor.choices, default=Actor.HUMAN)
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

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "target"], name="interact_link_once")
        ]


class UnusableAddress(models.Model):
    """An address nothing may be sent to any more: it does not exist, or its owner called our mail
    spam.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    channel = models.CharField(max_length=16)
    address = models.CharField(max_length=254)
    reason = models.CharField(max_length=12)  # bounced, complained
    detail = models.CharField(max_length=300, blank=True)
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "address"], name="interact_unusable_once")
        ]

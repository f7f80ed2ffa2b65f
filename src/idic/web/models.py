"""What the shell keeps: saved views of lists, and which morning mail went out."""

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


class DigestMail(models.Model):
    """One morning's mail to one person: the journal that keeps it from going out twice. The mail
    itself is not kept.

        waiting → sending (leased) → in_doubt (just before the last byte) → sent or failed
    """

    class State(models.TextChoices):
        """Where it stands. One in doubt was handed over, and no answer came: never sent again."""

        WAITING = "waiting"
        SENDING = "sending"
        IN_DOUBT = "in_doubt"
        SENT = "sent"
        FAILED = "failed"

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="digests"
    )
    on_date = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    # Who sends it; a sender that comes back late no longer finds its own word here.
    holder = models.CharField(max_length=32, blank=True)
    due_at = models.DateTimeField()  # waiting: not before; sending: the lease ends
    settled_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["staff", "on_date"], name="web_digest_once_a_day")
        ]

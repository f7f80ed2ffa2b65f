"""A mailbox that is read as a source: how it is reached, and how far it has been read."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from idic.core import ids

from .sources import Source


class MailSecurity(models.TextChoices):
    """How the connection to a mail server is guarded."""

    TLS = "tls", _("TLS, usually port 993")
    STARTTLS = "starttls", _("STARTTLS, usually port 143")
    NONE = "none", _("None, for a server on this machine")


class Mailbox(models.Model):
    """A folder of a mail account. Everything up to `last_uid` was read, as long as the server
    numbers its mails by `uid_validity`. Its password lies in a file (`channels.secret`).
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    source = models.OneToOneField(Source, on_delete=models.PROTECT, related_name="mailbox")
    host = models.CharField(max_length=200)
    port = models.IntegerField(default=993)
    security = models.CharField(
        max_length=12, choices=MailSecurity.choices, default=MailSecurity.TLS
    )
    user = models.CharField(max_length=254)
    folder = models.CharField(max_length=200, default="INBOX")
    is_on = models.BooleanField(default=True)
    read_since = models.DateField()  # older mails are left where they are
    uid_validity = models.BigIntegerField(default=0)
    last_uid = models.BigIntegerField(default=0)
    left_out = models.JSONField(default=dict)  # reason → how many
    checked_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=20, blank=True)  # a code; the page says it
    created_at = models.DateTimeField()

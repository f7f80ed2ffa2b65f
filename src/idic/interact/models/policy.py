"""The rules every message passes before it goes out."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ContactPolicy(models.Model):
    """The business's contact rules; one row, with id 1."""

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    max_messages = models.SmallIntegerField(_("Messages at most"), default=2)
    max_messages_days = models.SmallIntegerField(_("within days"), default=7)
    quiet_from_hour = models.SmallIntegerField(_("Quiet from"), default=21)
    quiet_to_hour = models.SmallIntegerField(_("Quiet until"), default=8)
    after_large_order_days = models.SmallIntegerField(
        _("Days of rest after a large order"), default=3
    )
    large_order_amount = models.BigIntegerField(null=True, blank=True)  # null: the shop's top tenth
    block_open_case = models.BooleanField(_("No offers while a complaint is open"), default=True)
    # Stands before the subject of advertising; null: what the law of the country asks for.
    advertising_label = models.CharField(max_length=20, null=True, blank=True)
    # The shop's top tenth as last computed, so that no message waits for it.
    top_tenth_amount = models.BigIntegerField(null=True)
    top_tenth_at = models.DateTimeField(null=True)

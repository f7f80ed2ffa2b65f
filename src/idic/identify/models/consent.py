"""The consent ledger: who allowed what, through which channel, with which proof."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from idic.core import ids

from .records import SourceRecord
from .staging import PublishedManager


class Purpose(models.TextChoices):
    """What a message is for. Service messages need no marketing consent."""

    MARKETING = "marketing", _("Marketing")
    SERVICE = "service", _("Service")


class ConsentStatus(models.TextChoices):
    """What the person said."""

    GRANTED = "granted", _("Allowed")
    DENIED = "denied", _("Refused")
    UNKNOWN = "unknown", _("Never asked")


class ConsentBasis(models.TextChoices):
    """The lawful ground."""

    CONSENT = "consent", _("The person agreed")
    CONTRACT = "contract", _("Existing customer")
    LEGITIMATE_INTEREST = "legitimate_interest", _("Legitimate interest")
    UNKNOWN = "unknown", _("Not known")


class Consent(models.Model):
    """One row of the ledger, append-only, keyed by (address, purpose, channel): the latest row
    per address counts, and a refusal on any joined record wins.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    record = models.ForeignKey(SourceRecord, on_delete=models.CASCADE, related_name="consents")
    address = models.CharField(max_length=254)
    channel = models.CharField(max_length=16)
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    status = models.CharField(max_length=8, choices=ConsentStatus.choices)
    basis = models.CharField(max_length=20, choices=ConsentBasis.choices)
    proof = models.CharField(max_length=300, blank=True)
    wording_version = models.CharField(max_length=40, blank=True)
    given_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    import_run = models.ForeignKey(
        "identify.ImportRun", null=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = PublishedManager["Consent"]()
    everything = models.Manager["Consent"]()

    class Meta:
        indexes = [
            models.Index(fields=["channel", "purpose", "address"], name="identify_consent_address"),
        ]

"""The consent ledger: who allowed what, through which channel, with which proof; and the chain of
seals over it, by which a change shows.
"""

from __future__ import annotations

import secrets

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


def make_salt() -> str:
    """Give what makes a row's commitment say nothing of it once the row is gone."""
    return secrets.token_hex(16)


class Consent(models.Model):
    """One row of the ledger, append-only, keyed by (address, purpose, channel): the latest row
    per address counts, and a refusal on any joined record wins. Which record it hangs on and by
    which import it came may change, what it says never: a trigger refuses it.
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
    salt = models.CharField(max_length=32, default=make_salt, editable=False)
    # The seal that holds its commitment; empty until the next sealing.
    seal_number = models.BigIntegerField(null=True, editable=False)

    objects = PublishedManager["Consent"]()
    everything = models.Manager["Consent"]()

    class Meta:
        indexes = [
            models.Index(fields=["channel", "purpose", "address"], name="identify_consent_address"),
            models.Index(
                fields=["id"],
                condition=models.Q(seal_number=None),
                name="identify_consent_unsealed",
            ),
        ]


class RemovalReason(models.TextChoices):
    """Why rows of the ledger are gone."""

    ERASED = "erased", _("The person was erased")
    IMPORT_UNDONE = "import_undone", _("Their import was undone")
    CLEANING_UNDONE = "cleaning_undone", _("A correction was undone")
    DEMO_REMOVED = "demo_removed", _("The sample business was removed")


class ConsentRemoval(models.Model):
    """Rows of the ledger that went, and why: sealed like a row, so that nothing goes silently."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    consent_ids = models.JSONField()
    reason = models.CharField(max_length=16, choices=RemovalReason.choices)
    at = models.DateTimeField()
    seal_number = models.BigIntegerField(null=True, editable=False)


class ConsentSeal(models.Model):
    """A link of the chain: commitments to some rows and removals, sealed by the hash of the link
    before. A commitment is a hash of a row and its salt; without both it says nothing.
    """

    number = models.BigIntegerField(primary_key=True)  # 1, 2, 3 …: a gap shows a deletion
    entries = models.JSONField()  # [kind, id, commitment] of each
    previous = models.CharField(max_length=64)
    chain = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

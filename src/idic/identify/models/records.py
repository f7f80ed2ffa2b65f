"""Parties as one source knows them, and the identifiers that point at them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from idic.core import ids

from .customers import Customer
from .sources import Source
from .staging import PublishedManager


class RecordKind(models.TextChoices):
    """What a source record is; only person and company can make a customer."""

    PERSON = "person", _("Person")
    COMPANY = "company", _("Company")
    HOUSEHOLD = "household", _("Household")
    DEVICE = "device", _("Device")
    ADDRESS = "address", _("Address")
    RECEIPT = "receipt", _("Receipt")


class SourceRecord(models.Model):
    """A party as one source knows it. Facts hang on it and never move; linking it to a customer
    sets `customer`, the only thing a merge or an unmerge changes.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    # Found by the constraint below, which begins with it.
    source = models.ForeignKey(
        Source, on_delete=models.PROTECT, related_name="records", db_index=False
    )
    source_key = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=RecordKind.choices, default=RecordKind.PERSON)
    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.PROTECT, related_name="records"
    )
    display_name = models.CharField(max_length=200, blank=True)
    import_run = models.ForeignKey(
        "identify.ImportRun", null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField()

    objects = PublishedManager["SourceRecord"]()
    everything = models.Manager["SourceRecord"]()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "source_key"], name="identify_record_source_key"
            )
        ]


class IdentifierType(models.TextChoices):
    """What kind of value points at a customer."""

    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("Phone")
    CARD = "card", _("Membership card")
    CUSTOMER_NUMBER = "customer_number", _("Customer number")
    ZALO = "zalo", _("Zalo")
    WECHAT = "wechat", _("WeChat")
    DEVICE = "device", _("Device")
    TAX_NUMBER = "tax_number", _("Tax number")


class Identifier(models.Model):
    """A typed value on a source record. `value` is normalised (E.164, lower case);
    `is_placeholder` values (0000000000, masked) never identify anybody.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    # Found by the constraint below, which begins with it.
    record = models.ForeignKey(
        SourceRecord, on_delete=models.CASCADE, related_name="identifiers", db_index=False
    )
    type = models.CharField(max_length=16, choices=IdentifierType.choices)
    value = models.CharField(max_length=254)
    as_given = models.CharField(max_length=254)
    is_placeholder = models.BooleanField(default=False)
    import_run = models.ForeignKey(
        "identify.ImportRun", null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField()

    objects = PublishedManager["Identifier"]()
    everything = models.Manager["Identifier"]()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["record", "type", "value"], name="identify_identifier_once"
            )
        ]
        indexes = [models.Index(fields=["type", "value"], name="identify_identifier_value")]

"""Orders and their lines. An order belongs to the source record it came through."""

from __future__ import annotations

from django.db import models

from idic.core import ids

from .imports import ImportRun
from .records import SourceRecord
from .sources import Source
from .staging import PublishedManager


class Order(models.Model):
    """Money for goods. (merchant, order_number) is its identity whichever source reports it;
    a cancellation is an order with negative lines. Without a record it is ownerless.
    Amounts are minor units of `currency`.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    merchant = models.CharField(max_length=60, default="main")
    order_number = models.CharField(max_length=120)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="orders")
    record = models.ForeignKey(
        SourceRecord, null=True, on_delete=models.PROTECT, related_name="orders"
    )
    ordered_at = models.DateTimeField()
    currency = models.CharField(max_length=3)
    net_amount = models.BigIntegerField()
    line_count = models.IntegerField()
    is_return = models.BooleanField(default=False)
    store = models.CharField(max_length=120, blank=True)
    import_run = models.ForeignKey(
        ImportRun, null=True, on_delete=models.PROTECT, related_name="orders"
    )
    # Grows with every write of this order: the flush to the lake takes what is above its mark.
    revision = models.BigIntegerField(default=ids.new_id)
    # A digest of what a file said about this order: the same again changes nothing.
    fingerprint = models.CharField(max_length=32, blank=True)
    # When its source said, live, what stands here: a word that comes late does not undo it.
    said_at = models.DateTimeField(null=True)

    objects = PublishedManager["Order"]()
    everything = models.Manager["Order"]()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "order_number"], name="identify_order_number"
            )
        ]
        indexes = [
            models.Index(fields=["record", "-ordered_at"], name="identify_order_record"),
            models.Index(fields=["revision"], name="identify_order_revision"),
        ]


class OrderLine(models.Model):
    """One line; its number is its identity, so exact duplicates stay. `unit_price` is exact."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    line_number = models.IntegerField()
    product_code = models.CharField(max_length=80)
    product_name = models.CharField(max_length=300, blank=True)
    category = models.CharField(max_length=120, blank=True)
    quantity = models.DecimalField(max_digits=18, decimal_places=3)
    unit_price = models.DecimalField(max_digits=18, decimal_places=6)
    net_amount = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "line_number"], name="identify_line_number")
        ]
        indexes = [
            # Who bought a product is answered by the index alone.
            models.Index(fields=["product_code", "order", "quantity"], name="identify_line_product")
        ]

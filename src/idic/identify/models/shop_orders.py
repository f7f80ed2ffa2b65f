"""How a shop system names its orders within itself, and what it said was given back of them."""

from __future__ import annotations

from django.db import models

from idic.core import ids

from .sources import Source


class ShopOrder(models.Model):
    """An order by the key its system gives it beside the number people see, by which it tells of
    refunds. `refunds` holds each refund by its own key: what was given back, or null once the
    order's own word counts it. The number is empty while only refunds were told of.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="shop_orders")
    key = models.CharField(max_length=100)
    order_number = models.CharField(max_length=120, blank=True)
    refunds = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "key"], name="identify_shop_order_key")
        ]

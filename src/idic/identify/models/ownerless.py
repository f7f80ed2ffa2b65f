"""Who may have bought what nobody's name stands on."""

from __future__ import annotations

from django.db import models

from idic.core import ids

from .customers import Customer
from .orders import Order


class LinkRule(models.TextChoices):
    """What a suggestion rests on; the page says it in words."""

    PHONE = "phone"
    EMAIL = "email"
    CARD = "card"
    CUSTOMER_NUMBER = "customer_number"
    ZALO = "zalo"
    WECHAT = "wechat"
    ADDRESS = "address"  # the same name at the same address
    BASKET = "basket"  # buys the same uncommon goods


class OwnerSuggestion(models.Model):
    """A customer whose an order without an owner may be, and why: `evidence` counts and names
    goods, never anybody's values. Worked out anew by each refresh; what somebody said no to stays.
    An order that is gone or has an owner by now is on no list.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    order = models.ForeignKey(
        Order, on_delete=models.DO_NOTHING, db_constraint=False, related_name="suggestions"
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="order_suggestions"
    )
    rule = models.CharField(max_length=16, choices=LinkRule.choices)
    score = models.FloatField()
    is_sure = models.BooleanField(default=False)
    is_dismissed = models.BooleanField(default=False)
    evidence = models.JSONField(default=dict)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "customer"], name="identify_owner_once")
        ]
        indexes = [
            models.Index(fields=["is_dismissed", "-score", "id"], name="identify_owner_list"),
            models.Index(
                fields=["id"],
                condition=models.Q(is_sure=True, is_dismissed=False),
                name="identify_owner_sure",
            ),
        ]

"""The catalogue, what is recommended to whom and why, offers, and decisions taken."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from idic.core import ids
from idic.identify.models import Customer


class Product(models.Model):
    """Goods, as the order lines name them: one row a product code."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    code = models.CharField(_("Code"), max_length=80, unique=True)
    name = models.CharField(_("Name"), max_length=300)
    name_key = models.CharField(max_length=300, default="")  # folded: found without its marks
    category = models.CharField(_("Category"), max_length=120, blank=True)
    is_sellable = models.BooleanField(_("May be recommended"), default=True)  # not postage, fees
    is_available = models.BooleanField(_("In stock"), default=True)
    last_sold_date = models.DateField(null=True)
    customer_count = models.IntegerField(default=0)
    net_amount = models.BigIntegerField(default=0)
    typical_price = models.BigIntegerField(null=True)


class RecommendationKind(models.TextChoices):
    """Why a product is proposed."""

    BUY_AGAIN = "buy_again", _("Buy again")
    DISCOVER = "discover", _("New for them")
    POPULAR = "popular", _("Popular here")


class Recommendation(models.Model):
    """One product proposed to one customer, with the facts its reason is made of."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="recommendations")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=RecommendationKind.choices)
    rank = models.SmallIntegerField()
    score = models.FloatField()
    reason = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["customer", "rank"], name="customize_rec_rank")]


class RejectedProduct(models.Model):
    """“Not for me”: a product this customer must not be shown again."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    rejected_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "product"], name="customize_rejected_once")
        ]


class OfferKind(models.TextChoices):
    """What a customer gets."""

    DISCOUNT = "discount", _("Discount")
    GIFT = "gift", _("Gift")
    SERVICE = "service", _("Service")


class Offer(models.Model):
    """Something a customer can accept, with terms, cost and whom it is for."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    name = models.CharField(_("Name"), max_length=120)
    kind = models.CharField(max_length=12, choices=OfferKind.choices)
    terms = models.CharField(_("Terms"), max_length=300, blank=True)
    discount_rate = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)
    cost_amount = models.BigIntegerField(default=0)  # minor units for one acceptance
    eligible = models.JSONField(default=dict)  # segment-style tree; empty means everybody
    from_date = models.DateField(null=True, blank=True)
    to_date = models.DateField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField()


class Decision(models.Model):
    """The action chosen for a customer, with reasons, alternatives and propensity. Immutable."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="decisions")
    action = models.CharField(max_length=40)
    value_amount = models.BigIntegerField(null=True)
    reasons = models.JSONField(default=list)
    alternatives = models.JSONField(default=list)  # each with its value and why not
    propensity = models.FloatField(default=1.0)
    decided_at = models.DateTimeField()

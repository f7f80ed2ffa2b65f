"""One wide, indexed row a customer: what lists, filters, segments and the matrix read."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from idic.identify.models import Customer

from .needs import NeedGroup
from .tiers import Tier


class Reach(models.TextChoices):
    """Whether a channel may carry marketing to a customer, and if not, why."""

    ALLOWED = "allowed", _("Allowed")
    NO_ADDRESS = "no_address", _("No address")
    UNKNOWN = "unknown", _("Never asked")
    DENIED = "denied", _("Refused")


class CustomerSummary(models.Model):
    """Everything a list needs about a customer, recomputed when the customer changes.
    Amounts are minor units of the business currency; scores 1–5, 5 best; null means not known.
    """

    customer = models.OneToOneField(
        Customer, primary_key=True, on_delete=models.CASCADE, related_name="summary"
    )
    full_name = models.CharField(max_length=200, blank=True)
    sort_name = models.CharField(max_length=200, blank=True)  # folded, in the locale's order
    city = models.CharField(max_length=120, blank=True)
    # The province or region as it is called today, whichever spelling the city was given in.
    region = models.CharField(max_length=120, blank=True, default="", db_default="")
    country = models.CharField(max_length=60, blank=True)
    # Folded copies (no marks, lower case): what rules about text compare with.
    name_key = models.CharField(max_length=200, blank=True)
    city_key = models.CharField(max_length=120, blank=True)
    region_key = models.CharField(max_length=120, blank=True, default="", db_default="")
    country_key = models.CharField(max_length=60, blank=True)
    gender = models.CharField(max_length=20, blank=True)
    birth_date = models.DateField(null=True)
    lifecycle_stage = models.CharField(max_length=10, blank=True)
    is_company = models.BooleanField(default=False)
    is_demo = models.BooleanField(default=False)

    first_order_date = models.DateField(null=True)
    last_order_date = models.DateField(null=True)
    order_count = models.IntegerField(default=0)
    net_amount = models.BigIntegerField(default=0)
    last_year_amount = models.BigIntegerField(default=0)  # the 365 days up to as_of_date
    last_year_order_count = models.IntegerField(default=0)
    mean_order_amount = models.BigIntegerField(null=True)

    recency_score = models.SmallIntegerField(null=True)
    frequency_score = models.SmallIntegerField(null=True)
    monetary_score = models.SmallIntegerField(null=True)
    rfm_cell = models.CharField(max_length=3, blank=True)
    # Where they stood at the end of the month before, by the same lines; empty: had not bought.
    rfm_cell_before = models.CharField(max_length=3, blank=True, default="", db_default="")

    usual_gap_days = models.FloatField(null=True)
    overdue_days = models.IntegerField(null=True)  # days beyond what is usual for this person
    is_overdue = models.BooleanField(default=False)

    expected_amount = models.BigIntegerField(null=True)  # over the next 365 days
    expected_low_amount = models.BigIntegerField(null=True)
    expected_high_amount = models.BigIntegerField(null=True)
    expected_order_count = models.FloatField(null=True)
    churn_risk = models.FloatField(null=True)
    # Last year plus the expected year: what ranks a customer.
    worth_amount = models.BigIntegerField(default=0)
    # What of last year's money is likely not to come back: amount × churn risk.
    stake_amount = models.BigIntegerField(default=0)
    # What of that a call can still win: at stake × chance to come back. Ranks whom to call first.
    winback_amount = models.BigIntegerField(default=0)

    tier = models.CharField(max_length=12, blank=True)
    tier_reason = models.JSONField(default=dict)  # {"rule": code, "metric": …, "value": …}
    tier_since = models.DateField(null=True)
    need_group = models.ForeignKey(  # diff_sum_need is its index
        NeedGroup, null=True, on_delete=models.SET_NULL, related_name="members", db_index=False
    )
    need_confidence = models.FloatField(null=True)

    email_reach = models.CharField(max_length=10, choices=Reach.choices, default=Reach.NO_ADDRESS)
    sms_reach = models.CharField(max_length=10, choices=Reach.choices, default=Reach.NO_ADDRESS)
    zalo_reach = models.CharField(max_length=10, choices=Reach.choices, default=Reach.NO_ADDRESS)
    has_open_case = models.BooleanField(default=False)
    last_contact_at = models.DateTimeField(null=True)
    source_count = models.SmallIntegerField(default=0)
    # On how many of the last 30 days they used something; null: not seen for a year.
    usage_days = models.SmallIntegerField(null=True)
    depth_score = models.SmallIntegerField(default=0)  # how well they are known, of 100
    as_of_date = models.DateField()
    refreshed_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["sort_name", "customer"], name="diff_sum_name"),
            models.Index(fields=["-expected_amount", "customer"], name="diff_sum_expected"),
            models.Index(fields=["-last_year_amount", "customer"], name="diff_sum_year"),
            models.Index(fields=["-net_amount", "customer"], name="diff_sum_net"),
            # Last year's money lies beside the day, so that "bought lately, for so much" is counted
            # in the index alone.
            models.Index(
                fields=["-last_order_date", "customer", "last_year_amount"], name="diff_sum_last"
            ),
            models.Index(fields=["-order_count", "customer"], name="diff_sum_orders"),
            models.Index(fields=["-overdue_days", "customer"], name="diff_sum_overdue"),
            models.Index(
                fields=["-stake_amount", "customer"],
                condition=models.Q(is_overdue=True),
                name="diff_sum_stake",
            ),
            models.Index(
                fields=["tier", "need_group", "-expected_amount", "customer"], name="diff_sum_cell"
            ),
            models.Index(fields=["tier", "-expected_amount", "customer"], name="diff_sum_tier"),
            models.Index(
                fields=["need_group", "-expected_amount", "customer"], name="diff_sum_need"
            ),
            models.Index(
                fields=["-winback_amount", "customer"],
                condition=models.Q(tier="at_risk"),
                name="diff_sum_risk",
            ),
            models.Index(
                fields=["-winback_amount", "customer"],
                condition=models.Q(is_overdue=True, has_open_case=False),
                name="diff_sum_winback",
            ),
            models.Index(fields=["city_key", "-expected_amount", "customer"], name="diff_sum_city"),
            models.Index(fields=["-worth_amount", "customer"], name="diff_sum_worth"),
            models.Index(
                fields=["-expected_amount", "customer"],
                condition=models.Q(has_open_case=True),
                name="diff_sum_case",
            ),
            # Holds what lists filter by: a rare combination among a million is found without rows.
            models.Index(
                fields=[
                    "tier",
                    "need_group",
                    "city_key",
                    "is_overdue",
                    "email_reach",
                    "sms_reach",
                    "zalo_reach",
                    "has_open_case",
                    "last_order_date",
                    "first_order_date",
                    "last_year_amount",
                    "overdue_days",
                    "-expected_amount",
                    "customer",
                ],
                name="diff_sum_filter",
            ),
        ]

    @property
    def tier_label(self) -> str:
        """The tier's name in the viewer's language; empty for none."""
        return str(Tier(self.tier).label) if self.tier in Tier.values else ""

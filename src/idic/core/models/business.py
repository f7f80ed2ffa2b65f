"""The business this installation serves: one row."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Business(models.Model):
    """The company's own settings. There is exactly one row, with id 1."""

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(_("Business name"), max_length=120)
    language = models.CharField(_("Language"), max_length=10, default="en")
    country = models.CharField(_("Country"), max_length=2, default="GB")
    currency = models.CharField(_("Currency"), max_length=3, default="GBP")
    time_zone = models.CharField(_("Time zone"), max_length=60, default="UTC")
    postal_address = models.CharField(
        _("Postal address"),
        max_length=300,
        blank=True,
        help_text=_("Shown at the foot of every marketing mail, as the law asks."),
    )
    # The day figures are looked at from; empty means today. A file of 2011 is seen as of 2011.
    as_of_date = models.DateField(_("Look at the business as of"), null=True, blank=True)
    # What share of a sale remains after the cost of goods; empty: figures are revenue, not profit.
    margin_rate = models.DecimalField(
        _("Margin"), max_digits=5, decimal_places=4, null=True, blank=True
    )
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="core_business_single"),
        ]

    def __str__(self) -> str:
        return self.name

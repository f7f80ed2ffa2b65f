"""The form of an offer."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from idic.core.days import DayField
from idic.core.money import to_decimal, to_minor
from idic.customize.models import Offer, OfferKind

_TEXT = {"class": "input"}


class OfferForm(forms.Form):
    """What an offer is, what it costs us and when it runs."""

    name = forms.CharField(label=_("Name"), max_length=120, widget=forms.TextInput(attrs=_TEXT))
    kind = forms.ChoiceField(
        label=_("What it is"), choices=OfferKind.choices, widget=forms.Select(attrs=_TEXT)
    )
    terms = forms.CharField(
        label=_("Terms, as the customer reads them"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs=_TEXT | {"rows": 3}),
    )
    discount_percent = forms.DecimalField(
        label=_("Discount in percent"),
        min_value=Decimal(0),
        max_value=Decimal(100),
        max_digits=5,
        decimal_places=2,
        required=False,
        widget=forms.NumberInput(attrs=_TEXT | {"step": "any"}),
    )
    cost = forms.DecimalField(
        label=_("What one acceptance costs us"),
        min_value=Decimal(0),
        max_digits=15,
        decimal_places=2,
        required=False,
        widget=forms.NumberInput(attrs=_TEXT | {"step": "any"}),
        help_text=_("The discount itself not counted: goods, packing, a gift."),
    )
    from_date = DayField(
        label=_("Runs from"),
        required=False,
    )
    to_date = DayField(
        label=_("Ends before"),
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a discount without a rate and an end before its start."""
        values = super().clean() or {}
        if values.get("kind") == OfferKind.DISCOUNT and not values.get("discount_percent"):
            self.add_error("discount_percent", _("Say how large the discount is."))
        start, end = values.get("from_date"), values.get("to_date")
        if start and end and end <= start:
            self.add_error("to_date", _("The end lies before the start."))
        return values

    def facts(self, *, currency: str) -> dict[str, Any]:
        """Give the cleaned values as the service takes them."""
        values = self.cleaned_data
        percent = values["discount_percent"]
        return {
            "name": values["name"],
            "kind": values["kind"],
            "terms": values["terms"],
            "discount_rate": percent / 100 if percent else None,
            "cost_amount": to_minor(values["cost"] or Decimal(0), currency=currency),
            "from_date": values["from_date"],
            "to_date": values["to_date"],
        }


def initial_of(offer: Offer, *, currency: str) -> dict[str, Any]:
    """Give a stored offer as the form shows it."""
    rate = offer.discount_rate
    return {
        "name": offer.name,
        "kind": offer.kind,
        "terms": offer.terms,
        "discount_percent": rate * 100 if rate is not None else None,
        "cost": to_decimal(offer.cost_amount, currency=currency),
        "from_date": offer.from_date,
        "to_date": offer.to_date,
    }

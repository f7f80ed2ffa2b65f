"""The forms of the settings."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from typing import Any

from babel import Locale
from babel.core import get_global
from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from idic.core.days import DayField
from idic.core.formatting import locale_for
from idic.core.models import Business, Role, Staff

_INPUT = {"class": "input"}
_FIRST_COUNTRIES = ("VN", "CN", "GB", "US", "SG", "TW", "HK", "AU", "DE", "FR")
_FIRST_CURRENCIES = ("VND", "CNY", "GBP", "USD", "EUR", "SGD", "TWD", "HKD", "AUD", "JPY")


@lru_cache(maxsize=8)
def _countries(language: str) -> list[tuple[str, str]]:
    names = locale_for(language).territories
    known = {code: str(name) for code, name in names.items() if len(code) == 2 and code.isalpha()}
    return _ordered(known, _FIRST_COUNTRIES)


@lru_cache(maxsize=8)
def _currencies(language: str) -> list[tuple[str, str]]:
    locale: Locale = locale_for(language)
    known = {
        code: f"{code} · {locale.currencies.get(code, code)}" for code in _current_currencies()
    }
    return _ordered(known, _FIRST_CURRENCIES)


def _ordered(known: dict[str, str], first: tuple[str, ...]) -> list[tuple[str, str]]:
    rest = sorted((c for c in known if c not in first), key=lambda code: known[code])
    return [(code, known[code]) for code in (*first, *rest) if code in known]


@lru_cache(maxsize=1)
def _current_currencies() -> frozenset[str]:
    """Give the currencies some country pays with today."""
    periods = (period for known in get_global("territory_currencies").values() for period in known)
    return frozenset(code for code, _from, to, is_tender in periods if to is None and is_tender)


@lru_cache(maxsize=1)
def _time_zones() -> list[tuple[str, str]]:
    """Give one zone a region, without the many that are only other names of one."""
    table = files("tzdata").joinpath("zoneinfo/zone1970.tab").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    zones = sorted(row[2] for row in rows if len(row) > 2)
    return [("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in zones)]


class LongSelect(forms.Select):
    """A choice among hundreds: its options are written at once, not each by three templates."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        """Write the whole control."""
        held = "" if value is None else str(value)
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            ((code, _SELECTED if str(code) == held else "", label) for code, label in self.choices),
        )
        own = flatatt(self.build_attrs(self.attrs, attrs))
        return format_html('<select name="{}"{}>{}</select>', name, own, options)


_SELECTED = SafeString(" selected")


class CompanyForm(forms.Form):
    """The company's own settings."""

    name = forms.CharField(label=_("Name of the business"), max_length=120)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    country = forms.ChoiceField(
        widget=LongSelect,
        label=_("Country"),
        help_text=_("Decides how phone numbers without a country are read."),
    )
    time_zone = forms.ChoiceField(widget=LongSelect, label=_("Time zone"))
    currency = forms.ChoiceField(
        widget=LongSelect,
        label=_("Currency"),
        help_text=_("All amounts are shown in it. Changing it converts nothing."),
    )
    confirm_currency = forms.BooleanField(
        label=_("Yes, show the amounts there are in the other currency, unconverted"),
        required=False,
    )
    margin_percent = forms.DecimalField(
        label=_("Margin in percent"),
        help_text=_("What remains of a sale after the cost of goods. Empty: figures are sales."),
        min_value=Decimal(0),
        max_value=Decimal(100),
        max_digits=5,
        decimal_places=2,
        required=False,
    )
    as_of_date = DayField(
        label=_("Look at the business as of"),
        help_text=_("For an old file: the day after its last order. Empty: today."),
        required=False,
    )
    postal_address = forms.CharField(
        label=_("Postal address"),
        help_text=_("Stands at the foot of every marketing mail, as the law asks."),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, business: Business, has_orders: bool, **kwargs: Any) -> None:
        kwargs.setdefault("initial", _initial(business))
        super().__init__(*args, **kwargs)
        language = get_language() or "en"
        self.business, self.has_orders = business, has_orders
        _choices(self, "country", _countries(language), business.country)
        _choices(self, "currency", _currencies(language), business.currency)
        _choices(self, "time_zone", _time_zones(), business.time_zone)
        if not has_orders:
            del self.fields["confirm_currency"]
        _dress(self)

    def clean(self) -> dict[str, Any]:
        """Ask twice before amounts are shown in another currency."""
        cleaned = super().clean() or {}
        is_other = cleaned.get("currency") not in (None, self.business.currency)
        if is_other and self.has_orders and not cleaned.get("confirm_currency"):
            self.add_error(
                "confirm_currency", _("There are orders already. Confirm, or keep the currency.")
            )
        return cleaned

    def changes(self) -> dict[str, Any]:
        """Give the settings as the business keeps them."""
        cleaned = dict(self.cleaned_data)
        cleaned.pop("confirm_currency", None)
        percent = cleaned.pop("margin_percent")
        cleaned["margin_rate"] = None if percent is None else percent / 100
        return cleaned


def _initial(business: Business) -> dict[str, Any]:
    rate = business.margin_rate
    return {
        "name": business.name,
        "language": business.language,
        "country": business.country,
        "time_zone": business.time_zone,
        "currency": business.currency,
        "margin_percent": None if rate is None else (rate * 100).normalize(),
        "as_of_date": business.as_of_date,
        "postal_address": business.postal_address,
    }


def _choices(form: forms.Form, name: str, choices: list[tuple[str, str]], held: str) -> None:
    """Offer the choices, and what is held even when the lists do not know it."""
    known = choices if any(code == held for code, _label in choices) else [(held, held), *choices]
    form.fields[name].choices = known  # type: ignore[attr-defined]


def _dress(form: forms.Form) -> None:
    for field in form.fields.values():
        if not isinstance(field.widget, forms.CheckboxInput):
            field.widget.attrs.update(_INPUT)


class StaffForm(forms.Form):
    """A new colleague."""

    display_name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=120)
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.SALES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["auto_id"] = "staff-%s"
        super().__init__(*args, **kwargs)
        _dress(self)


class EmailForm(forms.Form):
    """One's own address."""

    email = forms.EmailField(
        label=_("Your e-mail address"),
        help_text=_("You log in with it, and mail for you goes there."),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["auto_id"] = "own-%s"
        super().__init__(*args, **kwargs)
        _dress(self)


class PasswordForm(forms.Form):
    """One's own password."""

    current = forms.CharField(
        label=_("Present password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    password = forms.CharField(
        label=_("New password"),
        help_text=_("At least 12 characters. Every other device is logged out."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, staff: Staff, **kwargs: Any) -> None:
        kwargs["auto_id"] = "password-%s"
        super().__init__(*args, **kwargs)
        self.staff = staff
        if not staff.has_usable_password():
            del self.fields["current"]
        _dress(self)

    def clean_current(self) -> str:
        """Ask for the present password, so that an open screen is not enough."""
        current = str(self.cleaned_data.get("current", ""))
        if not self.staff.check_password(current):
            raise forms.ValidationError(_("This is not your present password."))
        return current

    def clean_password(self) -> str:
        """Hold the rules for passwords."""
        password = str(self.cleaned_data["password"])
        validate_password(password, self.staff)
        return password

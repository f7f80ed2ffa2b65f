"""The forms of Identify's pages: a source, the file, and what is told besides its columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from babel import Locale
from django import forms
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from idic.core.days import DayField
from idic.identify.importing.columns import BRINGS_PEOPLE, CHANNELS, Kind
from idic.identify.ingest.hooks.senders import OWN_FORMAT, PLAIN, SENDERS, STANDARD
from idic.identify.models import ConsentBasis, ConsentStatus
from idic.identify.services.sources import DEFAULT_NAME, kept_source, shown_source

COUNTRIES = ("VN", "CN", "GB", "US", "SG", "TW", "HK", "TH", "MY", "JP", "KR", "AU", "DE", "FR")
CURRENCIES = ("VND", "CNY", "GBP", "EUR", "USD", "HKD", "TWD", "SGD", "THB", "JPY", "KRW", "AUD")

# What people may be counted as, in plain words: code → (status, basis).
AGREEMENTS = {
    "unknown": (ConsentStatus.UNKNOWN, ConsentBasis.UNKNOWN),
    "consent": (ConsentStatus.GRANTED, ConsentBasis.CONSENT),
    "contract": (ConsentStatus.GRANTED, ConsentBasis.CONTRACT),
    "denied": (ConsentStatus.DENIED, ConsentBasis.UNKNOWN),
}
_AGREEMENT_WORDS = (
    ("unknown", _("Not known: only messages about their orders")),
    ("consent", _("They agreed to hear about offers")),
    ("contract", _("They are customers, and the law allows offers like what they bought")),
    ("denied", _("They do not want offers")),
)
_ZALO_LAND = "VN"
CHANNEL_WORDS = {"email": _("E-mail"), "sms": _("SMS"), "zalo": _("Zalo")}


class UploadForm(forms.Form):
    """The file and what it is about."""

    kind = forms.ChoiceField(
        label=_("What is in the file?"),
        choices=(
            (Kind.ORDERS.value, _("Orders: who bought what, when, for how much")),
            (Kind.CUSTOMERS.value, _("Customers: names, phones, addresses")),
            (Kind.COMPANIES.value, _("Companies: names, tax numbers, industries")),
            (Kind.CONSENTS.value, _("Consents and do-not-contact lists")),
            (Kind.EVENTS.value, _("Events: visits, calls, anything with a day and a person")),
            (Kind.ACCOUNTS.value, _("Accounts: whose, which product, what stood on them when")),
            (Kind.SENDS.value, _("Messages another system sent: a look back at them")),
        ),
        widget=forms.RadioSelect,
        initial=Kind.ORDERS.value,
    )
    file = forms.FileField(error_messages={"required": _("Choose a file first.")})


WEBSITE = "website"


class SourceForm(forms.Form):
    """What is to send by itself, and what it is called."""

    system = forms.ChoiceField(
        label=_("What is to be connected?"),
        choices=[
            (WEBSITE, _("A website or an app")),
            *((one.code, one.name) for one in SENDERS.values() if one.code not in OWN_FORMAT),
            (STANDARD, _("Another system, by Standard Webhooks")),
            (PLAIN, _("Another system, by webhooks with an HMAC")),
        ],
        initial=WEBSITE,
    )
    name = forms.CharField(
        label=_("What is it called?"),
        max_length=120,
        required=False,
        help_text=_(
            "As your colleagues call it: “Web shop”, “Android app”. A shop system takes its own "
            "name; under the name its files came by, both are one source."
        ),
    )


class SecretForm(forms.Form):
    """What a shop system signs with."""

    secret = forms.CharField(
        label=_("Secret"),
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )


class PullForm(forms.Form):
    """How KiotViet knows the shop that asks, in its own words."""

    retailer = forms.CharField(label=_("Shop name (Retailer)"), max_length=120)
    client_id = forms.CharField(label=_("Client ID"), max_length=120)
    secret = forms.CharField(
        label=_("Secret code (Client Secret)"),
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )


class ChoicesForm(forms.Form):
    """What an import is told besides its columns."""

    source = forms.CharField(
        label=_("Which system does it come from?"),
        max_length=120,
        help_text=_("Each system has customer numbers of its own."),
    )
    numbers_of = forms.ChoiceField(
        label=_("Whose customer numbers does it use?"), required=False, choices=()
    )
    country = forms.ChoiceField(
        label=_("Where is the shop?"),
        choices=(),
        help_text=_("For phone numbers without a country."),
    )
    currency = forms.ChoiceField(label=_("Currency of the amounts"), choices=())
    rate = forms.DecimalField(
        label=_("What one unit of it is worth"),
        required=False,
        min_value=Decimal("0.0000000001"),
        max_digits=24,
        decimal_places=10,
    )
    as_of = DayField(
        label=_("Look at the business as of"),
        required=False,
        help_text=_("Empty: today, or the last order’s day if it is over two months old."),
    )

    def __init__(
        self,
        *args: Any,
        kind: Kind,
        fields: Sequence[str],
        sources: Sequence[str],
        currency: str,
        country: str,
        is_first: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.own_currency = currency
        self.channels = [
            channel
            for channel in CHANNELS
            if kind in BRINGS_PEOPLE
            and ("email" if channel == "email" else "phone") in fields
            and (channel != "zalo" or country == _ZALO_LAND or "consent_zalo" in fields)
        ]
        self._shape(kind, fields, sources, is_first=is_first)
        self._ask_country(country, is_first=is_first)
        for channel in self.channels:
            self._add_channel(channel, is_column=f"consent_{channel}" in fields)

    def _shape(
        self, kind: Kind, fields: Sequence[str], sources: Sequence[str], *, is_first: bool
    ) -> None:
        self.fields["source"].widget.attrs["list"] = "known-sources"
        own = ("", gettext("Its own"))
        choices = [
            own,
            *((name, gettext("Those of “%s”") % shown_source(name)) for name in sources),
        ]
        self.fields["numbers_of"].choices = choices  # type: ignore[attr-defined]
        if not sources or "customer_key" not in fields:
            del self.fields["numbers_of"]
        if kind != Kind.ORDERS:
            del self.fields["rate"], self.fields["as_of"]
        if kind not in {Kind.ORDERS, Kind.ACCOUNTS}:
            del self.fields["currency"]
            return
        known = dict.fromkeys([self.own_currency, *CURRENCIES])
        self.fields["currency"].choices = [(code, code) for code in known]  # type: ignore[attr-defined]
        if kind != Kind.ORDERS:
            return
        self.fields["rate"].help_text = gettext(
            "Only for another currency than %(own)s: how many %(own)s one unit is worth."
        ) % {"own": self.own_currency}
        if is_first:
            del self.fields["rate"]

    def _ask_country(self, country: str, *, is_first: bool) -> None:
        if not is_first or not {"sms", "zalo"} & set(self.channels):
            del self.fields["country"]
            return
        names = Locale.parse((get_language() or "en").replace("-", "_"), sep="_").territories
        known = dict.fromkeys([country, *COUNTRIES])
        choices = [(code, names.get(code, code)) for code in known]
        self.fields["country"].choices = choices  # type: ignore[attr-defined]

    def _add_channel(self, channel: str, *, is_column: bool) -> None:
        label = CHANNEL_WORDS[channel]
        self.fields[f"{channel}_agreement"] = forms.ChoiceField(
            label=label,
            choices=_AGREEMENT_WORDS,
            initial="unknown",
            help_text=gettext("Where the consent column is empty.") if is_column else "",
        )
        self.fields[f"{channel}_date"] = DayField(label=gettext("Since when?"), required=False)
        self.fields[f"{channel}_proof"] = forms.CharField(
            label=gettext("Where is the proof?"),
            required=False,
            max_length=300,
            widget=forms.TextInput(
                attrs={"placeholder": gettext("Paper forms in the blue folder, sign-up page …")}
            ),
        )

    def plain_fields(self) -> list[forms.BoundField]:
        """Give the fields that everybody looks at and that are not about consent."""
        names = ("source", "numbers_of", "country", "currency", "rate")
        return [self[name] for name in names if name in self.fields]

    def seldom_fields(self) -> list[forms.BoundField]:
        """Give the fields that stand folded: few need another answer than the one that is there."""
        return [self[name] for name in ("as_of",) if name in self.fields]

    def is_seldom_open(self) -> bool:
        """Tell whether one of those is filled, or was refused."""
        return any(field.errors or field.value() for field in self.seldom_fields())

    def channel_fields(self) -> list[dict[str, Any]]:
        """Give the three fields of each channel together."""
        return [
            {
                "name": channel,
                "label": CHANNEL_WORDS[channel],
                "agreement": self[f"{channel}_agreement"],
                "date": self[f"{channel}_date"],
                "proof": self[f"{channel}_proof"],
            }
            for channel in self.channels
        ]

    def clean_source(self) -> str:
        """Give the default source its own name whatever the language shows."""
        name = str(self.cleaned_data["source"]).strip()
        return kept_source(name)

    def choices(self) -> dict[str, Any]:
        """Give what was chosen as plain values, to be remembered with the draft."""
        held = self.cleaned_data
        currency = held.get("currency") or ""
        day: date | None = held.get("as_of")
        rate: Decimal | None = held.get("rate")
        return {
            "source": held["source"],
            "numbers_of": held.get("numbers_of") or "",
            "currency": currency,
            "country": held.get("country") or "",
            "rates": {currency: str(rate)} if rate and currency != self.own_currency else {},
            "as_of": day.isoformat() if day else "",
            "consents": {channel: self._consent(channel) for channel in self.channels},
        }

    def _consent(self, channel: str) -> dict[str, str]:
        held = self.cleaned_data
        status, basis = AGREEMENTS[held[f"{channel}_agreement"]]
        day: date | None = held.get(f"{channel}_date")
        return {
            "status": status.value,
            "basis": basis.value,
            "given_on": day.isoformat() if day else "",
            "proof": held.get(f"{channel}_proof") or "",
        }

    @staticmethod
    def initial_of(choices: Mapping[str, Any], *, sources: Sequence[str]) -> dict[str, Any]:
        """Turn remembered choices back into the form's values."""
        likely = sources[0] if len(sources) == 1 else DEFAULT_NAME
        source = choices.get("source") or likely
        found: dict[str, Any] = {
            "source": shown_source(source),
            "numbers_of": choices.get("numbers_of", ""),
            "currency": choices.get("currency", ""),
            "country": choices.get("country", ""),
            "as_of": choices.get("as_of") or None,
            "rate": next(iter(choices.get("rates", {}).values()), None),
        }
        for channel, told in choices.get("consents", {}).items():
            pair = (told["status"], told["basis"])
            codes = {
                (status.value, basis.value): code for code, (status, basis) in AGREEMENTS.items()
            }
            found[f"{channel}_agreement"] = codes.get(pair, "unknown")
            found[f"{channel}_date"] = told.get("given_on") or None
            found[f"{channel}_proof"] = told.get("proof", "")
        return found

"""The fields the files of each kind may hold, with their names on screen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Kind(StrEnum):
    """What sort of file it is."""

    ORDERS = "orders"
    CUSTOMERS = "customers"
    COMPANIES = "companies"
    CONSENTS = "consents"
    EVENTS = "events"
    SENDS = "sends"
    ACCOUNTS = "accounts"


class Looks(StrEnum):
    """What values of a field look like; the second witness beside the heading."""

    DATE = "date"
    AMOUNT = "amount"
    QUANTITY = "quantity"
    EMAIL = "email"
    PHONE = "phone"
    ADDRESS = "address"
    CODE = "code"
    NAME = "name"
    TEXT = "text"
    ANSWER = "answer"
    CURRENCY = "currency"


@dataclass(frozen=True, slots=True)
class Field:
    """Something a column can be. `is_trait`: a fact about the customer, kept as a trait; `words`
    names the headings it goes by, where those are others than the field's own.
    """

    name: str
    label: str | Promise
    looks: Looks
    is_trait: bool = False
    words: str = ""


CHANNELS = ("email", "sms", "zalo")

_PERSON = (
    Field("customer_key", _("Customer number"), Looks.CODE),
    Field("full_name", _("Customer name"), Looks.NAME, is_trait=True),
    Field("given_name", _("Given name"), Looks.TEXT, is_trait=True),
    Field("family_name", _("Family name"), Looks.TEXT, is_trait=True),
    Field("salutation", _("Way of address"), Looks.TEXT, is_trait=True),
    Field("email", _("E-mail"), Looks.EMAIL, is_trait=True),
    Field("phone", _("Phone"), Looks.PHONE, is_trait=True),
    Field("address", _("Address"), Looks.TEXT, is_trait=True),
    Field("city", _("City"), Looks.TEXT, is_trait=True),
    Field("province", _("Province or region"), Looks.TEXT, is_trait=True),
    Field("country", _("Country"), Looks.TEXT, is_trait=True),
    Field("gender", _("Gender"), Looks.TEXT, is_trait=True),
    Field("birth_date", _("Birth date"), Looks.DATE, is_trait=True),
    Field("company", _("Company"), Looks.TEXT, is_trait=True),
    Field("job_title", _("Position there"), Looks.TEXT, is_trait=True),
    Field("language", _("Language"), Looks.TEXT, is_trait=True),
    Field("tags", _("Tags or group"), Looks.TEXT, is_trait=True),
    Field("notes", _("Notes"), Looks.TEXT, is_trait=True),
)
# What a membership card carries; its number recognises its holder.
_CARD = (
    Field("card_number", _("Number of the membership card"), Looks.CODE),
    Field("card_tier", _("Level of the membership card"), Looks.TEXT, is_trait=True),
    Field("card_points", _("Points on the card"), Looks.TEXT, is_trait=True),
    Field("card_balance", _("Balance on the card"), Looks.TEXT, is_trait=True),
    Field("card_expires", _("Card valid until"), Looks.DATE, is_trait=True),
)
_ORDER = (
    Field("order_number", _("Order number"), Looks.CODE),
    Field("line_number", _("Line number"), Looks.QUANTITY),
    Field("ordered_at", _("Order date"), Looks.DATE),
    Field("product_code", _("Product code"), Looks.CODE),
    Field("product_name", _("Product name"), Looks.TEXT),
    Field("category", _("Product category"), Looks.TEXT),
    Field("quantity", _("Quantity"), Looks.QUANTITY),
    Field("unit_price", _("Unit price"), Looks.AMOUNT),
    Field("line_total", _("Line total"), Looks.AMOUNT),
    Field("order_total", _("Order total"), Looks.AMOUNT),
    Field("discount", _("Discount of the line"), Looks.AMOUNT),
    Field("currency", _("Currency"), Looks.CURRENCY),
    Field("store", _("Store"), Looks.TEXT),
    Field("status", _("Status or type"), Looks.TEXT),
)
_CONSENT = (
    Field("consent_email", _("Agreed to e-mail"), Looks.ANSWER),
    Field("consent_sms", _("Agreed to SMS"), Looks.ANSWER),
    Field("consent_zalo", _("Agreed to Zalo"), Looks.ANSWER),
    Field("refusal_email", _("Refused e-mail"), Looks.ANSWER),
    Field("refusal_sms", _("Refused SMS"), Looks.ANSWER),
)

_COMPANY_KEY = Field("company_key", _("Number of the company"), Looks.CODE)
_COMPANY = (
    Field("customer_key", _("Company number"), Looks.CODE, words="company_number"),
    Field("company", _("Company name"), Looks.NAME, is_trait=True, words="company_name"),
    Field("tax_number", _("Tax number"), Looks.CODE, is_trait=True),
    Field("phone", _("Phone"), Looks.PHONE, is_trait=True),
    Field("email", _("E-mail"), Looks.EMAIL, is_trait=True),
    Field("address", _("Address"), Looks.TEXT, is_trait=True),
    Field("city", _("City"), Looks.TEXT, is_trait=True),
    Field("province", _("Province or region"), Looks.TEXT, is_trait=True),
    Field("country", _("Country"), Looks.TEXT, is_trait=True),
    Field("industry", _("Industry"), Looks.TEXT, is_trait=True),
    Field("company_size", _("Size"), Looks.TEXT, is_trait=True),
    Field("website", _("Website"), Looks.TEXT, is_trait=True),
    Field("tags", _("Tags or group"), Looks.TEXT, is_trait=True),
    Field("notes", _("Notes"), Looks.TEXT, is_trait=True),
)
# Whom a row of happenings is about: any one of these tells.
_WHO = (
    Field("customer_key", _("Customer number"), Looks.CODE),
    Field("email", _("E-mail"), Looks.EMAIL),
    Field("phone", _("Phone"), Looks.PHONE),
    Field("contact", _("E-mail or phone"), Looks.ADDRESS),
)
_LEDGER = (
    Field("channel", _("Channel"), Looks.TEXT),
    Field("purpose", _("What for"), Looks.TEXT),
    Field("answer", _("Agreed or refused"), Looks.TEXT),
    Field("refusal", _("Why refused"), Looks.TEXT),
    Field("given_at", _("When they said so"), Looks.DATE),
    Field("proof", _("Proof"), Looks.TEXT),
    Field("wording", _("Wording they saw"), Looks.TEXT),
)
_EVENT = (
    Field("event_name", _("What happened"), Looks.NAME),
    Field("occurred_at", _("When it happened"), Looks.DATE),
    Field("event_id", _("Number of the event"), Looks.CODE),
    Field("amount", _("Amount"), Looks.AMOUNT),
    Field("currency", _("Currency"), Looks.CURRENCY),
    Field("detail", _("About what"), Looks.TEXT),
    Field("properties", _("Further details (JSON)"), Looks.TEXT),
)
_SEND = (
    Field("occurred_at", _("Sent when"), Looks.DATE),
    Field("subject", _("Subject or text"), Looks.TEXT),
    Field("channel", _("Channel"), Looks.TEXT),
    Field("campaign", _("Campaign"), Looks.TEXT),
    Field("delivery", _("What came of it"), Looks.TEXT),
    Field("event_id", _("Number of the message"), Looks.CODE),
)
_ACCOUNT = (
    Field("account_number", _("Number of the account"), Looks.CODE),
    Field("balance", _("Balance"), Looks.AMOUNT),
    Field("as_of_date", _("Balance of which day"), Looks.DATE),
    Field("account_product", _("Product held"), Looks.TEXT),
    Field("fees", _("Fees since the last balance"), Looks.AMOUNT),
    Field("margin", _("Interest margin since the last balance"), Looks.AMOUNT),
    Field("currency", _("Currency"), Looks.CURRENCY),
    Field("customer_key", _("Customer number"), Looks.CODE, words="owner_key"),
    Field("full_name", _("Customer name"), Looks.NAME, is_trait=True, words="owner_name"),
    Field("email", _("E-mail"), Looks.EMAIL, is_trait=True),
    Field("phone", _("Phone"), Looks.PHONE, is_trait=True),
)

FIELDS: dict[Kind, tuple[Field, ...]] = {
    # Notes and tags of an order say nothing lasting about the customer.
    Kind.ORDERS: (
        *_ORDER,
        *(field for field in _PERSON if field.name not in ("tags", "notes", "job_title")),
    ),
    Kind.CUSTOMERS: (*_PERSON, *_CARD, _COMPANY_KEY, *_CONSENT),
    Kind.COMPANIES: (*_COMPANY, *_CONSENT),
    Kind.CONSENTS: (*_WHO, *_LEDGER),
    Kind.EVENTS: (*_WHO, *_EVENT),
    Kind.SENDS: (*_WHO, *_SEND),
    Kind.ACCOUNTS: _ACCOUNT,
}

# The field that holds the day the file is about, by which the order of day and month is decided.
DAYS: dict[Kind, str] = {
    Kind.ORDERS: "ordered_at",
    Kind.CUSTOMERS: "birth_date",
    Kind.CONSENTS: "given_at",
    Kind.EVENTS: "occurred_at",
    Kind.SENDS: "occurred_at",
    Kind.ACCOUNTS: "as_of_date",
}
# Whose rows bring people; the rows of other kinds are about people who are known, or nobody yet.
BRINGS_PEOPLE = frozenset({Kind.ORDERS, Kind.CUSTOMERS, Kind.COMPANIES, Kind.ACCOUNTS})


def get_field(*, kind: Kind, name: str) -> Field:
    """Give the field of that name. Raises KeyError."""
    for field in FIELDS[kind]:
        if field.name == name:
            return field
    raise KeyError(name)

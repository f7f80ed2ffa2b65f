"""The fields an order file and a customer file may hold, with their names on screen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Kind(StrEnum):
    """What sort of file it is."""

    ORDERS = "orders"
    CUSTOMERS = "customers"


class Looks(StrEnum):
    """What values of a field look like; the second witness beside the heading."""

    DATE = "date"
    AMOUNT = "amount"
    QUANTITY = "quantity"
    EMAIL = "email"
    PHONE = "phone"
    CODE = "code"
    NAME = "name"
    TEXT = "text"
    ANSWER = "answer"
    CURRENCY = "currency"


@dataclass(frozen=True, slots=True)
class Field:
    """Something a column can be. `is_trait`: a fact about the customer, kept as a trait."""

    name: str
    label: str | Promise
    looks: Looks
    is_trait: bool = False


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
    Field("language", _("Language"), Looks.TEXT, is_trait=True),
    Field("tags", _("Tags or group"), Looks.TEXT, is_trait=True),
    Field("notes", _("Notes"), Looks.TEXT, is_trait=True),
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

FIELDS: dict[Kind, tuple[Field, ...]] = {
    # Notes and tags of an order say nothing lasting about the customer.
    Kind.ORDERS: (*_ORDER, *(field for field in _PERSON if field.name not in ("tags", "notes"))),
    Kind.CUSTOMERS: (*_PERSON, *_CONSENT),
}


def get_field(*, kind: Kind, name: str) -> Field:
    """Give the field of that name. Raises KeyError."""
    for field in FIELDS[kind]:
        if field.name == name:
            return field
    raise KeyError(name)

"""The fields of a message: the words in square brackets that stand for what a person's data holds.
Each has a stable code, a name in every language, and what must be known for it. What they are
filled with is read by `values`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its code, the name that stands in brackets, what it means, what must be known.
    `part_of`: known whenever that field is, and then it may be empty.
    """

    code: str
    name: str | Promise
    label: str | Promise
    need: str = ""
    is_personal: bool = True
    part_of: str = ""


FIELDS: tuple[Field, ...] = (
    Field(
        "greeting",
        pgettext_lazy("message field", "greeting"),
        gettext_lazy("Greeting with the proper way of address"),
    ),
    Field(
        "name",
        pgettext_lazy("message field", "name"),
        gettext_lazy("Way of address and name"),
    ),
    Field(
        "you",
        pgettext_lazy("message field", "you"),
        gettext_lazy("“You” as this person is addressed"),
    ),
    Field(
        "buy_again",
        pgettext_lazy("message field", "what they often buy"),
        gettext_lazy("Product they are likely to buy again"),
        "buy_again",
    ),
    Field(
        "new_product",
        pgettext_lazy("message field", "what is new to them"),
        gettext_lazy("Product that is new to them"),
        "new_product",
    ),
    Field(
        "product",
        pgettext_lazy("message field", "what suits them best"),
        gettext_lazy("Best recommended product"),
        "product",
    ),
    Field(
        "last_product",
        pgettext_lazy("message field", "what they bought last"),
        gettext_lazy("Main product of their last order"),
        "last_order",
    ),
    Field(
        "last_order",
        pgettext_lazy("message field", "day of their last order"),
        gettext_lazy("Day of their last order"),
        "last_order",
    ),
    Field(
        "usual_gap",
        pgettext_lazy("message field", "their usual gap"),
        gettext_lazy("Usual time between their orders"),
        "usual_gap",
    ),
    Field(
        "overdue",
        pgettext_lazy("message field", "how late they are"),
        gettext_lazy("How late they are"),
        "overdue",
    ),
    Field(
        "offer",
        pgettext_lazy("message field", "offer"),
        gettext_lazy("Name of the offer"),
        "offer",
        is_personal=False,
    ),
    Field(
        "offer_terms",
        pgettext_lazy("message field", "terms of the offer"),
        gettext_lazy("Terms of the offer"),
        "offer",
        is_personal=False,
        part_of="offer",
    ),
    Field(
        "shop",
        pgettext_lazy("message field", "shop name"),
        gettext_lazy("Name of your business"),
        is_personal=False,
    ),
    Field(
        "shop_address",
        pgettext_lazy("message field", "shop address"),
        gettext_lazy("Postal address of your business"),
        is_personal=False,
    ),
    Field(
        "own_page",
        pgettext_lazy("message field", "their own page"),
        gettext_lazy("Link to the page where they see and limit what we know; each gets their own"),
        is_personal=False,
    ),
    Field(
        "confirm_details",
        pgettext_lazy("message field", "confirm their details"),
        gettext_lazy("Link where they confirm or correct their details; each gets their own"),
        is_personal=False,
    ),
)
KNOWN = frozenset(field.code for field in FIELDS)
# What a field is made from; offers and the shop are the campaign's own matter.
NEEDS: Mapping[str, str] = {f.code: "" if f.need == "offer" else f.need for f in FIELDS}
PART_OF: Mapping[str, str] = {f.code: f.part_of for f in FIELDS if f.part_of}
ONLY_THE_NAME = frozenset({"greeting", "name", "you"})
PERSONAL_FACTS = frozenset(f.code for f in FIELDS if f.is_personal) - ONLY_THE_NAME
# Written as their owner writes them, at the beginning of a sentence too.
PROPER_NAMES = frozenset({"shop", "shop_address", "offer"})


def say_need(need: str) -> str:
    """Say what must be known of a person, in mid-sentence."""
    return {
        "product": _("a product to recommend"),
        "buy_again": _("a product they buy again"),
        "new_product": _("a product new to them"),
        "last_order": _("an order"),
        "usual_gap": _("their usual time between orders"),
        "overdue": _("that they are late"),
    }[need]

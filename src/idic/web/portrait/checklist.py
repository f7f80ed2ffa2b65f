"""The checklist of a profile: what must be known of somebody, what would be good, what is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from idic.identify.models import Customer


@dataclass(frozen=True)
class Item:
    """One thing to know: `field` is its place in the form, empty where it is asked elsewhere."""

    label: str
    field: str
    is_required: bool
    is_known: bool


@dataclass(frozen=True)
class Checklist:
    """The items with how many are known, of all and of those required."""

    items: list[Item]

    @property
    def known(self) -> int:
        """How many are known."""
        return sum(one.is_known for one in self.items)

    @property
    def wanted(self) -> int:
        """How many there are."""
        return len(self.items)

    @property
    def missing(self) -> list[str]:
        """What must be known and is not."""
        return [one.label for one in self.items if one.is_required and not one.is_known]

    @property
    def is_complete(self) -> bool:
        """Tell whether everything required is known."""
        return not self.missing


_WORDS: dict[str, str | Promise] = {
    "full_name": pgettext_lazy("person", "Name"),
    "way": gettext_lazy("A phone or an e-mail address"),
    "asked": gettext_lazy("Asked whether we may write"),
    "salutation": gettext_lazy("Way of address"),
    "phone": gettext_lazy("Phone"),
    "email": gettext_lazy("E-mail"),
    "city": gettext_lazy("City"),
    "birth_date": gettext_lazy("Birth date"),
}
_REQUIRED = ("full_name", "way", "asked", "city")
_GOOD = ("salutation", "phone", "email", "birth_date")
_OF_PEOPLE = ("salutation", "birth_date")


def draw_checklist(customer: Customer, *, asked: Collection[str]) -> Checklist:
    """Say what is known of somebody; `asked` holds the channels about which they gave an answer."""
    is_known = {
        "way": bool(customer.phone or customer.email),
        "asked": bool(asked),
        **{
            name: bool(getattr(customer, name))
            for name in ("full_name", "salutation", "phone", "email", "city", "birth_date")
        },
    }
    left_out = _OF_PEOPLE if customer.is_company else ()
    fields = {"way": "" if is_known["way"] else "phone", "asked": ""}
    return Checklist(
        [
            Item(str(_WORDS[name]), fields.get(name, name), name in _REQUIRED, is_known[name])
            for name in (*_REQUIRED, *_GOOD)
            if name not in left_out
        ]
    )

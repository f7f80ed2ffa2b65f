"""The shape of what we know about one export of one system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from django.utils.translation import gettext as _

from idic.identify.importing.columns import Kind
from idic.identify.importing.columns.guessing import normal_heading
from idic.identify.importing.values.dates import DateOrder


class What(StrEnum):
    """What the rows of an export are, in the words of its system."""

    ORDERS = "orders"
    CUSTOMERS = "customers"
    CONTACTS = "contacts"
    LEADS = "leads"
    COMPANIES = "companies"
    CONSENTS = "consents"
    SENDS = "sends"


class Known(StrEnum):
    """Where the headings are known from: a file that came out of the system, its documentation, or
    only what people remember of it.
    """

    SAMPLE = "sample"
    DOCUMENTATION = "documentation"
    MEMORY = "memory"


@dataclass(frozen=True, kw_only=True)
class Preset:
    """One export. `columns` gives for each field the headings that may feed it, the best first,
    divided by bars; `others` are headings it also has, which say nothing we keep; `tells` are
    those hardly anybody else uses.

    The state of an order may stand in more than one column: what stands in `also_status` is read
    too, and anything in `cancelled_if_filled` cancels. Where a system marks a return on the sale's
    own row (`returns_cancel`), the sale is gone: there is no second row to set against it.
    `descriptions` gives a column whose cell tells a row of explanations below the headings.
    """

    key: str
    system: str
    what: What
    known: Known
    columns: Mapping[str, str]
    tells: str
    others: str = ""
    date_order: DateOrder | None = None
    walk_in: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = ()
    returned: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    also_status: tuple[str, ...] = ()
    cancelled_if_filled: tuple[str, ...] = ()
    returns_cancel: bool = False
    descriptions: Mapping[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> Kind:
        """What sort of file it is to us."""
        return _KINDS.get(self.what, Kind.CUSTOMERS)

    @cached_property
    def choices(self) -> dict[str, list[str]]:
        """The headings of each field as they are compared, the best first."""
        return {name: _split(text) for name, text in self.columns.items()}

    @cached_property
    def telling(self) -> frozenset[str]:
        """The headings that tell this export from others."""
        return frozenset(_split(self.tells))

    @cached_property
    def headings(self) -> frozenset[str]:
        """Every heading it is known to have."""
        mapped = (heading for names in self.choices.values() for heading in names)
        more = [*self.also_status, *self.cancelled_if_filled]
        return frozenset([*mapped, *_split(self.others), *self.telling, *map(normal_heading, more)])

    def say(self) -> str:
        """Say in a sentence what the file is; where we only remember the headings, that it looks
        like it.
        """
        looks = self.known == Known.MEMORY
        return _sentence(self.what, looks=looks) % {"system": self.system}


_KINDS = {
    What.ORDERS: Kind.ORDERS,
    What.COMPANIES: Kind.COMPANIES,
    What.CONSENTS: Kind.CONSENTS,
    What.SENDS: Kind.SENDS,
}


def _split(text: str) -> list[str]:
    return [normal_heading(part) for line in text.splitlines() for part in line.split("|") if part]


def _sentence(what: What, *, looks: bool) -> str:
    if looks:
        sentences = {
            What.ORDERS: _("This looks like an order export of %(system)s."),
            What.CUSTOMERS: _("This looks like a customer export of %(system)s."),
            What.CONTACTS: _("This looks like a contact export of %(system)s."),
            What.COMPANIES: _("This looks like a company export of %(system)s."),
            What.SENDS: _("This looks like a log of messages %(system)s sent."),
        }
    else:
        sentences = {
            What.ORDERS: _("This is an order export of %(system)s."),
            What.CUSTOMERS: _("This is a customer export of %(system)s."),
            What.CONTACTS: _("This is a contact export of %(system)s."),
            What.LEADS: _("This is a lead export of %(system)s."),
            What.COMPANIES: _("This is a company export of %(system)s."),
            What.CONSENTS: _("This is the do-not-contact list of %(system)s."),
            What.SENDS: _("This is a log of messages %(system)s sent."),
        }
    return sentences[what]

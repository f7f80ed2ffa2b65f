"""Reads what is searched of each customer and makes one document of it. Writes nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Sum

from idic.core import text
from idic.identify.models import (
    Customer,
    Event,
    Identifier,
    Order,
    RecordKind,
    SourceRecord,
    Trait,
)

from . import tokens

# Traits that are names or calling words: "Chị Lan Q7" is how the shop knows her.
NAME_TRAITS = ("name", "full_name", "given_name", "family_name", "nickname", "company", "note")
START, END = "^", "$"


@dataclass(frozen=True, slots=True)
class Document:
    """What stands in the index of one customer. `value` orders results: money they brought."""

    customer_id: int
    value: int
    words: frozenset[str]
    marks: str

    @property
    def step(self) -> int:
        """Give the value's step on a fine logarithmic scale: small changes move no document."""
        return int(math.log2(self.value + 1) * 8) if self.value > 0 else 0


@dataclass
class _Draft:
    value: int = 0
    names: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    marks: set[str] = field(default_factory=set)

    def finish(self, customer_id: int) -> Document:
        for name in self.names:
            self.words |= tokens.name_tokens(name)
        return Document(
            customer_id, self.value, frozenset(self.words), "".join(sorted(self.marks - {""}))
        )


def build_documents(*, customer_ids: Sequence[int]) -> list[Document]:
    """Build the documents of those customers that may be seen: not staged, not merged away."""
    # By id alone: with more conditions SQLite would rather walk the index of who was merged.
    customers = Customer.objects.filter(id__in=customer_ids).values_list(
        "id", "full_name", "email", "phone", "is_staged", "merged_into_id"
    )
    drafts = {
        customer_id: _Draft(names={name}, marks={mark(email), mark(text.digits(phone))})
        for customer_id, name, email, phone, is_staged, merged_into in customers
        if not is_staged and merged_into is None
    }
    _add_facts(drafts)
    return [draft.finish(customer_id) for customer_id, draft in drafts.items()]


def mark(value: str) -> str:
    """Enclose an identifier, so that its beginning and its end can be searched for."""
    return f"{START}{value.lower()}{END}" if value else ""


def _add_facts(drafts: dict[int, _Draft]) -> None:
    owner: dict[int, _Draft] = {}
    for record, customer, name, key in SourceRecord.objects.filter(
        customer_id__in=list(drafts), kind__in=[RecordKind.PERSON, RecordKind.COMPANY]
    ).values_list("id", "customer_id", "display_name", "source_key"):
        if customer is not None:
            owner[record] = drafts[customer]
            drafts[customer].names.add(name)
            drafts[customer].marks.add(mark(key))  # a till's customer number
    records = list(owner)
    traits = Trait.objects.filter(record_id__in=records, name__in=NAME_TRAITS)
    for record, value in traits.values_list("record_id", "value"):
        owner[record].names.add(value)
    identifiers = Identifier.objects.filter(record_id__in=records, is_placeholder=False)
    for record, value, given in identifiers.values_list("record_id", "value", "as_given"):
        owner[record].marks |= _identifier_marks(value, given)
    for record, note in _list_notes(records):
        owner[record].words |= tokens.note_tokens(note)
    for record, amount in _list_amounts(records):
        owner[record].value += amount


def _identifier_marks(value: str, given: str) -> set[str]:
    """Give the forms in which people type an identifier: as stored, as given, digits only."""
    if value.startswith("+"):
        return {mark(text.digits(value)), mark(text.digits(given))}
    return {mark(value), mark("".join(given.split()))}


def _list_notes(record_ids: list[int]) -> list[tuple[int, str]]:
    """Read the notes. SQLite uses their index only for its own condition, word by word."""
    notes = Event.objects.filter(record_id__in=record_ids).extra(
        where=["identify_event.kind IN ('note', 'promise')"]
    )
    return [
        (record, str(detail.get("text", "")))
        for record, detail in notes.values_list("record_id", "detail")
        if record is not None
    ]


def _list_amounts(record_ids: list[int]) -> Iterable[tuple[int, int]]:
    amounts = (
        Order.objects.filter(record_id__in=record_ids)
        .values_list("record_id")
        .annotate(total=Sum("net_amount"))
        .order_by()
    )
    return ((record, total or 0) for record, total in amounts if record is not None)

"""The strings by which a person may be found where no table leads to them: in kept texts of calls,
in files of refused rows. Only what is surely theirs and hardly by chance anybody else's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from idic.core.personal_data import Person
from idic.identify.models import Customer, Identifier, SourceRecord
from idic.identify.services.owners import find_shared

_SHORTEST = 7
_COUNTRY_CODES = (1, 2, 3)  # digits a country's code may have


@dataclass(frozen=True, slots=True)
class Traces:
    """`words` are looked for anywhere; `names` only as a whole cell of a table."""

    words: tuple[str, ...]
    names: tuple[str, ...]

    def is_in(self, text: str) -> bool:
        """Tell whether a text holds one of the words."""
        folded = text.casefold()
        return any(word.casefold() in folded for word in self.words)

    def is_in_row(self, cells: Iterable[str]) -> bool:
        """Tell whether a row is about the person."""
        cells = [cell.strip() for cell in cells]
        names = {name.casefold() for name in self.names}
        return any(cell.casefold() in names for cell in cells) or self.is_in("\n".join(cells))


def find_traces(person: Person) -> Traces:
    """Collect a person's strings, as long as their rows still stand."""
    held = Identifier.everything.filter(record_id__in=person.record_ids, is_placeholder=False)
    pairs = list(held.values_list("value", "as_given"))
    shared = find_shared(values=(value for value, _given in pairs), record_ids=person.record_ids)
    words = {word for value, given in pairs if value not in shared for word in (value, given)}
    words |= set(person.addresses)
    words |= {spelling for word in words for spelling in _spellings(word)}
    records = SourceRecord.everything.filter(id__in=person.record_ids)
    words |= set(records.values_list("source_key", flat=True))
    names = set(records.values_list("display_name", flat=True))
    customers = Customer.objects.filter(id__in=person.customer_ids)
    names |= set(customers.values_list("full_name", flat=True))
    return Traces(
        tuple(sorted(word for word in words if _is_telling(word))),
        tuple(sorted(name for name in names if len(name) > 1)),
    )


def _spellings(word: str) -> Iterable[str]:
    """Give how a phone number is written at home: 0912… for +84912…"""
    if word.startswith("+") and word[1:].isdigit():
        yield from (f"0{word[1 + code :]}" for code in _COUNTRY_CODES)
        yield word[1:]


def _is_telling(word: str) -> bool:
    return len(word) >= _SHORTEST and not word.startswith("cus_")

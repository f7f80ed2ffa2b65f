"""Which tables reach a person, and how each exports and erases one. Every room declares its tables
in its own `personal_data.py` by calling `register`; this floor knows none of them by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.db import models


class Erasure(Enum):
    """What becomes of a person's rows when they are erased."""

    DELETE = "delete"
    # The row stays for the books, without its link to the person and without the named fields.
    DETACH = "detach"
    # The row holds a bare number and nothing about the person; `why` says what it is kept for.
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Person:
    """Everything that names one person in the tables: ids after every merge, and addresses."""

    customer_ids: tuple[int, ...]
    record_ids: tuple[int, ...] = ()
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonalTable:
    """One declared table. Exactly one of `customer`, `record`, `address` is the look-up that leads
    from its rows to the person, written as Django writes it: `"customer"`, `"order__record"`.
    """

    model: type[models.Model]
    customer: str
    record: str
    address: str
    fields: tuple[str, ...]
    erase: Erasure
    empty: dict[str, Any]
    why: str
    is_computed: bool = False

    def rows(self, person: Person) -> models.QuerySet[Any]:
        """Give this table's rows about a person."""
        names: tuple[int, ...] | tuple[str, ...] = person.addresses
        if self.customer:
            names = person.customer_ids
        elif self.record:
            names = person.record_ids
        condition = {f"{self.customer or self.record or self.address}__in": names}
        return self.model._base_manager.filter(**condition).order_by("pk")

    def exported(self, person: Person) -> list[dict[str, Any]]:
        """Give the rows as plain values, the named fields or all."""
        names = self.fields or tuple(f.attname for f in self.model._meta.concrete_fields)
        return list(self.rows(person).values(*names))


_tables: dict[type[models.Model], PersonalTable] = {}


def register(
    *,
    model: type[models.Model],
    customer: str = "",
    record: str = "",
    address: str = "",
    fields: tuple[str, ...] = (),
    erase: Erasure = Erasure.DELETE,
    empty: dict[str, Any] | None = None,
    why: str = "",
    is_computed: bool = False,
) -> None:
    """Declare how a table exports and erases one person.

    `fields` empty exports every column. `empty` gives the values DETACH writes:
    `{"record": None}`. Within a room, declare the rows that point before those pointed at: they
    are erased in that order, the upper rooms' first. `is_computed`: nobody's word, only what we
    worked out of the facts; it holds nobody here.
    """
    if sum(bool(path) for path in (customer, record, address)) != 1:
        raise ValueError(f"{model.__name__}: name exactly one way to the person")
    if (erase is Erasure.DETACH) != bool(empty):
        raise ValueError(f"{model.__name__}: `empty` belongs to DETACH, and to nothing else")
    if (erase is Erasure.KEEP) != bool(why):
        raise ValueError(f"{model.__name__}: say why rows are kept, and only then")
    _tables[model] = PersonalTable(
        model, customer, record, address, fields, erase, empty or {}, why, is_computed
    )


@cache
def _load() -> None:
    """Import what every room declares, the top floor first."""
    for room in reversed(settings.ROOMS):
        if find_spec(f"{room}.personal_data") and room != "idic.core":
            import_module(f"{room}.personal_data")


def tables() -> Iterator[PersonalTable]:
    """Give every declared table in the order of erasing: upper rooms first."""
    _load()
    floor = {room.rsplit(".", 1)[-1]: place for place, room in enumerate(settings.ROOMS)}
    yield from sorted(_tables.values(), key=lambda t: -floor[t.model._meta.app_label])

"""Which tables reach a person, and how each exports and erases one. Every room declares its tables
in its own `personal_data.py` by calling `register`; this floor knows none of them by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Cast

from idic.core.models import Job


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


@dataclass(frozen=True, slots=True)
class PersonalText:
    """A table whose texts may hold what somebody said, without a link to them."""

    model: type[models.Model]
    fields: tuple[str, ...]
    only: models.Q
    empty: dict[str, Any]

    def find(self, word: str) -> list[Any]:
        """Give the keys of the rows that hold a word."""
        rows = self.model._base_manager.filter(self.only)
        shown = {f"{name}_text": Cast(name, models.TextField()) for name in self.fields}
        rows = rows.alias(**shown)
        holds = models.Q()
        for name in self.fields:
            holds |= models.Q(**{f"{name}_text__icontains": word})
        return list(rows.filter(holds).order_by("pk").values_list("pk", flat=True))

    def clear(self, keys: Sequence[Any]) -> None:
        """Empty these rows' texts, or delete the rows."""
        rows = self.model._base_manager.filter(pk__in=keys)
        if self.empty:
            rows.update(**self.empty)
        else:
            rows.delete()


# Jobs carry numbers; what went wrong with one may quote a value.
_JOB_TEXTS = ("args", "kwargs", "result", "error_message", "error_trace")
_tables: dict[type[models.Model], PersonalTable] = {}
_texts: dict[type[models.Model], PersonalText] = {}


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


def register_texts(
    *,
    model: type[models.Model],
    fields: tuple[str, ...],
    only: models.Q | None = None,
    empty: dict[str, Any] | None = None,
) -> None:
    """Declare texts that were kept as they came and may name anybody: rows that hold a word of an
    erased person are deleted, or with `empty` lose those values. `only` leaves the others alone.
    """
    _texts[model] = PersonalText(model, fields, only or models.Q(), empty or {})


@cache
def _load() -> None:
    """Import what every room declares, the top floor first."""
    is_over = models.Q(state__in=[Job.State.DONE, Job.State.FAILED, Job.State.CANCELLED])
    register_texts(model=Job, fields=_JOB_TEXTS, only=is_over)
    for room in reversed(settings.ROOMS):
        if find_spec(f"{room}.personal_data") and room != "idic.core":
            import_module(f"{room}.personal_data")


def tables() -> Iterator[PersonalTable]:
    """Give every declared table in the order of erasing: upper rooms first."""
    _load()
    floor = {room.rsplit(".", 1)[-1]: place for place, room in enumerate(settings.ROOMS)}
    yield from sorted(_tables.values(), key=lambda t: -floor[t.model._meta.app_label])


def texts() -> list[PersonalText]:
    """Give every table declared to hold texts that may name anybody."""
    _load()
    return list(_texts.values())

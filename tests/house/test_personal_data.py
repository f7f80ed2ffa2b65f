"""Every table that reaches a person is declared for export and erasure by its own room."""

from __future__ import annotations

from django.apps import apps
from django.db import models

from idic.core.personal_data import tables
from idic.identify.models import Customer, SourceRecord
from tools import house

# Tables that hold a customer's bare number: no foreign key leads there, so they are named.
BARE_NUMBERS = {"Assignment", "Contamination", "Exposure"}


def reaches_a_person(model: type[models.Model]) -> bool:
    """Tell whether a foreign key leads from a table to a person, directly or over another table."""
    seen: set[type[models.Model]] = set()
    todo = [model]
    while todo:
        here = todo.pop()
        if here in {Customer, SourceRecord}:
            return True
        if here in seen:
            continue
        seen.add(here)
        todo += [
            field.related_model
            for field in here._meta.fields
            if isinstance(field, models.ForeignKey) and not isinstance(field.related_model, str)
        ]
    return False


def test_every_table_that_reaches_a_person_is_declared() -> None:
    ours = [m for m in apps.get_models() if m._meta.app_label in house.HEIGHT]
    reaching = {m for m in ours if reaches_a_person(m) or m.__name__ in BARE_NUMBERS}
    declared = {table.model for table in tables()}

    assert sorted(m.__name__ for m in reaching - declared) == []


def test_a_room_declares_only_its_own_tables() -> None:
    for table in tables():
        assert table.model._meta.app_label in house.HEIGHT

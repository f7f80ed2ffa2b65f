"""What the import benchmarks are held against: the same rows written by Django's `bulk_create`, and
how both are timed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

BATCH = 1_000


def timed(act: Callable[[], None]) -> dict[str, float]:
    """Give what an act takes on the clock and of all CPUs."""
    wall, cpu = time.perf_counter(), time.process_time()
    act()
    return {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


def write_again(target: Path, *, models: Sequence[str]) -> dict[str, float]:
    """Write the rows of the state directory in use into another one with `bulk_create`.

    Gives the seconds, and as `rows` how many of the last model arrived.
    """
    import django

    django.setup()
    from django.apps import apps
    from django.db import connection, transaction

    chosen = [apps.get_model("identify", name) for name in models]
    fields = {model: [field.attname for field in model._meta.concrete_fields] for model in chosen}
    rows = {model: list(model._base_manager.values_list(*fields[model])) for model in chosen}
    connection.close()
    connection.settings_dict["NAME"] = str(target / "idic.sqlite3")

    def write() -> None:
        for model, held in rows.items():
            for start in range(0, len(held), BATCH):
                chunk = held[start : start + BATCH]
                made = [model(**dict(zip(fields[model], row, strict=True))) for row in chunk]
                with transaction.atomic():
                    model._base_manager.bulk_create(made)

    return {**timed(write), "rows": chosen[-1]._base_manager.count()}

"""Puts a table of people with known truth into a product database, each row a record and a customer
of its own, for the benchmarks that go through the product's services.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TRAITS = {
    "full_name": "name", "email": "email", "phone": "phone", "dob": "birth_date",
    "address": "address", "city": "city",
}  # fmt: skip


def open_home(folder: str) -> None:
    """Begin an installation of its own in this folder."""
    os.environ["IDIC_HOME"] = folder
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "idic.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def read(file: Path, *, truth: str, limit: int = 0) -> list[tuple[Any, ...]]:
    """Read rows: who it truly is, then a value a trait."""
    names = ", ".join(f'"{name}"' for name in TRAITS)
    rows = f"SELECT {truth}, {names} FROM '{file}'" + (f" LIMIT {limit}" if limit else "")
    with duckdb.connect() as connection:
        return connection.execute(rows).fetchall()


def fill(rows: list[tuple[Any, ...]]) -> dict[int, Any]:
    """Write the rows as records with traits, a customer each; give who each record truly is."""
    from idic.core import bulk, ids
    from idic.identify.models import Customer, LifecycleStage, Source, SourceRecord, Trait

    source = Source.objects.create(key="till", name="Till", kind="till", created_at=NOW)
    owners, records = ids.new_ids(len(rows)), ids.new_ids(len(rows))
    people = (
        (number, LifecycleStage.PROSPECT, row[1] or "", NOW)
        for number, row in zip(owners, rows, strict=True)
    )
    bulk.insert_rows(Customer, ["id", "lifecycle_stage", "full_name", "created_at"], people)
    bulk.insert_rows(
        SourceRecord,
        ["id", "source_id", "source_key", "kind", "customer_id", "created_at"],
        (
            (record, source.id, str(place), "person", owner, NOW)
            for place, (record, owner) in enumerate(zip(records, owners, strict=True))
        ),
    )
    bulk.insert_rows(
        Trait,
        ["record_id", "name", "value", "observed_at"],
        (
            (record, name, str(value)[:500], NOW)
            for record, row in zip(records, rows, strict=True)
            for name, value in zip(TRAITS.values(), row[1:], strict=True)
            if value
        ),
    )
    return dict(zip(records, (row[0] for row in rows), strict=True))


def judge(truth: dict[int, Any]) -> dict[str, float]:
    """Hold the customers there are now against the truth, in pairs of records."""
    from idic.engine.agreement import count_pairs
    from idic.identify.models import SourceRecord

    owners = SourceRecord.objects.values_list("id", "customer_id")
    found = count_pairs((owner, truth[record]) for record, owner in owners if record in truth)
    precision, recall = found.precision or 0.0, found.recall or 0.0
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    return {"f1": round(f1, 4), "precision": round(precision, 4), "recall": round(recall, 4)}

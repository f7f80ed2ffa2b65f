"""Whatever stands in the cells of a file of any kind: its rows are taken or refused, never lost,
and an undo takes all of it out again.
"""

from __future__ import annotations

import csv
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from idic.identify.importing.columns import FIELDS, Kind
from idic.identify.models import (
    AccountBalance,
    Consent,
    Customer,
    Event,
    Identifier,
    ImportRun,
    Relation,
    SourceRecord,
    Trait,
)
from idic.identify.services.imports.undoing.running import undo_import

from .importing import make_business, run_import

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
CELLS = (
    *("", " ", "-", "an@x.vn", "AN@X.vn", "0901234567", "+84 90 123 4567", "0000000000", "C1"),
    *("2026-10-01", "31/02/2026", "01/02/2031", "9999-99-99", "yes", "không", "3", "email", "fax"),
    *("=1+1", "'", '"', "a\x01b", "\u200b\ufeff", "王小明", "😀" * 40, "x" * 700, "{", '{"a": [1'),
    *('{"email": "an@x.vn", "n": 1e400, "z": "\\u0000"}', "1e400", "-0", "12,5", "NaN", "\\N"),
    *("Beta Ltd", "beta  ltd.", "C2", "2026-10-02 08:30", "12/11/2026"),
)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind != Kind.ORDERS])
@pytest.mark.parametrize("seed", range(2))
def test_any_cells_come_in_or_are_refused_and_go_again(
    kind: Kind, seed: int, tmp_path: Path
) -> None:
    make_business()
    dice = random.Random(f"{kind}{seed}")
    names = [field.name for field in FIELDS[kind]]
    path = tmp_path / "any.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows([dice.choice(CELLS) for _name in names] for _row in range(40))

    report = run_import(
        path, now=NOW, kind=kind.value, overrides={name: name for name in names}, preset=""
    )

    assert report.counts["rows"] == 40
    assert report.counts["rejected"] <= 40
    run = ImportRun.objects.get(id=report.run_id or 0)
    undo_import(run_id=run.id, actor="mai@shop.vn", now=NOW)
    for model in (SourceRecord, Event, AccountBalance, Relation, Consent, Trait, Identifier):
        assert not model.everything.exists()
    assert not Customer.objects.exists()

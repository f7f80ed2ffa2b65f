"""After an undo the loop works out the figures that stood before the file came in."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from idic.customize.models import Product
from idic.differentiate.models import CustomerSummary
from idic.identify.models import ImportRun
from idic.identify.services.imports.undoing.running import undo_import
from idic.web.services.loop import run_loop
from tests.identify.importing import make_business, run_import, write_csv

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
LEFT_OUT = {"id", "computed_at", "updated_at"}
# Who has a tier keeps it until a tenth below its line, whatever brought them there.
HELD = {"tier", "tier_reason", "tier_since", "lifecycle_stage"}

pytestmark = pytest.mark.django_db


def figures() -> dict[str, Any]:
    """Run the loop and give what it worked out."""
    run_loop(as_of=date(2026, 11, 23), now=NOW)
    return {
        model.__name__: sorted(
            model._base_manager.values_list(
                *(
                    f.attname
                    for f in model._meta.concrete_fields
                    if f.attname not in LEFT_OUT | HELD
                )
            ),
            key=repr,
        )
        for model in (CustomerSummary, Product)
    }


def rows(*, first: int, last: int, price: str) -> list[tuple[object, ...]]:
    return [
        (
            f"A{n}",
            f"2026-{1 + n % 10:02d}-{1 + n % 27:02d}",
            f"C{n % 9}",
            f"P{n % 3}",
            "Tea",
            1,
            price,
        )
        for n in range(first, last)
    ]


def test_figures_after_an_undo_are_those_of_before(tmp_path: Path) -> None:
    make_business()
    run_import(write_csv(tmp_path / "1.csv", *rows(first=0, last=30, price="2.00")), now=NOW)
    before = figures()
    tiers = dict(CustomerSummary.objects.values_list("customer_id", "tier"))

    second = write_csv(tmp_path / "2.csv", *rows(first=20, last=50, price="9.00"))
    run = ImportRun.objects.get(id=run_import(second, now=NOW).run_id or 0)
    assert figures() != before
    undo_import(run_id=run.id, actor="mai@shop.vn", now=NOW)

    assert figures() == before
    others = [row for row in CustomerSummary.objects.all() if row.tier != tiers[row.customer_id]]
    assert all(row.tier_reason["is_kept"] for row in others)

"""kill -9 before any write of an import of any kind: nobody sees a part of it, the next try sweeps
what was left, and in the end everything stands as if nothing had happened.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, models

from idic.identify.importing.columns import Kind
from idic.identify.models import (
    AccountBalance,
    Consent,
    Customer,
    Event,
    Identifier,
    ImportRun,
    Order,
    OrderLine,
    Relation,
    SourceRecord,
    Trait,
)
from idic.identify.services.imports.undoing.running import undo_import
from tests.processes import Victim

from .importing import make_business, run_import, write_csv

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.req("R018")]

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
# The writes before which the process dies; the last are within the publishing transaction.
# PostgreSQL takes many rows by COPY, which is none of those counted.
PLACES = (2, 6, 13) if connection.vendor == "sqlite" else (2, 4, 6)
FILES: dict[str, tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]] = {
    "orders": (
        ("Order", "Date", "Customer ID", "Email", "SKU", "Qty", "Price"),
        (
            ("A1", "2026-10-01", "C1", "an@x.vn", "P1", 2, "1.50"),
            ("A2", "2026-10-02", "C9", "vy@x.vn", "P1", 1, "1.50"),
        ),
    ),
    "customers": (
        ("Customer ID", "Full name", "Email", "Company", "Email opt out"),
        (("C1", "An Le", "an@y.vn", "Beta", "yes"), ("C9", "Vy", "vy@x.vn", "Beta", "")),
    ),
    "companies": (
        ("Company number", "Company name", "Tax number"),
        (("F1", "Beta", "0101234567"), ("F2", "Gamma", "0101234568")),
    ),
    "consents": (
        ("Email", "Channel", "Status", "Date"),
        (("an@x.vn", "email", "no", "2026-10-01"), ("who@x.vn", "email", "yes", "2026-10-01")),
    ),
    "events": (
        ("Customer ID", "Date", "Event"),
        (("C1", "2026-10-01", "Visit"), ("C9", "2026-10-01", "Visit")),
    ),
    "sends": (
        ("Recipient", "Sent at", "Channel", "Subject"),
        (("an@x.vn", "2026-10-01", "email", "Sale"), ("who@x.vn", "2026-10-01", "email", "Hi")),
    ),
    "accounts": (
        ("Account no", "CIF", "Name", "Balance", "As of"),
        (("001", "C1", "An Le", "5", "2026-10-31"), ("002", "C9", "Vy", "7", "2026-10-31")),
    ),
}
TABLES: tuple[type[models.Model], ...] = (
    *(Customer, SourceRecord, Identifier, Trait, Consent, Relation),
    *(Event, Order, OrderLine, AccountBalance),
)
_LEFT_OUT = {
    "import_run_id",
    "created_at",
    "revision",
    "recorded_at",
    "received_at",
    "id",
    "salt",
    "seal_number",
}
_LINKS = {
    "record_id": "record__source_key",
    "subject_id": "subject__source_key",
    "object_id": "object__source_key",
    "order_id": "order__order_number",
    "customer_id": "customer__full_name",
}


def seen() -> dict[str, list[Any]]:
    """Give all that counts, told by names rather than ids."""
    found = {}
    for model in TABLES:
        names = [field.attname for field in model._meta.concrete_fields]
        asked = [_LINKS.get(name, name) for name in names if name not in _LEFT_OUT]
        rows = model._default_manager.all()
        if model is Customer:
            rows = rows.filter(is_staged=False)
        if model is OrderLine:
            rows = rows.filter(order__in=Order.objects.all())
        found[model.__name__] = sorted(rows.values_list(*asked), key=repr)
    return found


def test_every_kind_has_a_file_here() -> None:
    assert set(FILES) == {kind.value for kind in Kind}


@pytest.mark.parametrize("kind", FILES)
def test_killed_before_any_write_it_ends_the_same(kind: str, tmp_path: Path) -> None:
    make_business()
    people = (("C1", "An", "an@x.vn"), ("C2", "Be", "be@x.vn"))
    head = ("Customer ID", "Full name", "Email")
    run_import(write_csv(tmp_path / "people.csv", *people, header=head), now=NOW, kind="customers")
    before = seen()
    header, rows = FILES[kind]
    path = write_csv(tmp_path / "file.csv", *rows, header=header)
    for _again in range(2):  # of what was refused, an undo leaves the refusal
        report = run_import(path, now=NOW, kind=kind)
        whole = seen()
        assert whole != before
        undo_import(run_id=report.run_id or 0, actor="mai@shop.vn", now=NOW)
    undone = seen()
    connection.close()

    with Victim("tests.identify.dying_import", home=tmp_path / "home") as victim:
        killed = 0
        for place in PLACES:
            victim.start(kind, str(path), str(place))
            if victim.wait():
                break
            killed += 1
            assert seen() == undone
            connection.close()
        else:
            victim.start(kind, str(path), "0")
            assert victim.wait() == ["done"]

    assert killed == len(PLACES)
    assert seen() == whole
    assert ImportRun.objects.filter(state="published", kind=kind, file_name="file.csv").count() == 1
    for model in TABLES[1:]:
        if hasattr(model, "everything"):
            shown = model.objects.count()  # type: ignore[attr-defined]
            assert model.everything.count() == shown, model.__name__
    assert not Customer.objects.filter(is_staged=True).exists()

"""The undo of an import as a browser walks it: what it says beforehand, the confirmation with the
count, the report, and who may.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from idic.core import ids
from idic.core.jobs.worker import drain
from idic.core.models import AuditEntry, Staff
from idic.identify.models import Customer, ImportRun, ImportState, Order
from idic.identify.services.imports.undoing.running import ask
from idic.identify.services.notes import add_note

from .importing import make_business, run_import, write_csv

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
ROWS = (
    ("A1", "2026-10-01", "C1", "P1", "Tea", 2, "1.50"),
    ("A2", "2026-10-02", "C2", "P1", "Tea", 1, "1.50"),
    ("A3", "2026-10-03", "C2", "P1", "Tea", 1, "1.50"),
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(tmp_path: Path, db: None) -> ImportRun:
    make_business()
    report = run_import(write_csv(tmp_path / "o.csv", *ROWS), now=NOW)
    return ImportRun.objects.get(id=report.run_id or 0)


@pytest.fixture
def base(run: ImportRun) -> str:
    return f"/imports/{ids.encode('import', run.id)}/"


def as_role(role: str) -> Client:
    staff = Staff.objects.create(
        email=f"{role}@shop.vn", display_name=role, role=role, password=make_password(None)
    )
    client = Client()
    client.force_login(staff)
    return client


def page(client: Client, address: str) -> str:
    return " ".join(client.get(address).content.decode().split())


def test_it_says_what_goes_and_after_the_very_count_it_goes(base: str, run: ImportRun) -> None:
    owner = as_role("owner")
    assert f'href="{base}undo/"' in page(owner, base)
    asked = page(owner, f"{base}undo/")
    assert "Undo this import and remove 2 customers and 3 orders?" in asked
    assert 'name="count" value="2-3"' in asked

    again = owner.post(f"{base}undo/", {"count": "2-2"}).content.decode()
    assert "The numbers have changed meanwhile." in again
    assert Order.objects.count() == 3

    assert owner.post(f"{base}undo/", {"count": "2-3"})["Location"] == base
    assert "Undoing the import" in page(owner, base)
    drain(queues=("long",))

    run.refresh_from_db()
    assert run.state == ImportState.UNDONE
    assert (Order.objects.count(), Customer.objects.count()) == (0, 0)
    said = page(owner, base)
    assert "This import is undone" in said
    assert "Gone again: 2 customers and 3 orders." in said
    assert "Undone" in page(owner, "/imports/")
    acts = AuditEntry.objects.filter(action__startswith="import.und").order_by("at", "id")
    assert list(acts.values_list("action", "actor")) == [
        ("import.undo_asked", "owner@shop.vn"),
        ("import.undone", "owner@shop.vn"),
    ]


def test_who_stays_is_named_with_the_reason_before_and_after(base: str, run: ImportRun) -> None:
    owner = as_role("owner")
    customer = Customer.objects.order_by("id").first()
    assert customer is not None
    add_note(customer_id=customer.id, text="Likes tea", author="owner@shop.vn", now=NOW)

    assert "Your team wrote about them" in page(owner, f"{base}undo/")
    owner.post(f"{base}undo/", {"count": "1-3"})
    drain(queues=("long",))

    said = page(owner, base)
    assert "your team wrote about them" in said
    assert f"/customers/{ids.encode('customer', customer.id)}/" in said


def test_only_who_may_import_may_undo(base: str) -> None:
    viewer = as_role("viewer")

    assert f"{base}undo/" not in page(viewer, base)
    assert viewer.get(f"{base}undo/").status_code == 403
    assert viewer.post(f"{base}undo/", {"count": "2-3"}).status_code == 403
    assert Order.objects.count() == 3


def test_one_that_was_cut_off_can_be_gone_on_with(base: str, run: ImportRun) -> None:
    owner = as_role("owner")
    ask(run=run, actor="owner@shop.vn", now=NOW)

    assert "Go on with it" in page(owner, base)
    assert owner.get(f"{base}undo/")["Location"] == base
    owner.post(f"{base}undo/")
    drain(queues=("long",))

    run.refresh_from_db()
    assert run.state == ImportState.UNDONE
    assert owner.get(f"{base}undo/")["Location"] == base

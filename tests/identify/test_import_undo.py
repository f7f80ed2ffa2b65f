"""Undo of an import: everything as it was before, what others built on stays, and the same file
comes in again as if for the first time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import models

from idic.core import bulk
from idic.core.models import AuditEntry, Business
from idic.identify.facts import open_facts, query
from idic.identify.importing.problems import ImportProblem
from idic.identify.importing.terms import ConsentTerms
from idic.identify.models import (
    Consent,
    ConsentBasis,
    ConsentStatus,
    Customer,
    ExchangeRate,
    FormerValue,
    Identifier,
    ImportRun,
    ImportState,
    LifecycleStage,
    Order,
    OrderLine,
    SourceRecord,
    Trait,
)
from idic.identify.services.consent import record_consent
from idic.identify.services.flush import flush_to_lake
from idic.identify.services.imports.undoing import removing
from idic.identify.services.imports.undoing.running import ask, undo_import
from idic.identify.services.imports.undoing.staying import look_ahead
from idic.identify.services.notes import add_note
from idic.lake.reader import open_reader
from tests.writes import rows_by_transaction

from .importing import make_business, run_import, write_csv

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
HEAD = ("Order", "Date", "Customer ID", "Email", "Name", "SKU", "Product", "Qty", "Price")
PEOPLE = ("Customer ID", "Name", "Email", "City")

FIRST = (
    ("A1", "2026-10-01", "C1", "an@x.vn", "An", "P1", "Tea", 2, "1.50"),
    ("A1", "2026-10-01", "C1", "an@x.vn", "An", "P2", "Cup", 1, "4.00"),
    ("A2", "2026-10-02", "C2", "be@x.vn", "Be", "P1", "Tea", 1, "1.50"),
    ("A3", "2026-10-03", "", "", "", "P1", "Tea", 1, "1.50"),
)
# A2 corrected and by now somebody new too; An under a newer name.
SECOND = (
    ("A2", "2026-10-02", "C2", "be@x.vn", "Be", "P1", "Tea", 7, "1.50"),
    ("A4", "2026-11-04", "C1", "an@x.vn", "An Le", "P3", "Pot", 1, "9.00"),
    ("A5", "2026-11-05", "C3", "cu@x.vn", "Cu", "P1", "Tea", 1, "1.50"),
)

_LEFT_OUT = {"id", "import_run_id", "created_at", "revision", "recorded_at", "last_revision"}
_TABLES: tuple[type[models.Model], ...] = (
    *(Customer, SourceRecord, Identifier, Trait, Consent, Order, OrderLine, ExchangeRate, Business),
)
_FIGURES = {
    "orders": "SELECT ordered_on, net_amount, is_return FROM customer_orders",
    "lines": "SELECT product_code, quantity, net_amount FROM customer_lines",
    "owned": "SELECT customer_id IS NULL, count(*) FROM customer_orders GROUP BY 1",
}


@pytest.fixture(autouse=True)
def _shop() -> None:
    make_business()


def rows_of(model: type[models.Model], *, is_by_id: bool) -> list[tuple[Any, ...]]:
    """Give what a table says; without ids links are told by what they lead to."""
    links = {
        "record_id": "record__source_key",
        "order_id": "order__order_number",
        "customer_id": "customer__full_name",
    }
    names = [field.attname for field in model._meta.concrete_fields]
    names = [name for name in names if name not in _LEFT_OUT or (is_by_id and name == "id")]
    if model is OrderLine:
        names = [name for name in names if name != "id"]  # order and number are its identity
    asked = names if is_by_id else [links.get(name, name) for name in names]
    return sorted(model._base_manager.values_list(*asked), key=repr)


def everything(*, is_by_id: bool = True) -> dict[str, Any]:
    """Give the business: all its tables and the figures' ground."""
    flush_to_lake(now=NOW)
    found: dict[str, Any] = {model.__name__: rows_of(model, is_by_id=is_by_id) for model in _TABLES}
    with open_facts() as facts:
        for name, sql in _FIGURES.items():
            found[name] = sorted(facts.query(sql).rows())
    return found


def bring(path: Path, *rows: Any, now: datetime = NOW, **asked: Any) -> ImportRun:
    header = PEOPLE if asked.get("kind") == "customers" else HEAD
    report = run_import(write_csv(path, *rows, header=header), now=now, **asked)
    assert not report.is_repeat
    return ImportRun.objects.get(id=report.run_id or 0)


def undo(run: ImportRun) -> dict[str, Any]:
    return undo_import(run_id=run.id, actor="mai@shop.vn", now=NOW + timedelta(hours=1))


@pytest.fixture
def first(tmp_path: Path) -> ImportRun:
    return bring(tmp_path / "first.csv", *FIRST)


@pytest.mark.req("R018")
def test_the_undo_of_a_first_import_leaves_the_shop_as_empty_as_before(tmp_path: Path) -> None:
    before = everything()

    run = bring(tmp_path / "first.csv", *FIRST, as_of=date(2026, 10, 5), currency="VND")
    assert Business.objects.get().as_of_date == date(2026, 10, 5)
    report = undo(run)

    assert everything() == before
    assert (report["customers"], report["orders"], report["kept_customers"]) == (2, 3, 0)
    run.refresh_from_db()
    assert run.state == ImportState.UNDONE
    assert FormerValue.objects.count() == 0
    assert AuditEntry.objects.filter(action="import.undone").count() == 1


def test_the_undo_of_a_later_import_gives_back_what_it_changed(
    first: ImportRun, tmp_path: Path
) -> None:
    before = everything()

    second = bring(tmp_path / "second.csv", *SECOND, as_of=date(2026, 11, 6))
    assert Order.objects.get(order_number="A2").net_amount == 1050
    assert Customer.objects.filter(full_name="An Le").exists()
    report = undo(second)

    assert everything() == before
    assert (report["customers"], report["orders"], report["restored_orders"]) == (1, 2, 1)


def test_the_same_file_comes_in_again_as_the_first_time(first: ImportRun, tmp_path: Path) -> None:
    second = bring(tmp_path / "second.csv", *SECOND)
    once = everything(is_by_id=False)

    undo(second)
    again = bring(tmp_path / "second.csv", *SECOND)

    assert again.id != second.id
    assert everything(is_by_id=False) == once


@pytest.mark.parametrize("undone", [("first", "second"), ("second", "first")])
def test_two_imports_undone_in_either_order_leave_nothing(
    undone: tuple[str, str], tmp_path: Path
) -> None:
    before = everything()
    runs = {"first": bring(tmp_path / "first.csv", *FIRST)}
    flush_to_lake(now=NOW)
    runs["second"] = bring(tmp_path / "second.csv", *SECOND)
    flush_to_lake(now=NOW)

    for name in undone:
        undo(runs[name])

    assert everything() == before


def test_what_a_later_file_said_stays_and_is_told(first: ImportRun, tmp_path: Path) -> None:
    second = bring(tmp_path / "second.csv", *SECOND)
    outlook = look_ahead(run=first)

    report = undo(first)

    assert sorted(Order.objects.values_list("order_number", flat=True)) == ["A2", "A4", "A5"]
    assert Order.objects.get(order_number="A2").net_amount == 1050
    assert Order.objects.get(order_number="A2").import_run_id == second.id
    people = Customer.objects.filter(is_staged=False)
    assert sorted(people.values_list("full_name", flat=True)) == ["", "An Le", "Cu"]
    assert report["repeats"] == ["second.csv"]
    assert report["reasons"] == {"other_source": 2} == outlook.reasons
    assert (report["orders"], report["kept_orders"]) == (2, 1)
    assert (outlook.orders, outlook.kept_orders) == (2, 1)
    orders = "SELECT count(*) FROM customer_orders WHERE customer_id IS NOT NULL"
    flush_to_lake(now=NOW)
    assert list(query(orders).rows()) == [(3,)]


def test_a_customer_somebody_wrote_about_stays(first: ImportRun) -> None:
    an = Customer.objects.get(full_name="An")
    add_note(customer_id=an.id, text="Likes green tea", author="mai@shop.vn", now=NOW)

    report = undo(first)

    assert list(Customer.objects.values_list("id", "is_staged")) == [(an.id, False)]
    assert report["kept"] == [[an.id, "staff"]]
    an.refresh_from_db()
    assert (an.email, an.lifecycle_stage) == ("", LifecycleStage.PROSPECT)


def test_a_refusal_stays_and_an_agreement_goes(tmp_path: Path) -> None:
    people = [("C1", "An", "an@x.vn", "Hanoi"), ("C2", "Be", "be@x.vn", "Hue")]
    bring(tmp_path / "a.csv", *people, kind="customers")
    an, be = (Customer.objects.get(full_name=name) for name in ("An", "Be"))
    record_consent(
        address="an@x.vn", channel="email", status=ConsentStatus.GRANTED, now=NOW, customer_id=an.id
    )
    refused = {"email": ConsentTerms(status="denied", basis=ConsentBasis.CONSENT)}
    agreed = {"email": ConsentTerms(status="granted", basis="consent", given_on=date(2026, 11, 1))}
    refusing = bring(
        tmp_path / "b.csv",
        people[0],
        kind="customers",
        consents=refused,
        now=NOW + timedelta(minutes=1),
    )
    agreeing = bring(tmp_path / "c.csv", people[1], kind="customers", consents=agreed)

    report = undo(refusing)
    undo(agreeing)

    latest = Consent.objects.filter(address="an@x.vn").order_by("given_at").last()
    assert latest is not None
    assert latest.status == ConsentStatus.DENIED
    assert report["refusals"] == 1
    assert not Consent.objects.filter(record__customer=be, status="granted").exists()
    # The word that was taken back stays in the ledger, and the same file may say it again.
    assert Consent.everything.filter(record__customer=be, status="granted").count() == 1
    bring(tmp_path / "c.csv", people[1], kind="customers", consents=agreed)
    assert Consent.objects.filter(record__customer=be, status="granted").count() == 1


def test_a_refusal_moves_to_what_stays_of_the_person(tmp_path: Path) -> None:
    refused = {"email": ConsentTerms(status="denied", basis=ConsentBasis.CONSENT)}
    person = ("C1", "An", "an@x.vn", "Hanoi")
    run = bring(tmp_path / "a.csv", person, kind="customers", consents=refused)
    bring(tmp_path / "b.csv", person, kind="customers", source="Web shop")

    undo(run)

    kept = Consent.objects.get(status=ConsentStatus.DENIED)
    assert (kept.address, kept.record.source.name) == ("an@x.vn", "Web shop")


def test_prospects_are_prospects_again(tmp_path: Path) -> None:
    bring(tmp_path / "p.csv", ("C1", "An", "an@x.vn", "Hanoi"), kind="customers")
    before = everything()
    run = bring(tmp_path / "first.csv", *FIRST)
    assert Customer.objects.get(full_name="An").lifecycle_stage == LifecycleStage.CUSTOMER

    undo(run)

    assert everything() == before


class Killed(Exception):
    """What stands for the end of the process."""


_STEPS = [
    *("forget_computed", "correct_people", "remove_orders", "remove_facts"),
    *("remove_records", "remove_people"),
]


@pytest.mark.parametrize("step", _STEPS)
def test_killed_anywhere_it_is_hidden_whole_and_goes_on(
    step: str, first: ImportRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything()
    second = bring(tmp_path / "second.csv", *SECOND)
    real: Callable[..., None] = getattr(removing, step)

    def die(**given: Any) -> None:
        real(**given)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(removing, step, die)
        with pytest.raises(Killed):
            undo(second)
    second.refresh_from_db()
    assert second.state == ImportState.UNDOING
    assert sorted(Order.objects.values_list("order_number", flat=True)) == ["A1", "A2", "A3"]
    seen = Customer.objects.filter(is_staged=False).values_list("full_name", flat=True)
    assert sorted(seen) in (["An", "Be"], ["An Le", "Be"])

    undo(second)

    assert everything() == before


def test_an_import_first_finishes_an_undo_that_was_cut_off(
    first: ImportRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = bring(tmp_path / "second.csv", *SECOND)
    once = everything(is_by_id=False)

    def die(**_given: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(removing, "remove_orders", die)
        with pytest.raises(Killed):
            undo(second)
    bring(tmp_path / "second.csv", *SECOND)

    second.refresh_from_db()
    assert second.state == ImportState.UNDONE
    assert everything(is_by_id=False) == once


def test_the_lake_holds_nothing_of_an_undone_run(first: ImportRun) -> None:
    flush_to_lake(now=NOW)
    undo(first)
    flush_to_lake(now=NOW)

    with open_reader() as reader:
        assert list(reader.query('SELECT count(*) FROM "order"').rows()) == [(0,)]


def test_only_a_finished_import_of_ones_own_is_undone(first: ImportRun, tmp_path: Path) -> None:
    demo = bring(tmp_path / "d.csv", *FIRST, source="Demo", is_demo=True)
    assert not ask(run=demo, actor="mai@shop.vn", now=NOW)
    with pytest.raises(ImportProblem):
        undo(demo)
    assert ask(run=first, actor="mai@shop.vn", now=NOW)
    assert not ask(run=first, actor="mai@shop.vn", now=NOW)
    assert undo(first) == undo(first)


@pytest.mark.one_database
def test_no_transaction_of_an_undo_changes_more_than_the_lock_bears(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The batches stay as they begin, as if each had taken just the time aimed at.
    monkeypatch.setattr(bulk.Pacer, "note", lambda *_, **__: None)
    rows = [
        (f"B{n}", "2026-10-01", f"K{n}", f"k{n}@x.vn", f"Khach {n}", "P1", "Tea", 1, "1.50")
        for n in range(450)
    ]
    run_import(write_csv(tmp_path / "known.csv", *rows[:150], header=HEAD), now=NOW, source="Till")
    changed = [(*row[:7], 5, "1.50") for row in rows]
    run = bring(tmp_path / "many.csv", *changed, source="Till")

    with rows_by_transaction() as transactions:
        report = undo(run)

    assert (report["customers"], report["orders"], report["restored_orders"]) == (300, 300, 150)
    assert max(transactions)[0] <= 250, max(transactions)

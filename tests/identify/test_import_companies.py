"""Files of companies and of their contacts: who is whose contact, since when, and what is left of
it when somebody changes company or an import is undone.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from idic.identify.models import Customer, Identifier, ImportRun, Relation, SourceRecord, Trait
from idic.identify.services.imports.undoing.running import undo_import

from .importing import make_business, run_import, write_csv

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
COMPANIES = ("Account ID", "Account Name", "Tax ID", "Phone", "Industry", "Employees", "Website")
CONTACTS = ("Contact ID", "Full name", "Email", "Company", "Account ID", "Job title")


@pytest.fixture(autouse=True)
def _shop() -> None:
    make_business()


def bring_companies(path: Path, *rows: object, now: datetime = NOW) -> ImportRun:
    file = write_csv(path / "companies.csv", *rows, header=COMPANIES)  # type: ignore[arg-type]
    report = run_import(file, now=now, kind="companies", source="CRM")
    return ImportRun.objects.get(id=report.run_id or 0)


def bring_contacts(path: Path, *rows: object, now: datetime = NOW) -> ImportRun:
    file = write_csv(path / "contacts.csv", *rows, header=CONTACTS)  # type: ignore[arg-type]
    overrides = {"company_key": "Account ID"}
    report = run_import(file, now=now, kind="customers", source="CRM", overrides=overrides)
    return ImportRun.objects.get(id=report.run_id or 0)


def relations() -> list[tuple[str, str, str, date | None]]:
    rows = Relation.objects.order_by("id").values_list(
        "subject__display_name", "object__display_name", "title", "from_date"
    )
    return list(rows)


ACME = ("A1", "Công ty Ánh Dương", "0312345678", "02838221234", "Retail", "50", "anhduong.example")
BETA = ("A2", "Beta Ltd", "", "", "", "", "")


@pytest.mark.req("R153", "R148")
def test_a_company_comes_in_with_what_is_known_of_it(tmp_path: Path) -> None:
    run = bring_companies(tmp_path, ACME, BETA, ("", "", "", "", "", "", "x.example"))

    acme = Customer.objects.get(full_name="Công ty Ánh Dương")
    assert acme.is_company
    record = SourceRecord.objects.get(customer=acme)
    assert (record.kind, record.source_key) == ("company", "company:A1")
    traits = dict(Trait.objects.filter(record=record).values_list("name", "value"))
    assert traits["tax_number"] == "0312345678"
    assert (traits["industry"], traits["company_size"]) == ("Retail", "50")
    assert traits["website"] == "anhduong.example"
    held = dict(Identifier.objects.filter(record=record).values_list("type", "value"))
    assert held["customer_number"] == "A1"
    assert held["tax_number"] == "0312345678"
    assert run.counts["companies"] == 2
    assert run.counts["reasons"] == {"missing_company": 1}


@pytest.mark.req("R153")
def test_contacts_hang_on_the_company_by_number_or_by_name(tmp_path: Path) -> None:
    bring_companies(tmp_path, ACME, BETA)

    run = bring_contacts(
        tmp_path,
        ("C1", "An Lê", "an@x.vn", "Whatever they call it", "A1", "Buyer"),
        ("C2", "Be Vũ", "be@x.vn", "BETA  LTD.", "", ""),
        ("C3", "Cu Đỗ", "cu@x.vn", "", "", ""),
    )

    assert relations() == [
        ("An Lê", "Công ty Ánh Dương", "Buyer", None),
        ("Be Vũ", "Beta Ltd", "", None),
    ]
    assert Customer.objects.filter(is_company=True).count() == 2
    assert run.counts["new_customers"] == 3
    assert Customer.objects.get(full_name="Công ty Ánh Dương").email == ""


@pytest.mark.req("R153")
def test_a_contact_who_changes_company_keeps_the_history(tmp_path: Path) -> None:
    bring_companies(tmp_path, ACME, BETA)
    bring_contacts(tmp_path, ("C1", "An Lê", "an@x.vn", "", "A1", ""))
    later = NOW + timedelta(days=40)

    same = ("C1", "An Lê", "an@x.vn", "Công ty Ánh Dương", "A1", "Buyer")
    bring_contacts(tmp_path, same)
    moved = bring_contacts(tmp_path, ("C1", "An Lê", "an@x.vn", "Beta Ltd", "A2", ""), now=later)
    bring_contacts(tmp_path, ("C1", "An Lê", "an@x.vn", "Beta Ltd", "A2", "", ""), now=later)

    assert relations() == [
        ("An Lê", "Công ty Ánh Dương", "Buyer", None),
        ("An Lê", "Beta Ltd", "", date(2027, 1, 2)),
    ]
    assert moved.counts["moved_contacts"] == 1
    undo_import(run_id=moved.id, actor="mai@shop.vn", now=later)
    assert relations() == [("An Lê", "Công ty Ánh Dương", "Buyer", None)]


@pytest.mark.req("R153")
def test_a_switchboard_makes_nobody_the_company(tmp_path: Path) -> None:
    bring_companies(tmp_path, ACME)
    file = write_csv(
        tmp_path / "c.csv", ("C1", "An Lê", "02838221234"), header=("ID", "Name", "Phone")
    )

    run_import(file, now=NOW, kind="customers", source="Till")

    assert set(Customer.objects.values_list("full_name", "is_company")) == {
        ("Công ty Ánh Dương", True),
        ("An Lê", False),
    }


@pytest.mark.req("R153")
def test_a_company_is_known_by_its_tax_number_in_another_system(tmp_path: Path) -> None:
    bring_companies(tmp_path, ACME)
    file = write_csv(
        tmp_path / "c.csv", ("Ánh Dương JSC", "031-234-5678"), header=("Company name", "MST")
    )

    report = run_import(file, now=NOW, kind="companies", source="Books")

    assert Customer.objects.filter(is_company=True).count() == 1
    assert report.counts["matched_customers"] == 1


@pytest.mark.req("R153")
def test_a_name_beside_one_person_is_no_customer_until_the_company_comes(tmp_path: Path) -> None:
    bring_contacts(tmp_path, ("C1", "An Lê", "an@x.vn", "Beta Ltd", "", "Buyer"))
    assert not Customer.objects.filter(is_company=True).exists()

    companies = bring_companies(tmp_path, BETA)

    beta = Customer.objects.get(is_company=True)
    assert Relation.objects.get().object.customer == beta
    assert companies.counts["new_customers"] == 1
    again = bring_companies(tmp_path, ("A2", "Beta Limited", "", "", "", "", ""))
    assert again.counts["new_customers"] == 0
    assert Customer.objects.get(is_company=True).full_name == "Beta Limited"

    for run in (again, companies):
        undo_import(run_id=run.id, actor="mai@shop.vn", now=NOW)
    assert not Customer.objects.filter(is_company=True).exists()
    assert relations() == [("An Lê", "Beta Ltd", "Buyer", None)]


def test_several_contacts_of_one_name_are_a_company(tmp_path: Path) -> None:
    run = bring_contacts(
        tmp_path,
        ("C1", "An Lê", "an@x.vn", "Beta Ltd", "", ""),
        ("C2", "Be Vũ", "be@x.vn", "Beta Ltd", "", ""),
    )

    beta = Customer.objects.get(is_company=True)
    assert Relation.objects.filter(object__customer=beta).count() == 2
    assert (run.counts["companies"], run.counts["customers"]) == (1, 3)
    undo_import(run_id=run.id, actor="mai@shop.vn", now=NOW)
    assert not Customer.objects.exists()
    assert not Relation.everything.exists()
    assert not SourceRecord.everything.exists()

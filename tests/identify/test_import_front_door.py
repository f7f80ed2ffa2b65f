"""What the front door holds out, of whatever kind a file is: a broken last line, a letter cut in
two, several sheets, and a run that never came to its end.
"""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from idic.core.workbook import write_workbook
from idic.identify.models import Customer, Event, ImportRun, ImportState, Relation, SourceRecord
from idic.identify.services.imports.sweeping import sweep_unfinished
from idic.identify.views.imports import address
from tests.interact import cast

from .importing import make_business, run_import, write_csv

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _shop() -> None:
    make_business()


@pytest.mark.parametrize(
    ("tail", "taken"),
    [
        (b'"C1000","An', 1001),
        (b"C1000", 1001),
        ("C1000,Nguyễn Thị Hươ".encode()[:-1], 1001),
        (b"C1000,An,x,y,z\n", 1000),
    ],
)
def test_a_broken_last_line_loses_nothing_before_it(
    tail: bytes, taken: int, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    rows = "".join(f"C{n},Nguyễn Thị {n}\n" for n in range(1000))
    path.write_bytes(f"Customer ID,Full name\n{rows}".encode() + tail)

    counts = run_import(path, now=NOW, kind="customers").counts

    assert counts["customers"] == taken
    assert counts["rows"] == counts["customers"] + counts["rejected"]


def workbook(path: Path, sheets: dict[str, list[list[str]]]) -> Path:
    """Put sheets made one by one into one workbook."""
    parts = []
    for place, (name, rows) in enumerate(sheets.items(), start=1):
        single = path / f"{place}.xlsx"
        single.write_bytes(b"".join(write_workbook(rows=rows, name=name)))
        with zipfile.ZipFile(single) as book:
            parts.append((name, book.read("xl/worksheets/sheet1.xml")))
        if place == 1:
            held = zipfile.ZipFile(single).read("[Content_Types].xml").decode()
            root = zipfile.ZipFile(single).read("_rels/.rels")
            kept = zipfile.ZipFile(single).read("xl/workbook.xml").decode()
            links = zipfile.ZipFile(single).read("xl/_rels/workbook.xml.rels").decode()
    names = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>'
        for n, (name, _sheet) in enumerate(parts, start=1)
    )
    link = links[links.index("<Relationship ") : links.index("</Relationships>")]
    override = held[held.rindex("<Override") : held.rindex("</Types>")]
    with zipfile.ZipFile(path / "book.xlsx", "w") as book:
        more = range(1, len(parts) + 1)
        types = "".join(override.replace("sheet1", f"sheet{n}") for n in more)
        book.writestr("[Content_Types].xml", held.replace(override, types))
        book.writestr("_rels/.rels", root)
        start, end = kept.index("<sheets>"), kept.index("</sheets>")
        book.writestr("xl/workbook.xml", f"{kept[:start]}<sheets>{names}{kept[end:]}")
        all_links = "".join(
            link.replace("sheet1", f"sheet{n}").replace('"r1"', f'"r{n}"') for n in more
        )
        book.writestr("xl/_rels/workbook.xml.rels", links.replace(link, all_links))
        for n, (_name, sheet) in enumerate(parts, start=1):
            book.writestr(f"xl/worksheets/sheet{n}.xml", sheet)
    return path / "book.xlsx"


@pytest.mark.req("R018")
def test_a_sheet_of_several_can_be_chosen_on_the_page(tmp_path: Path, client: Client) -> None:
    people = [["Customer ID", "Full name"], *([f"C{n}", f"Person {n}"] for n in range(5))]
    companies = [["Account ID", "Account Name"], ["A1", "Ánh Dương"]]
    path = workbook(tmp_path, {"People": people, "Firms": companies})
    client.force_login(cast.hire())
    upload = SimpleUploadedFile("book.xlsx", path.read_bytes())
    client.post("/imports/new/", {"kind": "companies", "file": upload})
    run = ImportRun.objects.get()
    assert run.options["shape"]["sheet"] == "People"
    assert run.options["shape"]["sheets"] == ["People", "Firms"]

    page = client.get(address("import_columns", run)).content.decode()
    client.post(address("import_columns", run), {"recognise": "1", "sheet": "Firms"})

    assert "Sheet of the workbook" in page
    run.refresh_from_db()
    assert run.options["mapping"] == {"customer_key": "Account ID", "company": "Account Name"}


def test_what_a_cut_off_run_left_is_swept_whatever_its_kind(tmp_path: Path) -> None:
    contacts = write_csv(
        tmp_path / "c.csv",
        ("C1", "An", "Beta"),
        ("C2", "Be", "Beta"),
        header=("Customer ID", "Full name", "Company"),
    )
    events = write_csv(
        tmp_path / "e.csv", ("C1", "2026-10-01", "Visit"), header=("Customer ID", "Date", "Event")
    )
    for path, kind in ((contacts, "customers"), (events, "events")):
        run_import(path, now=NOW, kind=kind, source="CRM")
    Customer.objects.update(is_staged=True)
    ImportRun.objects.update(state=ImportState.RUNNING)
    assert not Event.objects.exists()
    assert not Relation.objects.exists()

    assert sweep_unfinished() == 2

    for model in (Event, Relation, SourceRecord):
        assert not model.everything.exists()
    assert not Customer.objects.exists()

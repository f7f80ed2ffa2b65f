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
    ("tail", "reason"),
    [
        (b'"C1000","An', "cut_off"),
        (b'"C1000","An\n', "cut_off"),
        (b"C1000", "cut_off"),
        ("C1000,Nguyễn Thị Hươ".encode()[:-1], "cut_off"),
        (b"C1000,An,x,y,z\n", "too_many_cells"),
        (b"C1000,A\x00n\n", "nul_byte"),
    ],
)
def test_a_broken_last_line_loses_nothing_before_it(
    tail: bytes, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    rows = "".join(f"C{n},Nguyễn Thị {n}\n" for n in range(1000))
    path.write_bytes(f"Customer ID,Full name\n{rows}".encode() + tail)

    report = run_import(path, now=NOW, kind="customers")

    assert report.rejected == [(1002, reason, "")]
    assert (report.counts["rows"], report.counts["customers"]) == (1001, 1000)
    assert report.error_file is not None
    refused = report.error_file.read_text().splitlines()[1:]
    assert len(refused) == 1
    assert "C1000" in refused[0]
    assert ",1002," in refused[0]


@pytest.mark.parametrize(
    "tail", [b"C1000\n", b"C1000,An", b'"C1000","An"', b"C1000,An\r\n", b'C1000,"An\n"']
)
def test_a_last_line_that_is_merely_short_or_has_no_end_is_taken(
    tail: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b"Customer ID,Full name\nC1,Be\n" + tail)

    counts = run_import(path, now=NOW, kind="customers").counts

    assert (counts["customers"], counts["rejected"]) == (2, 0)


def test_a_last_row_as_short_as_others_is_no_broken_one(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b"Customer ID,Full name,Email\nC1,Be\nC2,An,an@x.vn\nC3,Cu")

    assert run_import(path, now=NOW, kind="customers").counts["customers"] == 3


BROKEN = {
    "cut": ("cut_off", -1, '{key},Cuối,"1, Lê Lợi, Qu'),
    "nul": ("nul_byte", 0.5, '{key},Nguy\x00ễn,"1, Lê Lợi"\n'),
    "wide": ("too_many_cells", 0.5, '{key},Cuối,"1, Lê Lợi",x,y,z\n'),
}


def write_broken(path: Path, *, rows: int, kind: str) -> int:
    """Write a file of so many rows with one broken one in it; give its number."""
    _reason, share, broken = BROKEN[kind]
    at = rows if share < 0 else int(rows * share)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("Mã khách hàng,Tên khách hàng,Địa chỉ\n")
        for n in range(rows + 1):
            good = f'KH{n:07d},Nguyễn Thị {n},"{n}, Lê Lợi, Quận {n % 12}"\n'
            file.write(broken.format(key=f"KH{n:07d}") if n == at else good)
    return at + 2


@pytest.mark.parametrize("rows", [20_000, pytest.param(1_000_000, marks=pytest.mark.long)])
@pytest.mark.parametrize("kind", BROKEN)
def test_one_broken_row_of_a_large_file_is_named_and_all_others_come_in(
    kind: str, rows: int, tmp_path: Path
) -> None:
    path = tmp_path / "large.csv"
    number = write_broken(path, rows=rows, kind=kind)

    report = run_import(path, now=NOW, kind="customers", is_dry_run=True)

    assert report.rejected == [(number, BROKEN[kind][0], "")]
    assert (report.counts["rows"], report.counts["new_customers"]) == (rows + 1, rows)


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

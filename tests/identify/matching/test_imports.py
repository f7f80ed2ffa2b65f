"""Files and the matcher: their people are found, their report says so, their undo takes it back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from idic.identify.kind_words import say_rows
from idic.identify.models import (
    Customer,
    ImportRun,
    MatchRecord,
    SourceRecord,
)
from idic.identify.services import identity, matching
from idic.identify.services.imports.undoing.running import undo_import
from tests.cast import NOW
from tests.identify.importing import make_business, run_import, write_csv

from .shop import open_crowd

pytestmark = [pytest.mark.django_db, pytest.mark.req("R003", "R020")]
HEADER = ("Customer number", "Customer name", "Phone", "E-mail", "Birth date", "City")
LY = ("1", "Nguyễn Thị Khánh Ly", "0987654321", "ly.khanh@example.com", "1990-03-04", "Huế")
# The same person, by another key and without the phone by which an import knows people.
AGAIN = ("77", "Khanh Ly Nguyen", "", "lykhanh90@example.org", "1990-03-04", "Hue")
ELSE = ("78", "Quách Tuấn Du", "0911111111", "du@example.com", "1971-01-30", "Hà Nội")


@pytest.fixture
def shop(tmp_path: Path, settings: Settings) -> Path:
    settings.IDIC_HOME = tmp_path
    settings.IDIC_LAKE, settings.IDIC_FILES = tmp_path / "lake", tmp_path / "files"
    open_crowd(people=150)
    make_business()
    return tmp_path


def bring(shop: Path, name: str, *rows: tuple[str, ...]) -> ImportRun:
    path = write_csv(shop / f"{name}.csv", *rows, header=HEADER)
    report = run_import(path, now=NOW, kind="customers", source=name)
    run = ImportRun.objects.get(id=report.run_id or 0)
    matching.match_import(run_id=run.id, now=NOW)
    run.refresh_from_db()
    return run


def picture() -> list[Any]:
    people = Customer.objects.order_by("id").values_list("id", "merged_into_id", "full_name")
    return [*people, *SourceRecord.everything.order_by("id").values_list("id", "customer_id")]


def test_an_import_finds_its_people_says_so_and_is_undone_as_if_it_had_never_been(
    shop: Path,
) -> None:
    bring(shop, "web", LY)
    before = picture()

    run = bring(shop, "fair", AGAIN, ELSE)

    known = Customer.objects.get(full_name="Nguyễn Thị Khánh Ly", merged_into=None)
    assert SourceRecord.objects.get(source_key="77").customer_id == known.id
    assert run.counts["matching"]["fewer"] == 0  # both rows are different people
    assert say_rows(kind="customers", counts=run.counts).startswith("2 rows are 2 people")

    undo_import(run_id=run.id, actor="alice@example.com", now=NOW)

    assert picture() == before
    matching.forget_vanished()
    assert not MatchRecord.objects.exclude(
        record_id__in=SourceRecord.objects.values_list("id", flat=True)
    ).exists()
    assert identity.replay().is_whole


def test_two_rows_of_one_person_are_one_of_two(shop: Path) -> None:
    run = bring(shop, "fair", LY, AGAIN, ELSE)

    assert run.counts["matching"] == {"customers_before": 3, "fewer": 1, "doubles": 0}
    assert say_rows(kind="customers", counts=run.counts) == "3 rows are 2 people"
    assert matching.match_import(run_id=run.id, now=NOW) == run.counts["matching"]


def test_possible_doubles_are_named_beside_it() -> None:
    counts = {"rows": 12431, "customers": 9900, "matching": {"fewer": 30, "doubles": 412}}

    said = say_rows(kind="customers", counts=counts)

    assert said == "12,431 rows are 9,870 people; 412 possible doubles to look at"

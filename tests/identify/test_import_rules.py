"""Rules of columns on files of people already known: fill blanks, overwrite, new people only; what
staff confirmed stays, the dry run counts it, and an undo takes it all back.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from idic.identify.importing.problems import ImportProblem
from idic.identify.models import Customer, ImportRun, OverruledTrait, Source, Trait
from idic.identify.reports import list_sentences
from idic.identify.services.cleaning.reading import read_people
from idic.identify.services.customers import edit_customer
from idic.identify.services.imports.running import ImportReport
from idic.identify.services.imports.undoing.running import undo_import
from tests.identify.importing import make_business, run_import, write_csv

pytestmark = [pytest.mark.django_db, pytest.mark.req("R018", "R019")]

HEADER = ("Customer ID", "Name", "City", "Gender")
ANN, BOB = ("C1", "Ann Smith", "Leeds", ""), ("C2", "Bob Jones", "", "")


@pytest.fixture
def shop(tmp_path: Path, now: datetime) -> Path:
    """Ann and Bob are known from the till, which counts for more than what comes later."""
    make_business()
    bring(tmp_path, now - timedelta(days=9), ANN, BOB)
    return tmp_path


def bring(folder: Path, now: datetime, *rows: tuple[str, ...], **asked: Any) -> ImportReport:
    path = write_csv(folder / f"p{len(list(folder.iterdir()))}.csv", *rows, header=HEADER)
    return run_import(path, now=now, kind="customers", **asked)


def cities() -> dict[str, str]:
    return dict(Customer.objects.values_list("full_name", "city"))


def test_blanks_are_filled_and_nothing_else_changes(shop: Path, now: datetime) -> None:
    rows = (("C1", "Ann Smith", "York", "f"), ("C2", "Bob Jones", "Hull", "m"))

    report = bring(shop, now, *rows, ("C3", "Cy Ng", "Bath", ""), rules={"city": "fill"})

    assert cities() == {"Ann Smith": "Leeds", "Bob Jones": "Hull", "Cy Ng": "Bath"}
    assert report.counts["rules"] == {"city": {"filled": 1, "left": 1}}
    assert not Trait.objects.filter(value="York").exists()
    assert Customer.objects.get(full_name="Ann Smith").gender == "female"


def test_new_people_only_leaves_known_people_alone(shop: Path, now: datetime) -> None:
    rows = (("C1", "Ann Smith", "York", ""), ("C2", "Bob Jones", "Hull", ""))

    report = bring(shop, now, *rows, ("C3", "Cy Ng", "Bath", ""), rules={"city": "skip"})

    assert cities() == {"Ann Smith": "Leeds", "Bob Jones": "", "Cy Ng": "Bath"}
    assert report.counts["rules"] == {"city": {"left": 2}}


def test_overwriting_beats_a_better_source_and_an_undo_gives_it_back(
    shop: Path, now: datetime
) -> None:
    Source.objects.update(rank=1)
    rows = (("C1", "Ann Smith", "York", ""),)
    asked = {"source": "Club", "numbers_of": "Till"}
    plain = bring(shop, now, *rows, **asked)
    Source.objects.filter(name="Club").update(rank=90)
    undo_import(run_id=plain.run_id or 0, actor="a", now=now, progress=lambda *said: None)
    assert cities()["Ann Smith"] == "Leeds"

    report = bring(shop, now, *rows, **asked, rules={"city": "overwrite"})

    assert cities()["Ann Smith"] == "York"
    assert report.counts["rules"] == {"city": {"replaced": 1}}
    assert OverruledTrait.objects.count() == 1
    bring(shop, now + timedelta(days=1), ("C1", "Ann Smith", "Bath", ""))
    assert cities()["Ann Smith"] == "Bath"  # the better source says something newer

    newest = ImportRun.objects.latest("id")
    for run_id in (newest.id, report.run_id or 0):
        undo_import(run_id=run_id, actor="a", now=now, progress=lambda *said: None)
    assert cities()["Ann Smith"] == "Leeds"
    assert not OverruledTrait.objects.exists()


def test_cleaning_looks_at_the_value_in_force_not_at_the_overwritten_one(
    shop: Path, now: datetime
) -> None:
    asked = {"source": "Club", "numbers_of": "Till"}
    bring(shop, now, ("C1", "Ann Smith", "York", ""), **asked, rules={"city": "overwrite"})
    ann = Customer.objects.get(full_name="Ann Smith")
    Source.objects.filter(name="Till").update(rank=1)  # by rank alone Leeds would win

    looked_at = read_people(customer_ids=[ann.id])[ann.id]

    assert looked_at.text("city") == "York" == ann.city


def test_overwriting_back_to_an_older_value_counts(shop: Path, now: datetime) -> None:
    bring(shop, now - timedelta(days=5), ("C1", "Ann Smith", "York", ""))
    assert cities()["Ann Smith"] == "York"

    bring(shop, now, ANN, rules={"city": "overwrite", "full_name": "overwrite"})

    assert cities()["Ann Smith"] == "Leeds"


def test_what_staff_corrected_stays_and_is_shown(shop: Path, now: datetime) -> None:
    ann = Customer.objects.get(full_name="Ann Smith")
    edit_customer(
        customer_id=ann.id, changes={"city": "Ripon"}, country="VN", actor="staff", now=now
    )

    asked = {"rules": {"city": "overwrite"}, "is_dry_run": True}
    dry = bring(shop, now, ("C1", "Ann Smith", "York", ""), **asked)
    report = bring(shop, now, ("C1", "Ann Smith", "York", ""), rules={"city": "overwrite"})

    assert cities()["Ann Smith"] == "Ripon"
    assert dry.counts["rules"] == report.counts["rules"] == {"city": {"kept": 1}}
    assert report.counts["conflicts"] == [[2, "city", "Ripon", "York"]]
    said = list_sentences(kind="customers", counts=report.counts)
    assert "Row 2, City: “Ripon” stays, the file says “York”." in said


def test_the_dry_run_counts_what_the_import_does(shop: Path, now: datetime) -> None:
    rows = (("C1", "Ann Smith", "York", "f"), ("C2", "Bob Jones", "Hull", ""))
    rules = {"city": "overwrite", "gender": "fill", "full_name": "skip"}

    dry = bring(shop, now, *rows, rules=rules, is_dry_run=True)
    before = cities()
    report = bring(shop, now, *rows, rules=rules)

    assert before == {"Ann Smith": "Leeds", "Bob Jones": ""}
    expected = {"city": {"filled": 1, "replaced": 1}, "gender": {"filled": 1}}
    assert dry.counts["rules"] == report.counts["rules"] == expected


@pytest.mark.parametrize("rules", [{"city": "always"}, {"consent_email": "fill"}])
def test_a_rule_there_is_not_is_refused(shop: Path, now: datetime, rules: dict[str, str]) -> None:
    with pytest.raises(ImportProblem):
        bring(shop, now, ANN, rules=rules)
    assert ImportRun.objects.count() == 1

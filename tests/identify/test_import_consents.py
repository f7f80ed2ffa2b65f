"""Files of consents and do-not-contact lists: appended to the ledger, a refusal never outweighed by
an older agreement, and nothing widened by an undo.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from idic.identify.importing.values.ledger import read_answer, read_channel
from idic.identify.models import Consent, Customer, ImportRun, SourceRecord
from idic.identify.services.imports.undoing.running import undo_import
from tests.examples import examples

from .importing import make_business, run_import, write_csv

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
HEAD = ("Address", "Channel", "Purpose", "Status", "Date", "Proof", "Wording")


@pytest.fixture(autouse=True)
def _shop() -> None:
    make_business()


def bring(path: Path, *rows: object, header: tuple[str, ...] = HEAD) -> ImportRun:
    number = len(list(path.glob("*.csv")))
    file = write_csv(path / f"{number}.csv", *rows, header=header)  # type: ignore[arg-type]
    report = run_import(file, now=NOW, kind="consents", source="Letters")
    return ImportRun.objects.get(id=report.run_id or 0)


def bring_people(path: Path) -> ImportRun:
    file = write_csv(
        path / "people.csv",
        ("C1", "An Lê", "an@x.vn", "0901234567"),
        header=("ID", "Name", "Email", "Phone"),
    )
    report = run_import(file, now=NOW, kind="customers", source="Till")
    return ImportRun.objects.get(id=report.run_id or 0)


def words() -> list[tuple[str, str, str]]:
    """Give what counts: the latest word of each address and channel."""
    rows = Consent.objects.filter(purpose="marketing").order_by("given_at", "recorded_at", "id")
    latest = {(a, c): s for a, c, s in rows.values_list("address", "channel", "status")}
    return sorted((a, c, s) for (a, c), s in latest.items())


@pytest.mark.req("R018")
def test_what_people_said_comes_into_the_ledger(tmp_path: Path) -> None:
    bring_people(tmp_path)

    run = bring(
        tmp_path,
        ("an@x.vn", "email", "", "yes", "2026-01-05", "form 12", "v3"),
        ("0901234567", "SMS", "service", "denied", "2026-02-01", "", ""),
        ("0901234567", "", "", "huỷ", "2026-02-01 10:00", "", ""),
        ("nobody@x.vn", "email", "", "maybe?", "", "", ""),
        ("an@x.vn", "fax", "", "yes", "", "", ""),
        ("not an address", "email", "", "yes", "", "", ""),
        ("be@x.vn", "email", "", "", "", "", ""),
        ("be@x.vn", "email", "", "yes", "2031-01-01", "", ""),
    )

    assert words() == [
        ("+84901234567", "sms", "denied"),
        ("+84901234567", "zalo", "denied"),
        ("an@x.vn", "email", "granted"),
        ("nobody@x.vn", "email", "denied"),
    ]
    said = Consent.objects.get(address="an@x.vn")
    assert said.record.customer == Customer.objects.get()
    assert (said.basis, said.proof, said.wording_version) == (
        "consent",
        "form 12 · file 1.csv",
        "v3",
    )
    assert said.given_at == datetime(2026, 1, 4, 17, tzinfo=UTC)
    assert Consent.objects.get(purpose="service").status == "denied"
    assert run.counts["reasons"] == {
        "wrong_channel": 1,
        "missing_customer": 1,
        "missing_answer": 1,
        "future_date": 1,
    }
    assert run.counts["nobody_yet"] == 1
    nobody = SourceRecord.objects.get(source_key="email:nobody@x.vn")
    assert (nobody.kind, nobody.customer) == ("address", None)


@pytest.mark.req("R018")
def test_a_list_without_answers_is_one_of_refusals(tmp_path: Path) -> None:
    bring(tmp_path, ("an@x.vn", "x"), ("+84901234567", "y"), header=("Email or phone", "List"))

    assert words() == [
        ("+84901234567", "sms", "denied"),
        ("+84901234567", "zalo", "denied"),
        ("an@x.vn", "email", "denied"),
    ]


@pytest.mark.parametrize("day", ["2026-03-01", ""])
def test_a_refusal_is_never_outweighed_by_an_older_or_undated_agreement(
    day: str, tmp_path: Path
) -> None:
    bring(tmp_path, ("an@x.vn", "email", "", "no", "2026-04-01", "", ""))

    run = bring(tmp_path, ("an@x.vn", "email", "", "yes", day, "", ""))

    assert words() == [("an@x.vn", "email", "denied")]
    assert run.counts["outweighed"] == 1


def test_a_younger_agreement_counts_and_its_undo_widens_nothing(tmp_path: Path) -> None:
    refused = bring(tmp_path, ("an@x.vn", "email", "", "no", "2026-04-01", "", ""))
    agreed = bring(tmp_path, ("an@x.vn", "email", "", "yes", "2026-05-01", "", ""))
    assert words() == [("an@x.vn", "email", "granted")]

    undo_import(run_id=agreed.id, actor="mai@shop.vn", now=NOW)
    assert words() == [("an@x.vn", "email", "denied")]
    undo_import(run_id=refused.id, actor="mai@shop.vn", now=NOW)
    assert not SourceRecord.everything.filter(import_run=refused).exists()


def test_a_refusal_stays_when_its_file_is_undone_and_the_person_is_known(tmp_path: Path) -> None:
    bring_people(tmp_path)
    run = bring(tmp_path, ("an@x.vn", "email", "", "no", "2026-04-01", "", ""))

    report = undo_import(run_id=run.id, actor="mai@shop.vn", now=NOW)

    assert words() == [("an@x.vn", "email", "denied")]
    assert report["refusals"] == 1


def test_the_same_list_again_says_nothing_new(tmp_path: Path) -> None:
    rows = [
        ("an@x.vn", "email", "", "no", "2026-04-01", "", ""),
        ("be@x.vn", "", "", "", "", "", ""),
    ]
    bring(tmp_path, *rows, ("be@x.vn", "email", "", "yes", "", "", ""))

    again = bring(
        tmp_path, *rows, ("be@x.vn", "email", "", "yes", "", "", ""), ("", "", "", "", "", "", "")
    )

    assert Consent.objects.count() == 2
    assert (again.counts["told"], again.counts["known_words"]) == (2, 2)


@pytest.mark.parametrize("seed", range(2))
def test_whatever_comes_in_whatever_order_the_latest_day_counts(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    told = [
        ("an@x.vn", "email", "", dice.choice(["yes", "no"]), f"2026-0{1 + n}-01", "", "")
        for n in range(5)
    ]
    expected = "granted" if told[-1][3] == "yes" else "denied"
    dice.shuffle(told)
    for one in told:
        bring(tmp_path, one)
    assert words() == [("an@x.vn", "email", expected)]


@examples(60, without=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=30))
def test_no_text_lets_a_message_pass_by_accident(text: str) -> None:
    assert read_answer(text) in {None, "granted", "denied", "unknown"}
    assert read_channel(text) in {None, "email", "sms", "zalo", "all", "other"}
    if text.strip() and not any(c.isalnum() for c in text):
        assert read_answer(text) in {None, "denied", "granted"}
    assert read_answer(f"zz{text.strip()}zz") == "denied"


def test_a_day_later_is_still_news(tmp_path: Path) -> None:
    bring(tmp_path, ("an@x.vn", "email", "", "no", "2026-04-01", "", ""))
    bring(tmp_path, ("an@x.vn", "email", "", "no", "2026-04-02", "", ""))

    days = Consent.objects.order_by("given_at").values_list("given_at", flat=True)
    assert days[1] - days[0] == timedelta(days=1)

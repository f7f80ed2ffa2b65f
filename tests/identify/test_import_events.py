"""Files of events and logs of messages another system sent: on the record of whom they happened to,
once, unseen until published, gone again by an undo.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from idic.engine.table import connect
from idic.identify.facts import open_facts
from idic.identify.importing.happenings import _read_json
from idic.identify.models import Customer, Event, ImportRun, SourceRecord
from idic.identify.services.flush import flush_to_lake
from idic.identify.services.imports.undoing.running import undo_import
from idic.lake.reader import open_reader
from tests.examples import examples

from .importing import make_business, run_import, write_csv

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
HEAD = ("Customer ID", "Date", "Event", "Amount", "Currency", "Properties")


@pytest.fixture(autouse=True)
def _shop() -> None:
    make_business()


def bring(path: Path, *rows: Any, header: Any = HEAD, **asked: Any) -> ImportRun:
    number = len(list(path.glob("*.csv")))
    file = write_csv(path / f"{number}.csv", *rows, header=header)
    report = run_import(file, now=NOW, **{"kind": "events", "source": "Bank"} | asked)
    return ImportRun.objects.get(id=report.run_id or 0)


def bring_people(path: Path, source: str = "Bank") -> ImportRun:
    rows = [("C1", "An Lê", "an@x.vn"), ("C2", "Be Vũ", "be@x.vn")]
    return bring(path, *rows, header=("ID", "Name", "Email"), kind="customers", source=source)


def in_the_lake() -> int:
    flush_to_lake(now=NOW)
    with open_reader() as lake:
        return int(lake.query("SELECT count(*) FROM event").rows()[0][0])


ROWS = (
    ("C1", "2026-10-01 09:30", "Balance", "12,500.50", "GBP", '{"product": "savings"}'),
    ("C1", "2026-10-01 09:30", "Balance", "12,500.50", "GBP", '{"product": "savings"}'),
    ("C9", "2026-10-02", "Card opened", "", "", "not json"),
    ("C2", "gestern", "Balance", "1", "", ""),
    ("C2", "2026-10-01", "", "1", "", ""),
    ("", "2026-10-01", "Balance", "1", "", ""),
)


@pytest.mark.req("R036")
def test_events_land_on_whom_they_happened_to(tmp_path: Path) -> None:
    bring_people(tmp_path)

    run = bring(tmp_path, *ROWS)

    told = Event.objects.order_by("id").values_list("record__source_key", "kind", "detail")
    savings = {"product": "savings", "value": "12500.5", "currency": "GBP"}
    assert list(told) == [
        ("C1", "Balance", savings),
        ("C1", "Balance", savings),
        ("C9", "Card opened", {"text": "not json"}),
    ]
    assert Event.objects.first().occurred_at == datetime(2026, 10, 1, 2, 30, tzinfo=UTC)  # type: ignore[union-attr]
    assert run.counts["reasons"] == {
        "wrong_date": 1,
        "missing_event": 1,
        "missing_customer": 1,
    }
    assert Customer.objects.count() == 2
    assert SourceRecord.objects.get(source_key="C9").customer is None


@pytest.mark.req("R036")
def test_the_same_events_again_and_in_a_longer_file_come_in_once(tmp_path: Path) -> None:
    bring(tmp_path, *ROWS)

    run = bring(tmp_path, *ROWS, ("C1", "2026-10-03", "Balance", "7", "", ""))

    assert Event.objects.count() == 4
    assert (run.counts["happenings"], run.counts["new_happenings"]) == (4, 1)


def test_somebody_nobody_knew_owns_their_events_once_known(tmp_path: Path) -> None:
    bring(tmp_path, *ROWS)

    bring_people(tmp_path)

    an = Customer.objects.get(full_name="An Lê")
    assert Event.objects.filter(record__customer=an).count() == 2


@pytest.mark.req("R036")
def test_an_undo_takes_events_out_of_the_database_and_the_lake(tmp_path: Path) -> None:
    bring_people(tmp_path)
    first = bring(tmp_path, *ROWS)
    assert in_the_lake() == 3
    second = bring(tmp_path, ("C1", "2026-11-03", "Balance", "7", "", ""))
    assert in_the_lake() == 4

    report = undo_import(run_id=first.id, actor="mai@shop.vn", now=NOW)

    assert list(Event.everything.values_list("import_run_id", flat=True)) == [second.id]
    assert in_the_lake() == 1
    assert not SourceRecord.everything.filter(source_key="C9").exists()
    assert report["kept_customers"] == 0
    bring(tmp_path, *ROWS)
    assert in_the_lake() == 4


def test_an_unpublished_event_is_seen_by_nobody(tmp_path: Path) -> None:
    run = bring(tmp_path, *ROWS)
    ImportRun.objects.filter(id=run.id).update(state="running")

    assert not Event.objects.exists()
    assert Event.everything.count() == 3


@pytest.mark.req("R147")
def test_a_log_of_sent_messages_finds_its_people_by_address(tmp_path: Path) -> None:
    bring_people(tmp_path, source="Till")

    run = bring(
        tmp_path,
        ("AN@x.vn", "2026-10-01 09:30", "email", "Voucher 20%", "Sent"),
        ("be@x.vn", "2026-10-01 09:30", "", "Voucher 20%", "Bounced"),
        ("who@x.vn", "2026-10-01 09:30", "email", "Voucher 20%", "Sent"),
        header=("Recipient", "Sent at", "Channel", "Subject", "Status"),
        kind="sends",
        source="Zoho",
    )

    sent = Event.objects.filter(record__customer__full_name="An Lê")
    assert sent.get().detail == {"channel": "email", "subject": "Voucher 20%", "status": "Sent"}
    assert sent.get().kind == "offer_sent"
    assert Event.objects.count() == 3
    assert (run.counts["customers"], run.counts["nobody_yet"]) == (2, 1)
    assert Customer.objects.count() == 2


@pytest.mark.parametrize("sort", ["parquet", "xlsx"])
@pytest.mark.req("R018", "R036")
def test_every_sort_of_file_holds_every_kind(sort: str, tmp_path: Path) -> None:
    with connect() as duck:
        duck.execute(
            "CREATE TABLE t AS SELECT 'C1' AS \"Customer ID\", TIMESTAMP '2026-10-01 09:30:00' "
            'AS "Date", \'Balance\' AS "Event", 12.5::DOUBLE AS "Amount"'
        )
        if sort == "parquet":
            duck.execute("COPY t TO ? (FORMAT parquet)", [str(tmp_path / "t.parquet")])
        rows = duck.execute("SELECT * FROM t").fetchall()
    if sort == "xlsx":
        from idic.core.workbook import write_workbook

        head = ["Customer ID", "Date", "Event", "Amount"]
        chunks = write_workbook(rows=[head, *[list(map(str, row)) for row in rows]], name="Events")
        (tmp_path / "t.xlsx").write_bytes(b"".join(chunks))

    run_import(tmp_path / f"t.{sort}", now=NOW, kind="events", source="Bank")

    assert Event.objects.get().detail == {"value": "12.5"}


@examples(60, without=[HealthCheck.function_scoped_fixture])
@given(
    text=st.one_of(
        st.text(max_size=80), st.from_regex(r'\{"[a-z]{1,3}": ?["\[\{0-9]+', fullmatch=True)
    )
)
def test_properties_are_read_or_kept_as_they_stand(text: str) -> None:
    found = _read_json(text)
    assert isinstance(found, dict)
    assert _read_json("[" * 30_000) == {"text": "[" * 30_000}


def test_facts_open_beside_events(tmp_path: Path) -> None:
    bring(tmp_path, *ROWS)
    flush_to_lake(now=NOW)
    with open_facts() as facts:
        assert facts.query("SELECT count(*) FROM customer_orders").rows() == [(0,)]

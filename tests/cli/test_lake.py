"""`idic lake behaviour`: what the lake holds, reduced to a file; how it refuses."""

from __future__ import annotations

import importlib.util
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from idic.cli import lake
from idic.cli.program import run
from idic.identify.models import Customer
from idic.identify.services.flush import flush_to_lake
from tests.identify.importing import make_business, run_import, write_csv

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


def bring(folder: Path) -> None:
    """Bring an order and two events of one customer, the later one past midnight in Hanoi."""
    make_business(currency="VND")
    order = ("O1", "C1", "2026-11-20", "50000", "VND")
    head = ("Order ID", "Customer ID", "Date", "Total", "Currency")
    run_import(write_csv(folder / "o.csv", order, header=head), now=NOW, source="Shop")
    events = [("C1", "2026-11-21T09:00:00Z", "cart"), ("C1", "2026-11-21T18:00:00Z", "page")]
    file = write_csv(folder / "e.csv", *events, header=("Customer ID", "Date", "Event"))
    run_import(file, now=NOW, kind="events", source="Shop")
    flush_to_lake(now=NOW)


def test_facts_are_reduced_to_a_row_a_customer(tmp_path: Path) -> None:
    pytest.importorskip("ibis", reason="the spark extra is not installed: make test-spark")
    bring(tmp_path)

    assert run(["lake", "behaviour", str(tmp_path / "out.parquet"), "--as-of", "2026-11-23"]) == 0

    row = duckdb.read_parquet(str(tmp_path / "out.parquet")).project(
        "customer_id, order_count, net_amount, last_order_on, event_count, event_day_count,"
        "last_event_on, cart_count, recency_days"
    )
    known = Customer.objects.get().pk
    assert row.fetchall() == [
        (known, 1, 50_000, date(2026, 11, 20), 2, 2, date(2026, 11, 22), 1, 3)
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["e.csv", "o.csv", "out.parquet"]


def test_facts_are_written_for_either_engine(tmp_path: Path) -> None:
    bring(tmp_path)

    orders, events_file = lake._write_facts(tmp_path)

    (order,) = duckdb.read_parquet(orders).project("ordered_on, net_amount").fetchall()
    events = duckdb.read_parquet(events_file).order("happened_on").fetchall()
    known = Customer.objects.get().pk
    assert order == (date(2026, 11, 20), 50_000)
    assert events == [(known, date(2026, 11, 21), "cart"), (known, date(2026, 11, 22), "page")]


def test_without_the_extra_one_sentence_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lake, "find_spec", lambda name: None)

    assert run(["lake", "behaviour", str(tmp_path / "out.parquet")]) == 1

    assert "needs the extra “spark”" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_day_is_written_as_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lake, "find_spec", lambda name: importlib.util.find_spec("json"))

    assert run(["lake", "behaviour", str(tmp_path / "out.parquet"), "--as-of", "soon"]) == 1

    assert list(tmp_path.iterdir()) == []

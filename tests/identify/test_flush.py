"""What is published reaches the lake once, and rooms above read it as it stands now."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from idic.core import ids
from idic.core.models import Business
from idic.identify import facts
from idic.identify.models import Customer, Event, ImportRun, LakeMark, Order, Source, SourceRecord
from idic.identify.services import flush
from idic.identify.services.flush import flush_to_lake
from idic.lake.models import LakeFile
from tests.identify.importing import ORDERS, make_business, run_import, write_csv
from tests.identify.test_import_orders import ANN, ANN_TOO, BACK, BOB, NOBODY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_lake(settings: object, tmp_path: Path) -> None:
    settings.IDIC_LAKE = tmp_path / "lake"  # type: ignore[attr-defined]


def orders() -> list[tuple[object, ...]]:
    return facts.query(
        "SELECT ordered_on, net_amount, is_return, customer_id IS NULL FROM customer_orders "
        "ORDER BY ordered_at"
    ).rows()


def test_orders_and_lines_are_read_with_their_customer(tmp_path: Path, now: datetime) -> None:
    make_business()
    run_import(write_csv(tmp_path / "o.csv", ANN, ANN_TOO, NOBODY, BACK), now=now)
    flush_to_lake(now=now)

    assert orders() == [
        (date(2026, 11, 2), 1400, False, False),
        (date(2026, 11, 4), 360, False, True),
        (date(2026, 11, 5), -350, True, False),
    ]
    ann = Customer.objects.get()
    assert facts.query(
        "SELECT line_number, product_code, quantity, net_amount FROM customer_lines "
        "WHERE customer_id = ? ORDER BY ordered_on, line_number",
        [ann.id],
    ).rows() == [(1, "TEA", 2.0, 700), (2, "TEA", 2.0, 700), (1, "TEA", -1.0, -350)]


def test_a_second_flush_adds_nothing(tmp_path: Path, now: datetime) -> None:
    make_business()
    run_import(write_csv(tmp_path / "o.csv", ANN, BOB), now=now)
    flush_to_lake(now=now)
    files = set(LakeFile.objects.exclude(dataset="record_customer_map").values_list("id"))

    flush_to_lake(now=now)
    flush_to_lake(now=now + timedelta(days=1))

    assert set(LakeFile.objects.exclude(dataset="record_customer_map").values_list("id")) == files
    assert len(orders()) == 2


def test_a_changed_order_counts_in_its_latest_form_only(tmp_path: Path, now: datetime) -> None:
    make_business()
    run_import(write_csv(tmp_path / "o.csv", ANN, ANN_TOO, BOB), now=now)
    flush_to_lake(now=now)

    run_import(write_csv(tmp_path / "p.csv", ANN), now=now)
    flush_to_lake(now=now)

    assert [row[1] for row in orders()] == [700, 120]
    assert facts.query("SELECT count(*) FROM customer_lines").rows() == [(2,)]
    assert facts.query('SELECT count(*) FROM "order"').rows() == [(3,)]


def test_an_order_written_singly_is_flushed_once_and_old_ones_settle(now: datetime) -> None:
    make_business()
    source = Source.objects.create(key="till", name="Till", kind="till", created_at=now)

    def sell(number: str) -> Order:
        return Order.objects.create(
            order_number=number,
            source=source,
            ordered_at=now,
            currency="GBP",
            net_amount=100,
            line_count=0,
        )

    first = sell("L1")
    flush_to_lake(now=now)
    flush_to_lake(now=now)
    assert LakeMark.objects.get(dataset="order").beyond == [first.revision]

    # Everything made by then is older than any open transaction.
    much_later = now + timedelta(days=3650)
    second = sell("L2")
    flush_to_lake(now=much_later)

    mark = LakeMark.objects.get(dataset="order")
    assert (mark.revision, mark.beyond) == (second.revision, [])
    assert facts.query('SELECT count(*) FROM "order"').rows() == [(2,)]


def test_a_smaller_revision_that_commits_later_is_not_lost(now: datetime) -> None:
    make_business()
    source = Source.objects.create(key="till", name="Till", kind="till", created_at=now)
    early = ids.new_id()
    shared = {
        "source": source,
        "ordered_at": now,
        "currency": "GBP",
        "net_amount": 100,
        "line_count": 0,
    }
    Order.objects.create(order_number="late id", **shared)
    flush_to_lake(now=now)

    Order.objects.create(order_number="early id", revision=early, **shared)
    flush_to_lake(now=now)

    assert len(orders()) == 2


def test_rows_of_an_unpublished_import_stay_out(tmp_path: Path, now: datetime) -> None:
    make_business()
    run_import(write_csv(tmp_path / "o.csv", ANN), now=now)
    ImportRun.objects.update(state="running")

    flush_to_lake(now=now)

    assert orders() == []
    ImportRun.objects.update(state="published")
    flush_to_lake(now=now)
    assert len(orders()) == 1


def test_a_record_that_finds_its_customer_moves_its_facts(tmp_path: Path, now: datetime) -> None:
    make_business()
    run_import(write_csv(tmp_path / "o.csv", ANN, BOB), now=now)
    flush_to_lake(now=now)
    ann = SourceRecord.objects.get(source_key="C1").customer

    SourceRecord.objects.filter(source_key="C2").update(customer=ann)
    flush_to_lake(now=now)

    assert facts.query("SELECT count(DISTINCT customer_id) FROM customer_orders").rows() == [(1,)]


def test_amounts_of_other_currencies_follow_the_rate_of_their_day(
    tmp_path: Path, now: datetime
) -> None:
    make_business()
    header = (*ORDERS, "Currency")
    rows = ((*ANN, "GBP"), (*BOB[:6], "100000", "VND"))
    run_import(
        write_csv(tmp_path / "o.csv", *rows, header=header),
        now=now,
        rates={"VND": Decimal("0.00003")},
    )
    flush_to_lake(now=now)

    assert [row[1] for row in orders()] == [700, 300]
    assert (
        sum(row[0] for row in facts.query("SELECT net_amount FROM customer_lines").rows()) == 1000
    )


def test_days_follow_the_zone_of_the_business(tmp_path: Path, now: datetime) -> None:
    make_business()
    late = ("A1", "2026-11-02 01:30", "C1", "TEA", "Tea", 1, "1")
    run_import(write_csv(tmp_path / "o.csv", late), now=now)
    flush_to_lake(now=now)

    assert orders()[0][0] == date(2026, 11, 2)
    Business.objects.update(time_zone="UTC")
    assert orders()[0][0] == date(2026, 11, 1)


def test_events_reach_the_lake_without_their_content(now: datetime) -> None:
    source = Source.objects.create(key="web", name="Web", kind="web_shop", created_at=now)
    Event.objects.create(
        source=source,
        message_id="m1",
        kind="Product Viewed",
        occurred_at=now,
        received_at=now,
        detail={"email": "ann@example.com"},
    )

    flush_to_lake(now=now)
    flush_to_lake(now=now)

    assert facts.query("SELECT kind, record_id FROM event").rows() == [("Product Viewed", None)]
    assert "detail" not in facts.query("SELECT * FROM event").columns


def test_many_events_go_in_several_files_and_the_youngest_wait(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flush, "_SEGMENT_LINES", 3)
    monkeypatch.setattr(flush, "_MOST_YOUNG", 1)
    make_business()
    source = Source.objects.create(key="web", name="Web", kind="sdk", created_at=now)
    old, young = ids.first_id(at=now - timedelta(hours=1)), ids.first_id(at=now)
    for number, key in enumerate([*range(old, old + 7), young, young + 1]):
        Event.objects.create(
            id=key,
            source=source,
            message_id=str(number),
            kind="E",
            occurred_at=now,
            received_at=now,
        )

    flush_to_lake(now=now)

    assert facts.query("SELECT count(*) FROM event").rows() == [(7,)]
    assert LakeFile.objects.filter(dataset="event").count() == 3
    assert LakeMark.objects.get(dataset="event").beyond == []

    flush_to_lake(now=now + timedelta(minutes=3))

    assert facts.query("SELECT count(*), count(DISTINCT event_id) FROM event").rows() == [(9, 9)]

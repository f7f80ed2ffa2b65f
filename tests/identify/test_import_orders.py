"""Order files become orders, lines and customers: whole, once, and nothing before it is whole."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from idic.core.jobs import queue
from idic.core.models import AuditEntry, Business
from idic.core.models.jobs import Job
from idic.identify.importing.problems import ImportProblem
from idic.identify.importing.values.dates import DateOrder
from idic.identify.models import (
    Customer,
    ExchangeRate,
    Identifier,
    ImportRun,
    ImportState,
    LifecycleStage,
    Order,
    OrderLine,
    Source,
    SourceRecord,
    Trait,
)
from idic.identify.services.imports import staging
from tests.identify.importing import ORDERS, make_business, run_import, write_csv

pytestmark = pytest.mark.django_db

ANN = ("A1", "2026-11-02 10:00", "C1", "TEA", "Green tea", 2, "3.50")
ANN_TOO = ("A1", "2026-11-02 10:00", "C1", "TEA", "Green tea", 2, "3.50")
BOB = ("A2", "2026-11-03 10:00", "C2", "MILK", "Milk", 1, "1.20")
NOBODY = ("A3", "2026-11-04 10:00", "", "MILK", "Milk", 3, "1.20")
BACK = ("A4", "2026-11-05 10:00", "C1", "TEA", "Green tea", -1, "3.50")


def amounts() -> dict[str, int]:
    return dict(Order.objects.values_list("order_number", "net_amount"))


def test_orders_come_in_with_lines_owners_and_exact_duplicates(
    tmp_path: Path, now: datetime
) -> None:
    make_business()

    report = run_import(write_csv(tmp_path / "o.csv", ANN, ANN_TOO, BOB, NOBODY, BACK), now=now)

    assert amounts() == {"A1": 1400, "A2": 120, "A3": 360, "A4": -350}
    assert Customer.objects.filter(is_staged=False).count() == 2
    assert list(
        OrderLine.objects.filter(order__order_number="A1").values_list(
            "line_number", "product_code", "quantity", "unit_price", "net_amount"
        )
    ) == [
        (1, "TEA", Decimal("2.000"), Decimal("3.500000"), 700),
        (2, "TEA", Decimal("2.000"), Decimal("3.500000"), 700),
    ]
    assert Order.objects.get(order_number="A3").record is None
    back = Order.objects.get(order_number="A4")
    assert back.is_return
    assert back.record is not None
    assert back.record.source_key == "C1"
    assert back.ordered_at == datetime(2026, 11, 5, 3, 0, tzinfo=UTC)
    assert report.counts["unlinked_orders"] == 1
    assert report.counts["unlinked_lines"] == 1
    assert report.counts["returns"] == 1


def test_publishing_is_one_flag_one_event_and_one_entry_in_the_trail(
    tmp_path: Path, now: datetime
) -> None:
    make_business()

    report = run_import(write_csv(tmp_path / "o.csv", ANN), now=now)

    run = ImportRun.objects.get(id=report.run_id)
    assert (run.state, run.published_at, run.counts["orders"]) == (ImportState.PUBLISHED, now, 1)
    handlers = Job.objects.filter(queue="events").values_list("kwargs__handler", flat=True)
    assert "idic.identify.handlers.index_published_import" in handlers
    entry = AuditEntry.objects.get(action="import.published")
    assert entry.detail == {"kind": "orders", "file": "o.csv", "rows": 1}


def test_the_same_file_again_changes_nothing(tmp_path: Path, now: datetime) -> None:
    make_business()
    path = write_csv(tmp_path / "o.csv", ANN, BOB, NOBODY)
    run_import(path, now=now)
    before = list(Order.objects.order_by("id").values())
    jobs = queue.count_jobs()

    report = run_import(path, now=now)

    assert report.is_repeat
    assert list(Order.objects.order_by("id").values()) == before
    assert ImportRun.objects.count() == 1
    assert queue.count_jobs() == jobs


def test_the_same_rows_in_another_file_change_nothing(tmp_path: Path, now: datetime) -> None:
    make_business()
    run_import(write_csv(tmp_path / "o.csv", ANN, BOB, NOBODY), now=now)
    before = list(Order.objects.order_by("id").values())
    traits = Trait.objects.count()

    carol = ("A9", "2026-11-06", "C3", "TEA", "Green tea", 1, "3.50")
    report = run_import(write_csv(tmp_path / "more.csv", ANN, BOB, NOBODY, carol), now=now)

    assert list(Order.objects.exclude(order_number="A9").order_by("id").values()) == before
    assert report.counts["new_orders"] == 1
    assert report.counts["unchanged_orders"] == 3
    assert report.counts["new_customers"] == 1
    assert Trait.objects.count() == traits


def test_a_changed_order_is_replaced_whole_and_flushed_again(tmp_path: Path, now: datetime) -> None:
    make_business()
    run_import(write_csv(tmp_path / "o.csv", ANN, ANN_TOO, BOB), now=now)
    before = Order.objects.get(order_number="A1")

    report = run_import(write_csv(tmp_path / "new.csv", ANN, BOB), now=now)

    after = Order.objects.get(order_number="A1")
    assert (report.counts["updated_orders"], report.counts["unchanged_orders"]) == (1, 1)
    assert (after.id, after.net_amount, after.line_count) == (before.id, 700, 1)
    assert after.lines.count() == 1
    assert after.revision > before.revision
    assert after.record_id == before.record_id


def test_an_order_that_gets_its_owner_later_keeps_its_id(tmp_path: Path, now: datetime) -> None:
    make_business()
    run_import(write_csv(tmp_path / "o.csv", NOBODY), now=now)
    before = Order.objects.get()

    run_import(write_csv(tmp_path / "new.csv", (*NOBODY[:2], "C7", *NOBODY[3:])), now=now)

    after = Order.objects.get()
    assert after.id == before.id
    assert after.record is not None
    assert after.record.source_key == "C7"


def test_one_number_for_two_customers_is_two_orders(tmp_path: Path, now: datetime) -> None:
    make_business()
    clash = ("A1", "2026-11-09", "C9", "MILK", "Milk", 1, "1.20")

    report = run_import(write_csv(tmp_path / "o.csv", ANN, clash), now=now)

    assert amounts() == {"A1": 700, "A1 · C9": 120}
    assert report.counts["shared_numbers"] == 1


def test_a_number_taken_by_another_customer_before_stays_theirs(
    tmp_path: Path, now: datetime
) -> None:
    make_business()
    run_import(write_csv(tmp_path / "o.csv", ANN), now=now)
    clash = write_csv(tmp_path / "p.csv", ("A1", "2026-11-09", "C9", "MILK", "Milk", 1, "1.20"))

    first = run_import(clash, now=now, source="Web shop")
    again = run_import(clash, now=now, source="Web shop", date_order=DateOrder.DAY_FIRST)

    assert amounts() == {"A1": 700, "A1 · C9": 120}
    assert first.counts["new_orders"] == 1
    assert again.counts["unchanged_orders"] == 1


def test_lines_below_a_number_belong_to_it_and_totals_are_left_out(
    tmp_path: Path, now: datetime
) -> None:
    make_business()
    rows = (
        ANN,
        ("", "", "", "MILK", "Milk", 1, "1.20"),
        ("Total", "", "", "", "", 3, "4.70"),
    )

    report = run_import(write_csv(tmp_path / "o.csv", *rows), now=now)

    assert amounts() == {"A1": 820}
    assert report.counts["reasons"] == {"total_row": 1}


def test_statuses_make_returns_and_cancelled_orders_count_right(
    tmp_path: Path, now: datetime
) -> None:
    make_business()
    header = (*ORDERS, "Status")
    rows = ((*ANN, "Completed"), (*BACK[:5], 1, "3.50", "Returned"), (*BOB, "Cancelled"))

    report = run_import(write_csv(tmp_path / "o.csv", *rows, header=header), now=now)

    assert amounts() == {"A1": 700, "A4": -350, "A2": 0}
    assert Order.objects.get(order_number="A2").lines.count() == 0
    assert report.counts["cancelled"] == 1


def test_an_order_cancelled_later_stops_counting(tmp_path: Path, now: datetime) -> None:
    make_business()
    header = (*ORDERS, "Status")
    run_import(write_csv(tmp_path / "o.csv", (*ANN, "Paid"), header=header), now=now)

    run_import(write_csv(tmp_path / "p.csv", (*ANN, "Cancelled"), header=header), now=now)

    assert amounts() == {"A1": 0}
    assert OrderLine.objects.count() == 0


def test_refused_rows_go_to_a_file_with_their_reason_and_can_come_back_corrected(
    tmp_path: Path, now: datetime
) -> None:
    make_business()
    bad_day = ("A1", "2026-02-31", "C1", "MILK", "Milk", 1, "1.20")
    bad_price = ("A5", "2026-11-07", "C5", "=1+1", "Evil", 1, "lots")

    report = run_import(write_csv(tmp_path / "o.csv", ANN, bad_day, ANN_TOO, bad_price), now=now)

    assert report.counts["rejected"] == 2
    assert report.rejected == [(3, "wrong_date", "2026-02-31"), (5, "wrong_amount", "lots")]
    assert report.error_file == tmp_path / "o.rejected.csv"
    assert amounts() == {"A1": 1400}
    with report.error_file.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == [*ORDERS, "Line number", "Row in the file", "Why refused"]
    assert rows[1] == [*map(str, bad_day), "2", "3", "not a date: 2026-02-31"]
    assert rows[2][3] == "'=1+1"

    rows[1][1] = "2026-11-02 10:00"
    corrected = write_csv(tmp_path / "corrected.csv", rows[1], header=rows[0])
    again = run_import(corrected, now=now)

    assert again.counts["updated_orders"] == 1
    assert amounts() == {"A1": 1520}
    lines = OrderLine.objects.filter(order__order_number="A1").order_by("line_number")
    assert list(lines.values_list("line_number", "product_code")) == [
        (1, "TEA"),
        (2, "MILK"),
        (3, "TEA"),
    ]
    assert (
        run_import(corrected, now=now, date_order=DateOrder.DAY_FIRST).counts["unchanged_orders"]
        == 1
    )


def test_walk_in_customers_are_nobody(tmp_path: Path, now: datetime) -> None:
    make_business()
    header = (*ORDERS, "Customer name", "Phone")
    rows = (
        (*ANN, "Đặng Thị Hoa", "0912345678"),
        (*BOB, "Khách lẻ", ""),
        ("A5", "2026-11-07", "", "TEA", "Tea", 1, "2", "Vũ Minh", "0000000000"),
        ("A6", "2026-11-07", "", "TEA", "Tea", 1, "2", "散客", "0912345678"),
    )

    report = run_import(write_csv(tmp_path / "o.csv", *rows, header=header), now=now)

    assert report.counts["customers"] == 1
    assert report.counts["unlinked_orders"] == 3
    assert Customer.objects.get().full_name == "Đặng Thị Hoa"


def test_people_without_a_number_are_known_by_their_phone(tmp_path: Path, now: datetime) -> None:
    make_business()
    header = (*ORDERS, "Phone", "E-mail")
    rows = (
        (*ANN, "0912 345 678", "ann@example.com"),
        ("A5", "2026-11-07", "", "TEA", "Tea", 1, "2", "+84 912345678", ""),
        ("A6", "2026-11-07", "", "TEA", "Tea", 1, "2", "", "ANN@example.com"),
        ("A7", "2026-11-07", "", "TEA", "Tea", 1, "2", "0987111222", ""),
    )

    run_import(write_csv(tmp_path / "o.csv", *rows, header=header), now=now)

    keys = dict(Order.objects.values_list("order_number", "record__source_key"))
    assert keys == {"A1": "C1", "A5": "C1", "A6": "C1", "A7": "phone:+84987111222"}
    assert Customer.objects.count() == 2


def test_a_file_without_order_numbers_counts_one_order_a_visit(
    tmp_path: Path, now: datetime
) -> None:
    make_business()
    header = ("customer_id", "date", "units", "amount")
    rows = ((1, "2026-01-05", 1, "10"), (1, "2026-01-05", 2, "5"), (1, "2026-01-09", 1, "7"))

    run_import(write_csv(tmp_path / "o.csv", *rows, header=header), now=now)

    assert amounts() == {"1 2026-01-05": 1500, "1 2026-01-09": 700}


def test_line_totals_win_over_prices_and_order_totals_are_shared_out(
    tmp_path: Path, now: datetime
) -> None:
    make_business()
    header = ("Order", "Date", "Customer ID", "Qty", "Price", "Line total", "Order total")
    discounted = ("A1", "2026-01-05", "C1", 2, "3.50", "6.00", "6.00")
    run_import(write_csv(tmp_path / "o.csv", discounted, header=header), now=now)

    header = ("Order", "Date", "Customer ID", "Qty", "Order total")
    rows = (("A2", "2026-01-05", "C1", 3, "8"), ("A2", "2026-01-05", "C1", 1, "8"))
    run_import(write_csv(tmp_path / "p.csv", *rows, header=header), now=now)

    assert amounts() == {"A1": 600, "A2": 800}
    lines = OrderLine.objects.filter(order__order_number="A2").order_by("line_number")
    assert list(lines.values_list("net_amount", flat=True)) == [600, 200]


def test_a_discount_is_an_amount_or_a_share(tmp_path: Path, now: datetime) -> None:
    make_business()
    header = (*ORDERS, "Discount")
    rows = ((*ANN, "1.00"), (*BOB, "10%"), (*BACK, "0.50"))

    run_import(write_csv(tmp_path / "o.csv", *rows, header=header), now=now)

    assert amounts() == {"A1": 600, "A2": 108, "A4": -300}


def test_dong_are_counted_whole_as_they_are_written(tmp_path: Path, now: datetime) -> None:
    make_business(currency="VND")
    rows = (
        ("HD1", "25/01/2026 14:30", "KH1", "SP1", "Sữa", "2", "35.000"),
        ("HD2", "26/01/2026", "KH1", "SP2", "Gạo", "1", "1tr2"),
        ("HD3", "27/01/2026", "KH1", "SP3", "Trà", "1", "350k"),
        ("HD4", "28/01/2026", "KH1", "SP4", "Tivi", "1", "1.245.000"),
    )

    run_import(write_csv(tmp_path / "o.csv", *rows), now=now)

    assert amounts() == {"HD1": 70_000, "HD2": 1_200_000, "HD3": 350_000, "HD4": 1_245_000}


def test_the_first_file_sets_the_currency_and_the_day_of_the_business(
    tmp_path: Path, now: datetime
) -> None:
    make_business(currency="VND")
    old = (("A1", "2011-12-09 12:50", "C1", "TEA", "Tea", 1, "2.55"),)

    report = run_import(write_csv(tmp_path / "o.csv", *old), now=now, currency="gbp")

    business = Business.objects.get()
    assert (business.currency, business.as_of_date) == ("GBP", date(2011, 12, 9))
    assert report.as_of == date(2011, 12, 9)
    assert amounts() == {"A1": 255}


def test_a_living_business_is_looked_at_from_today_unless_told_otherwise(
    tmp_path: Path, now: datetime
) -> None:
    make_business(as_of_date=date(2020, 1, 1))

    run_import(write_csv(tmp_path / "o.csv", ANN), now=now)
    assert Business.objects.get().as_of_date is None

    run_import(write_csv(tmp_path / "p.csv", BOB), now=now, as_of=date(2026, 11, 10))
    assert Business.objects.get().as_of_date == date(2026, 11, 10)


def test_another_currency_needs_a_rate(tmp_path: Path, now: datetime) -> None:
    make_business()
    run_import(write_csv(tmp_path / "o.csv", ANN), now=now)
    dollars = write_csv(tmp_path / "p.csv", (*BOB, "$"), header=(*ORDERS, "Currency"))

    with pytest.raises(ImportProblem, match="--rate USD=") as caught:
        run_import(dollars, now=now)

    assert caught.value.code == "missing_rate"
    assert Order.objects.count() == 1

    run_import(dollars, now=now, rates={"USD": Decimal("0.8")})
    assert Order.objects.get(order_number="A2").currency == "USD"
    assert ExchangeRate.objects.get().rate == Decimal("0.8")


def test_a_dry_run_says_what_would_come_and_writes_nothing(tmp_path: Path, now: datetime) -> None:
    make_business()
    run_import(write_csv(tmp_path / "o.csv", ANN, BOB), now=now)
    bad = ("A8", "never", "C8", "TEA", "Tea", 1, "2")
    path = write_csv(tmp_path / "p.csv", ANN_TOO, (*BOB[:5], 4, "1.20"), NOBODY, bad)

    report = run_import(path, now=now, is_dry_run=True)

    wanted = {
        "rows": 4,
        "orders": 3,
        "new_orders": 1,
        "updated_orders": 1,
        "unchanged_orders": 1,
        "rejected": 1,
        "new_customers": 0,
        "unchanged_customers": 2,
    }
    assert {name: report.counts[name] for name in wanted} == wanted
    assert report.run_id is None
    assert ImportRun.objects.count() == 1
    assert amounts() == {"A1": 700, "A2": 120}
    assert not (tmp_path / "p.rejected.csv").exists()


def test_a_prospect_who_buys_becomes_a_customer(tmp_path: Path, now: datetime) -> None:
    make_business()
    people = write_csv(tmp_path / "c.csv", ("C1", "Ann"), header=("Customer ID", "Name"))
    run_import(people, now=now, kind="customers")
    assert Customer.objects.get().lifecycle_stage == LifecycleStage.PROSPECT

    run_import(write_csv(tmp_path / "o.csv", ANN), now=now)

    assert Customer.objects.get().lifecycle_stage == LifecycleStage.CUSTOMER


def test_a_failure_in_the_middle_leaves_nothing(
    tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_business()

    def broken(*_args: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(staging, "_stage_rejections", broken)
    with pytest.raises(RuntimeError, match="power cut"):
        run_import(write_csv(tmp_path / "o.csv", ANN, NOBODY), now=now)

    assert ImportRun.objects.get().state == ImportState.FAILED
    for model in (Order, SourceRecord, Trait, Identifier):
        assert model.everything.count() == 0  # type: ignore[attr-defined]
    assert OrderLine.objects.count() == 0
    assert Customer.objects.count() == 0


def test_staged_rows_are_seen_by_nobody(
    tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_business()
    seen: list[tuple[int, ...]] = []

    def look(*_args: object) -> None:
        visible = Customer.objects.filter(is_staged=False).count()
        models = (Order, SourceRecord, Identifier, Trait)
        counts = [(model.objects.count(), model.everything.count()) for model in models]  # type: ignore[attr-defined]
        seen.append((visible, *(count for count, _all in counts)))
        assert all(everything > 0 for _count, everything in counts)

    monkeypatch.setattr(staging, "_stage_rejections", look)
    header = (*ORDERS, "Country")
    run_import(write_csv(tmp_path / "o.csv", (*ANN, "UK"), header=header), now=now)

    assert seen == [(0, 0, 0, 0, 0)]
    assert Order.objects.count() == 1


def test_an_order_known_from_a_better_source_is_left_as_it_is(
    tmp_path: Path, now: datetime
) -> None:
    make_business()
    run_import(write_csv(tmp_path / "o.csv", ANN), now=now, source="Web shop")
    Source.objects.update(rank=10)

    report = run_import(
        write_csv(tmp_path / "p.csv", (*ANN[:6], "9.99")), now=now, numbers_of="Web shop"
    )

    assert report.counts["unchanged_orders"] == 1
    assert amounts() == {"A1": 700}


def test_the_country_of_a_customer_is_the_latest_one_told(tmp_path: Path, now: datetime) -> None:
    make_business()
    header = (*ORDERS, "Country")
    later = ("A5", "2026-11-20", "C1", "TEA", "Tea", 1, "2", "France")
    rows = ((*ANN, "United Kingdom"), later, (*BOB, "Unspecified"))

    run_import(write_csv(tmp_path / "o.csv", *rows, header=header), now=now)

    countries = Customer.objects.order_by("id").values_list("country", flat=True)
    assert list(countries) == ["France", ""]
    assert list(Trait.objects.values_list("name", "value")) == [("country", "France")]

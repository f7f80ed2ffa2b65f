"""Files of a bank's accounts: balances by day on the record of their owner, corrected by a later
word, gone again by an undo, and shown on the owner's page.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from idic.identify.accounts import list_accounts, list_balances
from idic.identify.importing.values.dates import parse_month_end
from idic.identify.models import (
    AccountBalance,
    Customer,
    ImportRun,
    LifecycleStage,
    SourceRecord,
)
from idic.identify.services.imports.undoing.running import undo_import
from idic.identify.services.imports.undoing.staying import look_ahead

from .importing import make_business, run_import, write_csv

pytestmark = [pytest.mark.django_db, pytest.mark.req("R036")]

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
HEAD = ("Account no", "CIF", "Account holder", "Product", "Currency", "Balance", "As of", "Fees")


@pytest.fixture(autouse=True)
def _bank() -> None:
    make_business()


def bring(path: Path, *rows: Any, header: Any = HEAD, **asked: Any) -> Any:
    file = write_csv(path / f"{len(list(path.glob('*.csv')))}.csv", *rows, header=header)
    return run_import(file, now=NOW, **{"kind": "accounts", "source": "Core bank"} | asked)


def run_of(report: Any) -> ImportRun:
    return ImportRun.objects.get(id=report.run_id or 0)


SEPTEMBER = (
    ("001", "C1", "An Lê", "Savings", "", "12,500.50", "2026-09-30", "1.20"),
    ("002", "C1", "An Lê", "Mortgage", "", "-90,000", "2026-09-30", ""),
    ("003", "C2", "Be Vũ", "Current", "USD", "10.00", "2026-09-30", "0"),
)
OCTOBER = (("001", "C1", "An Lê", "Savings", "", "13,000.00", "2026-10-31", "1.20"),)


def standing() -> list[tuple[Any, ...]]:
    rows = AccountBalance.objects.order_by("as_of_date", "account_number", "id")
    names = ("account_number", "as_of_date", "record__source_key", "currency", "balance_amount")
    return list(rows.values_list(*names, "fee_amount"))


def test_balances_land_on_their_owners_with_history_by_day(tmp_path: Path) -> None:
    report = bring(tmp_path, *SEPTEMBER, *OCTOBER)

    day, later = date(2026, 9, 30), date(2026, 10, 31)
    assert standing() == [
        ("001", day, "C1", "GBP", 1_250_050, 120),
        ("002", day, "C1", "GBP", -9_000_000, None),
        ("003", day, "C2", "USD", 1_000, 0),
        ("001", later, "C1", "GBP", 1_300_000, 120),
    ]
    assert report.mapping["customer_key"] == "CIF"
    counts = run_of(report).counts
    assert (counts["accounts"], counts["balances"], counts["new_balances"]) == (3, 4, 4)
    assert counts["assets"] == {"GBP": -7_700_000, "USD": 1_000}
    an = Customer.objects.get(full_name="An Lê")
    assert an.lifecycle_stage == LifecycleStage.CUSTOMER
    assert Customer.objects.count() == 2


def test_a_dry_run_says_all_of_it_and_writes_nothing(tmp_path: Path) -> None:
    tried = bring(tmp_path, *SEPTEMBER, is_dry_run=True)

    assert (tried.counts["new_balances"], tried.counts["new_customers"]) == (3, 2)
    assert not AccountBalance.everything.exists()
    assert not Customer.objects.exists()


def test_the_same_account_and_day_again_is_updated_and_undone_to_what_was(tmp_path: Path) -> None:
    bring(tmp_path, *SEPTEMBER)
    corrected = ("001", "C1", "An Lê", "Savings", "", "12,600.00", "2026-09-30", "1.20")

    report = bring(tmp_path, corrected, *SEPTEMBER[1:], *OCTOBER)

    counts = run_of(report).counts
    told = [counts[f"{what}_balances"] for what in ("new", "updated", "unchanged")]
    assert told == [1, 1, 2]
    assert list_balances().count() == 4
    an = Customer.objects.get(full_name="An Lê")
    savings = next(one for one in list_accounts(customer_id=an.id) if one.number == "001")
    assert [(day.isoformat(), amount) for day, amount in savings.history] == [
        ("2026-09-30", 1_260_000),
        ("2026-10-31", 1_300_000),
    ]

    undo_import(run_id=run_of(report).id, actor="mai@bank.vn", now=NOW)

    savings = next(one for one in list_accounts(customer_id=an.id) if one.number == "001")
    assert savings.history == [(date(2026, 9, 30), 1_250_050)]


def test_an_undo_takes_accounts_and_their_owners_out_again(tmp_path: Path) -> None:
    first = bring(tmp_path, *SEPTEMBER)
    outlook = look_ahead(run=run_of(first))
    assert (outlook.customers, outlook.going) == (2, 2)

    undo_import(run_id=run_of(first).id, actor="mai@bank.vn", now=NOW)

    assert not AccountBalance.everything.exists()
    assert not Customer.objects.exists()
    assert not SourceRecord.everything.exists()


def test_whoever_holds_another_files_account_stays_and_remains_a_customer(tmp_path: Path) -> None:
    first = bring(tmp_path, *SEPTEMBER)
    bring(tmp_path, *OCTOBER)

    undo_import(run_id=run_of(first).id, actor="mai@bank.vn", now=NOW)

    assert [row[:2] for row in standing()] == [("001", date(2026, 10, 31))]
    an = Customer.objects.get()
    assert an.lifecycle_stage == LifecycleStage.CUSTOMER


def test_a_prospect_who_opens_an_account_is_a_customer_until_it_is_undone(tmp_path: Path) -> None:
    bring(tmp_path, ("C1", "An Lê"), header=("ID", "Name"), kind="customers")
    an = Customer.objects.get()
    assert an.lifecycle_stage == LifecycleStage.PROSPECT

    report = bring(tmp_path, *OCTOBER)
    an.refresh_from_db()
    assert an.lifecycle_stage == LifecycleStage.CUSTOMER

    undo_import(run_id=run_of(report).id, actor="mai@bank.vn", now=NOW)
    an.refresh_from_db()
    assert an.lifecycle_stage == LifecycleStage.PROSPECT


def test_rows_without_a_balance_an_owner_or_a_day_are_refused_with_their_reason(
    tmp_path: Path,
) -> None:
    report = bring(
        tmp_path,
        ("001", "C1", "An", "Savings", "", "1", "2026-09-30", "0"),
        ("001", "C2", "Be", "Savings", "", "1", "2026-09-30", "0"),
        ("", "C1", "An", "Savings", "", "1", "2026-09-30", "0"),
        ("004", "", "An", "Savings", "", "1", "2026-09-30", "0"),
        ("005", "C1", "An", "Savings", "", "viel", "2026-09-30", "0"),
        ("006", "C1", "An", "Savings", "", "", "2026-09-30", "0"),
        ("007", "C1", "An", "Savings", "", "1", "gestern", "0"),
        ("008", "C1", "An", "Savings", "", "1", "2027-09-30", "0"),
        ("009", "C1", "An", "Savings", "XQX", "1", "2026-09-30", "0"),
        ("010", "C1", "An", "Savings", "", "1", "2026-09-30", "much"),
        ("011", "C1", "An", "Savings", "", "9" * 17, "2026-09-30", "0"),
    )

    assert run_of(report).counts["reasons"] == {
        "second_owner": 1,
        "missing_account": 1,
        "missing_customer": 1,
        "wrong_amount": 2,
        "missing_balance": 1,
        "wrong_date": 1,
        "future_date": 1,
        "wrong_currency": 1,
        "too_large": 1,
    }
    assert len(standing()) == 1


def test_an_account_that_changed_hands_is_shown_on_its_owner_alone(tmp_path: Path) -> None:
    bring(tmp_path, *SEPTEMBER)
    bring(tmp_path, ("001", "C2", "Be Vũ", "Savings", "", "5", "2026-10-31", ""))

    an, be = (Customer.objects.get(full_name=name) for name in ("An Lê", "Be Vũ"))
    assert [one.number for one in list_accounts(customer_id=an.id)] == ["002"]
    assert [one.number for one in list_accounts(customer_id=be.id)] == ["003", "001"]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-09", "2026-09-30"),
        ("02/2024", "2024-02-29"),
        ("tháng 2/2025", "2025-02-28"),
        ("2026年11月", "2026-11-30"),
        ("13/2026", None),
        ("2026", None),
    ],
)
def test_a_month_alone_is_its_last_day(text: str, day: str | None) -> None:
    assert parse_month_end(text) == day


def test_vietnamese_and_chinese_headings_are_read(tmp_path: Path) -> None:
    vi = ("Số tài khoản", "Mã khách hàng", "Sản phẩm", "Số dư", "Ngày", "Phí", "Thu nhập lãi thuần")
    vi += ("Chủ tài khoản",)
    zh = ("账号", "客户号", "产品", "余额", "日期", "手续费", "利差", "户名")
    for place, header in enumerate((vi, zh)):
        row = (
            f"00{place}",
            "C1",
            "Savings",
            "100",
            "2026-09-30",
            "2",
            "3.5",
            f"An Lê {'ab'[place]}",
        )
        bring(tmp_path, row, header=header, source=f"Bank {place}")

    told = AccountBalance.objects.values_list("balance_amount", "fee_amount", "margin_amount")
    assert list(told) == [(10_000, 200, 350)] * 2
    names = Customer.objects.order_by("full_name").values_list("full_name", flat=True)
    assert list(names) == ["An Lê a", "An Lê b"]


def test_what_a_later_file_only_repeated_goes_with_the_first_is_told_and_comes_back(
    tmp_path: Path,
) -> None:
    first = bring(tmp_path, *SEPTEMBER)
    later = write_csv(tmp_path / "later.csv", *SEPTEMBER, *OCTOBER, header=HEAD)
    run_import(later, now=NOW, kind="accounts", source="Core bank")
    whole = standing()
    assert [run.file_name for run in look_ahead(run=run_of(first)).repeats] == ["later.csv"]

    report = undo_import(run_id=run_of(first).id, actor="mai@bank.vn", now=NOW)

    assert report["repeats"] == ["later.csv"]
    assert [row[:2] for row in standing()] == [("001", date(2026, 10, 31))]
    again = run_import(later, now=NOW, kind="accounts", source="Core bank")
    assert not again.is_repeat
    assert standing() == whole

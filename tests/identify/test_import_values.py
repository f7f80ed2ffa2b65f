"""Values as shops write them: dates, amounts, phones, e-mails, walk-in customers."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from idic.identify.importing.values.cells import clean, clean_key, is_walk_in, read_yes_no
from idic.identify.importing.values.contacts import (
    Contact,
    join_name,
    parse_email,
    parse_phone,
    read_gender,
)
from idic.identify.importing.values.dates import (
    DateOrder,
    OrderDecision,
    decide_date_order,
    parse_day,
    parse_moment,
)
from idic.identify.importing.values.numbers import (
    decide_decimal_mark,
    parse_amount,
    parse_percent,
    parse_quantity,
)
from idic.identify.importing.values.statuses import OrderStatus, read_status

DAY, MONTH = DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
GMT = ZoneInfo("UTC")


def at(*parts: int) -> datetime:
    """Give a moment in UTC."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-05", at(2026, 1, 5)),
        ("2026-01-05 14:30", at(2026, 1, 5, 14, 30)),
        ("2026-01-05T14:30:15.250Z", at(2026, 1, 5, 14, 30, 15)),
        ("2026-01-05T14:30:00+07:00", at(2026, 1, 5, 7, 30)),
        ("2026/1/5 9:05", at(2026, 1, 5, 9, 5)),
        ("2026年1月5日", at(2026, 1, 5)),
        ("2026年1月5日 下午2:30", at(2026, 1, 5, 14, 30)),
        ("20260105", at(2026, 1, 5)),
        ("5/1/2026", at(2026, 1, 5)),
        ("05-01-26", at(2026, 1, 5)),
        ("5.1.2026 2:30 PM", at(2026, 1, 5, 14, 30)),
        ("05/01/2026 2:30:10 CH", at(2026, 1, 5, 14, 30, 10)),
        ("5 Jan 2026", at(2026, 1, 5)),
        ("05-Jan-2026", at(2026, 1, 5)),
        ("January 5, 2026", at(2026, 1, 5)),
        ("ngày 5 tháng 1 năm 2026", at(2026, 1, 5)),
        ("46027", at(2026, 1, 5)),
        ("46027.604166666664", at(2026, 1, 5, 14, 30)),
        ("1767571200", at(2026, 1, 5)),
    ],
)
def test_dates_are_read_as_shops_write_them(text: str, moment: datetime) -> None:
    assert parse_moment(text, order=DAY, zone=GMT) == moment


@pytest.mark.parametrize(
    "text", ["", "hello", "31/02/2026", "0", "12.5", "2026-13-01", "99/99/9999"]
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert parse_moment(text, order=DAY, zone=GMT) is None


def test_a_moment_without_offset_is_local_to_the_shop() -> None:
    assert parse_moment("05/01/2026 06:30", order=DAY, zone=HANOI) == datetime(
        2026, 1, 4, 23, 30, tzinfo=UTC
    )
    assert parse_day("5/1/1990", order=DAY) == date(1990, 1, 5)


def test_the_order_of_day_and_month_is_decided_from_the_column() -> None:
    assert decide_date_order(["3/4/2026", "25/4/2026"], default=MONTH) == OrderDecision(DAY, True)
    assert decide_date_order(["3/4/2026", "4/25/2026"], default=DAY) == OrderDecision(MONTH, True)
    assert decide_date_order(["25/4/2026", "4/25/2026"], default=DAY).is_mixed
    assert decide_date_order(["2026-01-05"], default=DAY) == OrderDecision(DAY, True)


def test_without_proof_the_steadier_order_wins_and_is_called_uncertain() -> None:
    running = ["2/1/2026", "2/2/2026", "2/3/2026", "3/1/2026"]

    assert decide_date_order(running, default=DAY) == OrderDecision(MONTH, is_certain=False)
    assert decide_date_order(["3/4/2026"], default=DAY) == OrderDecision(DAY, is_certain=False)


@pytest.mark.parametrize(
    ("text", "mark", "amount"),
    [
        ("1.245.000", ",", "1245000"),
        ("1.245.000 ₫", ",", "1245000"),
        ("1,245.50", ".", "1245.50"),
        ("1.245,50", ",", "1245.50"),
        ("£2.55", ".", "2.55"),
        ("¥1,280", ".", "1280"),
        ("(1,200)", ".", "-1200"),
        ("-80,000đ", ".", "-80000"),
        ("120-", ".", "-120"),
        ("1tr2", ".", "1200000"),
        ("1tr250", ".", "1250000"),
        ("1,5tr", ".", "1500000"),
        ("2 triệu", ",", "2000000"),
        ("350k", ",", "350000"),
        ("1.5k", ",", "1500"),
        ("3万", ".", "30000"),
        ("1.2万元", ".", "12000"),
        ("12 000", ".", "12000"),
        ("１２００", ".", "1200"),
        ("0.001", ".", "0.001"),
        ("-11062.06", ".", "-11062.06"),
        ("1,00,000", ".", "100000"),
    ],
)
def test_amounts_are_read_as_people_write_them(text: str, mark: str, amount: str) -> None:
    assert parse_amount(text, mark=mark) == Decimal(amount)


@pytest.mark.parametrize("text", ["", "abc", "1,2,3", "12/5", "--", "1.2.3.4x"])
def test_what_is_no_amount_is_none(text: str) -> None:
    assert parse_amount(text, mark=".") is None


@pytest.mark.parametrize(
    ("values", "has_cents", "mark"),
    [
        (["1.245.000", "350.000"], True, ","),
        (["2.55", "1,245.50"], True, "."),
        (["12,5", "3"], True, ","),
        (["350.000", "45.000"], False, ","),
        (["350.000", "45.000"], True, "."),
        (["1,245", "30"], True, "."),
        (["0.500", "1.250"], False, "."),
        (["5", "7"], True, "."),
    ],
)
def test_the_decimal_mark_is_decided_from_the_column(
    values: list[str], has_cents: bool, mark: str
) -> None:
    assert decide_decimal_mark(values, has_cents=has_cents) == mark


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4))
def test_a_grouped_number_reads_back_whatever_its_marks(value: Decimal) -> None:
    english = f"{value:,}"
    swapped = english.translate(str.maketrans(",.", ".,"))

    assert parse_amount(english, mark=".") == value
    assert parse_amount(swapped, mark=",") == value


def test_quantities_leave_their_unit_aside() -> None:
    assert parse_quantity("2 kg", mark=".") == 2
    assert parse_quantity("-3 cái", mark=".") == -3
    assert parse_quantity("0,5", mark=",") == Decimal("0.5")
    assert parse_quantity("many", mark=".") is None
    assert parse_percent("10%", mark=".") == Decimal("0.1")
    assert parse_percent("10", mark=".") is None


def test_keys_survive_excel() -> None:
    assert clean_key("17850.0") == "17850"
    assert clean_key(" 00123 ") == "00123"
    assert clean_key('="00123"') == "00123"
    assert clean_key("'0912") == "0912"
    assert clean_key("KH-12.50") == "KH-12.50"
    assert clean_key("nan") == ""
    assert clean("None") == "None"


@pytest.mark.parametrize(
    ("text", "country", "value"),
    [
        ("0912 345 678", "VN", "+84912345678"),
        ("912345678", "VN", "+84912345678"),
        ("912345678.0", "VN", "+84912345678"),
        ("+84 912-345-678", "GB", "+84912345678"),
        ("0168 345 6789", "VN", "+84383456789"),
        ("138 1234 5678", "CN", "+8613812345678"),
        ("+8613812345678", "VN", "+8613812345678"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("07700 900123", "GB", "+447700900123"),
        ("0121 496 0123", "GB", "+441214960123"),
        ("+84 168 345 6789", "GB", "+84383456789"),
        ("+84 168 345 6789", "CN", "+84383456789"),
        ("01632 960 999", "GB", "+441632960999"),
        ("0912345678 / 0987654320", "VN", "+84912345678"),
    ],
)
def test_phones_become_e164(text: str, country: str, value: str) -> None:
    assert parse_phone(text, country=country) == Contact(value)


@pytest.mark.parametrize(
    "text", ["0000000000", "0999999999", "0123456789", "091****678", "******78"]
)
def test_placeholder_and_masked_phones_never_identify(text: str) -> None:
    found = parse_phone(text, country="VN")

    assert found is not None
    assert found.is_placeholder


def test_emails_are_normalised_and_placeholders_marked() -> None:
    assert parse_email(" Alice@Example.COM ") == Contact("alice@example.com")
    assert parse_email("noemail@gmail.com") == Contact("noemail@gmail.com", is_placeholder=True)
    assert parse_email("x7@marketplace.amazon.com") == Contact(
        "x7@marketplace.amazon.com", is_placeholder=True
    )
    assert parse_email("not an address") is None
    assert parse_email("a***@gmail.com") is None
    assert parse_email("a@b") is None


@pytest.mark.parametrize(
    "name",
    ["Khách lẻ", "KHACH LE", "khách vãng lai", "散客", "Walk-in", "walk in customer", "Guest"],
)
def test_walk_in_names_are_nobody(name: str) -> None:
    assert is_walk_in(name)


@pytest.mark.parametrize("name", ["Lê Khách", "Chị Lan Q7", "Guest House Ltd", "散客来餐厅"])
def test_people_and_companies_are_somebody(name: str) -> None:
    assert not is_walk_in(name)


def test_names_genders_and_answers_are_read_in_three_languages() -> None:
    assert join_name(family="Nguyễn", given="Lan Anh", language="vi") == "Nguyễn Lan Anh"
    assert join_name(family="王", given="小明", language="en") == "王小明"
    assert join_name(family="Smith", given="Ann", language="en") == "Ann Smith"
    assert [read_gender(word) for word in ("Nữ", "男", "F", "?")] == [
        "female",
        "male",
        "female",
        "",
    ]
    assert [read_yes_no(word) for word in ("Có", "否", "TRUE", "maybe")] == [
        True,
        False,
        True,
        None,
    ]


def test_statuses_tell_returns_and_cancellations_from_sales() -> None:
    assert read_status("Hoàn thành") is OrderStatus.DONE
    assert read_status("Đã trả hàng") is OrderStatus.RETURNED
    assert read_status("已退款") is OrderStatus.RETURNED
    assert read_status("Đã hủy") is OrderStatus.CANCELLED
    assert read_status("交易关闭") is OrderStatus.CANCELLED
    assert read_status("partially_refunded") is OrderStatus.DONE


@pytest.mark.parametrize("region", ["GB", "US", "FR", "DE", "AU", "SG", "TH", "JP", "HK", "TW"])
def test_a_mobile_number_read_by_its_pattern_is_what_the_whole_plan_makes_of_it(
    region: str,
) -> None:
    dice = random.Random(region)
    example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    assert example is not None
    whole = str(phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164))
    found = 0
    for _ in range(120):
        kept = len(whole) - dice.randint(1, 7)
        number = whole[:kept] + "".join(dice.choices("0123456789", k=len(whole) - kept))
        read = parse_phone(number, country="VN")
        if len(set(number[-7:])) > 1:  # seven of one digit are nobody's
            is_real = phonenumbers.is_valid_number(phonenumbers.parse(number))
            assert read == (Contact(number) if is_real else None), number
            found += is_real
    assert found > 20


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("(0912) 345.678", "+84912345678"),
        (" 0912 345-678 ", "+84912345678"),
        ("0912345678 - 0987654321", "+84912345678"),
        ("84912345678.0", "+84912345678"),
        ("+44 7400 123456", "+447400123456"),
    ],
)
def test_signs_in_a_number_say_nothing_but_a_second_number_is_left_out(
    text: str, number: str
) -> None:
    assert parse_phone(text, country="VN") == Contact(number)

"""Whatever is thrown at a cleaner: it never raises, and cleaning twice is cleaning once."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idic.identify.cleaning import FIELDS, Context, clean_amount, clean_field, find_city
from idic.identify.cleaning.days import read_lunar_day
from idic.identify.cleaning.names import call_name, name_tokens, split_chinese_name
from idic.identify.cleaning.places import read_chinese, read_vietnamese

pytestmark = [pytest.mark.req("R029"), pytest.mark.one_database]

TODAY = date(2026, 11, 23)
PIECES = [
    *("Chị ", "anh", "王", "女士", "总", "欧阳", "NGUYỄN", "văn", "Mr. ", ", ", "(bạn)", "KH"),
    *("09", "0120", "+84", "+86", "138", "0000000000", "****", "转12", " / ", "o", "12345678"),
    *("@", "gmail", ".con", "yaho", ".com.vn", "qq", "(at)", "info", ".."),
    *("15/8", "âm lịch", "农历", "八月", "十五", "1900-01-01", "2062-05-03", "31/12/99"),
    *("P.14", "Q.11", "Phường ", "Quận ", "TP.HCM", "Bình Dương"),
    *("广东省", "深圳市", "南山区", "路", "Bá"),
    *("1tr2", "350k", "3万", "1.245.000", "đ", "-", "'", "=", '"', "\u200b", "\ufeff", "\x00"),
]
TEXT = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from(PIECES), max_size=6).map("".join),
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=5).map(" ".join),
)
CONTEXTS = st.sampled_from(
    [
        Context(country=country, language=language, today=TODAY, place=place)
        for country, language, place in (
            ("VN", "vi", ""),
            ("VN", "vi", "TP. Hồ Chí Minh"),
            ("CN", "zh-hans", ""),
            ("GB", "en", ""),
        )
    ]
)


@pytest.mark.parametrize("field", [*FIELDS, "unknown"])
@given(text=TEXT, context=CONTEXTS)
@settings(max_examples=150, deadline=None)
def test_a_cleaner_never_raises_and_cleaning_twice_is_cleaning_once(
    field: str, text: str, context: Context
) -> None:
    once = clean_field(field, text, context=context)
    kept = clean_field(field, once.value, context=context)
    best = clean_field(field, once.best, context=context)

    assert kept.value == once.value
    assert best.best == once.best
    assert once.problem or once.best == once.value


@given(text=TEXT, currency=st.sampled_from(["VND", "CNY", "GBP"]))
@settings(max_examples=150, deadline=None)
def test_cleaning_an_amount_twice_is_cleaning_it_once(text: str, currency: str) -> None:
    once = clean_amount(text, currency=currency)

    assert clean_amount(once.value, currency=currency).value == once.value


@given(text=TEXT, context=CONTEXTS)
@settings(max_examples=150, deadline=None)
def test_taking_apart_never_raises(text: str, context: Context) -> None:
    read_chinese(text)
    read_vietnamese(text, place=text)
    find_city(text, context=context)
    family, given_name = split_chinese_name(text)
    lunar = read_lunar_day(text)

    assert family + given_name == "".join(text.split())
    assert all(token.strip() for token in name_tokens(text))
    assert not lunar or len(lunar) == 5
    call_name(full_name=text, salutation=text)

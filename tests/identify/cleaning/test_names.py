"""Names as shops in Vietnam, China and elsewhere have them."""

from __future__ import annotations

import pytest

from idic.identify.cleaning import Problem
from idic.identify.cleaning.names import (
    call_name,
    clean_name,
    is_surname,
    name_tokens,
    split_chinese_name,
)

pytestmark = [pytest.mark.req("R029"), pytest.mark.one_database]


@pytest.mark.parametrize(
    ("given", "name", "salutation", "problem"),
    [
        ("Chị Lan Q7", "Lan Q7", "chị", Problem.NAME_SALUTATION),
        ("Anh Dương Ngọc Nam", "Dương Ngọc Nam", "anh", Problem.NAME_SALUTATION),
        ("Anh/Chị Hoa", "Hoa", "anh/chị", Problem.NAME_SALUTATION),
        ("Cô Ba", "Ba", "cô", Problem.NAME_SALUTATION),
        ("BS. Lê Minh", "Lê Minh", "BS", Problem.NAME_SALUTATION),
        ("Mr. John Smith", "John Smith", "Mr", Problem.NAME_SALUTATION),
        ("王女士", "王", "女士", Problem.NAME_SALUTATION),
        ("张总", "张", "总", Problem.NAME_SALUTATION),
        ("欧阳先生", "欧阳", "先生", Problem.NAME_SALUTATION),
        ("Khách hàng Trần Thị Bưởi", "Trần Thị Bưởi", "", Problem.NAME_SALUTATION),
        ("KH001 - Trần Văn Tú", "Trần Văn Tú", "", Problem.NAME_NOTE),
        ("Lan (bạn Hà) 0912345678", "Lan", "", Problem.NAME_NOTE),
        ("NGUYỄN VĂN AN", "Nguyễn Văn An", "", Problem.NAME_CAPITALS),
        ("đặng thị hoa", "Đặng Thị Hoa", "", Problem.NAME_CAPITALS),
        ("Williams, Candice", "Candice Williams", "", Problem.NAME_ORDER),
        ("Nguyễn, Văn An", "Nguyễn Văn An", "", Problem.NAME_ORDER),
        ("  Lê   Lan ;", "Lê Lan", "", Problem.NAME_WRITTEN),
    ],
)
def test_a_name_is_proposed_without_what_does_not_belong_to_it(
    given: str, name: str, salutation: str, problem: Problem
) -> None:
    cleaned = clean_name(given)

    assert (cleaned.best, cleaned.also.get("salutation", "")) == (name, salutation)
    assert cleaned.problem == problem


@pytest.mark.parametrize(
    "name",
    [
        "Nguyễn Thị Hương",
        "Anh Nguyễn",  # somebody called Anh
        "Anh Thị Đặng",  # the same, family name last
        "Anh An Mai",
        "Chi Phương Vương",
        "Bá Nguyễn Thành",
        "Co Lan",
        "王小明",
        "欧阳娜娜",
        "李总监",
        "IBM",
        "O'Connor",
        "Jean-Luc Picard",
        "Chị",
    ],
)
def test_a_name_that_may_be_right_stays_as_it_is(name: str) -> None:
    assert clean_name(name).best == name
    assert clean_name(name).problem is None


def test_what_may_be_a_given_name_is_never_sure() -> None:
    assert clean_name("Anh Thư").confidence < 0.8
    assert clean_name("Chi Hoa").confidence < 0.8
    assert clean_name("Chị Hoa").confidence >= 0.8
    assert clean_name("Chị Mai").best == "Mai"
    assert clean_name("Chi Mai").best == "Chi Mai"


@pytest.mark.parametrize("name", ["Khách lẻ", "khách vãng lai", "散客", "Walk-in customer", "匿名"])
def test_a_walk_in_customer_is_nobody(name: str) -> None:
    assert clean_name(name).best == ""
    assert clean_name(name).problem == Problem.NAME_WALK_IN


def test_words_of_a_name_compare_in_any_order_without_address_and_with_pinyin() -> None:
    assert name_tokens("Chị Đặng Hoa") == name_tokens("hoa ĐẶNG") == {"dang", "hoa"}
    assert name_tokens("王明先生") >= {"王明", "wang", "ming"}
    assert "先" not in name_tokens("王明先生")


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("欧阳娜娜", ("欧阳", "娜娜")),
        ("司马光", ("司马", "光")),
        ("王小明", ("王", "小明")),
        ("王", ("王", "")),
        ("阿明", ("", "阿明")),
    ],
)
def test_a_compound_surname_stays_in_one_piece(name: str, parts: tuple[str, str]) -> None:
    assert split_chinese_name(name) == parts
    assert is_surname("欧阳")


def test_people_are_called_as_their_language_calls_them_and_no_gender_is_guessed() -> None:
    assert call_name(full_name="Nguyễn Thị Hương", salutation="chị") == "chị Hương"
    assert call_name(full_name="王建国", salutation="总") == "王总"
    assert call_name(full_name="欧阳娜娜 女士") == "欧阳女士"
    assert call_name(full_name="John Brown", salutation="Mr") == "Mr Brown"
    assert call_name(full_name="Nguyễn Thị Hương") == "Nguyễn Thị Hương"
    assert call_name(full_name="王小明") == "王小明"


def test_ways_of_address_are_taken_off_however_many_there_are() -> None:
    assert clean_name("CHI CHI CHI CHI A").best == "A"
    assert clean_name("KH Anh/Chị Mr. Lê Minh (Q7)").best == "Lê Minh"

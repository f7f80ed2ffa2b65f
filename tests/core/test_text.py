"""Text folds the way people search."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from idic.core.text import digits, fold, pinyin, words


def test_vietnamese_marks_fold_away() -> None:
    assert [fold(t) for t in ("Đặng", "VŨ", "Nguyễn Thị Ánh Tuyết", "Lê")] == [
        "dang",
        "vu",
        "nguyen thi anh tuyet",
        "le",
    ]


def test_han_names_split_into_characters() -> None:
    assert words("王小明 (VIP)") == ["王", "小", "明", "vip"]


def test_pinyin_gives_what_people_type() -> None:
    assert pinyin("王小明") == ["wang", "xiao", "ming", "wangxiaoming", "wxm", "wangxm"]
    assert pinyin("Lan") == []


def test_full_width_forms_fold() -> None:
    assert fold("ＡＢＣ１２３") == "abc123"


def test_only_digits_of_a_phone_remain() -> None:
    assert digits("+84 (0)900-000-217") == "840900000217"


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)

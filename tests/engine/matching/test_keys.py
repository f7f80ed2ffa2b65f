"""Values brought to what is compared: names, numbers, addresses, and whole columns of them."""

import numpy as np
import pytest

from idic.engine.matching import Field, Schema, clean
from idic.engine.matching.columns import read
from idic.engine.matching.contacts import clean_phone
from idic.engine.matching.guessing import guess_schema
from idic.engine.matching.names import clean_name, split_name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Nguyễn Đức An", "an nguyen duc"),
        ("欧阳小明", "Ouyang Xiaoming"),
        ("王 小明先生", "XIAOMING WANG"),
        ("Smith, Glenn", "Mr Glenn SMITH"),
        ("Chị Phạm Gia Hiếu", "Phạm Gia Hiếu"),
    ],
)
def test_a_name_is_the_same_in_every_order_script_and_way_of_address(one: str, other: str) -> None:
    assert split_name(clean_name(one)).words == split_name(clean_name(other)).words


def test_a_given_name_that_is_also_a_way_of_address_stays() -> None:
    assert clean_name("Anh Vũ") == "anh vũ"
    assert split_name(clean_name("Anh Vũ")).words == ("anh", "vu")


@pytest.mark.parametrize(
    ("written", "national"),
    [
        ("+84 (0)94-343-5240", "943435240"),
        ("0084943435240", "943435240"),
        ("01643435240", "343435240"),
        ("0123 343 5240", "833435240"),
        ("8613800138000", "13800138000"),
        ("+1 212 555 0199", "2125550199"),
        ("113", ""),
    ],
)
def test_a_phone_number_loses_what_half_of_the_sources_leave_out(
    written: str, national: str
) -> None:
    assert clean_phone(written) == national


def test_columns_are_joined_cleaned_and_hashed_once_a_value() -> None:
    schema = Schema((Field("name", "name", ("given", "family")), Field("mail", "email", ("mail",))))
    table = {
        "given": ["An", "An", None],
        "family": ["Lê", "Lê", None],
        "mail": ["An@x.vn", "nobody", "an+shop@X.VN"],
    }

    cleaned = clean(schema, table)
    held = read(schema, cleaned)

    assert cleaned.rows() == [("an lê", "an@x.vn"), ("an lê", None), (None, "an@x.vn")]
    assert held.columns["name"].codes.tolist() == [1, 1, 0]
    assert np.count_nonzero(held.columns["mail"].key) == 2
    assert held.columns["name"].key[2] == 0


def test_a_schema_is_guessed_from_the_names_and_contents_of_columns() -> None:
    table = {
        "record_id": ["1", "2", "3"],
        "Họ và tên": ["An Lê", "Lan Đỗ", None],
        "Điện thoại": ["0943435240", None, "0943435241"],
        "Ngày sinh": ["1980-01-02", None, None],
        "Địa chỉ": ["1 Lê Lợi", None, None],
        "Thành phố": ["Huế", "Huế", None],
        "created_at": ["2024-01-01", None, None],
        "empty": [None, None, None],
    }

    found = guess_schema(table)

    assert [(field.kind, field.columns) for field in found.fields] == [
        ("name", ("Họ và tên",)),
        ("address", ("Địa chỉ",)),
        ("phone", ("Điện thoại",)),
        ("date", ("Ngày sinh",)),
        ("place", ("Thành phố",)),
    ]


def test_parts_of_a_name_stand_in_for_the_whole_one_only_when_it_is_missing() -> None:
    parts = guess_schema({"given_name": ["an"], "surname": ["le"], "truth": ["1"]})
    whole = guess_schema({"full_name": ["an le"], "given_name": ["an"], "surname": ["le"]})

    assert [field.columns for field in parts.fields] == [("given_name", "surname")]
    assert [field.columns for field in whole.fields] == [("full_name",)]


def test_a_field_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="no kind 'colour'"):
        Field("eyes", "colour", ("eyes",))  # type: ignore[arg-type]

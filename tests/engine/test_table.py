"""The engine's column table: what comes in comes out, by every door."""
# ruff: noqa: DTZ001 - moments of the engine are UTC without saying so

import datetime as dt

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idic.engine.table import Table, query

COLUMNS = {
    "id": int,
    "score": float,
    "is_open": bool,
    "name": str,
    "day": dt.date,
    "moment": dt.datetime,
}
ROWS = [
    (2**62 + 1, 1.5, True, "Đặng", dt.date(2011, 12, 9), dt.datetime(2011, 12, 9, 7, 30)),
    (None, None, None, None, None, None),
    (-3, -0.25, False, "明", dt.date(1969, 7, 20), dt.datetime(1969, 7, 20, 20, 17, 40, 1)),
]


class OneShot:
    """An Arrow stream that can be read once, as a cursor of ADBC can."""

    def __init__(self, table: Table) -> None:
        self._capsule = table.__arrow_c_stream__()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        capsule, self._capsule = self._capsule, None
        return capsule


def test_rows_come_back_as_they_went_in() -> None:
    assert Table.from_rows(ROWS, columns=COLUMNS).rows() == ROWS


def test_arrow_round_trip_keeps_every_type_and_every_missing_value() -> None:
    table = Table.from_rows(ROWS, columns=COLUMNS)

    back = Table.read(OneShot(table))

    assert back.rows() == ROWS
    assert [back[name].dtype for name in COLUMNS] == [table[name].dtype for name in COLUMNS]


def test_sql_round_trip_keeps_ids_of_63_bits_beside_missing_ones() -> None:
    table = Table.from_rows(ROWS, columns=COLUMNS)

    back = query("SELECT * FROM t WHERE id > ? OR id IS NULL", parameters=[0], t=table)

    assert back.rows() == ROWS[:2]


def test_empty_tables_keep_their_types() -> None:
    table = Table.from_rows([], columns=COLUMNS)

    back = Table.read(OneShot(table))

    assert len(back) == 0
    assert [str(back[name].dtype) for name in COLUMNS] == [
        "int64", "float64", "bool", "object", "datetime64[D]", "datetime64[us]",
    ]  # fmt: skip


def test_relation_is_read_on_its_own_connection() -> None:
    with duckdb.connect() as connection:
        relation = connection.sql("SELECT 1::DECIMAL(18, 2) / 4 AS q, DATE '2024-02-29' AS d")

        table = Table.read(relation)

    assert table.rows() == [(0.25, dt.date(2024, 2, 29))]


def test_sums_of_whole_numbers_stay_whole() -> None:
    table = query("SELECT sum(a) AS s FROM t", t={"a": np.array([2**53, 1])})

    assert table.rows() == [(2**53 + 1,)]


def test_columns_are_read_only_and_the_callers_array_is_not_touched() -> None:
    mine = np.array([1, 2])
    table = Table({"a": mine})

    with pytest.raises(ValueError, match="read-only"):
        table["a"][0] = 9
    mine[0] = 7

    assert mine.tolist() == [7, 2]


def test_a_list_column_is_refused_with_its_name() -> None:
    with pytest.raises(TypeError, match="'l' is"):
        query("SELECT [1, 2] AS l")


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="a 1, b 2"):
        Table({"a": [1], "b": [1, 2]})


def test_an_unknown_column_says_what_there_is() -> None:
    with pytest.raises(KeyError, match="no column 'b'; the table has a"):
        Table({"a": [1]})["b"]


def test_floats_marks_missing_whole_numbers_as_nan() -> None:
    floats = Table({"a": [1, None]}).floats("a")

    assert floats[0] == 1.0
    assert np.isnan(floats[1])


def test_sql_cannot_see_variables_of_the_caller() -> None:
    secret = {"a": np.array([1])}

    with pytest.raises(duckdb.Error, match="secret"):
        query("SELECT * FROM secret")
    assert secret


@settings(max_examples=20)  # every example opens four databases
@given(
    st.lists(
        st.tuples(
            st.none() | st.integers(-(2**63), 2**63 - 1),
            st.none() | st.floats(allow_nan=False),
            st.none() | st.booleans(),
            st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
            st.none() | st.dates(dt.date(1700, 1, 1), dt.date(2200, 1, 1)),
            st.none() | st.datetimes(dt.datetime(1700, 1, 1), dt.datetime(2200, 1, 1)),
        ),
        max_size=20,
    )
)
def test_any_rows_survive_arrow_and_sql(rows: list[tuple[object, ...]]) -> None:
    table = Table.from_rows(rows, columns=COLUMNS)  # type: ignore[arg-type]

    assert Table.read(OneShot(table)).rows() == rows
    assert query("SELECT * FROM t", t=table).rows() == rows

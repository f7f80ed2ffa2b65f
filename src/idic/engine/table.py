"""The column table every engine function takes and returns, and SQL over it on DuckDB.

Arrow streams, DuckDB relations and mappings of arrays come in here; nothing in this file knows
what a customer or an order is.
"""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol, TypeAlias, runtime_checkable

import duckdb
import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Value: TypeAlias = int | float | bool | str | dt.date | dt.datetime | None


@runtime_checkable
class ArrowStream(Protocol):
    """Anything that speaks the Arrow stream protocol (Polars, pyarrow, DuckDB, ADBC, `Table`)."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


Source: TypeAlias = "Table | ArrowStream | duckdb.DuckDBPyRelation | Mapping[str, Any]"

_NUMPY_TYPES: Mapping[type, str] = {
    int: "int64",
    float: "float64",
    bool: "bool",
    str: "object",
    dt.date: "datetime64[D]",
    dt.datetime: "datetime64[us]",
}
# What SQL may hand back, and the type it is read as: HUGEINT (any SUM of integers) and DECIMAL
# would otherwise arrive as inexact floats.
_SQL_CASTS: Mapping[str, str] = {
    "HUGEINT": "BIGINT",
    "UHUGEINT": "BIGINT",
    "TINYINT": "BIGINT",
    "SMALLINT": "BIGINT",
    "INTEGER": "BIGINT",
    "UTINYINT": "BIGINT",
    "USMALLINT": "BIGINT",
    "UINTEGER": "BIGINT",
    "UBIGINT": "BIGINT",
    "FLOAT": "DOUBLE",
    "DECIMAL": "DOUBLE",
    "ENUM": "VARCHAR",
    "UUID": "VARCHAR",
    "TIMESTAMP_S": "TIMESTAMP",
    "TIMESTAMP_MS": "TIMESTAMP",
    "TIMESTAMP_NS": "TIMESTAMP",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMP",
    '"NULL"': "VARCHAR",
    "NULL": "VARCHAR",
}
_SQL_PLAIN = frozenset({"BIGINT", "DOUBLE", "BOOLEAN", "VARCHAR", "DATE", "TIMESTAMP"})


class Table:
    """A small immutable table: names in order, each with a one-dimensional NumPy array.

    | column holds | array | a missing value is |
    |---|---|---|
    | whole numbers | int64 (`np.ma.MaskedArray` of int64 when some are missing) | masked |
    | numbers | float64 | NaN |
    | true/false | bool (`np.ma.MaskedArray` of bool when some are missing) | masked |
    | text | object (str) | None |
    | days | datetime64[D] | NaT |
    | moments, UTC | datetime64[us] | NaT |

    Whole numbers stay whole when some are missing, because ids of 63 bits do not fit a float;
    `floats` gives any numeric column as float64 with NaN. `rows` gives None for every kind of
    missing value. Decimals of a source arrive as floats, so carry money as minor units.
    The arrays are read-only views.

    >>> table = Table({"customer_id": [1, 2], "ordered_on": ["2024-01-01", "2024-01-31"]},
    ...               types={"ordered_on": dt.date})
    >>> table.rows()
    [(1, datetime.date(2024, 1, 1)), (2, datetime.date(2024, 1, 31))]
    """

    __slots__ = ("_columns", "_length")

    def __init__(self, columns: Mapping[str, Any], *, types: Mapping[str, type] | None = None):
        """Take arrays or sequences of one length; `types` forces a column's Python type."""
        wanted = types or {}
        arrays = {name: _as_column(values, wanted.get(name)) for name, values in columns.items()}
        lengths = {len(array) for array in arrays.values()}
        if len(lengths) > 1:
            sizes = ", ".join(f"{name} {len(array)}" for name, array in arrays.items())
            raise ValueError(f"columns differ in length: {sizes}")
        self._columns: Mapping[str, Array] = MappingProxyType(arrays)
        self._length = lengths.pop() if lengths else 0

    @classmethod
    def read(cls, source: Source) -> Table:
        """Read a Table (returned as it is), Arrow stream, DuckDB relation or mapping of arrays."""
        if isinstance(source, Table):
            return source
        if isinstance(source, duckdb.DuckDBPyRelation):
            return cls._from_relation(source)
        if isinstance(source, Mapping):
            return cls(source)
        if isinstance(source, ArrowStream):
            with connect() as connection:
                return cls._from_relation(connection.from_arrow(_Once(source)))
        raise TypeError(f"cannot read a table from {type(source).__name__}")

    @classmethod
    def from_rows(cls, rows: Iterable[Sequence[Value]], *, columns: Mapping[str, type]) -> Table:
        """Build a table from tuples; `columns` names each column and its Python type.

        >>> Table.from_rows([(1, "a"), (2, None)], columns={"id": int, "name": str}).rows()
        [(1, 'a'), (2, None)]
        """
        held = list(rows)
        cells = {name: [row[i] for row in held] for i, name in enumerate(columns)}
        return cls(cells, types=columns)

    @classmethod
    def _from_relation(cls, relation: duckdb.DuckDBPyRelation) -> Table:
        kinds = {
            name: str(kind) for name, kind in zip(relation.columns, relation.types, strict=True)
        }
        projected = relation.project(", ".join(_cast(name, kind) for name, kind in kinds.items()))
        fetched = projected.fetchnumpy()
        return cls(
            {name: fetched[name] for name in kinds},
            types={name: dt.date for name, kind in kinds.items() if kind == "DATE"},
        )

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, name: str) -> Array:
        if name not in self._columns:
            raise KeyError(f"no column {name!r}; the table has {', '.join(self._columns)}")
        return self._columns[name]

    def __contains__(self, name: object) -> bool:
        return name in self._columns

    def __iter__(self) -> Iterator[tuple[Value, ...]]:
        return iter(self.rows())

    def __repr__(self) -> str:
        kinds = ", ".join(f"{name} {array.dtype}" for name, array in self._columns.items())
        return f"Table({self._length} rows: {kinds})"

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(self._columns)

    def floats(self, name: str) -> NDArray[np.float64]:
        """Return a numeric column as float64, NaN where a value is missing."""
        column = self[name]
        if isinstance(column, np.ma.MaskedArray):
            return np.where(np.ma.getmaskarray(column), np.nan, column.data.astype(np.float64))
        return column.astype(np.float64)

    def select(self, *names: str) -> Table:
        """Return the named columns, in the order named."""
        return Table({name: self[name] for name in names})

    def filter(self, mask: Array) -> Table:
        """Return the rows where `mask` is true (or the rows at the indices in `mask`)."""
        return Table({name: array[mask] for name, array in self._columns.items()})

    def with_columns(self, **columns: Any) -> Table:
        """Return a table with these columns added or replaced."""
        return Table({**self._columns, **columns})

    def rows(self) -> list[tuple[Value, ...]]:
        """Return the rows as tuples of plain Python values, None where a value is missing."""
        return list(zip(*(_plain(array) for array in self._columns.values()), strict=True))

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        connection = connect()
        add_table(connection, name="t", table=self)
        return connection.sql("SELECT * FROM t").__arrow_c_stream__(requested_schema)


class _Once:
    """Asks a source for its stream once: DuckDB asks twice, and a cursor can answer only once."""

    def __init__(self, source: ArrowStream) -> None:
        self._capsule = source.__arrow_c_stream__()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._capsule


def query(
    sql: str,
    *,
    parameters: Sequence[Any] | Mapping[str, Any] = (),
    threads: int = 2,
    memory_limit: str = "1GB",
    **tables: Source,
) -> Table:
    """Run one SQL statement on an in-memory DuckDB over the given tables and return its rows.

    Values go in as `parameters` (`?` or `$name`), never into the text. Sums of whole numbers come
    back as int64. The connection sees only the tables named here, and lives for this call.

    >>> query("SELECT sum(a) AS s FROM t WHERE a > ?", parameters=[1], t={"a": [1, 2, 3]}).rows()
    [(5,)]
    """
    with connect(threads=threads, memory_limit=memory_limit) as connection:
        for name, source in tables.items():
            add_table(connection, name=name, table=Table.read(source))
        relation = connection.sql(sql, params=parameters or None)
        if relation is None:
            raise ValueError("the statement returns no rows")
        return Table._from_relation(relation)


def connect(*, threads: int = 2, memory_limit: str = "1GB") -> duckdb.DuckDBPyConnection:
    """Open an in-memory DuckDB in UTC that spills to the temporary directory, not to the cwd."""
    spill = os.path.join(tempfile.gettempdir(), f"idic-engine-{os.getpid()}")
    connection = duckdb.connect(
        config={
            "threads": threads,
            "memory_limit": memory_limit,
            "temp_directory": spill,
            # A name in the SQL must be a table we gave, never a variable of some caller's frame.
            "python_enable_replacements": False,
        }
    )
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def write_parquet(stream: ArrowStream, *, path: str) -> None:
    """Write a stream to a file of Parquet without ever holding it whole."""
    with connect() as connection:
        connection.from_arrow(_Once(stream)).write_parquet(path, compression="zstd")


def add_table(connection: duckdb.DuckDBPyConnection, *, name: str, table: Table) -> None:
    """Make `table` readable as `name` on this connection, with days as DATE."""
    if not table.columns:
        raise ValueError(f"table {name!r} has no columns")
    days = [c for c in table.columns if table[c].dtype == np.dtype("datetime64[D]")]
    # DuckDB reads datetime64[us] but not [D], so days travel as moments and are cast in the view.
    held = {c: table[c].astype("datetime64[us]") if c in days else table[c] for c in table.columns}
    connection.register(f"{name} held", held)
    casts = ", ".join(
        f"CAST({_quote(c)} AS DATE) AS {_quote(c)}" if c in days else _quote(c)
        for c in table.columns
    )
    connection.execute(
        f"CREATE TEMP VIEW {_quote(name)} AS SELECT {casts} FROM {_quote(name + ' held')}"  # noqa: S608 - names, quoted
    )


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _cast(name: str, kind: str) -> str:
    base = kind.split("(")[0]
    if base in _SQL_PLAIN:
        return _quote(name)
    if base not in _SQL_CASTS or kind.endswith("]"):
        raise TypeError(f"column {name!r} is {kind}; cast it to a plain type in the SQL")
    return f"CAST({_quote(name)} AS {_SQL_CASTS[base]}) AS {_quote(name)}"


def _as_column(values: Any, wanted: type | None) -> Array:
    """Bring any array or sequence to one of the six kinds of column, as a read-only view."""
    array = _from_cells(values, wanted) if not isinstance(values, np.ndarray) else values
    if array.ndim != 1:
        raise ValueError(f"a column has one dimension, this has {array.ndim}")
    if wanted is not None:
        array = array.astype(_NUMPY_TYPES[wanted], copy=False)
    array = _normal(array).view()
    array.flags.writeable = False
    return array


def _from_cells(values: Any, wanted: type | None) -> Array:
    cells = list(values)
    kind = wanted or next((type(cell) for cell in cells if cell is not None), float)
    if kind not in _NUMPY_TYPES or (kind in (dt.date, dt.datetime) and wanted is None):
        return np.array(cells, dtype=None if cells else "float64")
    missing = np.array([cell is None for cell in cells], dtype=bool)
    if kind in (int, bool) and missing.any():
        filled = [cell if cell is not None else kind() for cell in cells]
        return np.ma.MaskedArray(np.array(filled, dtype=_NUMPY_TYPES[kind]), mask=missing)
    if kind is int and wanted is None and any(isinstance(cell, float) for cell in cells):
        kind = float
    return np.array(cells, dtype=_NUMPY_TYPES[kind])


def _normal(array: Array) -> Array:
    """Widen to one of the six kinds of column, and unmask where that loses nothing."""
    if isinstance(array, np.ma.MaskedArray):
        array = _unmask(array)
    kind = array.dtype.kind
    if kind in "iu":
        return array.astype(np.int64, copy=False)
    if kind == "f":
        return array.astype(np.float64, copy=False)
    if kind in "UT":
        return array.astype(object)
    if kind == "M":
        days = np.datetime_data(array.dtype)[0] in ("D", "W", "M", "Y")
        return array.astype("datetime64[D]" if days else "datetime64[us]", copy=False)
    if kind in "bO":
        return array
    raise TypeError(f"no column can hold {array.dtype}")


def _unmask(array: np.ma.MaskedArray[Any, Any]) -> Array:
    """Turn a masked array into one with missing values in band, where its kind has one."""
    missing = np.ma.getmaskarray(array)
    if not missing.any():
        return np.asarray(array.data)
    if array.dtype.kind in "iub":
        return array
    plain = np.array(array.data)
    plain[missing] = {"f": np.nan, "M": np.datetime64("NaT")}.get(plain.dtype.kind)
    return plain


def _plain(array: Array) -> list[Value]:
    cells: list[Value] = array.tolist()
    if array.dtype.kind == "f":
        return [None if cell != cell else cell for cell in cells]
    return cells

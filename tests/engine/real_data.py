"""Where the real data sets lie; a test that needs one that is not there skips with a line."""

import os
from pathlib import Path

import duckdb
import pytest

from idic.engine.table import Table

# Beside the repository, as the specification has it; nothing of it is part of the project.
_BESIDE = Path(__file__).parents[3] / "shared" / "data"
FOLDER = Path(os.environ.get("IDIC_TEST_DATA", _BESIDE))


def read(name: str, sql: str) -> Table:
    """Return the rows of `sql`, in which {file} stands for the named Parquet file."""
    path = FOLDER / f"{name}.parquet"
    if not path.exists():
        pytest.skip(f"{name}.parquet is not there; set IDIC_TEST_DATA to its folder")
    with duckdb.connect() as connection:
        relation = connection.sql(sql.format(file=f"read_parquet('{path}')"))
        assert relation is not None
        return Table.read(relation)


def uci_orders() -> Table:
    """Return the orders of UCI Online Retail, one row an invoice, in pence; ownerless ones too."""
    return read(
        "uci_online_retail",
        """SELECT customer_id::BIGINT AS customer_id, invoice AS order_id,
               min(invoice_ts)::DATE AS ordered_on,
               round(sum(quantity * unit_price) * 100)::BIGINT AS net_amount
           FROM {file} GROUP BY customer_id, invoice ORDER BY ALL""",
    )


def cdnow_orders(name: str = "cdnow_sample") -> Table:
    """Return the purchases of the CDNOW sample (or `cdnow_master`), in cents."""
    customer = "sample_id" if name == "cdnow_sample" else "customer_id"
    return read(
        name,
        f"""SELECT {customer} AS customer_id, row_number() OVER () AS order_id,
               date::DATE AS ordered_on, round(amount * 100)::BIGINT AS net_amount
           FROM {{file}}""",
    )

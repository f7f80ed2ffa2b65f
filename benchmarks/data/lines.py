"""Lines for the crowd's orders, written once into the database of `pages.py`: two an order, of
products bought as unevenly as real ones are.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np

from benchmarks.data.crowd import insert
from benchmarks.data.shop import PRODUCTS

LINES_PER_ORDER = 2
_BASE = 1 << 57
_SLICE = 100_000
_SKEW = 1.2


def build(path: Path, *, seed: int = 11) -> None:
    """Add the lines, unless they are there."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA synchronous=OFF")
    if not database.execute("SELECT 1 FROM identify_orderline WHERE id >= ?", [_BASE]).fetchone():
        _fill(database, np.random.default_rng(seed))
        database.execute("ANALYZE identify_orderline")
    database.close()


def _fill(database: sqlite3.Connection, random: np.random.Generator) -> None:
    orders = database.execute("SELECT id, net_amount FROM identify_order ORDER BY id").fetchall()
    number = _BASE
    for start in range(0, len(orders), _SLICE):
        part = orders[start : start + _SLICE]
        codes = np.minimum(random.zipf(_SKEW, (len(part), LINES_PER_ORDER)), PRODUCTS) - 1
        rows = [
            (number + LINES_PER_ORDER * i + k, key, 10 + k, f"P{code}", f"Cá hồi {code}",
             f"Nhóm {code % 40}", 1, amount // LINES_PER_ORDER, amount // LINES_PER_ORDER)
            for i, (key, amount) in enumerate(part)
            for k, code in enumerate(codes[i].tolist())
        ]  # fmt: skip
        number += len(rows)
        insert(
            database,
            "identify_orderline",
            "id order_id line_number product_code product_name category quantity unit_price "
            "net_amount",
            iter(rows),
        )

"""The rules by which one of several values is shown, read as a part of the customer page's one
statement.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from idic.identify.survivorship import DEFAULT, Rules, read_orders

STATEMENT = """
UNION ALL SELECT 'rules', x.number, NULL, '', CAST(x.orders AS text), x.published_at, '', '', '',
    0.0
    FROM identify_survivorshipversion x
    WHERE x.number = (SELECT MAX(number) FROM identify_survivorshipversion)
"""


def read_rules(rows: Iterable[tuple[Any, ...]]) -> Rules:
    """Give the rules that hold."""
    kept = next((row[4] for row in rows if row[0] == "rules"), None)
    return Rules(read_orders(json.loads(kept))) if kept else DEFAULT

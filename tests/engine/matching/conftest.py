"""One town, matched once for all tests of the matcher."""

from __future__ import annotations

import numpy as np
import pytest

from idic.engine import matching
from idic.engine.matching.batch import Matches
from idic.engine.table import Table
from tests.engine.matching.people import SCHEMA, make_town

Town = tuple[Matches, Table, np.ndarray]


@pytest.fixture(scope="package")
def town() -> Town:
    """The matches of the town, its cleaned table, and whose each record is."""
    table, owners = make_town()
    cleaned = matching.clean(SCHEMA, table)
    return matching.match(SCHEMA, cleaned), cleaned, owners

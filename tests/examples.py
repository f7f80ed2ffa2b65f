"""How many examples a property is tried on: all in `make test-long`, a third in `make test`."""

from __future__ import annotations

import os
from collections.abc import Sequence

from hypothesis import HealthCheck, settings

LONG = "IDIC_TEST_LONG"


def examples(most: int, *, without: Sequence[HealthCheck] = ()) -> settings:
    """Give hypothesis's settings; for properties whose examples are dear: a database, a shop."""
    count = most if os.environ.get(LONG) else -(-most // 3)
    return settings(max_examples=count, suppress_health_check=list(without))

"""Fifty million events of the crowd, written into the lake alone: two years, ten kinds used as
unevenly as an online shop's are, some customers far more often than others. The same seed gives the
same events; kept between runs.
"""

from __future__ import annotations

import datetime as dt
import os

import numpy as np

from benchmarks.data.crowd import FIRST_ID, NOW

EVENTS = int(os.environ.get("IDIC_BENCH_EVENTS", "50000000"))
KINDS = (
    *("page_viewed", "product_viewed", "email_opened", "cart_viewed", "product_added"),
    *("search", "email_link_clicked", "checkout_started", "login", "coupon_applied"),
)
SHARES = (0.55, 0.2, 0.07, 0.05, 0.04, 0.04, 0.02, 0.015, 0.01, 0.005)
MONTHS = 24


def build(*, customers: int, seed: int = 23) -> None:
    """Append the events month by month, unless they are there."""
    from idic.lake.selectors import list_live_files
    from idic.lake.services.writing import append

    if list_live_files(dataset="event"):
        return
    random = np.random.default_rng(seed)
    names = np.array(KINDS, dtype=object)
    each = EVENTS // MONTHS
    for month in range(MONTHS):
        number = each if month else EVENTS - each * (MONTHS - 1)
        end = NOW.replace(tzinfo=None) - dt.timedelta(days=30.4 * month)
        ages = np.sort(random.random(number) * 30.4 * 86_400_000_000).astype("timedelta64[us]")
        moments = np.datetime64(end, "us") - ages[::-1]
        # A tenth of the customers make half of the events.
        who = (customers * random.random(number) ** 3.3).astype(np.int64)
        append(
            dataset="event",
            table={
                "event_id": np.arange(number, dtype=np.int64) + (1 << 58) + month * (1 << 32),
                "record_id": FIRST_ID + who,
                "source_id": np.ones(number, dtype=np.int64),
                "kind": names[random.choice(len(KINDS), number, p=SHARES)],
                "occurred_at": moments,
                "received_at": moments,
            },
            now=NOW,
        )

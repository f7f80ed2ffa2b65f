"""What each room holds of the sample shop, and how it goes. Every room declares its part in the
constant DEMO_DATA of its own `demo_data.py`; this floor knows none of them by name. What hangs on
a person is no part of this: `core.personal_data` leads to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from idic.core.jobs.discovery import room_constants


def _nothing() -> None:
    return None


def _none() -> dict[str, int]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPart:
    """One room's part. Each step is short, or slices itself, and may be run again at any moment.

    `begin` runs before the made-up people go: it takes figures out of sight and marks what only
    they gave a sense to. `finish` runs when they are gone and removes the rest. `count` tells what
    there is, by name.
    """

    begin: Callable[[], None] = _nothing
    finish: Callable[[], None] = _nothing
    count: Callable[[], dict[str, int]] = _none


def list_parts() -> list[DemoPart]:
    """Give every room's part, the top floor first."""
    return list(reversed(list(room_constants(module="demo_data", constant="DEMO_DATA"))))


def count_demo() -> dict[str, int]:
    """Count what there is of the sample shop: people, orders, campaigns …"""
    counts: dict[str, int] = {}
    for part in list_parts():
        counts |= part.count()
    return counts

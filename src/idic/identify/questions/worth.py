"""What it is worth to know something, as a share of what a customer is expected to spend. The page
of data quality and the question memory rank by the same shares.
"""

from __future__ import annotations

from collections.abc import Mapping

# What a second way to reach somebody is worth, beside the first; the first is worth all of it.
SECOND_WAY = 0.25
# A greeting by name, an offer near by, a birthday.
SHARES: Mapping[str, float] = {"name": 0.1, "city": 0.05, "birth_date": 0.05}
USUAL = 0.05
WAYS = ("phone", "email")


def share_of(*, trait: str, usual: float = USUAL, is_reached: bool) -> float:
    """Give the share for one trait; the first way to reach somebody is worth everything."""
    if trait in WAYS:
        return SECOND_WAY if is_reached else 1.0
    return SHARES.get(trait, usual)

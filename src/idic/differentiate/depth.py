"""How well somebody is known: five parts of twenty points each, from what stands on their summary.
Shallow is not wrong; it only carries little. Everything here is plain arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from idic.differentiate.models import Reach

PARTS = ("identity", "contact", "history", "behaviour", "needs")
# Of a segment: below this mean its people are too little known to build on.
THIN_SCORE = 40
# Of a segment: this share has signed up and not bought, of so few it is known what they do.
_MOST_TRIAL, _LEAST_SEEN = 0.5, 0.2
_ENOUGH_ORDERS = 3
_CLEAR_NEED = 0.5


def parts_of(
    *,
    has_name: bool,
    has_place: bool,
    birth_date: date | None,
    is_company: bool,
    reaches: tuple[str, ...],
    order_count: int,
    usage_days: int | None,
    has_need: bool,
    need_confidence: float | None,
) -> dict[str, float]:
    """Give how much of each part is known, 0 to 1.

    Identity: name, place, and of a person the birth date. Contact: half for an address, half for
    being allowed to use one. History: three orders are all of it. Behaviour: half for ever having
    been seen, all for within a month. Needs: half for a need group, all for a clear one.
    """
    said = [has_name, has_place, *([] if is_company else [birth_date is not None])]
    clear = (need_confidence or 0.0) >= _CLEAR_NEED
    return {
        "identity": sum(said) / len(said),
        "contact": 0.5 * any(one != Reach.NO_ADDRESS for one in reaches)
        + 0.5 * (Reach.ALLOWED in reaches),
        "history": min(order_count, _ENOUGH_ORDERS) / _ENOUGH_ORDERS,
        "behaviour": 0.0 if usage_days is None else 1.0 if usage_days else 0.5,
        "needs": (1.0 if clear else 0.5) if has_need else 0.0,
    }


def score_of(parts: Mapping[str, float]) -> int:
    """Give the score, 0 to 100: the mean of the five parts."""
    return round(100 * sum(parts[name] for name in PARTS) / len(PARTS))


def find_warnings(*, figures: Mapping[str, float]) -> list[str]:
    """Tell what to warn of before a segment is used: `thin`, `unseen` (signed up, use unknown)."""
    if not figures.get("people"):
        return []
    warnings = []
    if figures["trial_rate"] >= _MOST_TRIAL and figures["seen_rate"] < _LEAST_SEEN:
        warnings.append("unseen")
    if figures["score"] < THIN_SCORE:
        warnings.append("thin")
    return warnings

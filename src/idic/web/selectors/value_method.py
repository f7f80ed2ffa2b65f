"""By which method values are expected now, and how far off it was on past months."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from idic.differentiate.models import ValueModel
from idic.engine.purchases import PurchaseParameters
from idic.engine.spend import SpendParameters


@dataclass(frozen=True)
class Method:
    """How the expected value was computed, how far off the method was on past months, and the
    models of purchases and amounts fitted with it (None where no fit kept them).
    """

    name: str
    total_error_rate: float | None
    holdout_days: int
    as_of: date
    purchases: PurchaseParameters | None = None
    spend: SpendParameters | None = None


def find_method() -> Method | None:
    """Give the method in use; None before the first fit."""
    model = (
        ValueModel.objects.order_by("-fitted_at", "-id")
        # Not the parameters whole: trees among them are a hundred times the rest.
        .values_list("method", "replay", "as_of_date", "parameters__purchases", "parameters__spend")
        .first()
    )
    if model is None:
        return None
    name, replay, as_of, bought, spent = model
    scores = replay.get("scores", []) if isinstance(replay, dict) else []
    score: dict[str, Any] = next((s for s in scores if s.get("method") == name), {})
    return Method(
        name,
        score.get("total_miss_rate"),
        int(replay.get("holdout_days") or 0),
        as_of,
        PurchaseParameters(**bought) if bought else None,
        SpendParameters(**spent) if spent else None,
    )

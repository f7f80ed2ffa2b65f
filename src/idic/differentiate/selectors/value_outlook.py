"""What all customers are worth under terms somebody asks for: horizon, margin, discount rate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from idic.differentiate.selectors.value_model import ModelCard
from idic.engine.outlooks import present_value

MONTHS = (3, 6, 12, 24, 36)
_USUAL_MONTHS = 12
# What money a year off is worth less, where nothing else is said.
_USUAL_DISCOUNT_PERCENT = Decimal(10)
_MOST_PERCENT = Decimal(100)
_DAYS_A_MONTH = 365 / 12


@dataclass(frozen=True)
class Terms:
    """The terms of a value. Without a margin it is revenue, never called profit."""

    months: int
    discount_percent: Decimal
    margin_percent: Decimal | None


@dataclass(frozen=True)
class Worth:
    """What is expected in money of today, with its range, in minor units."""

    expected_amount: int
    low_amount: int
    high_amount: int
    is_margin: bool


def read_terms(asked: Mapping[str, str], *, margin_rate: Decimal | None) -> Terms:
    """Read what was asked for; the usual terms where it cannot be read."""
    months = asked.get("months", "")
    own = None if margin_rate is None else 100 * margin_rate.normalize()
    return Terms(
        months=int(months) if months in {str(one) for one in MONTHS} else _USUAL_MONTHS,
        discount_percent=_percent(asked.get("discount"), usual=_USUAL_DISCOUNT_PERCENT)
        or Decimal(0),
        margin_percent=_percent(asked.get("margin"), usual=own),
    )


def value_today(card: ModelCard, *, terms: Terms, expected_amount: int) -> Worth | None:
    """Bring what all are expected to bring into money of today; None where nothing was kept."""
    if not card.outlook or expected_amount <= 0:
        return None
    found = present_value(
        card.outlook,
        horizon_days=round(terms.months * _DAYS_A_MONTH),
        discount_rate=float(terms.discount_percent) / 100,
    )
    margin = 1.0 if terms.margin_percent is None else float(terms.margin_percent) / 100
    scale = expected_amount * margin
    return Worth(
        expected_amount=round(found.expected_amount * scale),
        low_amount=round(found.low_amount * scale),
        high_amount=round(found.high_amount * scale),
        is_margin=terms.margin_percent is not None,
    )


def _percent(text: str | None, *, usual: Decimal | None) -> Decimal | None:
    """Read a percentage as people write it; nothing typed means none."""
    if text is None:
        return usual
    cleaned = text.replace("%", "").replace(",", ".").strip()
    if not cleaned:
        return None
    try:
        found = Decimal(cleaned)
    except InvalidOperation:
        return usual
    return found if found.is_finite() and 0 <= found <= _MOST_PERCENT else usual

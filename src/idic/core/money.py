"""Money: whole minor units with a currency beside them. Never a float."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from babel.numbers import get_currency_precision


class CurrencyMismatch(ValueError):
    """Raised when amounts of two currencies meet without a rate."""


def exponent(currency: str) -> int:
    """Give the number of decimal digits a currency has: VND 0, CNY 2."""
    return int(get_currency_precision(currency))


def to_minor(amount: Decimal, *, currency: str) -> int:
    """Turn an exact amount into minor units, rounding half to even."""
    return int(amount.scaleb(exponent(currency)).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def to_decimal(minor: int, *, currency: str) -> Decimal:
    """Turn minor units back into an exact amount."""
    return Decimal(minor).scaleb(-exponent(currency))


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of one currency."""

    amount: int
    currency: str

    def __add__(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} need a rate")
        return Money(self.amount + other.amount, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        return self + -other

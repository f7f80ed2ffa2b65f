"""Money keeps whole minor units and refuses to mix currencies."""

from __future__ import annotations

from decimal import Decimal

import pytest

from idic.core.money import CurrencyMismatch, Money, exponent, to_decimal, to_minor


def test_each_currency_has_its_own_digits() -> None:
    assert [exponent(code) for code in ("VND", "CNY", "GBP", "JPY")] == [0, 2, 2, 0]


def test_minor_units_round_half_to_even() -> None:
    amounts = ["0.125", "0.135", "-0.125", "19.99"]

    assert [to_minor(Decimal(a), currency="GBP") for a in amounts] == [12, 14, -12, 1999]


def test_minor_units_read_back_exactly() -> None:
    assert to_decimal(1999, currency="GBP") == Decimal("19.99")
    assert to_decimal(1_245_000, currency="VND") == Decimal(1_245_000)


def test_amounts_of_one_currency_add_up() -> None:
    assert Money(100, "GBP") - Money(30, "GBP") == Money(70, "GBP")


def test_two_currencies_do_not_add_up() -> None:
    with pytest.raises(CurrencyMismatch):
        Money(1, "GBP") + Money(1, "VND")

"""Cleaning of one amount of money as people write it: "1tr2", "350k", "3万", "1.245.000đ"."""

from __future__ import annotations

from decimal import Decimal

from idic.core import money
from idic.identify.importing.values.numbers import decide_decimal_mark, parse_amount

from .findings import Cleaned, Problem
from .writing import tidy


def clean_amount(text: str, *, currency: str) -> Cleaned:
    """Clean an amount: a plain decimal number in units of the currency."""
    given = tidy(text)
    if not given:
        return Cleaned(value="")
    mark = decide_decimal_mark([given], has_cents=money.exponent(currency) > 0)
    amount = parse_amount(given, mark=mark)
    if amount is None:
        return Cleaned(value=given, problem=Problem.AMOUNT_UNREADABLE)
    plain = _plain(amount)
    # "0.350" of a currency without cents would read as 350 again: it stays as it was written.
    if plain == given or parse_amount(plain, mark=_mark_of(plain, currency)) != amount:
        return Cleaned(value=given)
    return Cleaned(value=plain, problem=Problem.AMOUNT_WRITTEN)


def _plain(amount: Decimal) -> str:
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _mark_of(plain: str, currency: str) -> str:
    return decide_decimal_mark([plain], has_cents=money.exponent(currency) > 0)

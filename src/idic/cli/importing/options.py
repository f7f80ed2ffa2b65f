"""Turns the options of `idic import` into a request; a wrong one is said in a sentence."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from idic.identify.services.imports.request import ImportRequest

_CHANNELS = ("email", "sms", "zalo")


def read_request(
    *,
    kind: str,
    file: Path,
    mapping: list[str] | None,
    source: str,
    as_of: str,
    currency: str,
    rates: list[str] | None,
    encoding: str,
    delimiter: str,
    sheet: str,
    date_order: str,
    consents: tuple[str | None, ...],
    terms: tuple[list[str] | None, ...],
    numbers_of: str,
    keep_demo: bool,
    preset: str,
    recipe: str,
    rules: list[str] | None,
) -> ImportRequest:
    """Give what the options ask for. Raises typer.BadParameter for what cannot be read."""
    from idic.identify.importing.columns import Kind
    from idic.identify.importing.values.dates import DateOrder as Order
    from idic.identify.services.imports.request import ImportRequest

    has_amounts = kind == Kind.ORDERS or (kind == Kind.ACCOUNTS and not rates)
    if not has_amounts and (currency or rates):
        raise typer.BadParameter("--currency and --rate belong to orders: people have no amounts.")
    if kind not in {Kind.CUSTOMERS, Kind.COMPANIES} and rules:
        raise typer.BadParameter("--rule belongs to customers: orders add facts, never replace.")
    if date_order not in {"", *Order}:
        raise typer.BadParameter(f"--date-order is day_first or month_first, not “{date_order}”.")
    request = ImportRequest(
        kind=Kind(kind),
        path=file,
        source=source,
        overrides=dict(_pair("map", text) for text in mapping or ()),
        encoding=encoding,
        delimiter={"tab": "\t", "\\t": "\t"}.get(delimiter, delimiter),
        sheet=sheet,
        currency=currency,
        date_order=Order(date_order) if date_order else None,
        as_of=_day("as-of", as_of),
        consents=_consents(consents, terms),
        numbers_of=numbers_of,
        rates={code: _rate(value) for code, value in (_pair("rate", t) for t in rates or ())},
        errors_beside=file.resolve().parent,
        keeps_demo=keep_demo,
        preset={"auto": None, "none": ""}.get(preset, preset),
        rules=dict(_pair("rule", text) for text in rules or ()),
    )
    return _by_recipe(request, recipe) if recipe else request


def _by_recipe(request: ImportRequest, name: str) -> ImportRequest:
    from idic.identify.services.imports.recipes import apply_recipe, get_recipe

    return apply_recipe(request=request, recipe=get_recipe(name=name))


def _pair(option: str, text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"--{option} is written name=value, not “{text}”.")
    return name.strip(), value.strip().strip('"')


def _day(option: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise typer.BadParameter(f"--{option} is written YYYY-MM-DD, not “{text}”.") from None


def _rate(text: str) -> Any:
    from decimal import Decimal, InvalidOperation

    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal(0)
    if value <= 0:
        raise typer.BadParameter(f"--rate is a number above zero, not “{text}”.")
    return value


def _consents(statuses: tuple[str | None, ...], terms: tuple[list[str] | None, ...]) -> Any:
    """Put each channel's answer together with its ground, date and proof."""
    from idic.identify.importing.terms import ConsentTerms

    bases, days, proofs = terms
    found = {}
    for channel, status in zip(_CHANNELS, statuses, strict=True):
        if status is not None:
            day = _day("consent-date", _for_channel(channel, days))
            found[channel] = ConsentTerms(
                status=status,
                basis=_for_channel(channel, bases) or "unknown",
                given_on=day,
                proof=_for_channel(channel, proofs),
            )
    return found


def _for_channel(channel: str, values: list[str] | None) -> str:
    """Give the value for one channel: its own (`email=…`), or the one for all."""
    chosen = ""
    for value in values or ():
        name, equals, rest = value.partition("=")
        if equals and name in _CHANNELS:
            if name == channel:
                return rest
        else:
            chosen = value
    return chosen

"""From what was typed in one row to one condition as plain values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from django.utils.translation import gettext as _

from idic.core import formatting, money
from idic.core.days import read_day
from idic.differentiate.segments.check import MAX_PROPERTIES
from idic.differentiate.segments.fields import FIELDS, choices_of
from idic.identify.importing.values.numbers import parse_amount

Values: TypeAlias = Mapping[str, list[str]]


class RowProblem(ValueError):
    """Raised when a row is not whole; the text says what is missing."""


def read_row(ask: str, values: Values, *, language: str, currency: str) -> dict[str, Any]:
    """Give the condition of one row as plain values. Raises RowProblem in words for people."""
    row = _Row(values, mark="," if formatting.base_language(language) == "vi" else ".")
    if ask in FIELDS:
        return _READERS[FIELDS[ask].kind](ask, row, currency)
    if ask in _SPECIAL:
        return _SPECIAL[ask](ask, row, currency)
    raise RowProblem(_("Choose what to ask for."))


class _Row:
    """What one row holds, read as people write it."""

    def __init__(self, values: Values, *, mark: str) -> None:
        self._values = values
        self._mark = mark

    def text(self, key: str) -> str:
        return (self._values.get(key) or [""])[0].strip()

    def many(self, key: str) -> list[str]:
        return self._values.get(key, [])

    def number(self, key: str) -> float | None:
        text = self.text(key)
        if not text:
            return None
        found = parse_amount(text.removesuffix("%"), mark=self._mark)
        if found is None:
            raise RowProblem(_("“%(text)s” is not a number.") % {"text": text[:40]})
        return float(found)

    def whole(self, key: str) -> int:
        found = self.number(key)
        if found is None or found != int(found):
            raise RowProblem(_("Give a whole number."))
        return int(found)

    def figure(self, key: str) -> str:
        """Give a number as a rule keeps it beside texts: plain, with a point."""
        text = self.text(key)
        found = parse_amount(text, mark=self._mark) if text else None
        if found is None:
            raise RowProblem(_("“%(text)s” is not a number.") % {"text": text[:40]})
        return f"{Decimal(found).normalize():f}"

    def properties(self, part: str) -> list[dict[str, Any]]:
        """Read what an event must carry: `part` tells apart the two events of a sequence."""
        found = []
        for place in range(MAX_PROPERTIES):
            key = f"{part}{place}"
            if not self.text(key):
                continue
            operator = self.text(f"{key}op") or "is"
            is_figure = operator in ("at_least", "at_most")
            value = self.figure(f"{key}value") if is_figure else self.text(f"{key}value")
            found.append({"name": self.text(key), "operator": operator, "value": value})
        return found

    def minor(self, key: str, currency: str) -> int | None:
        text = self.text(key)
        if not text:
            return None
        found = parse_amount(text, mark=self._mark)
        if found is None:
            raise RowProblem(_("“%(text)s” is not an amount.") % {"text": text[:40]})
        return money.to_minor(found, currency=currency)

    def day(self, key: str) -> str:
        text = self.text(key)
        found = read_day(text)
        if text and found is None:
            raise RowProblem(_("“%(text)s” is not a day.") % {"text": text[:40]})
        return found.isoformat() if found else ""

    def window(self) -> dict[str, Any]:
        """Read the window's own controls."""
        chosen = self.text("win")
        if chosen == "last":
            return {"last_days": self.whole("windays")}
        if chosen == "between":
            ends = {"from_date": self.day("winfrom"), "to_date": self.day("winto")}
            if not any(ends.values()):
                raise RowProblem(_("Choose a day."))
            return {key: day for key, day in ends.items() if day}
        return {}


_Reader: TypeAlias = Callable[[str, _Row, str], dict[str, Any]]


def _text(ask: str, row: _Row, currency: str) -> dict[str, Any]:
    values = [part.strip() for part in row.text("value").split(";") if part.strip()]
    return {
        "type": "text",
        "field": ask,
        "operator": row.text("op") or "is",
        "values": values,
    }


def _number(ask: str, row: _Row, currency: str) -> dict[str, Any]:
    scale = 100 if FIELDS[ask].kind == "rate" else 1
    ends = {key: row.number(key) for key in ("value", "to")}
    return {
        "type": "number",
        "field": ask,
        "operator": row.text("op") or "at_least",
        **{key: end / scale for key, end in ends.items() if end is not None},
    }


def _money(ask: str, row: _Row, currency: str) -> dict[str, Any]:
    ends = {key: row.minor(key, currency) for key in ("value", "to")}
    return {
        "type": "money",
        "field": ask,
        "operator": row.text("op") or "at_least",
        **{key: end for key, end in ends.items() if end is not None},
    }


def _day(ask: str, row: _Row, currency: str) -> dict[str, Any]:
    operator = row.text("op") or "last_days"
    plain: dict[str, Any] = {"type": "date", "field": ask, "operator": operator}
    if operator in ("last_days", "more_than_days_ago"):
        return {**plain, "days": row.whole("days")}
    return {**plain, **{key: row.day(key) for key in ("day", "to") if row.day(key)}}


def _choice(ask: str, row: _Row, currency: str) -> dict[str, Any]:
    return {
        "type": "choice",
        "field": ask,
        "operator": row.text("op") or "one_of",
        "values": _codes(row.many("values"), is_open=not choices_of(ask)),
    }


def _codes(given: list[str], *, is_open: bool) -> list[str]:
    if not is_open:
        return [value.removeprefix("=") for value in given]
    typed = [part.strip() for value in given for part in value.split(";")]
    return [part.removeprefix("=") for part in typed if part]


def _flag(ask: str, row: _Row, currency: str) -> dict[str, Any]:
    return {"type": "flag", "field": ask, "value": row.text("op") != "no"}


def _orders(ask: str, row: _Row, currency: str) -> dict[str, Any]:
    return {"type": "orders", **_count(row)}


def _count(row: _Row) -> dict[str, Any]:
    return {
        "operator": row.text("op") or "at_least",
        "count": row.whole("count"),
        "window": row.window(),
    }


def _spent(ask: str, row: _Row, currency: str) -> dict[str, Any]:
    amount = row.minor("value", currency)
    if amount is None:
        raise RowProblem(_("Say how much."))
    operator = row.text("op") or "at_least"
    return {"type": "spent", "operator": operator, "amount": amount, "window": row.window()}


def _bought(ask: str, row: _Row, currency: str) -> dict[str, Any]:
    by = row.text("by") or "category"
    return {"type": "bought", "by": by, "value": row.text("value"), **_count(row)}


def _event(ask: str, row: _Row, currency: str) -> dict[str, Any]:
    where = row.properties("p")
    return {"type": "event", "kind": row.text("value"), **_count(row), "where": where}


def _sequence(ask: str, row: _Row, currency: str) -> dict[str, Any]:
    return {
        "type": "sequence",
        "first": {"kind": row.text("first"), "where": row.properties("a")},
        "then": {"kind": row.text("then"), "where": row.properties("b")},
        "within_days": row.whole("within"),
        "is_followed": row.text("op") != "no",
        "window": row.window(),
    }


def _consent(ask: str, row: _Row, currency: str) -> dict[str, Any]:
    return {
        "type": "consent",
        "answer": row.text("op") or "granted",
        "purpose": row.text("purpose") or "marketing",
        "channel": row.text("channel") or "email",
    }


def _state(ask: str, row: _Row, currency: str) -> dict[str, Any]:
    plain = {"type": "state", "state": row.text("value")}
    return {"type": "not", "of": plain} if row.text("op") == "no" else plain


def _trait(ask: str, row: _Row, currency: str) -> dict[str, Any]:
    operator = row.text("op") or "is"
    is_figure = operator in ("at_least", "at_most")
    return {
        "type": "trait",
        "name": row.text("name"),
        "operator": operator,
        "value": row.figure("value") if is_figure else row.text("value"),
        "confidence": (row.number("sure") or 0) / 100,
    }


def _segment(ask: str, row: _Row, currency: str) -> dict[str, Any]:
    chosen = row.text("value")
    if not chosen.isdecimal():
        raise RowProblem(_("Choose a segment."))
    plain = {"type": "segment", "segment_id": int(chosen)}
    return {"type": "not", "of": plain} if row.text("op") == "no" else plain


def _need_group(ask: str, row: _Row, currency: str) -> dict[str, Any]:
    return {
        "type": "need_group",
        "operator": row.text("op") or "one_of",
        "group_ids": [int(value) for value in row.many("values") if value.isdecimal()],
    }


_READERS: Mapping[str, _Reader] = {
    "text": _text,
    "number": _number,
    "score": _number,
    "rate": _number,
    "days": _number,
    "money": _money,
    "date": _day,
    "choice": _choice,
    "flag": _flag,
}
_SPECIAL: Mapping[str, _Reader] = {
    "orders": _orders,
    "spent": _spent,
    "bought": _bought,
    "event": _event,
    "sequence": _sequence,
    "consent": _consent,
    "state": _state,
    "trait": _trait,
    "segment": _segment,
    "need_group": _need_group,
}
SPECIAL_ASKS = tuple(_SPECIAL)

"""Small readers the systems' modules share: a person, an address, a number, a moment as given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from idic.identify.importing.values.cells import is_walk_in

Said = Mapping[str, Any]


class NotForUs(Exception):
    """Raised for a webhook of something we keep nothing of; the text names it."""


def mapping(value: Any) -> Said:
    """Give an object; an empty one where there is none."""
    return value if isinstance(value, dict) else {}


def objects(value: Any) -> Sequence[Said]:
    """Give the objects of a list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text(value: Any) -> str:
    """Give what is written, as text; numbers as they stand."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value).strip()


def number(value: Any) -> Decimal:
    """Give an amount or a quantity; 0 where there is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return Decimal(0)
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        return Decimal(0)
    return found if found.is_finite() else Decimal(0)


def named(**values: Any) -> dict[str, Any]:
    """Give those that say something."""
    return {name: value for name, value in values.items() if value not in ("", None, [], {})}


def about(*ids: str, receipt: str, traits: Said) -> dict[str, Any]:
    """Say who it is about: the first id there is. What was sold to nobody in particular hangs on
    its receipt.
    """
    name = " ".join(text(traits.get(part)) for part in ("name", "firstName", "lastName")).strip()
    key = next((one for one in ids if one), "")
    is_nobody = not key or (is_walk_in(name) and not (traits.get("phone") or traits.get("email")))
    if is_nobody:
        return {"anonymousId": f"receipt:{receipt}" if receipt else "", "traits": {}}
    return {"userId": key, "traits": dict(traits)}

"""The types of what operations take and give: ids as words, long numbers as text, text that can be
stored. What is wrong with a value is said in plain words.
"""

from __future__ import annotations

from typing import Annotated, Any

from django.utils.translation import gettext as _
from ninja import Schema as NinjaSchema
from pydantic import AfterValidator, BeforeValidator, ConfigDict, PlainSerializer, WithJsonSchema

from idic.core import ids

_LARGEST = 1 << 63
_LONGEST = 2_000


class Schema(NinjaSchema):
    """A body or an answer; a field nobody knows is an error, not silence."""

    model_config = ConfigDict(extra="forbid")


def identified(kind: str) -> Any:
    """Give the type of a kind's public ids: `cus_…` outside, a number inside."""

    def read(value: Any) -> int:
        if isinstance(value, int) and not isinstance(value, bool):
            return value  # one of ours, on its way out
        try:
            return ids.decode(kind, str(value))
        except ids.WrongId:
            example = ids.encode(kind, 1)
            raise ValueError(_("This is no id. One looks like %(id)s.") % {"id": example}) from None

    prefix = ids.PREFIXES[kind]
    shape = {"type": "string", "pattern": f"^{prefix}_[0-9a-z]{{13}}$"}
    return Annotated[
        int,
        BeforeValidator(read),
        PlainSerializer(lambda number: ids.encode(kind, number), return_type=str),
        WithJsonSchema(shape),
    ]


CustomerId = identified("customer")


def _read_number(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        number = value
    else:
        text = str(value)
        number = int(text) if text.isascii() and text.isdecimal() and len(text) <= 19 else -1
    if not 0 <= number < _LARGEST:
        raise ValueError(_("This is no number of ours: at most 19 digits."))
    return number


# Numbers of the log and of records outgrow what JSON readers keep: they travel as text.
LongNumber = Annotated[
    int,
    BeforeValidator(_read_number),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,19}$"}),
]


def _storable(value: str) -> str:
    if len(value) > _LONGEST:
        raise ValueError(_("Use at most %(count)d characters.") % {"count": _LONGEST})
    if any(ord(c) < 32 or 0xD800 <= ord(c) < 0xE000 for c in value):
        raise ValueError(_("This holds characters that cannot be shown."))
    return value


Text = Annotated[str, AfterValidator(_storable)]

"""What cleaning says of one value: how it should stand, what is wrong with it, and how sure that
is. The words for people are in `identify.quality_words`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType

_NOTHING: Mapping[str, str] = MappingProxyType({})


class Problem(StrEnum):
    """What is wrong with a value, or worth knowing about it. Codes are stored."""

    # Phones
    OLD_PREFIX = "old_prefix"
    PHONE_WRITTEN = "phone_written"
    PHONE_NOTE = "phone_note"
    PHONE_SEVERAL = "phone_several"
    PHONE_PLACEHOLDER = "phone_placeholder"
    PHONE_MASKED = "phone_masked"
    PHONE_RELAY = "phone_relay"
    PHONE_UNREADABLE = "phone_unreadable"
    # E-mail addresses
    EMAIL_DOMAIN = "email_domain"
    EMAIL_WRITTEN = "email_written"
    EMAIL_ROLE = "email_role"
    EMAIL_PLACEHOLDER = "email_placeholder"
    EMAIL_UNREADABLE = "email_unreadable"
    # Names
    NAME_SALUTATION = "name_salutation"
    NAME_NOTE = "name_note"
    NAME_CAPITALS = "name_capitals"
    NAME_ORDER = "name_order"
    NAME_WRITTEN = "name_written"
    NAME_WALK_IN = "name_walk_in"
    # Places
    PLACE_SPELLING = "place_spelling"
    PROVINCE_2025 = "province_2025"
    WARD_2025 = "ward_2025"
    WARD_DIVIDED = "ward_divided"
    CITY_IN_ADDRESS = "city_in_address"
    # Days
    DAY_PLACEHOLDER = "day_placeholder"
    DAY_CENTURY = "day_century"
    DAY_IMPOSSIBLE = "day_impossible"
    DAY_WRITTEN = "day_written"
    DAY_LUNAR = "day_lunar"
    DAY_UNREADABLE = "day_unreadable"
    # Money
    AMOUNT_WRITTEN = "amount_written"
    AMOUNT_UNREADABLE = "amount_unreadable"


# Worth knowing, with nothing to put in the place of the value.
NOTED = frozenset(
    {
        Problem.EMAIL_ROLE,
        Problem.EMAIL_UNREADABLE,
        Problem.PHONE_UNREADABLE,
        Problem.DAY_UNREADABLE,
        Problem.AMOUNT_UNREADABLE,
        Problem.WARD_DIVIDED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """One value looked at. `value` is the form to keep where nobody needs to be asked (empty: it
    says nothing), `proposal` what it probably should be, `also` other traits it holds.
    """

    value: str
    problem: Problem | None = None
    proposal: str = ""
    confidence: float = 1.0
    also: Mapping[str, str] = field(default_factory=lambda: _NOTHING)

    @property
    def best(self) -> str:
        """Give what should stand there, as far as we can tell."""
        return self.proposal or self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Where and when a value was written: what bare numbers and names mean depends on it."""

    country: str = "VN"
    language: str = "vi"
    today: date
    place: str = ""  # the city or province known besides, for addresses that do not repeat it

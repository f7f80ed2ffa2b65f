"""Cleaning of single values: value in, the value as it should stand, what was wrong, and how sure
that is. Pure functions; what becomes of a proposal is `services.cleaning`'s work.
"""

from __future__ import annotations

from .amounts import clean_amount
from .days import clean_birth_date
from .emails import clean_email
from .findings import NOTED, Cleaned, Context, Problem
from .names import clean_name
from .phones import clean_phone
from .places import clean_address, clean_city, find_city

__all__ = [
    "FIELDS",
    "NOTED",
    "Cleaned",
    "Context",
    "Problem",
    "clean_amount",
    "clean_field",
    "find_city",
]

# Traits that are looked at, in the order of the pages.
FIELDS = ("name", "phone", "email", "birth_date", "city", "province", "address")


def clean_field(field: str, value: str, *, context: Context) -> Cleaned:
    """Clean the value of a trait; fields nobody has rules for come back as they are."""
    match field:
        case "name":
            return clean_name(value)
        case "phone":
            return clean_phone(value, country=context.country)
        case "email":
            return clean_email(value)
        case "birth_date":
            return clean_birth_date(value, today=context.today)
        case "city" | "province":
            return clean_city(value, context=context)
        case "address":
            return clean_address(value, context=context)
        case _:
            return Cleaned(value=value)

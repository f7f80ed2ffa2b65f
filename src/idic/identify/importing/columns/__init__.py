"""What the columns of a file mean: the fields we know, the words shops head them with, and the
guess from both headings and values, which a person can overrule.
"""

from .fields import BRINGS_PEOPLE, CHANNELS, DAYS, FIELDS, Field, Kind, get_field
from .guessing import Guess, guess_columns
from .mapping import Mapping, apply_overrides, check_mapping

__all__ = [
    "BRINGS_PEOPLE",
    "CHANNELS",
    "DAYS",
    "FIELDS",
    "Field",
    "Guess",
    "Kind",
    "Mapping",
    "apply_overrides",
    "check_mapping",
    "get_field",
    "guess_columns",
]

"""What the API of every room stands on: keys, how often, one shape of errors, types of its values.
The operations themselves are in each room's `api` module; `mount` puts them under one address.
"""

from .doors import Door, key_of, needs
from .mount import API_PATH, addresses, api
from .problems import Problem
from .types import CustomerId, LongNumber, Schema, Text, identified

__all__ = [
    "API_PATH",
    "CustomerId",
    "Door",
    "LongNumber",
    "Problem",
    "Schema",
    "Text",
    "addresses",
    "api",
    "identified",
    "key_of",
    "needs",
]

"""The customer list's language: what an address asks for, its columns, its order, its built-in
views. Reads no customers; `selectors.customers` does.
"""

from idic.core.keyset import Key, Page, page_of

from .columns import COLUMNS, DEFAULT_COLUMNS, SORTS, Column, Sort
from .query import ListQuery, Part, read_query
from .views import BUILT_IN, BuiltInView

__all__ = [
    "BUILT_IN",
    "COLUMNS",
    "DEFAULT_COLUMNS",
    "SORTS",
    "BuiltInView",
    "Column",
    "Key",
    "ListQuery",
    "Page",
    "Part",
    "Sort",
    "page_of",
    "read_query",
]

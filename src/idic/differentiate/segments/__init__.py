"""Rules over customers as typed trees: read them with `parse`, ask them with `to_query`, `count`,
`list_ids` and `list_sample`, read them back with `say`. No text of a user ever becomes SQL.
"""

from .check import WrongTree, children, dump, parse
from .compile import to_condition, to_query
from .fields import FIELDS, TOPICS, choices_of
from .frame import Frame, current_frame
from .people import count, find_count, list_ids, list_sample
from .say import say, say_condition
from .tree import (
    EVERYBODY,
    All,
    Amount,
    Any,
    Bought,
    Choice,
    Condition,
    Day,
    Flag,
    Happened,
    HasState,
    HasTrait,
    InNeedGroup,
    InSegment,
    Not,
    Number,
    Orders,
    Spent,
    Text,
    Tree,
    Window,
)

__all__ = [
    "EVERYBODY",
    "FIELDS",
    "TOPICS",
    "All",
    "Amount",
    "Any",
    "Bought",
    "Choice",
    "Condition",
    "Day",
    "Flag",
    "Frame",
    "Happened",
    "HasState",
    "HasTrait",
    "InNeedGroup",
    "InSegment",
    "Not",
    "Number",
    "Orders",
    "Spent",
    "Text",
    "Tree",
    "Window",
    "WrongTree",
    "children",
    "choices_of",
    "count",
    "current_frame",
    "dump",
    "find_count",
    "list_ids",
    "list_sample",
    "parse",
    "say",
    "say_condition",
    "to_condition",
    "to_query",
]

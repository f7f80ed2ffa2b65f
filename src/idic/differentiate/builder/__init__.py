"""The rule builder's half-finished rules: rows and groups as a person is filling them in, read from
a form without any script, and turned into a typed tree once they are whole.
"""

from .controls import Control, Option, controls_of, list_asks
from .draft import Draft, Group, Row, act, draft_of, read_draft, to_tree
from .reading import RowProblem

__all__ = [
    "Control",
    "Draft",
    "Group",
    "Option",
    "Row",
    "RowProblem",
    "act",
    "controls_of",
    "draft_of",
    "list_asks",
    "read_draft",
    "to_tree",
]

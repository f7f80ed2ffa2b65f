"""Every read of Differentiate that is more than one queryset."""

from .business import CallFirst, describe_business, find_figures, list_call_first, list_newly_late
from .matrix import (
    Cell,
    Column,
    Finding,
    Matrix,
    MatrixRow,
    Spot,
    list_findings,
    list_matrix,
    list_people,
)
from .segments import SegmentUse, list_segments, list_uses, sparkline
from .tiers import Move, find_draft, list_moves, preview_moves, say_rules, tier_reason
from .value_model import ModelCard, find_value_model, get_value_model, read_card

__all__ = [
    "CallFirst",
    "Cell",
    "Column",
    "Finding",
    "Matrix",
    "MatrixRow",
    "ModelCard",
    "Move",
    "SegmentUse",
    "Spot",
    "describe_business",
    "find_draft",
    "find_figures",
    "find_value_model",
    "get_value_model",
    "list_call_first",
    "list_findings",
    "list_matrix",
    "list_moves",
    "list_newly_late",
    "list_people",
    "list_segments",
    "list_uses",
    "preview_moves",
    "read_card",
    "say_rules",
    "sparkline",
    "tier_reason",
]

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
from .near import Near, Rung, find_next_tier, list_near, say_next
from .segments import SegmentUse, list_segments, list_uses, sparkline
from .service import Served, find_plan, find_plan_of, list_costs, list_plans, list_served
from .tiers import (
    Move,
    find_draft,
    list_moves,
    list_versions,
    preview_moves,
    say_rules,
    tier_reason,
)
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
    "Near",
    "Rung",
    "SegmentUse",
    "Served",
    "Spot",
    "describe_business",
    "find_draft",
    "find_figures",
    "find_next_tier",
    "find_plan",
    "find_plan_of",
    "find_value_model",
    "get_value_model",
    "list_call_first",
    "list_costs",
    "list_findings",
    "list_matrix",
    "list_moves",
    "list_near",
    "list_newly_late",
    "list_people",
    "list_plans",
    "list_segments",
    "list_served",
    "list_uses",
    "list_versions",
    "preview_moves",
    "read_card",
    "say_next",
    "say_rules",
    "sparkline",
    "tier_reason",
]

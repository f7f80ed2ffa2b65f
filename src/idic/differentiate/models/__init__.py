"""The tables of Differentiate: one summary row a customer, tiers, need groups, values, segments."""

from .figures import BusinessFigures, MatrixCell
from .needs import NeedGroup
from .segments import Segment, SegmentMember, SegmentSize
from .summaries import CustomerSummary, Reach
from .tiers import Tier, TierChange, TierPolicy
from .values import ValueModel

__all__ = [
    "BusinessFigures",
    "CustomerSummary",
    "MatrixCell",
    "NeedGroup",
    "Reach",
    "Segment",
    "SegmentMember",
    "SegmentSize",
    "Tier",
    "TierChange",
    "TierPolicy",
    "ValueModel",
]

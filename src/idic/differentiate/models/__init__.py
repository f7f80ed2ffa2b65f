"""The tables of Differentiate: one summary row a customer, tiers and how they are treated, need
groups, values, segments, readiness, and what was stored month by month."""

from .equity import EquityMonth
from .figures import BudgetCurve, BusinessFigures, MatrixCell, ValueShape
from .needs import NeedGroup
from .readiness import (
    IdealCustomer,
    Readiness,
    ReadinessModel,
    UpsellAlert,
    UpsellWatch,
    Verdict,
)
from .rfm import CutMode, RfmMonth, RfmPolicy
from .segments import (
    MoveCause,
    Segment,
    SegmentMember,
    SegmentMove,
    SegmentSize,
    SegmentSlice,
)
from .summaries import CustomerSummary, Reach
from .tiers import Tier, TierChange, TierPolicy
from .treatment import ServiceCost, ServiceKind, TreatmentChannel, TreatmentPlan
from .values import ValueModel

__all__ = [
    "BudgetCurve",
    "BusinessFigures",
    "CustomerSummary",
    "CutMode",
    "EquityMonth",
    "IdealCustomer",
    "MatrixCell",
    "MoveCause",
    "NeedGroup",
    "Reach",
    "Readiness",
    "ReadinessModel",
    "RfmMonth",
    "RfmPolicy",
    "Segment",
    "SegmentMember",
    "SegmentMove",
    "SegmentSize",
    "SegmentSlice",
    "ServiceCost",
    "ServiceKind",
    "Tier",
    "TierChange",
    "TierPolicy",
    "TreatmentChannel",
    "TreatmentPlan",
    "UpsellAlert",
    "UpsellWatch",
    "ValueModel",
    "ValueShape",
    "Verdict",
]

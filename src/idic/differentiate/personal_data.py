"""How Differentiate exports and erases one person: everything here is computed about them."""

from __future__ import annotations

from idic.core.personal_data import register
from idic.differentiate.models import (
    CustomerSummary,
    Readiness,
    SegmentMember,
    SegmentMove,
    TierChange,
    UpsellAlert,
)

register(model=SegmentMember, customer="customer", is_computed=True)
register(model=SegmentMove, customer="customer", is_computed=True)
register(model=TierChange, customer="customer", is_computed=True)
register(model=CustomerSummary, customer="customer", is_computed=True)
register(model=Readiness, customer="customer", is_computed=True)
register(model=UpsellAlert, customer="customer", is_computed=True)

"""Forgets everything computed while the sample shop stood: sums, models, groups, rules drawn from
its figures. What the owner's own data says is computed anew by the next refresh.
"""

from __future__ import annotations

from django.db.models import ProtectedError

from idic.core import bulk
from idic.differentiate.models import (
    BudgetCurve,
    BusinessFigures,
    CustomerSummary,
    EquityMonth,
    MatrixCell,
    NeedGroup,
    Readiness,
    ReadinessModel,
    RfmMonth,
    Segment,
    SegmentSize,
    SegmentSlice,
    TierChange,
    TierPolicy,
    ValueModel,
    ValueShape,
)


def forget_figures() -> None:
    """Take all sums out of sight: they mix the sample shop with whatever else there is."""
    bulk.delete_rows(BusinessFigures.objects.all())
    bulk.delete_rows(MatrixCell.objects.all())
    bulk.delete_rows(SegmentSize.objects.all())
    for kept in (BudgetCurve, ValueShape, RfmMonth):
        bulk.delete_rows(kept.objects.all())
    bulk.delete_rows(EquityMonth.objects.all())
    Segment.objects.update(customer_count=None, counted_at=None)


def forget_models() -> None:
    """Forget models, need groups and automatic rules, and where they placed the owner's people."""
    forget_figures()
    _clear_places()
    bulk.delete_rows(ValueModel.objects.all())
    bulk.delete_rows(ReadinessModel.objects.all())
    # Learnt from the sample shop; who is the owner's is judged anew by the next refresh.
    bulk.delete_rows(Readiness.objects.filter(overruled_at=None))
    bulk.delete_rows(NeedGroup.objects.all())
    # Who is in the owner's segments is looked up anew: made-up people may have been.
    bulk.delete_rows(SegmentSlice.objects.all())
    drawn = TierPolicy.objects.filter(is_automatic=True)
    bulk.delete_rows(TierChange.objects.filter(policy_version__in=drawn.values("version")))
    drawn.delete()
    _remove_segments()


def _clear_places() -> None:
    """Nobody stands where the mixed figures had put them, so that nobody seems to have moved."""
    placed = CustomerSummary.objects.exclude(tier="", need_group=None).order_by("customer_id")
    last = -1
    while ids := list(
        placed.filter(customer_id__gt=last).values_list("customer_id", flat=True)[:500]
    ):
        last = ids[-1]
        bulk.update_rows(
            CustomerSummary,
            ("customer_id", "tier", "tier_reason", "tier_since", "need_group_id"),
            [(i, "", {}, None, None) for i in ids],
            key="customer_id",
        )


def _remove_segments() -> None:
    """Delete made-up segments; one that a campaign of the owner's uses becomes the owner's."""
    for segment in Segment.objects.filter(is_demo=True):
        try:
            segment.delete()
        except ProtectedError:
            Segment.objects.filter(id=segment.id).update(is_demo=False)


def count_segments() -> dict[str, int]:
    """Count segments of the sample shop."""
    return {"segments": Segment.objects.filter(is_demo=True).count()}

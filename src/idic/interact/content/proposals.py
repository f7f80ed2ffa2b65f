"""Which recommendations may stand in a message: in stock, sellable, not refused by the
person, and to nobody who wants no proposals.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet

from idic.customize.models import Recommendation, RejectedProduct
from idic.customize.selectors import refuses_profiling


def list_sendable() -> QuerySet[Recommendation]:
    """Give the recommendations a message may use, of everybody."""
    refused = RejectedProduct.objects.filter(
        customer=OuterRef("customer"), product=OuterRef("product")
    )
    return Recommendation.objects.filter(
        ~Exists(refused),
        ~refuses_profiling(),
        product__is_available=True,
        product__is_sellable=True,
    )

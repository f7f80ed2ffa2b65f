"""Reads the orders nobody owns: which they are, and how many."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from idic.identify.models import Order

# Of no record at all, or of a receipt or device whose person is not known.
IS_OWNERLESS = Q(record=None) | Q(record__customer=None)


def list_waiting() -> QuerySet[Order]:
    """Give the orders without an owner."""
    return Order.objects.filter(IS_OWNERLESS)

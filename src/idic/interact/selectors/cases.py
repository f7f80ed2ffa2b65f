"""Reads of cases: what is open with a customer."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from idic.interact.models import Case


def list_open_cases(*, customer_id: int) -> QuerySet[Case]:
    """Give a customer's open cases, also those of a number that leads to them now."""
    theirs = Q(customer=customer_id) | Q(customer__merged_into=customer_id)
    return Case.objects.filter(theirs, closed_at=None).order_by("opened_at")

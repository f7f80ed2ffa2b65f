"""Marks what belongs to the made-up business: its people can never be mailed for real."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from idic.identify.models import Customer, Source, SourceKind

_BATCH = 500


def mark_demo(*, source_names: Sequence[str], kinds: Sequence[SourceKind]) -> int:
    """Mark the demo's sources and everybody known only through them; give how many people."""
    for name, kind in zip(source_names, kinds, strict=True):
        Source.objects.filter(name=name).update(is_demo=True, kind=kind)
    total = 0
    unmarked = Customer.objects.filter(is_demo=False, records__source__is_demo=True).exclude(
        records__source__is_demo=False
    )
    while batch := list(unmarked.order_by("id").values_list("id", flat=True).distinct()[:_BATCH]):
        with transaction.atomic():
            total += Customer.objects.filter(id__in=batch).update(is_demo=True)
    return total

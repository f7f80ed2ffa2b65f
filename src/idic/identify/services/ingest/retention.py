"""Lets go of calls that were not stored, after a time: they may hold what people told. The ledger
keeps their number.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from idic.core import bulk
from idic.identify.models import IngestProblem, IngestProblemState

_REFUSED, _HELD = timedelta(days=30), timedelta(days=90)


def delete_old_problems(*, now: datetime) -> int:
    """Delete refused calls after 30 days and those held back after 90; give how many."""
    held = [IngestProblemState.QUARANTINED, IngestProblemState.WAITING]
    old = Q(received_at__lt=now - _HELD) | (Q(received_at__lt=now - _REFUSED) & ~Q(state__in=held))
    return bulk.delete_rows(IngestProblem.objects.filter(old))

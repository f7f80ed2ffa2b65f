"""Takes rows out of the consent ledger: only an erasure, an undo and the end of the sample business
may, and each says so in a row of its own that is sealed like the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet

from idic.core import bulk
from idic.identify.models import Consent, ConsentRemoval, RemovalReason

_PORTION = 200


def note_removal(*, consent_ids: Iterable[int], reason: RemovalReason, now: datetime) -> None:
    """Write that these rows go; the caller deletes them in the same transaction."""
    numbers = sorted(consent_ids)
    if numbers:
        ConsentRemoval.objects.create(consent_ids=numbers, reason=reason, at=now)


def remove_consents(*, rows: QuerySet[Consent], reason: RemovalReason, now: datetime) -> int:
    """Remove rows in short transactions, each with the word that it did; give how many went."""
    count = 0
    while keys := list(rows.order_by("id").values_list("id", flat=True)[:_PORTION]):
        held = bulk.hold() if not connection.in_atomic_block else transaction.atomic()
        with held:
            note_removal(consent_ids=keys, reason=reason, now=now)
            Consent.everything.filter(id__in=keys)._raw_delete(connection.alias)
        count += len(keys)
    return count

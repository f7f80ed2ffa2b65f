"""Seals the consent ledger: commitments to rows and removals not sealed yet, chained by hashes. In
portions, so that neither an import nor a withdrawal ever waits for the end of the chain.

chain = SHA-256(chain before, kind, id, commitment) for each entry in turn; a row's commitment is
SHA-256(salt, what it says). With the row gone its salt is gone, and its commitment says nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from django.db import connection, transaction

from idic.core import bulk
from idic.identify.models import Consent, ConsentRemoval, ConsentSeal

FIRST = "0" * 64
SAID, GONE = "said", "gone"
Entry = Sequence[str | int]  # kind, id, commitment
_PORTION = 200
_LOCK = 7_241_002


def seal_ledger(*, now: datetime) -> int:
    """Seal what waits, published rows and removals; give how many entries were sealed."""
    count = 0
    while True:
        with bulk.hold():
            _lock()
            sealed = _seal_portion(now)
        count += sealed
        if not sealed:
            return count


def count_waiting() -> int:
    """Count the rows and removals that no seal holds yet."""
    rows = Consent.objects.filter(seal_number=None).count()
    return rows + ConsentRemoval.objects.filter(seal_number=None).count()


def commitment_of(consent: Consent) -> str:
    """Compute the commitment to what a row says."""
    return _hash(
        consent.salt,
        consent.id,
        consent.address,
        consent.channel,
        consent.purpose,
        consent.status,
        consent.basis,
        consent.proof,
        consent.wording_version,
        _utc(consent.given_at),
        _utc(consent.recorded_at),
    )


def digest_of(removal: ConsentRemoval) -> str:
    """Compute the hash of a removal: bare numbers and a reason, which need no salt."""
    return _hash(removal.id, removal.consent_ids, removal.reason, _utc(removal.at))


def chain_of(*, previous: str, entries: Iterable[Entry]) -> str:
    """Compute the chain after these entries."""
    for kind, number, commitment in entries:
        link = f"{previous}\n{kind}\n{number}\n{commitment}"
        previous = hashlib.sha256(link.encode()).hexdigest()
    return previous


def _seal_portion(now: datetime) -> int:
    rows = list(Consent.objects.filter(seal_number=None).order_by("id")[:_PORTION])
    gone = list(ConsentRemoval.objects.filter(seal_number=None).order_by("id")[:_PORTION])
    if not rows and not gone:
        return 0
    entries: list[Entry] = [(SAID, row.id, commitment_of(row)) for row in rows]
    entries += [(GONE, one.id, digest_of(one)) for one in gone]
    last = ConsentSeal.objects.order_by("-number").first()
    previous = last.chain if last else FIRST
    seal = ConsentSeal.objects.create(
        number=last.number + 1 if last else 1,
        entries=entries,
        previous=previous,
        chain=chain_of(previous=previous, entries=entries),
        sealed_at=now,
    )
    for model, sealed in ((Consent, rows), (ConsentRemoval, gone)):
        keys = [one.pk for one in sealed]
        model._base_manager.filter(pk__in=keys).update(seal_number=seal.number)
    return len(entries)


def _lock() -> None:
    # SQLite's writer is alone already; on PostgreSQL two seals could take the same number.
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _hash(*parts: object) -> str:
    content = json.dumps(parts, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")

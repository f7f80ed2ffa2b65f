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
    """Seal what waits, published rows and removals; give how many entries were sealed. Rows are
    read and hashed before the lock is taken; one that goes meanwhile is left to the next portion.
    """
    count, pacer = 0, bulk.Pacer(rows=_PORTION)
    while waiting := _read(min(pacer.rows, _PORTION)):
        with bulk.hold(pacer=pacer, rows=len(waiting)):
            _lock()
            count += _seal(waiting, now)
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


def _read(most: int) -> list[Entry]:
    """Give what no seal holds yet, each with its commitment."""
    rows = Consent.objects.filter(seal_number=None).order_by("id")[:most]
    gone = ConsentRemoval.objects.filter(seal_number=None).order_by("id")[:most]
    return [
        *((SAID, row.id, commitment_of(row)) for row in rows),
        *((GONE, one.id, digest_of(one)) for one in gone),
    ]


def _seal(waiting: Sequence[Entry], now: datetime) -> int:
    """Put a link onto the chain over what still waits."""
    last = ConsentSeal.objects.order_by("-number").first()
    number = last.number + 1 if last else 1
    held: set[tuple[str, int]] = set()
    for kind, model in ((SAID, Consent), (GONE, ConsentRemoval)):
        keys = [int(key) for what, key, _commitment in waiting if what == kind]
        if keys:
            rows = model._base_manager.filter(pk__in=keys, seal_number=None)
            rows.update(seal_number=number)
            own = model._base_manager.filter(pk__in=keys, seal_number=number)
            held |= {(kind, key) for key in own.values_list("pk", flat=True)}
    entries = [one for one in waiting if (str(one[0]), int(one[1])) in held]
    if entries:
        previous = last.chain if last else FIRST
        ConsentSeal.objects.create(
            number=number,
            entries=entries,
            previous=previous,
            chain=chain_of(previous=previous, entries=entries),
            sealed_at=now,
        )
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

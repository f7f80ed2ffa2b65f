"""Writes and checks the audit trail."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from idic.core.models import AuditEntry

_FIRST = "0" * 64


def record(
    *,
    at: datetime,
    actor: str,
    action: str,
    subject_type: str = "",
    subject_id: str | int = "",
    detail: dict[str, Any] | None = None,
) -> AuditEntry:
    """Append one entry inside the caller's transaction, so that act and record stand or fall."""
    with transaction.atomic(savepoint=False):
        _lock()
        number, digest = _last()
        entry = AuditEntry(
            id=number + 1,
            at=at,
            actor=actor,
            action=action,
            subject_type=subject_type,
            subject_id=str(subject_id),
            detail=detail or {},
            previous_digest=digest,
        )
        entry.digest = digest_of(entry)
        entry.save(force_insert=True)
        return entry


def _last() -> tuple[int, str]:
    """Give the number and the seal of the last entry."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, digest FROM core_auditentry ORDER BY id DESC LIMIT 1")
        row = cursor.fetchone()
    return (int(row[0]), str(row[1])) if row else (0, _FIRST)


def _lock() -> None:
    # SQLite's writer is alone already; on PostgreSQL two entries could take the same number.
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [7_241_001])


def digest_of(entry: AuditEntry) -> str:
    """Compute the seal of an entry from its content and the digest before it."""
    content = json.dumps(
        [
            entry.id,
            entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
            entry.actor,
            entry.action,
            entry.subject_type,
            entry.subject_id,
            entry.detail,
            entry.previous_digest,
        ],
        sort_keys=True,
        ensure_ascii=False,
    )
    return hashlib.sha256(content.encode()).hexdigest()


def find_broken_entry(entries: Iterable[AuditEntry] | None = None) -> int | None:
    """Give the number of the first entry that was changed or is missing, or None."""
    previous, expected = _FIRST, 1
    for entry in entries if entries is not None else AuditEntry.objects.order_by("id").iterator():
        if (
            entry.id != expected
            or entry.previous_digest != previous
            or entry.digest != digest_of(entry)
        ):
            return expected
        previous, expected = entry.digest, expected + 1
    return None

"""Recognises people who were erased, by keyed hashes of how sources name them: identifiers, and a
source with its key. Every door that makes people of what comes in asks here; nothing but a fresh
registration with consent lifts a stone.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import transaction

from idic.core import bulk
from idic.environment import secret_key
from idic.identify.models import (
    Identifier,
    IdentifierType,
    Source,
    SourceKind,
    SourceRecord,
    Tombstone,
)
from idic.identify.services.imports.slices import slices
from idic.identify.services.owners import CONTACT_KEYS, find_shared

Names = tuple[str, str]  # what kind of name (an identifier's type, or KEY), and the name
KEY = "key"
# One number is as good as another beside its source: there it is the source's key.
_NOBODYS = frozenset({IdentifierType.CUSTOMER_NUMBER})
# What they send has a moment of its own: what is older than the erasure is left out by that.
_SENDING = (SourceKind.FORM, SourceKind.SDK, SourceKind.MAILBOX, SourceKind.SHOP_SYSTEM)


def name_of_key(*, source_id: int, key: str) -> Names:
    """Give the name a person goes by in one source."""
    return KEY, f"{source_id}:{key}"


def has_tombstones() -> bool:
    """Tell whether anybody was erased who must not come back."""
    return Tombstone.objects.filter(lifted_at=None).exists()


def was_anybody_erased() -> bool:
    """Tell whether anybody ever was, come back since or not."""
    return Tombstone.objects.exists()


def find_tombstones(*, names: Iterable[Names]) -> dict[Names, datetime]:
    """Give the names that an erased person went by, each with when they were erased."""
    if not has_tombstones():
        return {}
    found: dict[Names, datetime] = {}
    for chunk in slices(set(names)):
        by_digest = {digest_of(one): one for one in chunk}
        rows = Tombstone.objects.filter(digest__in=list(by_digest), lifted_at=None)
        for digest, erased_at in rows.values_list("digest", "erased_at"):
            found[by_digest[digest]] = erased_at
    return found


def find_lifted(*, names: Iterable[Names]) -> dict[Names, datetime]:
    """Give the names of people who were erased and came back themselves, each with when they were
    erased: what happened before does not come back with them.
    """
    by_digest = {digest_of(one): one for one in set(names)}
    found: dict[Names, datetime] = {}
    for chunk in slices(set(by_digest)):
        rows = Tombstone.objects.filter(digest__in=list(chunk), lifted_at__isnull=False)
        for digest, erased_at in rows.values_list("digest", "erased_at"):
            found[by_digest[digest]] = erased_at
    return found


def raise_tombstones(*, record_ids: Iterable[int], now: datetime) -> int:
    """Set a stone for each name of these records that is theirs alone; give how many names."""
    names = list_names(record_ids=list(record_ids))
    rows = [(digest_of(name), mark_of_key(), now, None) for name in sorted(names)]
    digests = [row[0] for row in rows]
    columns = ["digest", "key_mark", "erased_at", "lifted_at"]
    bulk.insert_rows(Tombstone, columns, rows, ignore_conflicts=True)
    for chunk in slices(digests):
        Tombstone.objects.filter(digest__in=chunk).update(erased_at=now, lifted_at=None)
    return len(rows)


def list_names(*, record_ids: list[int]) -> set[Names]:
    """Give how sources name these records, but for names that others go by too."""
    names: set[Names] = set()
    held = Identifier.everything.filter(record_id__in=record_ids, is_placeholder=False)
    values = {pair for pair in held.values_list("type", "value") if pair[0] not in _NOBODYS}
    shared = find_shared(values=(value for _kind, value in values), record_ids=record_ids)
    names |= {(kind, value) for kind, value in values if value not in shared}
    records = SourceRecord.everything.filter(id__in=record_ids)
    keyed = records.exclude(source__kind=SourceKind.CRM).values_list("source_id", "source_key")
    return names | {
        name_of_key(source_id=source, key=key)
        for source, key in keyed
        if not (key.startswith(CONTACT_KEYS) and key.partition(":")[2] in shared)
    }


def lift_tombstones(*, names: Iterable[Names], consented_at: datetime, now: datetime) -> int:
    """Let somebody in again who has registered afresh, under these names; give how many stones
    were lifted: those set before they agreed. What an old file says under other names of theirs
    stays out. The caller writes the consent, in the same transaction.
    """
    digests = [digest_of(name) for name in _with_keys(set(names))]
    with transaction.atomic():
        rows = Tombstone.objects.filter(
            digest__in=digests, lifted_at=None, erased_at__lt=consented_at
        )
        return rows.update(lifted_at=now)


def _with_keys(names: set[Names]) -> set[Names]:
    """Add how sources that send by themselves name somebody known by nothing but this address:
    what they send from now on is about who has come back.
    """
    contacts = [f"{kind}:{value}" for kind, value in names if f"{kind}:" in CONTACT_KEYS]
    sources = Source.objects.filter(kind__in=_SENDING).values_list("id", flat=True)
    return names | {name_of_key(source_id=one, key=key) for one in sources for key in contacts}


def digest_of(name: Names) -> str:
    """Compute the keyed hash of a name."""
    kind, value = name
    return hmac.digest(_key(settings.IDIC_HOME), f"{kind}\n{value}".encode(), "sha256").hex()


def mark_of_key() -> str:
    """Give what tells one key of the house from another."""
    return hashlib.sha256(_key(settings.IDIC_HOME)).hexdigest()[:8]


def count_unreadable() -> int:
    """Count stones made with a key that is lost: they recognise nobody any more."""
    return Tombstone.objects.filter(lifted_at=None).exclude(key_mark=mark_of_key()).count()


@cache
def _key(home: Path) -> bytes:
    # A key of its own: the key of sessions may be changed, this one never while a stone stands.
    return secret_key(home / "secrets" / "tombstones").encode()

"""Notes who was erased where no backup of the database reaches, and erases them again when one that
was made before brings them back. Numbers and keyed hashes alone: the note names nobody.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from idic.core import bulk
from idic.core.exclusive import exclusively
from idic.core.personal_data import Person
from idic.identify.models import Customer, Tombstone
from idic.identify.services.imports.slices import slices
from idic.identify.services.tombstones import digest_of, list_names, mark_of_key

_LOCK = "erasures"


@dataclass(frozen=True, slots=True)
class Noted:
    """One erasure: the customer with those joined to them, the hashes of their names, the key of
    the house that made those, and when it was.
    """

    customer_ids: tuple[int, ...]
    digests: tuple[str, ...]
    key_mark: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Again:
    """What had to be done: how many noted, customers who were back, stones that were missing."""

    noted: int
    returned: tuple[int, ...]
    stones: int


def journal() -> Path:
    """Give the file of all erasures. It only grows; of two the longer one is right."""
    return Path(settings.IDIC_HOME) / "secrets" / "erasures"


def note_erasure(*, person: Person, now: datetime) -> None:
    """Write down, onto the disk, that a person is being erased: before anything of them goes."""
    names = list_names(record_ids=list(person.record_ids))
    line = {
        "customers": list(person.customer_ids),
        "digests": sorted(digest_of(name) for name in names),
        "key": mark_of_key(),
        "at": now.isoformat(),
    }
    path = journal()
    path.parent.mkdir(parents=True, exist_ok=True)
    with exclusively(name=_LOCK):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "wb") as file:
            # A line a crash has cut in two must not swallow this one.
            file.write(b"\n" + json.dumps(line).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())


def list_noted(*, path: Path | None = None) -> list[Noted]:
    """Give all erasures noted in a file, ours unless another is named. Lines that are broken are
    left out.
    """
    path = path or journal()
    if not path.exists():
        return []
    return [noted for line in path.read_bytes().splitlines() if (noted := _read(line))]


def _read(line: bytes) -> Noted | None:
    try:
        said = json.loads(line)
        return Noted(
            tuple(int(number) for number in said["customers"]),
            tuple(str(digest) for digest in said["digests"]),
            str(said["key"]),
            datetime.fromisoformat(said["at"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def find_returned(*, noted: Iterable[Noted]) -> list[int]:
    """Give the customers who were erased and are here again: a number is never given twice, so
    that only a backup brings one back.
    """
    wanted = (number for one in noted for number in one.customer_ids)
    return sorted(number for chunk in slices(wanted) for number in _existing(chunk))


def _existing(customer_ids: list[int]) -> Iterator[int]:
    yield from Customer.objects.filter(id__in=customer_ids).values_list("id", flat=True)


def restore_stones(*, noted: Iterable[Noted]) -> int:
    """Set the stones that are missing; one that was lifted since stays lifted. Give how many."""
    wanted = {digest: one for one in noted for digest in one.digests}
    missing: list[tuple[str, str, datetime]] = []
    for chunk in slices(wanted):
        held = set(Tombstone.objects.filter(digest__in=chunk).values_list("digest", flat=True))
        missing += [
            (digest, wanted[digest].key_mark, wanted[digest].at)
            for digest in chunk
            if digest not in held
        ]
    with transaction.atomic():
        bulk.insert_rows(
            Tombstone, ["digest", "key_mark", "erased_at"], missing, ignore_conflicts=True
        )
    return len(missing)

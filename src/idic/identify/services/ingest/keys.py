"""Makes and ends write keys, and tells the door which of them open it."""

from __future__ import annotations

import os
import secrets
from datetime import datetime
from pathlib import Path

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _

from idic.core import ids
from idic.core.models import Staff
from idic.core.services import audit
from idic.identify.ingest.keys import digest_of, file_of
from idic.identify.models import Source, SourceKind, WriteKey
from idic.identify.services.sources import source_key

_RANK = 60  # anybody who sees the page's source can write: what a till says counts for more
_LONGEST_NAME = 120
_OF_FILES = (SourceKind.FILE, SourceKind.TILL, SourceKind.WEB_SHOP)


class WrongSource(ValueError):
    """Raised when a source cannot be made as asked; the text says why."""

    is_for_people = True


def create_source(*, name: str, staff: Staff, home: Path, now: datetime) -> tuple[Source, str]:
    """Make a source for a website or an app; give it and its write key, which is shown once."""
    with transaction.atomic():
        source = add_source(name=name, kind=SourceKind.SDK, rank=_RANK, now=now)
        key = _add_key(source, staff, "source.created", now)
    publish_keys(home=home)
    return source, key


def add_source(
    *, name: str, kind: SourceKind, rank: int, now: datetime, adopts_files: bool = False
) -> Source:
    """Add a source that sends by itself, in the caller's transaction; with `adopts_files` the one
    whose files came under that name becomes it. Raises WrongSource.
    """
    wanted = " ".join(name.split())
    if not wanted:
        raise WrongSource(_("Give it a name."))
    if len(wanted) > _LONGEST_NAME:
        raise WrongSource(_("Use at most %(count)d characters.") % {"count": _LONGEST_NAME})
    known = Source.objects.filter(name__iexact=wanted, is_demo=False).first()
    if known is not None and adopts_files and known.kind in _OF_FILES:
        known.kind, known.rank = kind, min(known.rank, rank)
        known.save(update_fields=["kind", "rank"])
        return known
    if known is not None:
        raise WrongSource(_("There is a source of that name already. Choose another."))
    return Source.objects.create(
        key=free_key(name=wanted), name=wanted, kind=kind, rank=rank, created_at=now
    )


def create_key(*, source: Source, staff: Staff, home: Path, now: datetime) -> str:
    """Make a further key of a source; the old one goes on until it is revoked."""
    with transaction.atomic():
        key = _add_key(source, staff, "write_key.created", now)
    publish_keys(home=home)
    return key


def revoke_key(*, key_id: int, source: Source, staff: Staff, home: Path, now: datetime) -> bool:
    """End a key; tell whether there was one. Calls with it are turned away from now on."""
    with transaction.atomic():
        open_keys = WriteKey.objects.filter(id=key_id, source=source, revoked_at=None)
        is_ended = bool(open_keys.update(revoked_at=now))
        if is_ended:
            record_act(action="write_key.revoked", source=source, staff=staff, now=now)
    publish_keys(home=home)
    return is_ended


def publish_keys(*, home: Path) -> bool:
    """Write the file the door reads, whole or not at all; tell whether it changed."""
    rows = WriteKey.objects.filter(revoked_at=None).order_by("id")
    content = msgspec.json.encode(dict(rows.values_list("digest", "source_id")))
    path = file_of(home)
    if path.exists() and path.read_bytes() == content:
        return False
    write_private(path=path, content=content)
    return True


def write_private(*, path: Path, content: bytes) -> None:
    """Write a file only its owner reads, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def free_key(*, name: str) -> str:
    """Give a key no source has yet."""
    wanted = source_key(name=name)
    key, number = wanted, 2
    while Source.objects.filter(key=key).exists():
        key, number = f"{wanted}-{number}", number + 1
    return key


def _add_key(source: Source, staff: Staff, action: str, now: datetime) -> str:
    key = secrets.token_urlsafe(24)
    WriteKey.objects.create(
        source=source,
        digest=digest_of(key),
        ending=key[-4:],
        created_by=staff,
        created_at=now,
    )
    record_act(action=action, source=source, staff=staff, now=now)
    return key


def record_act(*, action: str, source: Source, staff: Staff, now: datetime) -> None:
    """Note on the trail what was done to a source."""
    audit.record(
        at=now,
        actor=staff.email,
        action=action,
        subject_type="source",
        subject_id=ids.encode("source", source.id),
        detail={},
    )

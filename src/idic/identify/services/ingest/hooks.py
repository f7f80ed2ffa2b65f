"""Makes the webhook address of a shop system, and keeps what it is signed with. Addresses stand in
the database, secrets in the file the door reads.
"""

from __future__ import annotations

import base64
import secrets
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _
from msgspec.structs import replace

from idic.core.exclusive import exclusively
from idic.core.models import Staff
from idic.identify.ingest.hooks.senders import SENDERS, STANDARD
from idic.identify.ingest.keys import Hook, hooks_file_of
from idic.identify.models import SourceKind, Webhook

from .keys import WrongSource, add_source, record_act, write_private

SHOP_RANK = 40  # signed by the system that sold it: counts for more than a file of it
_LONGEST_SECRET = 200
_KEPT = 2  # the secret in use, and the one before it
_LOCK = "ingest-hooks"


def create_webhook(*, name: str, sender: str, staff: Staff, home: Path, now: datetime) -> Webhook:
    """Make a source for a shop system with an address of its own; files of the same name were its
    too. Raises WrongSource.
    """
    if sender not in SENDERS:
        raise WrongSource(_("Choose the system that is to send."))
    with transaction.atomic():
        source = add_source(
            name=name, kind=SourceKind.SHOP_SYSTEM, rank=SHOP_RANK, now=now, adopts_files=True
        )
        hook = Webhook.objects.create(
            source=source,
            sender=sender,
            token=secrets.token_urlsafe(18),
            created_by=staff,
            created_at=now,
        )
        record_act(action="source.created", source=source, staff=staff, now=now)
    own = "" if SENDERS[sender].makes_secret else _new_secret(sender)
    _publish(home, new={hook.token: own})
    return hook


def set_secret(*, hook: Webhook, secret: str, staff: Staff, home: Path, now: datetime) -> None:
    """Take the secret its page shows. What is on its way under the one before still counts, until
    the next comes. Raises WrongSource.
    """
    wanted = secret.strip()
    if not wanted or len(wanted) > _LONGEST_SECRET or not wanted.isprintable():
        raise WrongSource(_("Copy the secret as the system shows it."))
    _publish(home, new={hook.token: wanted})
    record_act(action="webhook.secret_changed", source=hook.source, staff=staff, now=now)


def renew_secret(*, hook: Webhook, staff: Staff, home: Path, now: datetime) -> None:
    """Make another secret of ours; the one before counts until the next."""
    set_secret(hook=hook, secret=_new_secret(hook.sender), staff=staff, home=home, now=now)


def end_former(*, hook: Webhook, staff: Staff, home: Path, now: datetime) -> None:
    """Let the secret in use be the only one from now on."""
    with exclusively(name=_LOCK):
        held = _read(home)
        one = held.get(hook.token)
        if one is None or len(one.secrets) < _KEPT:
            return
        write_private(
            path=hooks_file_of(home),
            content=msgspec.json.encode(held | {hook.token: replace(one, secrets=one.secrets[:1])}),
        )
    record_act(action="webhook.former_secret_ended", source=hook.source, staff=staff, now=now)


def switch(*, hook: Webhook, is_off: bool, staff: Staff, home: Path, now: datetime) -> None:
    """Close the address, or open it again. What comes meanwhile is turned away."""
    with transaction.atomic():
        hook.is_off = is_off
        hook.save(update_fields=["is_off"])
        record_act(
            action="webhook.closed" if is_off else "webhook.opened",
            source=hook.source,
            staff=staff,
            now=now,
        )
    _publish(home, new={})


def restore(*, home: Path) -> None:
    """Write the file anew when it is gone, so that the addresses are known; without their secrets,
    which stood nowhere else.
    """
    if not hooks_file_of(home).exists() and Webhook.objects.exists():
        _publish(home, new={})


def count_secrets(*, hook: Webhook, home: Path) -> int:
    """Give how many secrets are good now."""
    held = _read(home).get(hook.token)
    return len(held.secrets) if held else 0


def read_secret(*, hook: Webhook, home: Path) -> str:
    """Give the secret in use; empty when none was entered."""
    held = _read(home).get(hook.token)
    return held.secrets[0] if held and held.secrets else ""


def _publish(home: Path, *, new: dict[str, str]) -> None:
    """Write the file the door reads: all addresses there are, with what each is signed with."""
    with exclusively(name=_LOCK):
        held, found = _read(home), dict[str, Hook]()
        for hook in Webhook.objects.order_by("id"):
            before = held[hook.token].secrets if hook.token in held else []
            added = [new[hook.token]] if new.get(hook.token) else []
            kept = [*added, *(one for one in before if one not in added)][:_KEPT]
            found[hook.token] = Hook(hook.source_id, hook.sender, kept, hook.is_off)
        write_private(path=hooks_file_of(home), content=msgspec.json.encode(found))


def _read(home: Path) -> dict[str, Hook]:
    with suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode(hooks_file_of(home).read_bytes(), type=dict[str, Hook])
    return {}


def _new_secret(sender: str) -> str:
    key = secrets.token_bytes(24)
    if sender == STANDARD:
        return "whsec_" + base64.b64encode(key).decode()
    return base64.b64encode(key).decode() if sender == "kiotviet" else key.hex()

"""Makes and ends the keys of the API, and finds whose a shown one is."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from idic.core import ids
from idic.core.access import RIGHTS, may
from idic.core.models import ApiKey, Staff
from idic.core.services import audit

PREFIX = "idic_"
LONGEST_NAME = 80
_LONGEST_SECRET = 120
# A key's last use is written this often: a call should cost no write of its own.
_TOLD_EVERY = timedelta(minutes=1)


class WrongKey(ValueError):
    """Raised when a key cannot be made as asked; `field` names what is wrong, the text why."""

    is_for_people = True

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


def create_key(
    *, name: str, rights: Collection[str], staff: Staff | None, actor: str, now: datetime
) -> tuple[ApiKey, str]:
    """Make a key and give it with its secret, which is stored nowhere and shown this once.

    Nobody gives a key a right they do not have themselves; without `staff` it is the machine's own.
    """
    wanted = " ".join(name.split())
    _refuse(wanted, rights, staff)
    secret = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        if ApiKey.objects.filter(name__iexact=wanted, revoked_at=None).exists():
            raise WrongKey("name", _("There is a key of that name already. Choose another."))
        key = ApiKey.objects.create(
            name=wanted,
            digest=_digest(secret),
            ending=secret[-4:],
            rights=sorted(set(rights)),
            created_by=staff,
            created_at=now,
        )
        _record("api_key.created", key, actor, now)
    return key, secret


def _refuse(name: str, rights: Collection[str], staff: Staff | None) -> None:
    if not name:
        raise WrongKey("name", _("Give the key a name, such as “Till”."))
    if len(name) > LONGEST_NAME:
        raise WrongKey("name", _("Use at most %(count)d characters.") % {"count": LONGEST_NAME})
    if not rights or not set(rights) <= set(RIGHTS):
        raise WrongKey("rights", _("Choose what the key may do."))
    if staff is not None and not all(may(staff, right) for right in rights):
        raise WrongKey("rights", _("You cannot give a key more than you may do yourself."))


def revoke_key(*, key_id: int, actor: str, now: datetime) -> bool:
    """End a key; tell whether there was one. Calls with it are turned away from now on."""
    with transaction.atomic():
        key = ApiKey.objects.select_for_update().filter(id=key_id, revoked_at=None).first()
        if key is None:
            return False
        key.revoked_at = now
        key.save(update_fields=["revoked_at"])
        _record("api_key.revoked", key, actor, now)
    return True


def find_key(*, secret: str, now: datetime) -> ApiKey | None:
    """Find the key somebody shows, and note that it was used; None: unknown, ended, or made by
    somebody who may not log in any more.
    """
    if not secret.startswith(PREFIX) or len(secret) > _LONGEST_SECRET:
        return None
    known = ApiKey.objects.select_related("created_by")
    key = known.filter(digest=_digest(secret), revoked_at=None).first()
    if key is None or (key.created_by is not None and not key.created_by.is_active):
        return None
    if key.last_used_at is None or key.last_used_at <= now - _TOLD_EVERY:
        is_stale = Q(last_used_at=None) | Q(last_used_at__lte=now - _TOLD_EVERY)
        ApiKey.objects.filter(is_stale, id=key.id).update(last_used_at=now)
    return key


def key_may(*, key: ApiKey, right: str) -> bool:
    """Tell whether a key carries a right, and who made it still does. An unknown right is an error,
    never a yes.
    """
    is_given = right in key.rights and right in RIGHTS
    return is_given and (key.created_by is None or may(key.created_by, right))


def _digest(secret: str) -> str:
    """Give what is kept of a key. Keys are random and long: a plain digest guards them."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _record(action: str, key: ApiKey, actor: str, now: datetime) -> None:
    audit.record(
        at=now,
        actor=actor,
        action=action,
        subject_type="api_key",
        subject_id=ids.encode("api_key", key.id),
        detail={"name": key.name, "rights": key.rights},
    )

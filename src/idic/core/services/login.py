"""Makes and redeems one-time login links."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction

from idic.core.models import LoginLink, Staff

LINK_LIFETIME = timedelta(hours=24)


def create_login_link(*, staff: Staff, now: datetime) -> str:
    """Make a link's token for a person; earlier unused links of theirs end."""
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        staff.login_links.filter(used_at=None).delete()
        LoginLink.objects.create(
            token_hash=_hash(token), staff=staff, created_at=now, expires_at=now + LINK_LIFETIME
        )
    return token


def redeem_login_link(*, token: str, now: datetime) -> Staff | None:
    """Use a token up and give its owner; None when it is unknown, used, too old or locked out."""
    used = LoginLink.objects.filter(
        token_hash=_hash(token), used_at=None, expires_at__gt=now, staff__is_active=True
    ).update(used_at=now)
    if not used:
        return None
    return LoginLink.objects.select_related("staff").get(token_hash=_hash(token)).staff


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

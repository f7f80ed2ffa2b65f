"""Who is known on a device: by the word a website's snippet gave it, once they have shown
themselves there. Whoever sits at it now is asked less for that, and sees nothing of what is known.
"""

from __future__ import annotations

import hashlib
import hmac

from django.conf import settings

from idic.identify.models import Customer, Identifier, IdentifierType

COOKIE = "idic_id"
# A website may count its visitors 1, 2, 3: such a word anybody guesses.
_SHORTEST = 20
_LONGEST = 170


def clean_visitor(text: str) -> str:
    """Give the word of a device as it was handed on; empty for what cannot be one."""
    return text.strip() if text.isprintable() and len(text) <= _LONGEST else ""


def find_visitor(*, visitor: str, is_demo: bool) -> Customer | None:
    """Give the one customer who is known on a device; nobody where several showed themselves."""
    if len(visitor) < _SHORTEST:
        return None
    rows = Identifier.objects.filter(
        type=IdentifierType.DEVICE,
        value=visitor,
        record__customer__isnull=False,
        record__customer__is_staged=False,
        record__customer__is_demo=is_demo,
    )
    found = rows.order_by().values_list("record__customer", flat=True).distinct()[:2]
    owners = list(found)
    return Customer.objects.filter(id=owners[0]).first() if len(owners) == 1 else None


def mark_of(visitor: str) -> str:
    """Give what ties a page to the device it was made for, without naming it."""
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, f"form.visitor:{visitor}".encode(), hashlib.sha256).hexdigest()[:20]

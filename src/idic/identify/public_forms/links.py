"""Addresses of forms and of links for one person. A personal link's word is random: nothing about
anybody stands in it, and only its digest is kept. The word that confirms an agreement is signed: it
is made anew for each mail and kept nowhere.
"""

from __future__ import annotations

import hashlib
import secrets

from django.conf import settings
from django.core import signing

_CONFIRM = "identify.confirm"
_LONGEST = 200
PREVIEW = "preview"  # stands where a word would be in a mail nobody got


def base_url() -> str:
    """Give the address customers reach us at; this machine's own until there is a public one."""
    return settings.IDIC_PUBLIC_URL or f"http://{settings.IDIC_HOST}:{settings.IDIC_PORT}"


def form_url(*, token: str) -> str:
    """Give the address of a form's page."""
    return f"{base_url()}/f/{token}/"


def own_page_url(*, word: str) -> str:
    """Give the address of somebody's own page."""
    return f"{base_url()}/me/{word}/"


def confirm_url(*, pending_id: int) -> str:
    """Give the address where somebody confirms what they ticked."""
    return f"{base_url()}/confirm/{_signer().sign_object(pending_id)}/"


def read_confirm_word(word: str) -> int | None:
    """Read what a word confirms; None when it was not written by us."""
    try:
        number = _signer().unsign_object(word) if len(word) <= _LONGEST else None
    except signing.BadSignature:
        return None
    return number if isinstance(number, int) else None


def _signer() -> signing.TimestampSigner:
    # Mail programs find where an address ends: a full stop inside is an address's own, a colon not.
    return signing.TimestampSigner(salt=_CONFIRM, sep=".")


def new_token() -> str:
    """Make a form's word: not secret, but nobody's guess."""
    return secrets.token_urlsafe(12)


def new_personal() -> tuple[str, str]:
    """Make the word of a link for one person, and its digest."""
    word = secrets.token_urlsafe(32)
    return word, digest_of(word)


def digest_of(word: str) -> str:
    """Give what is kept of a personal link's word."""
    return hashlib.sha256(f"identify.link:{word}".encode()).hexdigest()

"""Addresses customers press: a click carries two ids and a seal, never its target."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct

from django.conf import settings

from idic.identify.public_forms.links import PREVIEW, own_page_url

_SEAL = 12
_IDS = struct.Struct(">QQ")


def base_url() -> str:
    """Give the address customers reach us at; this machine's own until there is a public one."""
    return settings.IDIC_PUBLIC_URL or f"http://{settings.IDIC_HOST}:{settings.IDIC_PORT}"


def has_public_url() -> bool:
    """Tell whether customers can open our links from outside."""
    return bool(settings.IDIC_PUBLIC_URL.startswith("https://"))


def sign_click(*, message_id: int, link_id: int) -> str:
    """Write the word that stands for one link in one message."""
    ids = _IDS.pack(message_id, link_id)
    return base64.urlsafe_b64encode(ids + _seal(ids)).decode("ascii").rstrip("=")


def read_click(word: str) -> tuple[int, int] | None:
    """Read message and link from such a word; None when it was not written by us."""
    try:
        raw = base64.b64decode(
            word.encode("ascii") + b"=" * (-len(word) % 4), altchars=b"-_", validate=True
        )
    except (UnicodeEncodeError, binascii.Error, ValueError):
        return None
    if len(raw) != _IDS.size + _SEAL:
        return None
    ids, seal = raw[: _IDS.size], raw[_IDS.size :]
    if not hmac.compare_digest(seal, _seal(ids)):
        return None
    message_id, link_id = _IDS.unpack(ids)
    return message_id, link_id


def _seal(ids: bytes) -> bytes:
    key = hashlib.sha256(b"interact.click:" + settings.SECRET_KEY.encode()).digest()
    return hmac.new(key, ids, hashlib.sha256).digest()[:_SEAL]


def click_url(*, message_id: int, link_id: int) -> str:
    """Give the tracked address of a link in a message."""
    return f"{base_url()}/r/{sign_click(message_id=message_id, link_id=link_id)}"


def open_url(*, token: str) -> str:
    """Give the address of the picture whose loading tells that a message was opened."""
    return f"{base_url()}/o/{token}.gif"


def preview_url(target: str) -> str:
    """Give where one person's own link leads from a preview or a test: to nobody's page."""
    return own_page_url(word=PREVIEW)


def unsubscribe_url(*, token: str) -> str:
    """Give the address where a person ends our mails."""
    return f"{base_url()}/u/{token}"

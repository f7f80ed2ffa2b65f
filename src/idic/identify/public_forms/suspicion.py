"""What looks like a machine: a filled trap, a form filled faster than one can read, many from one
address, answers full of links. Such forms are held back to be looked at, never lost.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime
from ipaddress import ip_address

from django.conf import settings

from idic.core.rest.limits import Limiter

from .words import Word

TRAP = "website"  # a field people do not see
_FASTEST_SECONDS = 3
_LINKS = ("http://", "https://", "www.", "[url", "<a ")
# From one address: so many at once and one every so many seconds after that look usual
# (a shop's own network has one address) …
_USUAL = Limiter(rate=1 / 15, burst=10)
# … and more than these are not even read.
_MOST = Limiter(rate=1 / 2, burst=60)


def find_reason(*, trap: str, word: Word, now: datetime, texts: Iterable[str], visitor: str) -> str:
    """Give the code of what looks wrong with a form that was sent; empty for nothing."""
    is_usual = not _USUAL.take(visitor)
    if trap:
        return "trap"
    if (now - word.made_at).total_seconds() < _FASTEST_SECONDS:
        return "too_fast"
    if not is_usual:
        return "too_many"
    if sum(text.lower().count(link) for text in texts for link in _LINKS) > 1:
        return "links"
    return ""


def is_flood(visitor: str) -> bool:
    """Count a request; tell whether this address sends more than is read."""
    return _MOST.take(visitor) > 0


def forget() -> None:
    """Forget who sent what: for tests."""
    _USUAL.reset()
    _MOST.reset()


def visitor_of(meta: Mapping[str, str]) -> str:
    """Give a digest of the address a request came from. Behind our own proxy, on this machine or
    in this network, the last address it wrote down counts; kept in memory only.
    """
    peer = meta.get("REMOTE_ADDR", "")
    forwarded = meta.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
    if forwarded and _is_near(peer):
        peer = forwarded[:60]
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, f"form:{peer}".encode(), hashlib.sha256).hexdigest()


def _is_near(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return found.is_loopback or found.is_private

"""The door of each operation: whose key it is, whether it carries the right, how often it calls.
Sessions of the pages open nothing here.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.security import HttpBearer

from idic.core import clock
from idic.core.access import RIGHTS
from idic.core.models import ApiKey
from idic.core.services.api_keys import find_key, key_may

from .limits import Limiter
from .problems import Problem

# A key's calls; and calls without one that is known, by address.
_RATE = max(1, settings.IDIC_API_RATE)
CALLS = Limiter(rate=_RATE / 60, burst=max(1.0, _RATE / 4))
STRANGERS = Limiter(rate=0.5, burst=30)


class Door(HttpBearer):
    """Lets a key in that carries a right; `right` is a word of `core.access`."""

    def __init__(self, right: str) -> None:
        super().__init__()
        if right not in RIGHTS:
            raise ValueError(f"there is no right “{right}”")
        self.right = right

    def __call__(self, request: HttpRequest) -> ApiKey:
        """Give the key a call came with. Raises Problem 401, 403 or 429."""
        scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
        return self.authenticate(request, secret.strip() if scheme.lower() == "bearer" else "")

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey:
        """Find the key, count the call, ask for the right."""
        # A known key is never slowed down by strangers: behind a proxy all share one address.
        key = find_key(secret=token, now=clock.now()) if token else None
        if key is None:
            wait = STRANGERS.take(request.META.get("REMOTE_ADDR", ""))
            if wait:
                raise Problem.too_many(wait)
            raise Problem(
                401,
                "no_key",
                _("This call carries no key that is known. Send “Authorization: Bearer idic_…”."),
                headers={"WWW-Authenticate": 'Bearer realm="IDIC"'},
            )
        wait = CALLS.take(str(key.id))
        if wait:
            raise Problem.too_many(wait)
        if not key_may(key=key, right=self.right):
            said = _("This key may not do that: it lacks the right “%(right)s”.")
            raise Problem(403, "not_allowed", said % {"right": self.right})
        return key


def needs(right: str) -> Door:
    """Give the door of an operation that only keys with the right may call, as `access.needs` does
    of a page.
    """
    return Door(right)


def key_of(request: HttpRequest) -> ApiKey:
    """Give the key a call came with; its door has let it in."""
    key = getattr(request, "auth", None)
    assert isinstance(key, ApiKey)
    return key

"""Whom somebody opened last, for the palette and the search page: ids in a cookie of their own, so
that opening a page writes nothing. The cookie names whose it is: the next person at the same
computer does not see it.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from idic.core import ids
from idic.core.access import staff_of

COOKIE = "idic_recent"
_MOST = 6
_KEEP_SECONDS = 30 * 86_400


def list_recent(request: HttpRequest) -> list[int]:
    """Give the customers opened last, the last first."""
    found = []
    for word in _words(request)[:_MOST]:
        try:
            found.append(ids.decode("customer", word))
        except ids.WrongId:
            continue
    return found


def remember(request: HttpRequest, response: HttpResponse, *, public_id: str) -> None:
    """Put a customer first among those opened."""
    others = [word for word in _words(request) if word != public_id]
    words = [_owner(request), public_id, *others[: _MOST - 1]]
    response.set_cookie(
        COOKIE, ".".join(words), _KEEP_SECONDS, httponly=True, samesite="Lax", path="/"
    )


def forget(response: HttpResponse) -> None:
    """Remember nobody any more."""
    response.delete_cookie(COOKIE, samesite="Lax")


def _words(request: HttpRequest) -> list[str]:
    owner, *words = request.COOKIES.get(COOKIE, "").split(".")
    return words if owner == _owner(request) else []


def _owner(request: HttpRequest) -> str:
    return ids.encode("staff", staff_of(request).id)

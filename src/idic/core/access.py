"""Who may do what: one table of roles, asked by views through `may`, and the door that lets
only staff in.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from idic.core.models import Role, Staff

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

# A right names an act on a kind of thing. Reading pages needs no right beyond being staff; a key of
# the API needs one for reading, too.
RIGHTS: dict[str, frozenset[str]] = {
    "customers.read": frozenset(Role),
    "customers.edit": frozenset({Role.OWNER, Role.MANAGER, Role.MARKETER, Role.SALES, Role.CARE}),
    "customers.bulk": frozenset({Role.OWNER, Role.MANAGER, Role.MARKETER}),
    "customers.erase": frozenset({Role.OWNER, Role.MANAGER}),
    "customers.export": frozenset({Role.OWNER, Role.MANAGER, Role.ANALYST, Role.MARKETER}),
    "imports.run": frozenset({Role.OWNER, Role.MANAGER, Role.MARKETER, Role.ANALYST}),
    "segments.edit": frozenset({Role.OWNER, Role.MANAGER, Role.MARKETER, Role.ANALYST}),
    "tiers.edit": frozenset({Role.OWNER, Role.MANAGER, Role.ANALYST}),
    "offers.edit": frozenset({Role.OWNER, Role.MANAGER, Role.MARKETER}),
    "campaigns.edit": frozenset({Role.OWNER, Role.MANAGER, Role.MARKETER}),
    "campaigns.launch": frozenset({Role.OWNER, Role.MANAGER, Role.MARKETER}),
    "effects.measure": frozenset({Role.OWNER, Role.MANAGER, Role.MARKETER, Role.ANALYST}),
    "cases.edit": frozenset({Role.OWNER, Role.MANAGER, Role.MARKETER, Role.SALES, Role.CARE}),
    "settings.edit": frozenset({Role.OWNER, Role.MANAGER}),
    "staff.edit": frozenset({Role.OWNER}),
    "demo.remove": frozenset({Role.OWNER}),
}


def may(staff: Staff, right: str) -> bool:
    """Tell whether a person's role carries a right. An unknown right is an error, never a yes."""
    return staff.is_active and staff.role in RIGHTS[right]


def staff_of(request: HttpRequest) -> Staff:
    """Give the person logged in. Raises PermissionDenied when nobody is."""
    if not isinstance(request.user, Staff):
        raise PermissionDenied
    return request.user


def needs(right: str) -> Callable[[View[P]], View[P]]:
    """Decorate a view that only roles with the right may call; others get 403, nothing happens."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def checked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not may(staff_of(request), right):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return checked

    return decorate


def public(view: View[P]) -> View[P]:
    """Mark a view that customers and people before login may open."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


class StaffOnlyMiddleware:
    """Sends everybody who is not logged in to the login page, but for views marked `public`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponse],
        args: tuple[object, ...],
        kwargs: dict[str, object],
    ) -> HttpResponse | None:
        """Let staff and public pages through."""
        if getattr(view, "is_public", False) or isinstance(request.user, Staff):
            return None
        return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)

"""The API's pages: its keys under the settings, its reference drawn from its own description."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from idic.core import clock, ids
from idic.core.access import may, needs, public, staff_of
from idic.core.models import ApiKey
from idic.core.rest.schema import describe
from idic.core.services import api_keys as services
from idic.core.toasts import notify
from idic.web.reference import PROBLEMS, RIGHT_WORDS, build_reference, list_rights

_ENDED_SHOWN = 10


def address_of(request: HttpRequest) -> str:
    """Give where programs call."""
    base = settings.IDIC_PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")
    return f"{base}/api/v1"


@never_cache
@require_http_methods(["GET", "POST"])
@needs("settings.edit")
def api_keys(request: HttpRequest) -> HttpResponse:
    """Show the keys; on POST make one and show its secret, this once."""
    if request.method == "GET":
        return _page(request)
    staff = staff_of(request)
    chosen = request.POST.getlist("rights")
    name = request.POST.get("name", "")
    try:
        key, secret = services.create_key(
            name=name, rights=chosen, staff=staff, actor=staff.email, now=clock.now()
        )
    except services.WrongKey as wrong:
        errors = {wrong.field: str(wrong)}
        return _page(request, status=422, name=name, chosen=chosen, errors=errors)
    return _page(request, made=key, secret=secret)


def _page(request: HttpRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    staff = staff_of(request)
    keys = ApiKey.objects.select_related("created_by")
    in_force = keys.filter(revoked_at=None).order_by("name", "id")
    ended = keys.filter(revoked_at__isnull=False).order_by("-revoked_at")[:_ENDED_SHOWN]
    chosen = more.get("chosen", ["customers.read"])
    context = {
        "keys": [_row(key) for key in (*in_force, *ended)],
        "rights": [
            (right, RIGHT_WORDS.get(right, right), right in chosen)
            for right in list_rights()
            if may(staff, right)
        ],
        "address": address_of(request),
        "errors": {},
    }
    return render(request, "web/api_keys.html", context | more, status=status)


def _row(key: ApiKey) -> dict[str, Any]:
    return {
        "key": key,
        "id": ids.encode("api_key", key.id),
        "rights": [str(RIGHT_WORDS.get(right, right)) for right in key.rights],
        "sleeps": key.created_by is not None and not key.created_by.is_active,
    }


@require_POST
@needs("settings.edit")
def api_key_revoke(request: HttpRequest, public_id: str) -> HttpResponse:
    """End a key."""
    try:
        number = ids.decode("api_key", public_id)
    except ids.WrongId:
        raise Http404 from None
    services.revoke_key(key_id=number, actor=staff_of(request).email, now=clock.now())
    notify(request, text=_("The key is revoked. Calls with it are turned away."))
    return redirect(f"{reverse('web:api_keys')}#keys")


@require_GET
def api_reference(request: HttpRequest) -> HttpResponse:
    """Show what programs can call."""
    context = {
        "groups": build_reference(),
        "origin": address_of(request).removesuffix("/api/v1"),
        "problems": PROBLEMS,
        "may_keys": may(staff_of(request), "settings.edit"),
    }
    return render(request, "web/api_reference.html", context)


@public
@require_GET
def api_description(request: HttpRequest) -> HttpResponse:
    """Give the description programs read (OpenAPI 3.1). It holds nobody's data."""
    return JsonResponse(describe())

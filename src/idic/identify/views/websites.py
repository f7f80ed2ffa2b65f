"""The pages of a source that sends by itself: connect one, its keys, what comes, what did not."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from idic.core import clock
from idic.core.access import may, needs, staff_of
from idic.core.security import allow_connection
from idic.identify.forms import WEBSITE, SourceForm
from idic.identify.ingest import live, snippets, watching
from idic.identify.ingest.hooks.senders import SENDERS
from idic.identify.models import Source, SourceKind
from idic.identify.services.ingest import hooks, keys, retrying
from idic.identify.views.doors import address_of, door_address, get_source
from idic.identify.views.webhooks import describe, describe_pull, show_secret_once

_NEW_KEY = "new_write_key"


@require_http_methods(["GET", "POST"])
@needs("settings.edit")
def source_new(request: HttpRequest) -> HttpResponse:
    """Connect a website, an app or a shop system; on POST make its source and what opens the door
    to it.
    """
    given = {"system": WEBSITE, **request.POST.dict()} if request.method == "POST" else None
    form = SourceForm(given, initial={"system": request.GET.get("system") or WEBSITE})
    if request.method == "POST" and form.is_valid():
        try:
            return _create(request, **form.cleaned_data)
        except keys.WrongSource as wrong:
            form.add_error("name", str(wrong))
    status = 422 if form.is_bound else 200
    return render(request, "identify/source_new.html", {"form": form}, status=status)


def _create(request: HttpRequest, *, system: str, name: str) -> HttpResponse:
    given: dict[str, Any] = {
        "name": name,
        "staff": staff_of(request),
        "home": settings.IDIC_HOME,
        "now": clock.now(),
    }
    if system != WEBSITE:
        given["name"] = name.strip() or SENDERS[system].name
        source = hooks.create_webhook(sender=system, **given).source
        show_secret_once(request, source)
        return redirect(address_of(source))
    source, key = keys.create_source(**given)
    return _show_key(request, source, key)


@require_GET
def source_detail(request: HttpRequest, source_id: str) -> HttpResponse:
    """Show what a website sends; the live part alone when the page asks for it again."""
    source = get_source(source_id)
    only_problems = request.GET.get("show") == "problems"
    here = reverse("identify:source_detail", args=[source_id])
    context: dict[str, Any] = {
        "id": source_id,
        "source": source,
        "totals": watching.get_totals(source),
        "arrivals": watching.list_arrivals(source, only_problems=only_problems),
        "only_problems": only_problems,
        "live_url": f"{here}?show=problems" if only_problems else here,
        "stream_url": _stream_url(request, source),
        "chips": [
            {"label": _("All"), "url": here, "current": not only_problems},
            {
                "label": _("Not stored"),
                "url": f"{here}?show=problems",
                "current": only_problems,
            },
        ],
        "may_edit": may(staff_of(request), "settings.edit"),
        "may_retry": may(staff_of(request), "imports.run"),
    }
    context["pull"] = describe_pull(source)
    if request.headers.get("HX-Target") == "live":
        return HttpResponse(_render_parts(request, context | {"is_part": True}))
    if source.kind == SourceKind.SHOP_SYSTEM:
        return _show(request, context | describe(request, source))
    shown = request.session.pop(_NEW_KEY, {})
    key = shown.get("key", "") if shown.get("source") == source.id else ""
    context |= {
        "new_key": key,
        "keys": source.write_keys.select_related("created_by").order_by("revoked_at", "-id"),
        "snippets": snippets.list_snippets(address=door_address(), key=key),
        "address": door_address(),
        "is_local": not settings.IDIC_PUBLIC_URL,
    }
    return _show(request, context)


def _show(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    response = render(request, "identify/source_detail.html", context)
    stream = urlsplit(context["stream_url"])
    allow_connection(response, origin=f"{stream.scheme}://{stream.netloc}")
    return response


def _stream_url(request: HttpRequest, source: Source) -> str:
    """Give where the page hears that something came: the door, under the name the page was called
    by.
    """
    base = settings.IDIC_PUBLIC_URL
    if not base:
        host = split_domain_port(request.get_host())[0]
        base = f"{request.scheme}://{host}:{settings.IDIC_INGEST_PORT}"
    token = live.sign(source.id, secret=settings.SECRET_KEY, now=clock.now().timestamp())
    return f"{base}{live.PATH}?token={token}"


def _render_parts(request: HttpRequest, context: dict[str, Any]) -> str:
    """Write what changes by itself: the calls, and what the title says of them."""
    parts = [f"identify/source_detail.html#{part}" for part in ("live", "heading", "lead")]
    if context["pull"] and context["pull"]["is_on"]:
        parts.append("identify/_pull_figures.html")
    return "".join(render_to_string(part, context, request) for part in parts)


@require_POST
@needs("settings.edit")
def source_key_new(request: HttpRequest, source_id: str) -> HttpResponse:
    """Make a further key; the old one goes on until somebody revokes it."""
    source = get_source(source_id)
    key = keys.create_key(
        source=source, staff=staff_of(request), home=settings.IDIC_HOME, now=clock.now()
    )
    return _show_key(request, source, key)


@require_POST
@needs("settings.edit")
def source_key_revoke(request: HttpRequest, source_id: str, key_id: int) -> HttpResponse:
    """End a key."""
    source = get_source(source_id)
    is_ended = keys.revoke_key(
        key_id=key_id,
        source=source,
        staff=staff_of(request),
        home=settings.IDIC_HOME,
        now=clock.now(),
    )
    if is_ended:
        messages.success(request, _("The key is revoked. Calls with it are turned away."))
    return redirect(address_of(source) + "#keys")


@require_POST
@needs("imports.run")
def source_retry(request: HttpRequest, source_id: str) -> HttpResponse:
    """Try one call again that was not stored, or all of them."""
    source = get_source(source_id)
    one = request.POST.get("problem", "")
    count = retrying.request_retry(
        source=source,
        staff=staff_of(request),
        now=clock.now(),
        problem_ids=[int(one)] if one.isdecimal() and len(one) < 20 else None,
    )
    said = ngettext("%(n)s call is being tried again.", "%(n)s calls are being tried again.", count)
    messages.success(request, said % {"n": count})
    show = "?show=problems" if request.POST.get("show") == "problems" else ""
    return redirect(f"{address_of(source)}{show}#live")


def _show_key(request: HttpRequest, source: Source, key: str) -> HttpResponse:
    """Go to the page that shows a key, once."""
    request.session[_NEW_KEY] = {"source": source.id, "key": key}
    return redirect(address_of(source))

"""The search: an answer for the palette as one types, and a page of its own without a script."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from idic.core.access import may, staff_of
from idic.core.templatetags import ui
from idic.differentiate.models import Tier
from idic.web.commands import list_groups
from idic.web.people import address_of_new, public_id
from idic.web.recent import list_recent
from idic.web.selectors import found

from .customers import business_of

_QUICK, _FULL = 8, 50


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Answer a search: people first, then orders, segments, campaigns;
    without words whom one opened last."""
    query = request.GET.get("q", "").strip()[:100]
    is_palette = request.htmx.target == "palette-found"  # type: ignore[attr-defined]
    groups = list(_groups(query, is_palette=is_palette)) if query else _recent(request)
    if is_palette:
        # Without the shell: the palette is answered while somebody types.
        return HttpResponse(render_to_string("core/_palette_results.html", {"groups": groups}))
    count = sum(len(group["items"]) for group in groups)
    context = {
        "query": query,
        "groups": groups,
        "count": count,
        "most": _FULL,
        # Without a script this page is the palette.
        "commands": list_groups(role=staff_of(request).role, query=query),
        "create_url": _create_url(request, query) if query and not count else "",
    }
    return render(request, "web/search.html", context)


def _create_url(request: HttpRequest, query: str) -> str:
    """Give where whoever was not found can be written down."""
    if not may(staff_of(request), "customers.edit"):
        return ""
    return address_of_new(text=query, country=business_of(request).country)


def _recent(request: HttpRequest) -> list[dict[str, Any]]:
    people = [_person(person) for person in found.list_people(list_recent(request))]
    return [{"label": _("Opened last"), "items": people}] if people else []


def _groups(query: str, *, is_palette: bool) -> Iterator[dict[str, Any]]:
    people = found.find_people(query, limit=_QUICK if is_palette else _FULL)
    groups = [
        (_("Customers"), [_person(person) for person in people]),
        (_("Orders"), [_order(order) for order in found.find_orders(query)]),
        (_("Segments"), [_thing(t, "segment") for t in found.find_segments(query)]),
        (_("Campaigns"), [_thing(t, "campaign") for t in found.find_campaigns(query)]),
    ]
    for label, items in groups:
        if items:
            yield {"label": label, "items": items}


def _person(person: found.FoundPerson) -> dict[str, Any]:
    tier = str(Tier(person.tier).label) if person.tier in Tier.values else ""
    tail = f"•• {person.phone_tail}" if person.phone_tail else ""
    return {
        "label": person.name,
        "url": reverse("web:customer_detail", args=[public_id(person.id)]),
        "icon": "user",
        "sub": " · ".join(part for part in (tier, tail, person.city) if part),
    }


def _order(order: found.FoundOrder) -> dict[str, Any]:
    # Nobody's yet: the queue says whose it may be.
    url = f"{reverse('web:unlinked_orders')}?{urlencode({'number': order.number})}"
    if order.customer_id is not None:
        url = reverse("web:customer_detail", args=[public_id(order.customer_id)])
    whose = order.name or _("nobody's yet") if order.customer_id is None else order.name
    amount = ui.money(order.amount, order.currency)
    return {
        "label": _("Order %(number)s") % {"number": order.number},
        "url": url,
        "icon": "bag",
        "sub": " · ".join(part for part in (whose, amount) if part),
    }


def _thing(thing: found.FoundThing, icon: str) -> dict[str, Any]:
    return {"label": thing.name, "url": thing.url, "icon": icon, "sub": ""}

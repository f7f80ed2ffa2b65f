"""How often a customer, or the people of a segment, buy and what a purchase comes to, within a
window that is chosen; and what one customer prefers, read from what they bought.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from idic.core import clock, ids
from idic.core.models import Business
from idic.core.templatetags import ui
from idic.differentiate import segments
from idic.differentiate.models import Segment
from idic.identify.names import list_names
from idic.web.portrait.habits import draw_preferences
from idic.web.selectors import buying
from idic.web.selectors.customer import get_facts
from idic.web.views.customer import get_customer
from idic.web.views.customers import business_of, frame_of

WINDOWS = (30, 90, 365, 0)  # days; 0: since the first purchase
_USUAL = 365


@require_GET
def customer_purchases(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show how often one customer buys and for how much, and what they prefer."""
    customer = get_customer(public_id)
    business = business_of(request)
    facts = get_facts(customer.id, now=clock.now())
    first = buying.first_of(facts.purchases, business.time_zone)
    days = _days(request)
    window = buying.window_of(days, as_of=frame_of(business).as_of, first=first)
    found = [
        buying.buying_of(facts.purchases, window=one, business=business)
        for one in ([window, window.before] if days else [window])
    ]
    context = {
        "name": list_names({customer.id: customer.full_name})[customer.id],
        "back": ("web:customer_detail", ids.encode("customer", customer.id)),
        "preferences": draw_preferences(facts, facts.purchases, business.time_zone),
        "is_person": True,
    }
    return _show(request, window, found, days, business, context)


@require_GET
def segment_purchases(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show how often the people of a segment buy and for how much."""
    try:
        segment = get_object_or_404(Segment, id=ids.decode("segment", public_id))
    except ids.WrongId:
        raise Http404 from None
    business = business_of(request)
    frame = frame_of(business)
    days = _days(request)
    people = segments.list_ids(segments.InSegment(segment.id), frame=frame)
    first = None if days else buying.first_purchase_on()
    window = buying.window_of(days, as_of=frame.as_of, first=first)
    windows = [window, window.before] if days else [window]
    context = {
        "name": segment.name,
        "back": ("differentiate:segment_detail", public_id),
        "preferences": [],
        "is_person": False,
    }
    found = buying.buying_of_many(people, windows=windows)
    return _show(request, window, found, days, business, context)


def _days(request: HttpRequest) -> int:
    given = request.GET.get("days", "")
    return int(given) if given in {str(days) for days in WINDOWS} else _USUAL


def _show(
    request: HttpRequest,
    window: buying.Window,
    found: Sequence[buying.Buying],
    days: int,
    business: Business,
    context: dict[str, Any],
) -> HttpResponse:
    now = found[0]
    context |= {
        "station": 1,
        "chips": [
            {"label": _window_word(one), "url": f"?days={one}", "current": one == days}
            for one in WINDOWS
        ],
        "window": window,
        "rows": [
            _row(_window_word(days) if place == 0 else _("The same time before"), one, business)
            for place, one in enumerate(found)
        ],
        "has_bought": bool(now.purchases),
        "often": ui.number(now.per_month, 1),
        "mean": _money(now.mean_amount, business),
    }
    return render(request, "web/purchases.html", context)


def _window_word(days: int) -> str:
    if not days:
        return _("Since the first purchase")
    return ngettext("%(days)s day", "%(days)s days", days) % {"days": ui.number(days)}


def _row(label: str, one: buying.Buying, business: Business) -> dict[str, str]:
    return {
        "label": label,
        "people": ui.number(one.people),
        "buyers": ui.number(one.buyers),
        "purchases": ui.number(one.purchases),
        "often": ui.number(one.per_month, 2),
        "mean": _money(one.mean_amount, business),
        "amount": ui.money(one.amount, business.currency),
    }


def _money(minor: int | None, business: Business) -> str:
    return "–" if minor is None else ui.money(minor, business.currency)

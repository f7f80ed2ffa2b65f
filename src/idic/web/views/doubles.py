"""Possible doubles one by one: two customers side by side, the same or two people or later, and the
way back; what was decided, why two are taken for one, and values that contradict since a merge.
"""

from __future__ import annotations

import math
from datetime import date
from typing import Any, get_args

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from idic.core import clock
from idic.core.access import may, needs, staff_of
from idic.core.keyset import Key
from idic.core.toasts import notify
from idic.identify import matches, tasks
from idic.identify.selectors import has_demo, has_own_data
from idic.identify.services import customers, matching
from idic.identify.services.identity import IdentityRefused
from idic.identify.services.matching.deciding import Verdict
from idic.web.doubles.conflicts import list_shown_conflicts
from idic.web.doubles.page import RELATED, build_pair
from idic.web.doubles.tabs import list_tabs
from idic.web.doubles.weights import build_weights
from idic.web.views.customer import get_customer
from idic.web.views.customers import business_of

# What one has looked at today stays in the session: {"day": …, "count": …, "last": pair}.
_DONE = "doubles"


@require_GET
def doubles(request: HttpRequest) -> HttpResponse:
    """Show the pair that is worth the most; those before `after` are left out."""
    return _show(request)


@require_GET
def double(request: HttpRequest, pair_id: int) -> HttpResponse:
    """Show one pair, whatever became of it."""
    pair = matches.get_pair(pair_id=pair_id, related=RELATED) if pair_id < 1 << 63 else None
    if pair is None:
        raise Http404
    return _render(request, pair)


def _show(request: HttpRequest) -> HttpResponse:
    after = _place(request.GET.get("after", ""))
    pairs = matches.list_open_pairs(after=after, limit=1, related=RELATED)
    if not pairs and after is not None:
        pairs = matches.list_open_pairs(limit=1, related=RELATED)
    return _render(request, pairs[0] if pairs else None)


def _render(request: HttpRequest, pair: matches.Pair | None) -> HttpResponse:
    staff, business = staff_of(request), business_of(request)
    left = matches.count_open() if pair else 0
    done = _done(request)
    model = None if pair else matches.get_last_model()
    context = {
        "station": 1,
        "pair": build_pair(pair=pair, business=business) if pair else None,
        "done": done["count"],
        "place": done["count"] + 1,
        "total": done["count"] + left,
        "last": done["last"],
        "model": model,
        "tabs": list_tabs("doubles"),
        "may_edit": may(staff, "customers.edit"),
        "may_all": may(staff, "customers.bulk"),
    }
    if request.htmx and request.htmx.target == "pair":  # type: ignore[attr-defined]
        return render(request, "web/doubles.html#pair", context | {"is_part": True})
    return render(request, "web/doubles.html", context)


def _place(word: str) -> Key | None:
    worth, _colon, number = word.partition(":")
    try:
        place = Key(float(worth), int(number))
    except ValueError:
        return None
    return place if math.isfinite(place.value) and 0 <= place.id < 1 << 63 else None


def _done(request: HttpRequest) -> dict[str, Any]:
    """Give what this person has looked at today."""
    held = request.session.get(_DONE, {})
    if held.get("day") != clock.today(time_zone=business_of(request).time_zone).isoformat():
        return {"count": 0, "last": None}
    return {"count": int(held.get("count", 0)), "last": held.get("last")}


def _note(request: HttpRequest, *, more: int, last: int | None) -> None:
    today: date = clock.today(time_zone=business_of(request).time_zone)
    count = max(0, _done(request)["count"] + more)
    request.session[_DONE] = {"day": today.isoformat(), "count": count, "last": last}


@require_POST
@needs("customers.edit")
def double_decide(request: HttpRequest, pair_id: int) -> HttpResponse:
    """Say what the two are, and go on to the next pair."""
    verdict = request.POST.get("verdict", "")
    if verdict not in get_args(Verdict):
        raise Http404
    known: Verdict = verdict  # type: ignore[assignment]
    try:
        matching.decide(
            pair_id=pair_id, verdict=known, actor=staff_of(request).email, now=clock.now()
        )
    except IdentityRefused as refused:
        notify(request, text=str(refused), level=messages.WARNING)
    else:
        _note(request, more=1, last=pair_id)
        undo = reverse("web:double_undo", args=[pair_id])
        notify(request, text=_say(known), undo_url=undo)
    return _go_on(request)


def _say(verdict: Verdict) -> str:
    if verdict == "same":
        return _("They are one customer now.")
    if verdict == "different":
        return _("Noted: they are two people.")
    return _("Put off for a week.")


@require_POST
@needs("customers.edit")
def double_undo(request: HttpRequest, pair_id: int) -> HttpResponse:
    """Take a decision back and show the pair again."""
    try:
        matching.undo_decision(pair_id=pair_id, actor=staff_of(request).email, now=clock.now())
    except IdentityRefused as refused:
        notify(request, text=str(refused), level=messages.WARNING)
        return _go_on(request)
    _note(request, more=-1, last=None)
    notify(request, text=_("It is as it was before."))
    if request.htmx:  # type: ignore[attr-defined]
        return _render(request, matches.get_pair(pair_id=pair_id, related=RELATED))
    return redirect("web:double", pair_id)


def _go_on(request: HttpRequest) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        return _show(request)
    return redirect("web:doubles")


@require_POST
@needs("customers.bulk")
def doubles_look(request: HttpRequest) -> HttpResponse:
    """Look for doubles among everybody, in the background."""
    tasks.match_shop.enqueue(is_demo=has_demo() and not has_own_data())
    notify(request, text=_("Everybody is being compared with everybody."))
    return redirect("web:doubles")


@require_GET
def doubles_decided(request: HttpRequest) -> HttpResponse:
    """Show what was decided last, each with its way back."""
    pairs = matches.list_decided(limit=50)
    context = {
        "station": 1,
        "tabs": list_tabs("doubles_decided"),
        "pairs": pairs,
        "may_edit": may(staff_of(request), "customers.edit"),
    }
    return render(request, "web/doubles_decided.html", context)


@require_GET
def doubles_why(request: HttpRequest) -> HttpResponse:
    """Show what each agreement counts, what counts for nothing, and from where on two are one."""
    context = {
        "station": 1,
        "tabs": list_tabs("doubles_why"),
        "weights": build_weights(),
        "may_all": may(staff_of(request), "customers.bulk"),
    }
    return render(request, "web/doubles_why.html", context)


@require_GET
def doubles_conflicts(request: HttpRequest) -> HttpResponse:
    """Show where merges brought together different values somebody had written by hand."""
    context = {
        "station": 1,
        "tabs": list_tabs("doubles_conflicts"),
        "conflicts": list_shown_conflicts(country=business_of(request).country),
        "may_edit": may(staff_of(request), "customers.edit"),
    }
    return render(request, "web/doubles_conflicts.html", context)


@require_POST
@needs("customers.edit")
def doubles_settle(request: HttpRequest) -> HttpResponse:
    """Write down which of two values is right; choosing the one shown settles it too."""
    customer = get_customer(request.POST.get("customer", ""))
    column, value = request.POST.get("column", ""), request.POST.get("value", "")
    if column not in customers.EDITABLE:
        raise Http404
    try:
        customers.confirm_value(
            customer_id=customer.id,
            field=column,
            value=value,
            actor=staff_of(request).email,
            country=business_of(request).country,
            now=clock.now(),
        )
    except customers.WrongValue as wrong:
        notify(request, text=str(wrong), level=messages.WARNING)
    else:
        notify(request, text=_("Written down."))
    return redirect("web:doubles_conflicts")

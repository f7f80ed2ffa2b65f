"""Here twice? Finds the other one, shows both side by side, makes them one, or says that they are
two; what was joined is parted again from the same page.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from idic.core import clock, ids
from idic.core.access import needs, staff_of
from idic.core.toasts import notify
from idic.identify.models import Customer, IdentityAct, IdentityLogEntry, SourceRecord
from idic.identify.names import list_names
from idic.identify.services import identity
from idic.web.people import tail_of
from idic.web.selectors.found import FoundPerson, find_people
from idic.web.selectors.same import compare, list_joined
from idic.web.views.customer import get_customer
from idic.web.views.customers import business_of

_FOUND = 12


@require_http_methods(["GET", "POST"])
@needs("customers.edit")
def customer_same(request: HttpRequest, public_id: str) -> HttpResponse:
    """Search the other one (?q=), compare (?with=), and decide."""
    customer = get_customer(public_id)
    if request.method == "POST":
        return _decide(request, customer, get_customer(request.POST.get("with", "")))
    context = {"station": 1, "public_id": ids.encode("customer", customer.id)}
    if "with" in request.GET:
        other = get_customer(request.GET["with"])
        if other.id != customer.id:
            context |= _compared(request, customer, other)
            return render(request, "web/customer_same.html", context)
    context |= _found(request, customer)
    return render(request, "web/customer_same.html", context)


def _names(*people: Customer) -> list[str]:
    names = list_names({one.id: one.full_name for one in people})
    return [names[one.id] for one in people]


def _compared(request: HttpRequest, customer: Customer, other: Customer) -> dict[str, Any]:
    name, other_name = _names(customer, other)
    return {
        "name": name,
        "other_name": other_name,
        "tail": tail_of(customer.phone),
        "other_tail": tail_of(other.phone),
        "other_id": ids.encode("customer", other.id),
        "rows": compare(customer, other, currency=business_of(request).currency),
        "kept_id": ids.encode("customer", min(customer.id, other.id)),
    }


def _found(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    (name,) = _names(customer)
    joined = [] if "q" in request.GET else list_joined(customer.id)
    # Who comes to part somebody is not shown others; who comes to find is shown who is called so.
    query = request.GET.get("q", "" if joined else customer.full_name).strip()[:100]
    people: list[FoundPerson] = find_people(query, limit=_FOUND + 1) if query else []
    return {
        "name": name,
        "query": query,
        "people": [
            (ids.encode("customer", one.id), one) for one in people if one.id != customer.id
        ],
        "joined": joined,
    }


def _decide(request: HttpRequest, customer: Customer, other: Customer) -> HttpResponse:
    actor, now = staff_of(request).email, clock.now()
    try:
        if request.POST.get("act") == "apart":
            pair = _first_records(customer, other)
            entry = identity.cannot_link(record_ids=pair, by="person", actor=actor, now=now)
            said, kept_id = _("Noted: they are two people."), customer.id
        else:
            people = {customer.id, other.id}
            entry = identity.merge(customer_ids=people, by="person", actor=actor, now=now)
            said, kept_id = _("They are one customer now."), min(people)
    except identity.IdentityRefused as refused:
        notify(request, text=str(refused), level=messages.WARNING)
        return redirect("web:customer_same", ids.encode("customer", customer.id))
    word = ids.encode("customer", kept_id)
    undo = reverse("web:customer_same_undo", args=[word, entry.id])
    notify(request, text=said, undo_url=undo)
    return redirect("web:customer_detail", word)


def _first_records(customer: Customer, other: Customer) -> tuple[int, int]:
    first = [
        SourceRecord.objects.filter(customer=one)
        .order_by("id")
        .values_list("id", flat=True)
        .first()
        for one in (customer, other)
    ]
    if first[0] is None or first[1] is None:
        raise identity.CannotLink(_("Nothing is known of one of them yet."))
    return first[0], first[1]


@require_POST
@needs("customers.edit")
def customer_same_undo(request: HttpRequest, public_id: str, entry_id: int) -> HttpResponse:
    """Part again what was joined, or take back that two are two."""
    actor, now = staff_of(request).email, clock.now()
    act = IdentityLogEntry.objects.filter(id=entry_id).values_list("act", flat=True).first()
    undo = identity.unmerge if act == IdentityAct.MERGE else identity.lift
    try:
        undo(entry_id=entry_id, actor=actor, now=now)
    except identity.IdentityRefused as refused:
        notify(request, text=str(refused), level=messages.WARNING)
    else:
        notify(request, text=_("It is as it was before."))
    return redirect("web:customer_detail", public_id)

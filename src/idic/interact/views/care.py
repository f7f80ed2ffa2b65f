"""Complaints: a small form to open one, which leads back to the page it was opened from, and a way
to close it that can be taken back.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from idic.core import clock
from idic.core.access import needs, staff_of
from idic.core.toasts import notify
from idic.core.way_back import way_back
from idic.differentiate.links import customer_address
from idic.differentiate.selectors import find_plan_of
from idic.identify.names import list_names
from idic.interact.forms import CaseForm
from idic.interact.models import CaseKind
from idic.interact.selectors.cases import list_open_cases
from idic.interact.services.cases import WrongCase, close_case, open_case, reopen_case
from idic.interact.views.finding import find_case, find_customer


@require_http_methods(["GET", "POST"])
@needs("cases.edit")
def case_create(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Open a case for a customer."""
    customer = find_customer(customer_id)
    back = way_back(request, otherwise=customer_address(customer.id) or "/")
    form = CaseForm(request.POST or None, initial={"kind": CaseKind.COMPLAINT})
    if request.method == "POST" and form.is_valid():
        staff, now = staff_of(request), clock.now()
        plan = find_plan_of(customer_id=customer.id)
        hours = plan.answer_hours if plan else None
        try:
            case = open_case(
                customer_id=customer.id,
                text=form.cleaned_data["text"],
                kind=form.cleaned_data["kind"],
                # As the plan of their tier says; else who wrote it down answers, by no fixed time.
                owner=(plan.owner if plan and plan.owner and plan.owner.is_active else staff),
                due_at=now + timedelta(hours=hours) if hours else None,
                actor=staff.email,
                now=now,
            )
        except WrongCase as wrong:
            form.add_error("text", str(wrong))
        else:
            notify(request, text=_say_opened(case.kind))
            return redirect(back)
    context = {
        "form": form,
        "customer": customer,
        "name": list_names({customer.id: customer.full_name})[customer.id],
        "station": 3,
        "back_url": back,
        "open_cases": list_open_cases(customer_id=customer.id),
    }
    return render(request, "interact/case_form.html", context, status=422 if form.errors else 200)


def _say_opened(kind: str) -> str:
    if kind == CaseKind.COMPLAINT:
        return _("Noted. This customer gets no advertising until it is solved.")
    return _("Noted.")


@require_POST
@needs("cases.edit")
def case_close(request: HttpRequest, case_id: str) -> HttpResponse:
    """Close a case with how it ended."""
    case = find_case(case_id)
    closed = close_case(
        case=case,
        outcome=request.POST.get("outcome", ""),
        now=clock.now(),
        actor=staff_of(request).email,
    )
    back = way_back(request, otherwise=customer_address(case.customer_id) or "/")
    if closed:
        undo = reverse("interact:case_reopen", args=[case.public_id])
        notify(request, text=_("Closed."), undo_url=f"{undo}?{urlencode({'next': back})}")
    else:
        notify(request, text=_("Somebody closed this already."), level=messages.WARNING)
    return redirect(back)


@require_POST
@needs("cases.edit")
def case_reopen(request: HttpRequest, case_id: str) -> HttpResponse:
    """Take back that a case is closed."""
    case = find_case(case_id)
    if reopen_case(case=case, now=clock.now(), actor=staff_of(request).email):
        notify(request, text=_("Taken back. It is open again."))
    else:
        notify(request, text=_("It is open already."), level=messages.WARNING)
    return redirect(way_back(request, otherwise=customer_address(case.customer_id) or "/"))

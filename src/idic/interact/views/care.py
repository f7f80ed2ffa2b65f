"""Complaints: a small form to open one, reached from the customer's page, and a way to close it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from idic.core import clock
from idic.core.access import needs, staff_of
from idic.core.toasts import notify
from idic.differentiate.links import customer_address
from idic.identify.names import list_names
from idic.interact.forms import CaseForm
from idic.interact.models import CaseKind
from idic.interact.services.cases import WrongCase, close_case, open_case
from idic.interact.views.finding import find_case, find_customer


@require_http_methods(["GET", "POST"])
@needs("cases.edit")
def case_create(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Open a case for a customer."""
    customer = find_customer(customer_id)
    back = customer_address(customer.id) or "/"
    form = CaseForm(request.POST or None, initial={"kind": CaseKind.COMPLAINT})
    if request.method == "POST" and form.is_valid():
        staff = staff_of(request)
        try:
            case = open_case(
                customer_id=customer.id,
                text=form.cleaned_data["text"],
                kind=form.cleaned_data["kind"],
                owner=staff,
                actor=staff.email,
                now=clock.now(),
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
        "open_cases": customer.cases.filter(closed_at=None).order_by("opened_at"),
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
    close_case(
        case=case,
        outcome=request.POST.get("outcome", ""),
        now=clock.now(),
        actor=staff_of(request).email,
    )
    notify(request, text=_("Closed."))
    return redirect(customer_address(case.customer_id) or "/")

"""A customer's rights: what they allowed and refused, the archive of everything stored, erasure."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from idic.core import clock, ids
from idic.core.access import may, needs, staff_of
from idic.core.toasts import notify
from idic.identify.models import ConsentStatus, Customer, Purpose
from idic.identify.names import list_names
from idic.identify.permissions import list_addresses, list_asked, list_holdings, list_said
from idic.identify.services import privacy
from idic.identify.services.consent.telling import WrongConsent, tell_consent
from idic.identify.tasks import erase_customer
from idic.identify.wordings import read_texts
from idic.web.rights import describe_outlook, draw_holdings, draw_said, name_channels
from idic.web.views.customer import get_customer


@require_http_methods(["GET", "POST"])
def customer_consent(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show what somebody has allowed and by which word; take a new word of theirs."""
    customer = get_customer(public_id)
    if request.method == "POST":
        if not may(staff_of(request), "customers.edit"):
            raise PermissionDenied
        return _take(request, customer)
    return _show(request, customer)


def _take(request: HttpRequest, customer: Customer) -> HttpResponse:
    channel, _separator, address = request.POST.get("address", "").partition(":")
    try:
        tell_consent(
            customer_id=customer.id,
            channel=channel,
            address=address,
            purpose=request.POST.get("purpose", ""),
            status=request.POST.get("status", ""),
            proof=request.POST.get("proof", ""),
            wording_version=request.POST.get("wording", ""),
            actor=staff_of(request).email,
            now=clock.now(),
        )
    except WrongConsent as wrong:
        return _show(request, customer, problem=str(wrong))
    notify(request, text=_("Written down. It holds from now on."))
    return redirect("web:customer_consent", ids.encode("customer", customer.id))


def _show(request: HttpRequest, customer: Customer, problem: str = "") -> HttpResponse:
    addresses = list_addresses(customer)
    said = list_said(customer, addresses)
    holdings = list_holdings(said, addresses)
    texts = read_texts(said=said)
    context = _frame(request, customer) | {
        "rows": draw_holdings(holdings, texts, list_asked(addresses, now=clock.now())),
        "allowed": name_channels(
            one.channel
            for one in holdings
            if one.purpose == Purpose.MARKETING and one.status == ConsentStatus.GRANTED
        ),
        "history": [draw_said(one, texts) for one in said],
        "choices": [
            (f"{channel}:{address}", f"{name_channels([channel])[0]} · {address}")
            for channel, values in addresses.items()
            for address in values
        ],
        "purposes": Purpose.choices,
        "problem": problem,
        "given": request.POST,
        "may_edit": may(staff_of(request), "customers.edit"),
    }
    status = 422 if problem else 200
    return render(request, "web/customer_consent.html", context, status=status)


@require_GET
@needs("customers.export")
def customer_rights(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say what is stored about somebody, and offer to hand it over or to erase it."""
    return _rights(request, get_customer(public_id))


def _rights(request: HttpRequest, customer: Customer, problem: str = "") -> HttpResponse:
    outlook = privacy.look_ahead(customer_id=customer.id)
    context = _frame(request, customer) | describe_outlook(outlook)
    context |= {"problem": problem, "may_erase": may(staff_of(request), "customers.erase")}
    status = 422 if problem else 200
    return render(request, "web/customer_rights.html", context, status=status)


@require_POST
@needs("customers.export")
def customer_archive(request: HttpRequest, public_id: str) -> HttpResponse:
    """Hand over everything stored about somebody, as one file."""
    customer = get_customer(public_id)
    content = privacy.write_export(
        customer_id=customer.id, actor=staff_of(request).email, now=clock.now()
    )
    headers = {"Content-Disposition": f'attachment; filename="{public_id}.zip"'}
    return HttpResponse(content, content_type="application/zip", headers=headers)


@require_POST
@needs("customers.erase")
def customer_erase(request: HttpRequest, public_id: str) -> HttpResponse:
    """Erase somebody in the background, once the name on the button was typed."""
    customer = get_customer(public_id)
    if request.POST.get("typed", "").strip().casefold() != _word(customer).casefold():
        text = _("Type exactly what is asked for. Nothing was erased.")
        return _rights(request, customer, problem=text)
    erase_customer.using(unique_key=f"identify.erase.{customer.id}").enqueue(
        customer_id=customer.id, actor=staff_of(request).email
    )
    notify(request, text=_("The person is being erased."), level=messages.SUCCESS)
    return redirect(reverse("web:customer_list"))


def _word(customer: Customer) -> str:
    """Give what is to be typed: the name, or the number of somebody without one."""
    return customer.full_name.strip() or ids.encode("customer", customer.id)


def _frame(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    return {
        "station": 1,
        "customer": customer,
        "public_id": ids.encode("customer", customer.id),
        "name": list_names({customer.id: customer.full_name})[customer.id],
        "word": _word(customer),
    }

"""The page “Who is this?”: made for one thumb at the till, and for a telephone that opens it."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import segno
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from idic.core import ids
from idic.core.access import may, staff_of
from idic.core.security import allow_camera
from idic.identify.models import Customer, Identifier, IdentifierType, Order
from idic.identify.names import list_names
from idic.identify.recognising import recognise
from idic.web.listing.cells import draw_tier
from idic.web.people import address_of_new
from idic.web.selectors.found import list_people

from .customer import get_customer
from .customers import business_of

_MOST = 20


@require_GET
def recognise_page(request: HttpRequest) -> HttpResponse:
    """Open who is meant; several, or nobody, are shown with what to do."""
    text = request.GET.get("q", "").strip()[:200]
    return _answer(request, text, order=request.GET.get("order", ""))


@require_GET
def call(request: HttpRequest) -> HttpResponse:
    """Open who is calling: a telephone system opens /call/?number=… in the browser."""
    # A plus sign that was not written as %2B arrives as a space.
    given = request.GET.get("number", "")
    number = f"+{given.strip()}" if given.startswith(" ") else given.strip()
    return _answer(request, number[:60], is_call=True)


def _answer(
    request: HttpRequest, text: str, *, order: str = "", is_call: bool = False
) -> HttpResponse:
    country = business_of(request).country
    found = recognise(text=text, country=country, limit=_MOST) if text else []
    waiting = _find_order(order)
    if len(found) == 1 and found[0].is_sure and waiting is None:
        return redirect("web:customer_detail", ids.encode("customer", found[0].customer_id))
    people = list_people([one.customer_id for one in found])
    may_edit = may(staff_of(request), "customers.edit")
    context: dict[str, Any] = {
        "station": 1,
        "text": text,
        "is_call": is_call,
        "is_sure": any(one.is_sure for one in found),
        "people": [
            (ids.encode("customer", one.id), one, draw_tier(one.tier) if one.tier else "")
            for one in people
        ],
        "order": waiting,
        "order_id": order if waiting else "",
        "create_url": address_of_new(text=text, country=country) if may_edit else "",
        "may_edit": may_edit,
    }
    response = render(request, "web/recognise.html", context)
    allow_camera(response)
    return response


def _find_order(word: str) -> Order | None:
    try:
        return Order.objects.filter(id=ids.decode("order", word)).first() if word else None
    except ids.WrongId:
        raise Http404 from None


@require_GET
def customer_card(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the card of a customer with a code that a phone at the till reads."""
    customer = get_customer(public_id)
    number = _card_number(customer)
    (name,) = list_names({customer.id: customer.full_name}).values()
    context = {
        "station": 1,
        "public_id": ids.encode("customer", customer.id),
        "name": name,
        "number": number,
        "code_url": reverse("web:customer_code", args=[ids.encode("customer", customer.id)]),
    }
    return render(request, "web/customer_card.html", context)


@require_GET
def customer_code(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give the code of a customer's card as a picture: their card number, else their id here."""
    customer = get_customer(public_id)
    said = _card_number(customer) or ids.encode("customer", customer.id)
    picture = BytesIO()
    segno.make(said, error="m", micro=False).save(
        picture, kind="svg", scale=8, border=4, light="#fff", xmldecl=False
    )
    return HttpResponse(picture.getvalue(), content_type="image/svg+xml")


def _card_number(customer: Customer) -> str:
    held = Identifier.objects.filter(
        record__customer=customer, type=IdentifierType.CARD, is_placeholder=False
    )
    return held.order_by("-id").values_list("value", flat=True).first() or ""

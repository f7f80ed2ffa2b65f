"""Pages of Customize: the catalogue and the offers."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from idic.core import clock
from idic.core.access import may, needs, staff_of
from idic.core.selectors import get_as_of, get_business
from idic.core.way_back import way_back
from idic.customize.forms import OfferForm, initial_of
from idic.customize.models import Offer, Product
from idic.customize.selectors import list_offers, list_products
from idic.customize.services.catalogue import set_available, set_sellable
from idic.customize.services.offers import save_offer, set_active

PAGE_SIZE = 50


@require_GET
def product_list(request: HttpRequest) -> HttpResponse:
    """List what is sold, the strongest first, with what may be recommended."""
    text = request.GET.get("q", "").strip()
    after = request.GET.get("after", "")
    page = list_products(text=text, after=after, limit=PAGE_SIZE)
    context = {
        "page": page,
        "q": text,
        "may_edit": may(staff_of(request), "offers.edit"),
    }
    return render(request, "customize/product_list.html", context)


@require_POST
@needs("offers.edit")
def product_switch(request: HttpRequest, product_id: int) -> HttpResponse:
    """Turn a product's recommendation or stock on or off."""
    product = get_object_or_404(Product, id=product_id)
    is_on = request.POST.get("on") == "1"
    if request.POST.get("what") == "available":
        set_available(product=product, is_available=is_on)
    else:
        set_sellable(product=product, is_sellable=is_on)
    messages.success(request, _("Saved. The lists follow with the next refresh."))
    return redirect(way_back(request, otherwise=reverse("customize:product_list")))


@require_GET
def offer_list(request: HttpRequest) -> HttpResponse:
    """List the offers, the running ones first."""
    business = get_business()
    lines = list_offers(as_of=get_as_of(business))
    context = {
        "offers": lines,
        "running_count": sum(line.is_running for line in lines),
        "may_edit": may(staff_of(request), "offers.edit"),
    }
    return render(request, "customize/offer_list.html", context)


@require_http_methods(["GET", "POST"])
@needs("offers.edit")
def offer_form(request: HttpRequest, offer_id: int | None = None) -> HttpResponse:
    """Create or change an offer."""
    offer = get_object_or_404(Offer, id=offer_id) if offer_id else None
    currency = get_business().currency
    posted = request.POST if request.method == "POST" else None
    form = OfferForm(posted, initial=_initial(offer, currency))
    if form.is_valid():
        saved = save_offer(
            offer=offer,
            staff=staff_of(request),
            now=clock.now(),
            **form.facts(currency=currency),
        )
        messages.success(request, _("“%(name)s” is saved.") % {"name": saved.name})
        return redirect("customize:offer_list")
    status = 422 if form.is_bound else 200
    context = {"form": form, "offer": offer}
    return render(request, "customize/offer_form.html", context, status=status)


def _initial(offer: Offer | None, currency: str) -> dict[str, Any]:
    return initial_of(offer, currency=currency) if offer else {}


@require_POST
@needs("offers.edit")
def offer_switch(request: HttpRequest, offer_id: int) -> HttpResponse:
    """End an offer or let it run again."""
    offer = get_object_or_404(Offer, id=offer_id)
    is_active = request.POST.get("on") == "1"
    set_active(offer=offer, is_active=is_active, staff=staff_of(request), now=clock.now())
    text = _("“%(name)s” runs again.") if is_active else _("“%(name)s” has ended.")
    messages.success(request, text % {"name": offer.name})
    return redirect("customize:offer_list")

"""A link for one customer to their own page: made, copied or ended by staff; and the list of what
customers have asked for on theirs.
"""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from idic.core import clock, ids
from idic.core.access import may, needs, staff_of
from idic.core.toasts import notify
from idic.identify.models import PrivacyRequest
from idic.identify.names import list_names
from idic.identify.public_forms.links import own_page_url
from idic.identify.services import own_words
from idic.identify.services.forms import links
from idic.web.views.customer import get_customer
from idic.web.views.customers import business_of

_NEW = "new_own_page"
_SHOWN = 200


@require_http_methods(["GET", "POST"])
@needs("customers.edit")
def customer_link(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a customer's links; on POST make one, which is shown once, or end them all."""
    customer = get_customer(public_id)
    word, now = ids.encode("customer", customer.id), clock.now()
    if request.method == "POST":
        if request.POST.get("act") == "end":
            links.revoke_links(customer_id=customer.id, staff=staff_of(request), now=now)
            notify(request, text=_("Every link to their page has ended."))
        else:
            made = links.create_link(customer_id=customer.id, staff=staff_of(request), now=now)
            request.session[_NEW] = {"customer": customer.id, "word": made}
        return redirect("web:customer_link", word)
    shown = request.session.pop(_NEW, {})
    made = shown.get("word", "") if shown.get("customer") == customer.id else ""
    url = own_page_url(word=made) if made else ""
    business = business_of(request)
    with override(customer.language or business.language):
        text = _(
            "%(shop)s would like to be sure that what we know about you is right. Please look "
            "here; the link is for you alone: %(url)s"
        ) % {"shop": business.name, "url": url}
        subject = _("Is this still right?")
    mail = urlencode({"subject": subject, "body": text}).replace("+", "%20")
    context = {
        "station": 1,
        "public_id": word,
        "name": list_names({customer.id: customer.full_name})[customer.id],
        "customer": customer,
        "url": url,
        "text": text,
        "mail": f"mailto:{customer.email}?{mail}" if customer.email and url else "",
        "links": links.list_links(customer_id=customer.id, now=now),
        "days": links.LASTS.days,
    }
    return render(request, "web/customer_link.html", context)


@require_GET
def request_list(request: HttpRequest) -> HttpResponse:
    """Show what customers have asked for, what is due first on top."""
    rows = PrivacyRequest.objects.select_related("customer").order_by("done_at", "due_date", "id")
    waiting = list(rows.filter(done_at=None)[:_SHOWN])
    done = list(rows.exclude(done_at=None).order_by("-done_at")[:20])
    names = list_names({one.customer_id: one.customer.full_name for one in [*waiting, *done]})
    today = clock.today(time_zone=business_of(request).time_zone)

    def draw(one: PrivacyRequest) -> dict[str, object]:
        return {
            "id": one.id,
            "name": names[one.customer_id],
            "public_id": ids.encode("customer", one.customer_id),
            "kind": one.kind,
            "said": one.get_kind_display(),
            "asked_at": one.asked_at,
            "due": one.due_date,
            "is_late": one.done_at is None and one.due_date < today,
            "done_at": one.done_at,
            "done_by": one.done_by_name,
        }

    context = {
        "station": 1,
        "waiting": [draw(one) for one in waiting],
        "late": sum(one.due_date < today for one in waiting),
        "done": [draw(one) for one in done],
        "may_edit": may(staff_of(request), "customers.edit"),
    }
    return render(request, "web/request_list.html", context)


@require_POST
@needs("customers.edit")
def request_done(request: HttpRequest, request_id: int) -> HttpResponse:
    """Note that a wish was met."""
    done = own_words.close_request(request_id=request_id, staff=staff_of(request), now=clock.now())
    if done:
        notify(request, text=_("Noted as done."))
    else:
        notify(request, text=_("Nothing was changed."), level=messages.WARNING)
    return redirect("web:request_list")

"""The queue of orders nobody owns: whose they may be; one press says so, another takes it back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from idic.core import clock, ids
from idic.core.access import may, needs, staff_of
from idic.core.templatetags import ui
from idic.core.toasts import notify
from idic.identify.models import OwnerSuggestion
from idic.identify.services import ownerless
from idic.identify.services.identity import IdentityRefused
from idic.identify.tasks import link_sure_orders
from idic.web.selectors import unlinked as selectors
from idic.web.unlinked_words import say_rule, say_score

# More than these take seconds: a job does it, and the bar shows how far it is.
_AT_ONCE = 100


@require_GET
def unlinked_orders(request: HttpRequest) -> HttpResponse:
    """Show the orders without an owner, those with a suggestion first."""
    counts = selectors.get_counts()
    shows_all = request.GET.get("show") == "all" or not counts.suggested
    number, after = request.GET.get("number", "")[:120], request.GET.get("after", "")
    if number:
        page = selectors.find_waiting(number=number)
    elif shows_all:
        page = selectors.list_rest(after=after)
    else:
        page = selectors.list_suggested(after=after)
    staff = staff_of(request)
    base = reverse("web:unlinked_orders")
    context = {
        "station": 1,
        "counts": counts,
        "rows": [_drawn(row) for row in page.rows],
        "number": number,
        "tabs": [
            {
                "label": _("With a suggestion"),
                "count": counts.suggested,
                "url": base,
                "current": not (shows_all or number),
            },
            {
                "label": _("All without a customer"),
                "count": counts.unlinked,
                "url": f"{base}?show=all",
                "current": shows_all and not number,
            },
        ],
        "next_url": _next(page.after, shows_all=shows_all),
        "may_edit": may(staff, "customers.edit"),
        "may_all": may(staff, "customers.bulk"),
    }
    return render(request, "web/unlinked_orders.html", context)


def _next(after: str, *, shows_all: bool) -> str:
    if not after:
        return ""
    return f"?show=all&after={after.replace('+', '%2B')}" if shows_all else f"?after={after}"


def _drawn(row: selectors.Waiting) -> dict[str, Any]:
    return {
        "row": row,
        "owners": [
            {
                "owner": one,
                "why": say_rule(one.suggestion, one.goods),
                "score": say_score(one.suggestion),
            }
            for one in row.owners
        ],
    }


@require_POST
@needs("customers.edit")
def order_link(request: HttpRequest, order_id: str) -> HttpResponse:
    """Say whose an order is."""
    number = _order(order_id)
    customer_id = _customer(request.POST.get("customer", ""))
    chosen = OwnerSuggestion.objects.filter(order_id=number, customer_id=customer_id).first()
    rule = chosen.rule if chosen else "person"
    actor, now = staff_of(request).email, clock.now()
    try:
        entry = ownerless.link(
            order_id=number, customer_id=customer_id, actor=actor, now=now, rule=rule
        )
    except IdentityRefused as refused:
        notify(request, text=str(refused), level=messages.WARNING)
    else:
        selectors.forget_counts()
        undo = reverse("web:order_unlink", args=[entry.id, entry.id])
        notify(request, text=_("The order has its customer now."), undo_url=undo)
    return redirect("web:unlinked_orders")


@require_POST
@needs("customers.edit")
def order_dismiss(request: HttpRequest, suggestion_id: int) -> HttpResponse:
    """Note that an order is not this customer's, or take that back."""
    if request.GET.get("back"):
        ownerless.keep_again(suggestion_id=suggestion_id)
        notify(request, text=_("It is suggested again."))
    elif ownerless.dismiss(suggestion_id=suggestion_id) is not None:
        undo = f"{reverse('web:order_dismiss', args=[suggestion_id])}?back=1"
        notify(request, text=_("Noted: not theirs."), undo_url=undo)
    selectors.forget_counts()
    return redirect("web:unlinked_orders")


@require_POST
@needs("customers.bulk")
def order_link_sure(request: HttpRequest) -> HttpResponse:
    """Link all orders whose owner is sure."""
    selectors.forget_counts()
    actor = staff_of(request).email
    if ownerless.list_sure().count() > _AT_ONCE:
        link_sure_orders.enqueue(actor=actor)
        notify(request, text=_("This is being done; the page says when it is."))
        return redirect("web:unlinked_orders")
    came = ownerless.link_sure(actor=actor, now=clock.now())
    if came:
        said = ngettext(
            "%(count)s order has its customer now.",
            "%(count)s orders have their customers now.",
            len(came),
        )
        undo = reverse("web:order_unlink", args=[came[0], came[-1]])
        notify(request, text=said % {"count": ui.number(len(came))}, undo_url=undo)
    return redirect("web:unlinked_orders")


@require_POST
@needs("customers.edit")
def order_unlink(request: HttpRequest, first_id: int, last_id: int) -> HttpResponse:
    """Take back whose an order is, or all that one press on the sure ones said."""
    if first_id != last_id and not may(staff_of(request), "customers.bulk"):
        raise Http404
    done = ownerless.unlink_all(
        first_id=first_id, last_id=last_id, actor=staff_of(request).email, now=clock.now()
    )
    selectors.forget_counts()
    if done:
        notify(request, text=_("It is as it was before."))
    else:
        text = _("This has been changed meanwhile, or taken back already.")
        notify(request, text=text, level=messages.WARNING)
    return redirect("web:unlinked_orders")


def _order(word: str) -> int:
    try:
        return ids.decode("order", word)
    except ids.WrongId:
        raise Http404 from None


def _customer(word: str) -> int:
    try:
        return ids.decode("customer", word)
    except ids.WrongId:
        raise Http404 from None

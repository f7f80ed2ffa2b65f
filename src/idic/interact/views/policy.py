"""The page of contact rules."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from idic.core import clock, formatting
from idic.core.access import may, needs, staff_of
from idic.core.models import Business
from idic.core.selectors import get_business
from idic.core.toasts import notify
from idic.interact.forms import PolicyForm
from idic.interact.selectors.policy import get_advertising_label, get_policy
from idic.interact.services.policy import WrongPolicy, refresh_top_tenth, update_policy


@require_http_methods(["GET", "POST"])
def policy(request: HttpRequest) -> HttpResponseBase:
    """Show the rules; whoever may edit campaigns may change them."""
    if request.method == "POST":
        return _save(request)
    business = get_business()
    rules = refresh_top_tenth(currency=business.currency, now=clock.now())
    label = get_advertising_label(policy=rules, business=business)
    form = PolicyForm.showing(rules, currency=business.currency, label=label)
    return _page(request, form, business)


@needs("campaigns.edit")
def _save(request: HttpRequest) -> HttpResponse:
    business = get_business()
    form = PolicyForm(request.POST)
    if form.is_valid():
        try:
            update_policy(
                form=form.filled_in(currency=business.currency),
                actor=staff_of(request).email,
                now=clock.now(),
            )
        except WrongPolicy as wrong:
            form.add_error(wrong.field, str(wrong))
        else:
            notify(request, text=_("Saved. The rules hold from the next message on."))
            return redirect("interact:policy")
    return _page(request, form, business, status=422)


def _page(
    request: HttpRequest, form: PolicyForm, business: Business, status: int = 200
) -> HttpResponse:
    rules = get_policy()
    if rules.top_tenth_amount:
        amount = formatting.amount(
            rules.top_tenth_amount, currency=business.currency, language=request.LANGUAGE_CODE
        )
        words = _("Empty: the largest tenth of your orders, from %(amount)s on.")
        form.fields["large_order_amount"].help_text = words % {"amount": amount}
    form.fields["large_order_amount"].label = _("An order is large from (%(currency)s)") % {
        "currency": business.currency
    }
    context = {
        "form": form,
        "station": 3,
        "policy": rules,
        "label": get_advertising_label(policy=rules, business=business),
        "may_edit": may(staff_of(request), "campaigns.edit"),
    }
    return render(request, "interact/policy_form.html", context, status=status)

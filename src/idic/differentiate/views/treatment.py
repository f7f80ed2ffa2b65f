"""Pages of how tiers are treated: who is near the next one, a tier's plan, what care costs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from idic.core import clock
from idic.core.access import may, needs, staff_of
from idic.core.models import Staff
from idic.core.money import to_decimal, to_minor
from idic.core.selectors import get_business
from idic.core.toasts import notify
from idic.differentiate import segments
from idic.differentiate.links import customer_address
from idic.differentiate.models import (
    BusinessFigures,
    ServiceKind,
    Tier,
    TreatmentChannel,
    TreatmentPlan,
)
from idic.differentiate.selectors import (
    Rung,
    find_plan,
    list_costs,
    list_near,
    list_served,
)
from idic.differentiate.services.tiers import find_policy
from idic.differentiate.services.treatment import LONGEST_NOTE, save_plan, set_costs
from idic.differentiate.tier_rules import read_rules
from idic.identify.names import list_names

_SHOWN = 20


@require_GET
def near_list(request: HttpRequest) -> HttpResponse:
    """Show who is near the next tier, and what they lack."""
    frame = segments.current_frame()
    policy = find_policy()
    rungs = list_near(read_rules(policy.rules), frame=frame) if policy else []
    names = list_names(
        {near.summary.customer_id: near.summary.full_name for r in rungs for near in r.people}
    )
    context = {
        "rungs": [_show_rung(rung, names) for rung in rungs if rung.people],
        "total": sum(len(rung.people) for rung in rungs),
        "has_rules": policy is not None,
        "currency": frame.currency,
    }
    return render(request, "differentiate/near_list.html", context)


def _show_rung(rung: Rung, names: dict[int, str]) -> dict[str, Any]:
    return {
        "tier": rung.tier,
        "count": len(rung.people),
        "is_whole": rung.is_whole,
        "people": [
            {
                "name": names[near.summary.customer_id],
                "url": customer_address(near.summary.customer_id),
                "summary": near.summary,
                "missing": near.missing,
            }
            for near in rung.people[:_SHOWN]
        ],
    }


class PlanForm(forms.Form):
    """How one tier is treated."""

    channel = forms.ChoiceField(
        label=gettext_lazy("Reached first by"),
        required=False,
        choices=[("", "–"), *TreatmentChannel.choices],
    )
    answer_hours = forms.IntegerField(
        label=gettext_lazy("Answered within (hours)"),
        required=False,
        min_value=1,
        max_value=720,
        help_text=gettext_lazy("A complaint of theirs is due by then."),
    )
    offer_limit = forms.DecimalField(
        label=gettext_lazy("An offer may cost us at most"),
        required=False,
        min_value=Decimal(0),
        max_digits=15,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"step": "any"}),
        help_text=gettext_lazy("For one acceptance; offers that cost more are not proposed."),
    )
    owner = forms.ModelChoiceField(
        label=gettext_lazy("Looked after by"),
        required=False,
        queryset=Staff.objects.none(),
        empty_label="–",
        help_text=gettext_lazy("Complaints of theirs go to them first."),
    )
    note = forms.CharField(
        label=gettext_lazy("What we do for them"),
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner: Any = self.fields["owner"]
        owner.queryset = Staff.objects.filter(is_active=True).order_by("display_name", "id")
        owner.label_from_instance = lambda person: person.display_name or person.email


@require_http_methods(["GET", "POST"])
@needs("tiers.edit")
def plan_edit(request: HttpRequest, code: str) -> HttpResponse:
    """Write down how a tier is treated."""
    if code not in Tier.values:
        raise Http404
    currency, plan = get_business().currency, find_plan(tier=code)
    form = PlanForm(request.POST or None, initial=_plan_values(plan, currency))
    if request.method == "POST" and form.is_valid():
        limit = form.cleaned_data["offer_limit"]
        save_plan(
            tier=code,
            channel=form.cleaned_data["channel"],
            answer_hours=form.cleaned_data["answer_hours"],
            offer_limit_amount=None if limit is None else to_minor(limit, currency=currency),
            owner=form.cleaned_data["owner"],
            note=form.cleaned_data["note"],
            staff=staff_of(request),
            now=clock.now(),
        )
        notify(request, text=_("“%(name)s” is saved.") % {"name": Tier(code).label})
        return redirect("differentiate:tier_list")
    context = {"tier": Tier(code), "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "differentiate/plan_form.html", context, status=status)


def _plan_values(plan: TreatmentPlan | None, currency: str) -> dict[str, Any]:
    if plan is None:
        return {}
    limit = plan.offer_limit_amount
    return {
        "channel": plan.channel,
        "answer_hours": plan.answer_hours,
        "offer_limit": None if limit is None else to_decimal(limit, currency=currency),
        "owner": plan.owner_id,
        "note": plan.note,
    }


class CostForm(forms.Form):
    """What one contact of each kind costs."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in ServiceKind:
            self.fields[kind.value] = forms.DecimalField(
                label=kind.label,
                required=False,
                min_value=Decimal(0),
                max_digits=12,
                decimal_places=2,
                widget=forms.NumberInput(attrs={"step": "any"}),
            )


@require_http_methods(["GET", "POST"])
def care(request: HttpRequest) -> HttpResponseBase:
    """Show what care costs against what each tier brings; who may edit sets the unit costs."""
    business, may_edit = get_business(), may(staff_of(request), "tiers.edit")
    costs = list_costs()
    values = {kind: to_decimal(costs[kind], currency=business.currency) for kind in costs}
    form = CostForm(request.POST or None, initial=values)
    if request.method == "POST":
        return _set_costs(request, form, business.currency)
    row = BusinessFigures.objects.order_by("-as_of_date").first()
    served = list_served(row.figures, costs=costs) if row else []
    has_costs = any(costs.values())
    context = {
        "served": served,
        "kinds": list(ServiceKind),
        "rows": [
            {"one": one, "cells": [(k.label, one.counts.get(k.value, 0)) for k in ServiceKind]}
            for one in served
        ],
        "as_of": row.as_of_date if row else None,
        "form": form,
        "has_costs": has_costs,
        "cost_amount": sum(one.cost_amount for one in served),
        "contacts": sum(one.contact_count for one in served),
        "dear": _dearest(served) if has_costs else None,
        "may_edit": may_edit,
        "currency": business.currency,
    }
    return render(request, "differentiate/care.html", context)


def _dearest(served: list[Any]) -> Any:
    """Give the tier that takes most of each coin it brings, where one does."""
    known = [one for one in served if one.cost_rate]
    return max(known, key=lambda one: one.cost_rate, default=None)


@needs("tiers.edit")
def _set_costs(request: HttpRequest, form: CostForm, currency: str) -> HttpResponse:
    if form.is_valid():
        given = {kind: form.cleaned_data[kind] or Decimal(0) for kind in ServiceKind.values}
        costs = {kind: to_minor(value, currency=currency) for kind, value in given.items()}
        set_costs(costs=costs, staff=staff_of(request), now=clock.now())
        notify(request, text=_("The costs are saved."))
    return redirect("differentiate:care")

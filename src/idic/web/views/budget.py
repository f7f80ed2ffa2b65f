"""The page of a budget: whom it reaches first, what that brings, where it stops paying."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from idic.core import formatting
from idic.core.access import may, staff_of
from idic.core.money import exponent, to_decimal
from idic.differentiate import segments
from idic.differentiate.links import address_of, customer_address
from idic.differentiate.models import CustomerSummary, ServiceKind
from idic.differentiate.selectors import budget as selectors
from idic.differentiate.selectors import list_costs
from idic.engine import budget as engine
from idic.identify.names import list_names
from idic.measure.selectors import list_trials
from idic.web import budget
from idic.web.views.customers import business_of

_SHOWN = 20


@require_GET
def plan_budget(request: HttpRequest) -> HttpResponse:
    """Show whom a budget reaches and what that brings."""
    business = business_of(request)
    language = get_language() or "en"
    mark = "," if formatting.base_language(language) == "vi" else "."
    values = _with_usual_cost(request.GET.dict(), currency=business.currency, language=language)
    choices = budget.read_choices(values, mark=mark, currency=business.currency)
    measured = engine.pool(list_trials())
    plan = budget.make_plan(choices, measured=measured)
    context: dict[str, Any] = {
        "station": 2,
        "plan": plan,
        "currency": business.currency,
        "choices": choices,
        "channels": budget.CHANNELS,
        "rates": [round(rate * 100) for rate in budget.ASSUMED_RATES],
        "assumed": round((choices.rate or budget.ASSUMED_RATES[1]) * 100),
        "measured": measured,
        "steps": budget.STEPS,
        "cost_text": values.get("cost", ""),
        "keep_text": values.get("keep", ""),
    }
    if plan is not None:
        context |= _people(request, plan) | {
            "chart": budget.draw(plan, currency=business.currency),
        }
    return render(request, "web/budget.html", context)


def _with_usual_cost(values: dict[str, str], *, currency: str, language: str) -> dict[str, str]:
    """Begin with what staff said that a message or a call costs, until somebody writes another."""
    kind = ServiceKind.MESSAGE if values.get("channel") else ServiceKind.CALL
    usual = list_costs()[kind]
    if "cost" in values or not usual:
        return values
    decimals = exponent(currency) if usual % 10 ** exponent(currency) else 0
    cost = to_decimal(usual, currency=currency)
    return {**values, "cost": formatting.number(cost, language=language, decimals=decimals)}


def _people(request: HttpRequest, plan: budget.Plan) -> dict[str, Any]:
    """Give the first of those who are reached, and where one goes on with all of them."""
    channel, staff = plan.choices.channel, staff_of(request)
    shown = min(plan.people, _SHOWN)
    rows = list(selectors.list_open(channel).select_related("need_group")[:shown])
    names = list_names({row.customer_id: row.full_name for row in rows})
    tree = selectors.rule_of_first(plan.people, channel=channel)
    rule = msgspec.json.encode(segments.dump(tree)).decode() if tree else ""
    words = _("Worth winning back")
    writes = may(staff, "campaigns.edit") and rule
    keeps = may(staff, "segments.edit") and rule
    return {
        "people": [_person(row, names[row.customer_id], plan) for row in rows],
        "campaign_url": address_of("interact:campaign_create", rule=rule, called=words)
        if writes
        else "",
        "segment_url": address_of("differentiate:segment_create", rule=rule, called=words)
        if keeps
        else "",
    }


def _person(row: CustomerSummary, name: str, plan: budget.Plan) -> dict[str, Any]:
    return {
        "summary": row,
        "name": name,
        "url": customer_address(row.customer_id),
        "gain": round(row.winback_amount * plan.lift.log_odds * plan.choices.keep),
        "days": (row.as_of_date - row.last_order_date).days if row.last_order_date else None,
    }

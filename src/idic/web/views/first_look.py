"""The first look: who the customers are, who matters, who slips away, whom to call."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from idic.core import clock
from idic.core.access import may, staff_of
from idic.core.models import Staff
from idic.core.selectors import get_business
from idic.customize.actions import ActionKind, NextBestAction
from idic.customize.sayings import say_action, say_proposal, say_why_not
from idic.differentiate import segments
from idic.differentiate.links import address_of
from idic.differentiate.models import Tier
from idic.differentiate.selectors.matrix import Spot
from idic.interact.models import Goal
from idic.web.findings import list_findings
from idic.web.people import public_id, shown_phone
from idic.web.selectors.first_look import PersonToCall, find_first_look


@require_GET
def first_look(request: HttpRequest) -> HttpResponse:
    """Tell the business about itself in a few sentences, each with its people behind it."""
    look = find_first_look(now=clock.now())
    business = getattr(request, "business", None) or get_business()
    people = [_row(person, country=business.country) for person in look.people] if look else []
    campaign_urls = _campaign_addresses(staff_of(request)) if look else {}
    context = {
        "look": look,
        "campaign_url": campaign_urls.get(Tier.AT_RISK, ""),
        "findings": list_findings(
            look,
            currency=business.currency,
            campaign_url=campaign_urls.get(Tier.DORMANT, ""),
            with_late=False,
        )
        if look
        else [],
        "people": people,
        "has_samples": any(row["is_sample"] for row in people),
    }
    return render(request, "web/first_look.html", context)


def _campaign_addresses(staff: Staff) -> dict[Tier, str]:
    """Give where a campaign to those who slip away, or went quiet, begins; nothing for who may not
    send one.
    """
    if not may(staff, "campaigns.edit"):
        return {}
    return {
        tier: address_of(
            "interact:campaign_create",
            rule=json.dumps(segments.dump(Spot(tier).tree)),
            called=str(tier.label),
            goal=Goal.WIN_BACK,
        )
        for tier in (Tier.AT_RISK, Tier.DORMANT)
    }


def _row(person: PersonToCall, *, country: str) -> dict[str, object]:
    proposal, action = person.proposal, person.action
    is_call = action.chosen.kind in {ActionKind.CALL, ActionKind.SOLVE_CASE}
    phone = person.summary.customer.phone if is_call else ""
    return {
        "person": person,
        "id": public_id(person.summary.customer_id),
        "wants": proposal.product.name if proposal else "",
        "why_wants": say_proposal(proposal) if proposal else "",
        "action": "" if action.chosen.kind is ActionKind.CALL else _what_to_do(action),
        "phone": phone,
        "shown_phone": shown_phone(phone, country=country) if phone else "",
        "is_sample": person.summary.is_demo,
    }


def _what_to_do(action: NextBestAction) -> str:
    """Name the action; for somebody to leave alone, the reason not to call."""
    if action.chosen.kind is not ActionKind.WAIT:
        return say_action(action.chosen.kind)
    why = next(
        (say_why_not(other) for other in action.alternatives if other.kind is ActionKind.CALL), ""
    )
    return why or say_action(action.chosen.kind)

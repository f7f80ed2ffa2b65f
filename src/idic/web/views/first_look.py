"""The first look: who the customers are, who matters, who slips away, whom to call."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from idic.core import clock
from idic.core.selectors import get_business
from idic.customize.sayings import say_action, say_proposal
from idic.web.findings import list_findings
from idic.web.people import public_id
from idic.web.selectors.first_look import PersonToCall, find_first_look


@require_GET
def first_look(request: HttpRequest) -> HttpResponse:
    """Tell the business about itself in a few sentences, each with its people behind it."""
    look = find_first_look(now=clock.now())
    context = {
        "look": look,
        "findings": list_findings(look, currency=get_business().currency) if look else [],
        "people": [_row(person) for person in look.people] if look else [],
    }
    return render(request, "web/first_look.html", context)


def _row(person: PersonToCall) -> dict[str, object]:
    proposal = person.proposal
    return {
        "person": person,
        "id": public_id(person.summary.customer_id),
        "wants": proposal.product.name if proposal else "",
        "why_wants": say_proposal(proposal) if proposal else "",
        "action": say_action(person.action.chosen.kind),
        "phone": person.summary.customer.phone,
    }

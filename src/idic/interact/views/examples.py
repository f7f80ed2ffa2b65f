"""One person's message as the editor shows it: who can be chosen, what they would read."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from idic.core import clock, ids
from idic.core.models import Business
from idic.core.selectors import get_as_of, get_business
from idic.identify.names import list_names
from idic.interact.models import Campaign
from idic.interact.selectors.asking import Asking, ask
from idic.interact.selectors.audience import list_examples
from idic.interact.selectors.examples import Example, render_example
from idic.interact.views.fields import list_fields, list_left_out


def business_of(request: HttpRequest) -> Business:
    """Give the business as it was read for this request."""
    return getattr(request, "business", None) or get_business()


def example_context(
    request: HttpRequest,
    campaign: Campaign,
    asking: Asking | None = None,
    *,
    with_fields: bool = False,
) -> dict[str, Any]:
    """Give what the templates of one person's message need; `with_fields`: what can be put into it
    too.
    """
    people, example, chosen = _choose(request, campaign, asking, reads_all=with_fields)
    return {
        "fields": list_fields(campaign, example) if with_fields else [],
        "left_out": list_left_out(example),
        "people": people,
        "example": example,
        "example_id": chosen,
        # Every word in it is escaped by `content.writing`; nothing else writes tags.
        "example_html": SafeString(example.html),
        "example_problem": say_problem(example) if example.problem else "",
    }


def example_part(
    request: HttpRequest, campaign: Campaign, *, with_fields: bool = False
) -> dict[str, Any]:
    """Give what a page needs to let the message follow it: choosing whose it is asks the rules of
    some people. Without JavaScript `?whole=1` brings it with the page.
    """
    public_id = ids.encode("campaign", campaign.id)
    place = {
        "example_url": reverse("interact:campaign_example", args=[public_id]),
        "asked": request.POST.get("as") or request.GET.get("as") or "",
    }
    if "whole" in request.GET:
        return place | example_context(request, campaign, with_fields=with_fields)
    return place | ({"fields": list_fields(campaign)} if with_fields else {})


def chosen_example(request: HttpRequest, campaign: Campaign) -> tuple[Any, Example]:
    """Give the people to look at and the message of the one chosen."""
    people, example, _chosen = _choose(request, campaign)
    return people, example


def _choose(
    request: HttpRequest,
    campaign: Campaign,
    asking: Asking | None = None,
    *,
    reads_all: bool = False,
) -> tuple[list[Any], Example, str]:
    """Give people to look at, the message of the one chosen, and their public id."""
    business, now = business_of(request), clock.now()
    as_of = get_as_of(business)
    asking = asking or ask(campaign=campaign, as_of=as_of, now=now, business=business)
    examples = list_examples(asking=asking)
    names = list_names({person.id: person.full_name for person in examples})
    people = [
        {"id": ids.encode("customer", person.id), "name": names[person.id]} for person in examples
    ]
    asked = request.POST.get("as") or request.GET.get("as") or ""
    known = [person["id"] for person in people]
    chosen = str(asked if asked in known else known[0] if known else "")
    if not chosen:
        return people, Example(problem="nobody"), ""
    example = render_example(
        campaign=campaign,
        customer_id=ids.decode("customer", chosen),
        business=business,
        as_of=as_of,
        policy=asking.policy,
        reads_all=reads_all,
    )
    return people, example, chosen


def say_problem(example: Example) -> str:
    """Say why there is no message to show."""
    return {
        "nobody": _("There is nobody in the segment to show."),
        "missing": _(
            "We do not know what the message needs about this person, so they are left "
            "out. Choose somebody else to look at."
        ),
    }.get(example.problem, example.problem)

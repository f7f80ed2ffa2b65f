"""The last step of a draft: all that will happen, the size of the control group, the launch, a test
to oneself.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from idic.channels.adapters.base import ChannelProblem
from idic.channels.services import settings as channel_settings
from idic.core import clock
from idic.core.access import may, needs, staff_of
from idic.core.models import Business
from idic.core.selectors import get_as_of, get_business
from idic.core.toasts import notify
from idic.interact.content.mail import build_footer, build_mail
from idic.interact.content.tokens import PREVIEW
from idic.interact.models import Campaign
from idic.interact.policy.evaluate import FEW
from idic.interact.selectors.asking import Asking, ask
from idic.interact.selectors.audience import Audience, preview_audience
from idic.interact.selectors.policy import get_rules
from idic.interact.selectors.power import Power, Reading, read_segment, weigh_control_groups
from idic.interact.services import campaigns as services
from idic.interact.services import launching
from idic.interact.services.campaigns import WrongCampaign
from idic.interact.services.policy import refresh_top_tenth
from idic.interact.views import shown
from idic.interact.views.editor import step_context
from idic.interact.views.examples import (
    business_of,
    chosen_example,
    example_part,
    say_problem,
)
from idic.interact.views.finding import find_campaign


@require_GET
def campaign_review(request: HttpRequest, campaign_id: str) -> HttpResponse:
    """Show all that will happen, before the one button that makes it happen."""
    campaign = find_campaign(campaign_id)
    if not campaign.is_editable:
        return redirect(shown.campaign_url("detail", campaign))
    return _review_page(request, campaign)


def _review_page(request: HttpRequest, campaign: Campaign, status: int = 200) -> HttpResponse:
    is_part = request.headers.get("HX-Target") == "review"
    if _is_long(campaign) and not is_part and "whole" not in request.GET:
        return render(request, "interact/campaign_review.html", _waiting(request, campaign))
    business, now = business_of(request), clock.now()
    as_of = get_as_of(business)
    asking = _ask(campaign, business, as_of, now)
    audience, power, reading = _weigh(campaign, as_of, now, asking)
    parameters, live = asking.parameters, asking.parameters.is_live
    found = shown.checks(
        campaign=campaign, business=business, policy=asking.policy, power=power, is_live=live
    )
    to_look_at, passed = shown.unfinished(found)
    context = (
        step_context(campaign, "review", reading)
        | example_part(request, campaign)
        | {
            "has_waited": is_part and request.method == "GET" and _is_long(campaign),
            "audience": audience,
            "bar": shown.bar(audience),
            "reasons": shown.reason_lines(audience, campaign=campaign, parameters=parameters),
            "power": power,
            "power_lines": shown.power_lines(power, chosen=campaign.control_rate),
            "chosen_rise": power.rise_at(campaign.control_rate),
            "chosen_points": (power.rise_at(campaign.control_rate) or 0) * 100,
            "control_rate": str(campaign.control_rate.normalize()),
            "to_look_at": to_look_at,
            "passed": passed,
            "is_live": live,
            "button": shown.launch_button(campaign, is_live=live, reachable=audience.reachable),
            "may_launch": may(staff_of(request), "campaigns.launch"),
            "may_edit": may(staff_of(request), "campaigns.edit"),
        }
    )
    name = "interact/campaign_review.html" + ("#review" if is_part else "")
    return render(request, name, context, status=status)


def _is_long(campaign: Campaign) -> bool:
    """Asking the rules of so many takes seconds: the page comes first, then the answer."""
    segment = campaign.segment
    return segment is not None and (segment.customer_count or 0) > FEW


def _waiting(request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
    """Give what the page says while the rules are asked."""
    return {
        "campaign": campaign,
        "public_id": shown.public_id(campaign),
        "tabs": shown.tabs(campaign, "review"),
        "waits_for": campaign.segment.customer_count if campaign.segment else 0,
        "may_edit": may(staff_of(request), "campaigns.edit"),
    }


def _ask(campaign: Campaign, business: Business, as_of: date, now: datetime) -> Asking:
    """Read the rules once, with what a large order is today."""
    policy, live = get_rules(channel=campaign.channel)
    policy = refresh_top_tenth(currency=business.currency, now=now, policy=policy)
    return ask(campaign=campaign, as_of=as_of, now=now, business=business, rules=(policy, live))


def _weigh(
    campaign: Campaign, as_of: date, now: datetime, asking: Asking
) -> tuple[Audience, Power, Reading]:
    audience = preview_audience(campaign=campaign, as_of=as_of, now=now, asking=asking)
    reading = read_segment(campaign=campaign, as_of=as_of, asking=asking)
    power = weigh_control_groups(reachable=audience.reachable, base_rate=reading.base_rate)
    return audience, power, reading


@require_POST
@needs("campaigns.edit")
def campaign_control(request: HttpRequest, campaign_id: str) -> HttpResponse:
    """Choose the size of the control group, and show the review with it."""
    campaign = find_campaign(campaign_id)
    try:
        campaign = services.change_control_rate(
            campaign=campaign,
            control_rate=_rate(request),
            staff=staff_of(request),
            now=clock.now(),
        )
    except WrongCampaign as wrong:
        notify(request, text=str(wrong), level=messages.ERROR)
    if request.headers.get("HX-Request"):
        return _review_page(request, find_campaign(campaign_id))
    return redirect(shown.campaign_url("review", campaign))


def _rate(request: HttpRequest) -> Decimal:
    try:
        return Decimal(request.POST.get("control_rate", ""))
    except InvalidOperation:
        return Decimal(-1)


@require_POST
@needs("campaigns.launch")
def campaign_launch(request: HttpRequest, campaign_id: str) -> HttpResponse:
    """Approve the draft with the control group chosen beside the button."""
    campaign = find_campaign(campaign_id)
    staff, now = staff_of(request), clock.now()
    try:
        if campaign.is_editable and campaign.purpose == "marketing":
            campaign = services.change_control_rate(
                campaign=campaign, control_rate=_rate(request), staff=staff, now=now
            )
        business = business_of(request)
        as_of = get_as_of(business)
        asking = _ask(campaign, business, as_of, now)
        _audience, power, _reading = _weigh(campaign, as_of, now, asking)
        approved = launching.approve(
            campaign=campaign,
            staff=staff,
            now=now,
            base_rate=power.base_rate,
            detectable_rate=power.rise_at(campaign.control_rate),
        )
    except WrongCampaign as wrong:
        notify(request, text=str(wrong), level=messages.ERROR)
        return redirect(shown.campaign_url("review", campaign))
    if approved:
        notify(request, text=_("Approved. You can hold or stop it at any moment."))
    return redirect(shown.campaign_url("detail", campaign))


@require_POST
@needs("campaigns.edit")
def campaign_test(request: HttpRequest, campaign_id: str) -> HttpResponse:
    """Send one person's message to oneself, through the real channel."""
    campaign = find_campaign(campaign_id)
    staff, business = staff_of(request), get_business()
    example = chosen_example(request, campaign)[1]
    if example.problem:
        notify(request, text=say_problem(example), level=messages.ERROR)
        return redirect(shown.campaign_url("review", campaign))
    mail = build_mail(
        subject=example.subject,
        body=example.body,
        footer=build_footer(
            business=business, purpose=campaign.purpose, language=campaign.language
        ),
        token=PREVIEW,
        message_id=0,
        link_ids={},
    )
    try:
        channel_settings.send_test(
            channel=campaign.channel,
            to=staff.email,
            subject=example.subject,
            text=mail.text,
            html=mail.html,
            now=clock.now(),
        )
    except ChannelProblem as problem:
        notify(request, text=str(problem), level=messages.ERROR)
    else:
        notify(request, text=_("A test is on its way to %(email)s.") % {"email": staff.email})
    return redirect(shown.campaign_url("review", campaign))

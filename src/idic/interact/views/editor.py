"""The editor of a draft in four steps: for whom, message, when, review."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from idic.channels.adapters.base import ChannelProblem
from idic.channels.services import settings as channel_settings
from idic.core import clock
from idic.core.access import may, needs, staff_of
from idic.core.selectors import get_as_of, get_business
from idic.core.toasts import notify
from idic.differentiate import segments
from idic.interact.content.mail import build_footer, build_mail
from idic.interact.content.tokens import PREVIEW
from idic.interact.content.values import VALUES
from idic.interact.forms import AudienceEditForm, MessageEditForm, ScheduleForm
from idic.interact.models import Campaign, Goal
from idic.interact.selectors.asking import Asking, ask
from idic.interact.selectors.audience import Audience, preview_audience
from idic.interact.selectors.fitting import find_misfit
from idic.interact.selectors.policy import get_policy
from idic.interact.selectors.power import Power, find_base_rate, weigh_control_groups
from idic.interact.services import campaigns as services
from idic.interact.services import launching
from idic.interact.services.campaigns import AudienceForm, MessageForm, WrongCampaign
from idic.interact.services.policy import refresh_top_tenth
from idic.interact.views import shown
from idic.interact.views.examples import (
    business_of,
    chosen_example,
    example_context,
    say_problem,
)
from idic.interact.views.finding import find_campaign


@require_http_methods(["GET", "POST"])
@needs("campaigns.edit")
def campaign_audience(request: HttpRequest, campaign_id: str) -> HttpResponse:
    """Choose whom a draft is for and how long it is measured."""
    campaign = find_campaign(campaign_id)
    if not campaign.is_editable:
        return redirect(shown.campaign_url("detail", campaign))
    form = AudienceEditForm(request.POST) if request.method == "POST" else None
    if form is not None and form.is_valid():
        found = form.cleaned_data
        values = AudienceForm(
            name=found["name"],
            segment_id=found["segment"].id,
            control_rate=campaign.control_rate,
            measure_days=found["measure_days"],
        )
        if _save(form, lambda: _change(request, campaign, services.change_audience, values)):
            return redirect(shown.campaign_url("message", campaign))
    context = _context(campaign, "audience") | {
        "form": form or AudienceEditForm.showing(campaign),
        "sentence": _sentence(campaign),
    }
    return render(request, "interact/campaign_audience.html", context, status=_status(form))


def _sentence(campaign: Campaign) -> str:
    if campaign.segment is None or campaign.segment.is_static:
        return ""
    try:
        return segments.say(segments.parse(campaign.segment.tree))
    except segments.WrongTree:
        return ""


@require_http_methods(["GET", "POST"])
@needs("campaigns.edit")
def campaign_message(request: HttpRequest, campaign_id: str) -> HttpResponse:
    """Write what a draft says, beside one person's own message."""
    campaign = find_campaign(campaign_id)
    if not campaign.is_editable:
        return redirect(shown.campaign_url("detail", campaign))
    form = MessageEditForm(request.POST) if request.method == "POST" else None
    if form is not None and form.is_valid():
        found = form.cleaned_data
        offer = found["offer"]
        values = MessageForm(
            subject=found["subject"], body=found["body"], offer_id=offer.id if offer else None
        )
        if _save(form, lambda: _change(request, campaign, services.change_message, values)):
            return redirect(_after_message(request, campaign))
    context = (
        _context(campaign, "message")
        | example_context(request, campaign)
        | {
            "form": form or MessageEditForm.showing(campaign),
            "values": [(value, "{{ " + value.key + " }}") for value in VALUES],
            "goals": Goal.choices,
        }
    )
    return render(request, "interact/campaign_message.html", context, status=_status(form))


def _after_message(request: HttpRequest, campaign: Campaign) -> str:
    if request.POST.get("then") != "stay":
        return shown.campaign_url("schedule", campaign)
    notify(request, text=_("Saved."))
    chosen = request.POST.get("as", "")
    return f"{request.path}?{urlencode({'as': chosen})}" if chosen else request.path


@require_POST
@needs("campaigns.edit")
def campaign_preview(request: HttpRequest, campaign_id: str) -> HttpResponse:
    """Show one person's message of what is typed, without storing anything."""
    campaign = find_campaign(campaign_id)
    campaign.subject = request.POST.get("subject", "")[:200]
    campaign.body = request.POST.get("body", "")
    return render(
        request,
        "interact/_example.html",
        _context(campaign, "message") | example_context(request, campaign),
    )


@require_POST
@needs("campaigns.edit")
def campaign_starter(request: HttpRequest, campaign_id: str) -> HttpResponse:
    """Begin the message anew from a goal's starter."""
    campaign = find_campaign(campaign_id)
    try:
        services.use_starter(
            campaign=campaign,
            goal=request.POST.get("goal", ""),
            staff=staff_of(request),
            now=clock.now(),
        )
    except WrongCampaign as wrong:
        notify(request, text=str(wrong), level=messages.ERROR)
    return redirect(shown.campaign_url("message", campaign))


@require_http_methods(["GET", "POST"])
@needs("campaigns.edit")
def campaign_schedule(request: HttpRequest, campaign_id: str) -> HttpResponse:
    """Choose when a draft goes out."""
    campaign = find_campaign(campaign_id)
    if not campaign.is_editable:
        return redirect(shown.campaign_url("detail", campaign))
    zone = get_business().time_zone
    form = ScheduleForm(request.POST) if request.method == "POST" else None
    if form is not None and form.is_valid():
        moment = form.moment_in(time_zone=zone)
        saved = _save(
            form,
            lambda: services.change_schedule(
                campaign=campaign, send_at=moment, staff=staff_of(request), now=clock.now()
            ),
            fields={"send_at": "moment"},
        )
        if saved:
            return redirect(shown.campaign_url("review", campaign))
    context = _context(campaign, "schedule") | {
        "form": form or ScheduleForm.showing(campaign, time_zone=zone),
        "policy": get_policy(),
        "time_zone": zone,
    }
    return render(request, "interact/campaign_schedule.html", context, status=_status(form))


@require_GET
def campaign_review(request: HttpRequest, campaign_id: str) -> HttpResponse:
    """Show all that will happen, before the one button that makes it happen."""
    campaign = find_campaign(campaign_id)
    if not campaign.is_editable:
        return redirect(shown.campaign_url("detail", campaign))
    return _review_page(request, campaign)


def _review_page(request: HttpRequest, campaign: Campaign, status: int = 200) -> HttpResponse:
    business, now = business_of(request), clock.now()
    as_of = get_as_of(business)
    refresh_top_tenth(currency=business.currency, now=now)
    asking = ask(campaign=campaign, as_of=as_of, now=now, business=business)
    audience, power = _weigh(campaign, as_of, now, asking)
    parameters, live = asking.parameters, asking.parameters.is_live
    found = shown.checks(campaign=campaign, business=business, power=power, is_live=live)
    to_look_at, passed = shown.unfinished(found)
    context = (
        _context(campaign, "review")
        | example_context(request, campaign, asking)
        | {
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
    is_part = request.headers.get("HX-Target") == "review"
    name = "interact/campaign_review.html" + ("#review" if is_part else "")
    return render(request, name, context, status=status)


def _weigh(
    campaign: Campaign, as_of: date, now: datetime, asking: Asking | None = None
) -> tuple[Audience, Power]:
    audience = preview_audience(campaign=campaign, as_of=as_of, now=now, asking=asking)
    base_rate = find_base_rate(campaign=campaign, as_of=as_of, now=now, asking=asking)
    return audience, weigh_control_groups(reachable=audience.reachable, base_rate=base_rate)


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
        _audience, power = _weigh(campaign, get_as_of(get_business()), now)
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


def _context(campaign: Campaign, step: str) -> dict[str, Any]:
    return {
        "campaign": campaign,
        "public_id": shown.public_id(campaign),
        "tabs": shown.tabs(campaign, step),
        "misfit": _misfit(campaign),
    }


def _misfit(campaign: Campaign) -> dict[str, Any]:
    """Say who is to be won back without being away, and where a campaign to the others begins."""
    found = find_misfit(campaign=campaign)
    if found is None:
        return {}
    query = {"goal": campaign.goal, "rule": found.rule, "called": campaign.name}
    url = f"{reverse('interact:campaign_create')}?{urlencode(query)}" if found.overdue else ""
    return {"found": found, "url": url}


def _change(
    request: HttpRequest, campaign: Campaign, service: Callable[..., Campaign], form: Any
) -> Campaign:
    return service(campaign=campaign, form=form, staff=staff_of(request), now=clock.now())


def _save(
    form: forms.Form, act: Callable[[], object], *, fields: dict[str, str] | None = None
) -> bool:
    """Do it; put what the service refuses beside its field."""
    try:
        act()
    except WrongCampaign as wrong:
        field = (fields or {}).get(wrong.field, wrong.field)
        form.add_error(field if field in form.fields else None, str(wrong))
        return False
    return True


def _status(form: forms.Form | None) -> int:
    return 422 if form is not None and form.errors else 200

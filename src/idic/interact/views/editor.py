"""The editor of a draft: for whom, message, when; its last step is `review`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from idic.core import clock
from idic.core.access import needs, staff_of
from idic.core.selectors import get_business
from idic.core.toasts import notify
from idic.customize.models import Offer
from idic.differentiate import segments
from idic.differentiate.depth_words import say_warnings
from idic.interact.content.rendering import is_template
from idic.interact.content.typed import WrongField, read_message, show_message
from idic.interact.forms import AudienceEditForm, MessageEditForm, ScheduleForm
from idic.interact.models import Campaign, Goal
from idic.interact.selectors.fitting import find_misfit
from idic.interact.selectors.policy import get_policy
from idic.interact.selectors.power import Reading
from idic.interact.services import campaigns as services
from idic.interact.services.campaigns import AudienceForm, MessageForm, WrongCampaign
from idic.interact.views import shown
from idic.interact.views.examples import (
    example_context,
    example_part,
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
    context = step_context(campaign, "audience") | {
        "form": form or AudienceEditForm.showing(campaign),
        "sentence": _sentence(campaign),
        "warnings": say_warnings(campaign.segment.depth) if campaign.segment else [],
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
        step_context(campaign, "message")
        | example_part(request, campaign, with_fields=True)
        | {
            "form": form or MessageEditForm.showing(campaign),
            "is_tagged": _is_tagged(campaign),
            "goals": Goal.choices,
        }
    )
    return render(request, "interact/campaign_message.html", context, status=_status(form))


def _is_tagged(campaign: Campaign) -> bool:
    return is_template("".join(show_message(subject=campaign.subject, body=campaign.body)))


def _after_message(request: HttpRequest, campaign: Campaign) -> str:
    if request.POST.get("then") != "stay":
        return shown.campaign_url("schedule", campaign)
    notify(request, text=_("Saved."))
    kept = {key: request.POST[key] for key in ("as", "whole") if request.POST.get(key)}
    return f"{request.path}?{urlencode(kept)}" if kept else request.path


@require_GET
def campaign_example(request: HttpRequest, campaign_id: str) -> HttpResponse:
    """Show one person's message of what is stored, with the others that can be looked at."""
    campaign = find_campaign(campaign_id)
    is_for_form = request.GET.get("for") == "message"
    context = {
        "campaign": campaign,
        "public_id": shown.public_id(campaign),
        "example_url": shown.campaign_url("example", campaign),
        "form_id": "message-form" if is_for_form else "",
        "swaps_fields": is_for_form,
        **example_context(request, campaign, with_fields=is_for_form),
    }
    return render(request, "interact/_example_part.html", context)


@require_POST
@needs("campaigns.edit")
def campaign_preview(request: HttpRequest, campaign_id: str) -> HttpResponse:
    """Show one person's message of what is typed, without storing anything."""
    campaign = find_campaign(campaign_id)
    subject, body = request.POST.get("subject", "")[:300], request.POST.get("body", "")
    offer = request.POST.get("offer", "")
    campaign.offer = Offer.objects.filter(id=offer).first() if offer.isdecimal() else None
    problem = ""
    try:
        campaign.subject, campaign.body = read_message(subject=subject, body=body)
    except WrongField as wrong:
        problem = str(wrong)
    found = example_context(request, campaign, with_fields=True)
    context = {"campaign": campaign, "swaps_fields": True, **found}
    if problem:
        context["example_problem"] = problem
    return render(request, "interact/_example.html", context)


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
    form = ScheduleForm(request.POST, time_zone=zone) if request.method == "POST" else None
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
    context = step_context(campaign, "schedule") | {
        "form": form or ScheduleForm.showing(campaign, time_zone=zone),
        "policy": get_policy(),
    }
    return render(request, "interact/campaign_schedule.html", context, status=_status(form))


def step_context(campaign: Campaign, step: str, reading: Reading | None = None) -> dict[str, Any]:
    """Give what every step of the editor shows at its head."""
    return {
        "campaign": campaign,
        "public_id": shown.public_id(campaign),
        "tabs": shown.tabs(campaign, step),
        "misfit": _misfit(campaign, reading),
    }


def _misfit(campaign: Campaign, reading: Reading | None) -> dict[str, Any]:
    """Say who is to be won back without being away, and where a campaign to the others begins."""
    found = find_misfit(campaign=campaign, reading=reading)
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

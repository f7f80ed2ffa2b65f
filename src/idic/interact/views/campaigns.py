"""The list of campaigns, a new one, and a launched one with its results and brakes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from idic.channels.adapters.registry import is_live
from idic.core import clock, ids
from idic.core.access import may, needs, staff_of
from idic.core.models import Business
from idic.core.selectors import get_as_of, get_business
from idic.core.toasts import notify
from idic.differentiate import segments
from idic.differentiate.links import address_of, customer_address
from idic.differentiate.models import Segment
from idic.identify.names import list_names
from idic.interact.forms import CampaignForm, list_choosable_segments
from idic.interact.models import Campaign, CampaignState, Goal
from idic.interact.policy.rules import RULES
from idic.interact.policy.words import say_reason
from idic.interact.selectors.asking import ask, get_parameters
from idic.interact.selectors.audience import (
    count_frozen_audience,
    list_examples,
    list_left_out,
    preview_audience,
)
from idic.interact.selectors.examples import render_example
from idic.interact.selectors.fitting import suggest_goal
from idic.interact.selectors.results import get_results, list_campaigns
from idic.interact.services import campaigns as services
from idic.interact.services import launching
from idic.interact.services.campaigns import WrongCampaign
from idic.interact.views import shown
from idic.interact.views.finding import find_campaign

_DELETED = "deleted_draft"
_SEEN_LATER = ("unsubscribed", "cancelled")


@require_GET
def campaign_list(request: HttpRequest) -> HttpResponse:
    """Show every campaign, the newest first."""
    found = list_campaigns()
    lines = [
        {
            "line": line,
            "url": shown.campaign_url("detail", line.campaign),
            "tone": shown.state_tone(line.campaign.state),
            "is_practice": line.campaign.launched_at is not None and not line.campaign.is_live,
        }
        for line in found
    ]
    states = Counter(line.campaign.state for line in found)
    context = {
        "lines": lines,
        "draft_count": states[CampaignState.DRAFT],
        "held_count": states[CampaignState.PAUSED],
        "moving_count": states[CampaignState.SENDING] + states[CampaignState.SCHEDULED],
        "is_live": is_live(channel="email"),
        "may_edit": may(staff_of(request), "campaigns.edit"),
    }
    return render(request, "interact/campaign_list.html", context)


@require_http_methods(["GET", "POST"])
@needs("campaigns.edit")
def campaign_create(request: HttpRequest) -> HttpResponse:
    """Begin a campaign: what for, for whom."""
    if request.method == "GET":
        rule = request.GET.get("rule", "") if _sentence(request.GET.get("rule", "")) else ""
        initial = _suggested(request, rule) | {"rule": rule}
        return _create_page(request, CampaignForm(initial=initial, has_rule=bool(rule)), rule)
    rule = request.POST.get("rule", "")
    form = CampaignForm(request.POST, has_rule=bool(rule))
    if form.is_valid():
        create = services.create_campaign_for_rule if rule else services.create_campaign
        try:
            campaign = create(staff=staff_of(request), now=clock.now(), **form.cleaned_data)
        except WrongCampaign as wrong:
            form.add_error(wrong.field or None, str(wrong))
        else:
            return redirect(shown.campaign_url("message", campaign))
    return _create_page(request, form, rule, status=422)


def _sentence(rule: str) -> str:
    """Say a rule another page hands over; empty when there is none that can be used."""
    try:
        return segments.say(segments.parse(rule)) if rule else ""
    except segments.WrongTree:
        return ""


def _suggested(request: HttpRequest, rule: str) -> dict[str, object]:
    """Give what the form begins with: what the address says, the rest from whom it names."""
    segment = _segment_of(request)
    found: dict[str, object] = {
        "goal": request.GET.get("goal"),
        "language": get_business().language,
        "name": request.GET.get("called", segment.name if segment else "")[:120],
    }
    if segment:
        found["segment"] = segment.id
    if found["goal"] not in Goal.values:
        found["goal"] = _goal_for(segment, rule)
    return found


def _segment_of(request: HttpRequest) -> Segment | None:
    try:
        wanted = ids.decode("segment", request.GET.get("segment", ""))
    except ids.WrongId:
        return None
    return list_choosable_segments().filter(id=wanted).first()


def _goal_for(segment: Segment | None, rule: str) -> Goal:
    try:
        if segment:
            return suggest_goal(segments.InSegment(segment_id=segment.id))
        return suggest_goal(segments.parse(rule)) if rule else Goal.WIN_BACK
    except segments.WrongTree:
        return Goal.WIN_BACK


def _create_page(
    request: HttpRequest, form: CampaignForm, rule: str, status: int = 200
) -> HttpResponse:
    sentence = _sentence(rule)
    context = {
        "form": form,
        "sentence": sentence,
        "people_count": segments.count(segments.parse(rule)) if sentence else None,
        "has_segments": bool(rule) or list_choosable_segments().exists(),
        "segment_url": address_of("differentiate:segment_list"),
    }
    return render(request, "interact/campaign_form.html", context, status=status)


@require_GET
def campaign_detail(request: HttpRequest, campaign_id: str) -> HttpResponse:
    """Show a launched campaign; a draft opens where it is finished."""
    campaign = find_campaign(campaign_id)
    if campaign.is_editable:
        return redirect(shown.campaign_url("review", campaign))
    context = _detail(request, campaign)
    if request.headers.get("HX-Target") == "live":
        return render(request, "interact/campaign_detail.html#live", context)
    return render(request, "interact/campaign_detail.html", context)


def _detail(request: HttpRequest, campaign: Campaign) -> dict[str, object]:
    business = getattr(request, "business", None) or get_business()
    now, as_of = clock.now(), get_as_of(business)
    is_planned = campaign.state == CampaignState.SCHEDULED
    audience = (
        preview_audience(campaign=campaign, as_of=as_of, now=now)
        if is_planned
        else count_frozen_audience(campaign=campaign)
    )
    parameters = get_parameters(
        campaign=campaign, as_of=as_of, now=now, business=business, live=campaign.is_live
    )
    results = get_results(campaign=campaign)
    return {
        "campaign": campaign,
        "public_id": shown.public_id(campaign),
        "audience": audience,
        "bar": shown.bar(audience),
        "reasons": shown.reason_lines(audience, campaign=campaign, parameters=parameters),
        "results": results,
        "failed_count": results.states["failed"] + results.events["bounce"],
        "detectable_points": (campaign.detectable_rate or 0) * 100,
        "skipped": [
            (say_reason(code, parameters=parameters, language=request.LANGUAGE_CODE), count)
            for code, count in results.skipped
        ],
        "tone": shown.state_tone(campaign.state),
        "is_planned": is_planned,
        "is_moving": _is_moving(campaign, now),
        "is_practice": campaign.launched_at is not None and not campaign.is_live,
        "example": _example(campaign, business, as_of, now),
        "may_edit": may(staff_of(request), "campaigns.launch"),
        "effect_url": address_of("measure:effect_list"),
        "outbox_url": f"{reverse('interact:outbox')}?campaign={shown.public_id(campaign)}",
    }


def _example(campaign: Campaign, business: Business, as_of: date, now: datetime) -> dict[str, Any]:
    """Give one person's message: the last one made, or before its moment what it would be."""
    message = campaign.messages.order_by("-id").first()
    if message is not None or campaign.state != CampaignState.SCHEDULED:
        return shown.show_message(message)
    asking = ask(campaign=campaign, as_of=as_of, now=now, business=business)
    people = list_examples(asking=asking, limit=1)
    if not people:
        return {}
    example = render_example(
        campaign=campaign,
        customer_id=people[0].id,
        business=business,
        as_of=as_of,
        policy=asking.policy,
    )
    # Every word in it is escaped by `content.writing`; nothing else writes tags.
    return {"subject": example.subject, "body": SafeString(example.html)}


def _is_moving(campaign: Campaign, now: datetime) -> bool:
    """Something happens by itself within moments, so the page looks again."""
    if campaign.state == CampaignState.SCHEDULED:
        return campaign.send_at is None or campaign.send_at <= now
    return campaign.state == CampaignState.SENDING


@require_GET
def campaign_left_out(request: HttpRequest, campaign_id: str, reason: str) -> HttpResponse:
    """Show who a reason leaves out."""
    campaign = find_campaign(campaign_id)
    business = getattr(request, "business", None) or get_business()
    now, as_of = clock.now(), get_as_of(business)
    people = list_left_out(campaign=campaign, reason=reason, as_of=as_of, now=now)
    names = list_names({summary.customer_id: summary.full_name for summary in people})
    known = {rule.code for rule in RULES} | set(_SEEN_LATER)
    words = ""
    if reason in known:
        parameters = get_parameters(
            campaign=campaign, as_of=as_of, now=now, business=business, live=campaign.is_live
        )
        words = say_reason(reason, parameters=parameters, language=request.LANGUAGE_CODE)
    audience = (
        preview_audience(campaign=campaign, as_of=as_of, now=now)
        if campaign.launched_at is None
        else count_frozen_audience(campaign=campaign)
    )
    context = {
        "campaign": campaign,
        "back_url": shown.campaign_url("detail", campaign),
        "words": words,
        "total": dict(audience.reasons).get(reason, len(people)),
        "remedy": shown.show_remedy(reason, campaign),
        "people": [
            (summary, names[summary.customer_id], customer_address(summary.customer_id))
            for summary in people
        ],
    }
    return render(request, "interact/left_out_list.html", context)


@require_POST
@needs("campaigns.launch")
def campaign_pause(request: HttpRequest, campaign_id: str) -> HttpResponse:
    """Hold a campaign."""
    said = _("Held. Nothing goes out until you let it go on.")
    return _turn(request, find_campaign(campaign_id), launching.pause, said)


@require_POST
@needs("campaigns.launch")
def campaign_resume(request: HttpRequest, campaign_id: str) -> HttpResponse:
    """Let a held campaign go on."""
    return _turn(request, find_campaign(campaign_id), launching.resume, _("It goes on."))


def _turn(
    request: HttpRequest, campaign: Campaign, act: Callable[..., bool], said: str
) -> HttpResponse:
    """Do what a brake does and say it; nothing is said when somebody was faster."""
    if act(campaign=campaign, staff=staff_of(request), now=clock.now()):
        notify(request, text=said)
    return redirect(shown.campaign_url("detail", campaign))


@require_http_methods(["GET", "POST"])
@needs("campaigns.launch")
def campaign_cancel(request: HttpRequest, campaign_id: str) -> HttpResponse:
    """Ask before stopping a campaign for good; on POST stop it."""
    campaign = find_campaign(campaign_id)
    if request.method == "GET":
        context = {
            "campaign": campaign,
            "back_url": shown.campaign_url("detail", campaign),
            "results": get_results(campaign=campaign),
        }
        return render(request, "interact/campaign_cancel.html", context)
    said = _("Stopped. What had not gone out stays here.")
    return _turn(request, campaign, launching.cancel, said)


@require_POST
@needs("campaigns.edit")
def campaign_copy(request: HttpRequest, campaign_id: str) -> HttpResponse:
    """Make a new draft of a campaign."""
    campaign = find_campaign(campaign_id)
    copy = services.copy_campaign(campaign=campaign, staff=staff_of(request), now=clock.now())
    notify(request, text=_("A new draft. The one you copied stays as it was."))
    return redirect(shown.campaign_url("message", copy))


@require_POST
@needs("campaigns.edit")
def campaign_delete(request: HttpRequest, campaign_id: str) -> HttpResponse:
    """Delete a draft."""
    campaign = find_campaign(campaign_id)
    try:
        kept = services.delete_draft(campaign=campaign, staff=staff_of(request), now=clock.now())
    except WrongCampaign as wrong:
        notify(request, text=str(wrong), level=messages.ERROR)
        return redirect(shown.campaign_url("detail", campaign))
    request.session[_DELETED] = kept
    undo = reverse("interact:campaign_restore")
    notify(request, text=_("The draft is gone."), undo_url=undo)
    return redirect("interact:campaign_list")


@require_POST
@needs("campaigns.edit")
def campaign_restore(request: HttpRequest) -> HttpResponse:
    """Bring the draft back that this person deleted last."""
    kept = request.session.pop(_DELETED, "")
    if not kept:
        notify(request, text=_("There is nothing to take back."), level=messages.WARNING)
        return redirect("interact:campaign_list")
    try:
        campaign = services.restore_draft(kept=kept, staff=staff_of(request), now=clock.now())
    except WrongCampaign as wrong:
        notify(request, text=str(wrong), level=messages.ERROR)
        return redirect("interact:campaign_list")
    notify(request, text=_("The draft is back."))
    return redirect(shown.campaign_url("detail", campaign))

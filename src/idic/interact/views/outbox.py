"""The outbox: every message as the person sees it, why some were stopped, and doubts to settle."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from idic.channels.adapters.registry import is_live
from idic.core import clock, ids
from idic.core.access import may, needs, staff_of
from idic.core.selectors import get_as_of, get_business
from idic.core.toasts import notify
from idic.differentiate.links import customer_address
from idic.interact.content.mail import build_footer, build_mail, css_hash
from idic.interact.content.markup import parse
from idic.interact.content.tokens import PREVIEW
from idic.interact.content.writing import to_html
from idic.interact.models import Actor, Campaign, Message, MessageState
from idic.interact.policy.parameters import build_parameters
from idic.interact.policy.words import say_reason
from idic.interact.selectors.outbox import VIEWS, list_outbox
from idic.interact.selectors.policy import get_policy
from idic.interact.services.outbox import settle_doubt
from idic.interact.views import shown
from idic.interact.views.finding import find_campaign, find_message

_TONES = {
    MessageState.SENT: "good",
    MessageState.PRACTICE: "info",
    MessageState.SKIPPED: "",
    MessageState.FAILED: "bad",
    MessageState.IN_DOUBT: "warn",
}


@require_GET
def outbox(request: HttpRequest) -> HttpResponse:
    """Show the messages, the newest first."""
    view = request.GET.get("show", "")
    campaign = find_campaign(request.GET["campaign"]) if request.GET.get("campaign") else None
    after = request.GET.get("after", "")
    page = list_outbox(
        view=view, campaign=campaign, after=int(after) if after.isdecimal() else None
    )
    context = {
        "page": page,
        "rows": [_row(message) for message in page.messages],
        "chips": _chips(view, campaign, page.counts),
        "campaign": campaign,
        "campaign_url": shown.campaign_url("detail", campaign) if campaign else "",
        "is_live": is_live(channel="email"),
        "view": view,
        "total": sum(page.counts.values()),
        "next_url": _address(view, campaign, after=page.next_after) if page.next_after else "",
    }
    return render(request, "interact/outbox.html", context)


def _row(message: Message) -> dict[str, object]:
    return {
        "message": message,
        "url": reverse("interact:message_detail", args=[ids.encode("message", message.id)]),
        "customer_url": customer_address(message.customer_id),
        "tone": _TONES.get(MessageState(message.state), ""),
        "why": _why(message),
    }


def _why(message: Message) -> str:
    if message.state == MessageState.SKIPPED:
        return _say(message)
    return message.error if message.state != MessageState.SENT else ""


def _say(message: Message) -> str:
    business = get_business()
    parameters = build_parameters(
        policy=get_policy(),
        business=business,
        channel=message.channel,
        purpose=message.purpose,
        now=clock.now(),
        as_of=get_as_of(business),
        is_live=not message.is_practice,
    )
    return say_reason(message.skip_reason, parameters=parameters, language=business.language)


def _chips(view: str, campaign: Campaign | None, counts: dict[str, int]) -> list[dict[str, object]]:
    words = {
        "": _("All"),
        "practice": _("Practice"),
        "waiting": pgettext("message", "Waiting"),
        "sent": _("Sent"),
        "stopped": _("Stopped"),
        "failed": _("Failed"),
        "doubt": _("In doubt"),
    }
    return [
        {
            "label": label,
            "url": _address(code, campaign),
            "current": code == (view if view in VIEWS else ""),
            "count": counts.get(code) if code else sum(counts.values()),
        }
        for code, label in words.items()
    ]


def _address(view: str, campaign: Campaign | None, after: int | None = None) -> str:
    parts = [
        f"show={view}" if view else "",
        f"campaign={shown.public_id(campaign)}" if campaign else "",
        f"after={after}" if after else "",
    ]
    query = "&".join(part for part in parts if part)
    return f"{reverse('interact:outbox')}?{query}" if query else reverse("interact:outbox")


@require_GET
def message_detail(request: HttpRequest, message_id: str) -> HttpResponse:
    """Show one message as the person sees it, and what came back."""
    message = find_message(message_id)
    events = message.events.select_related("link").order_by("occurred_at", "id")
    context = {
        "message": message,
        "public_id": message_id,
        "row": _row(message),
        # Every word in it is escaped by `content.writing`; nothing else writes tags.
        "body": SafeString(to_html(parse(message.body), is_marked=True)),
        "events": [(event, event.actor == Actor.HUMAN) for event in events],
        "is_doubt": message.state == MessageState.IN_DOUBT and message.lease_until is None,
        "may_edit": may(staff_of(request), "campaigns.launch"),
        "campaign_url": (
            shown.campaign_url("detail", message.campaign) if message.campaign else ""
        ),
    }
    return render(request, "interact/message_detail.html", context)


@require_GET
@xframe_options_sameorigin
def message_mail(request: HttpRequest, message_id: str) -> HttpResponse:
    """Give the mail itself, for a frame: nothing in it may run, and only its own style counts."""
    message = find_message(message_id)
    business = get_business()
    footer = build_footer(
        business=business,
        purpose=message.purpose,
        language=message.language or business.language,
    )
    # No token and no tracked links: looking at a message from here is not opening it.
    mail = build_mail(
        subject=message.subject,
        body=message.body,
        footer=footer,
        token=PREVIEW,
        message_id=message.id,
        link_ids={},
    )
    answer = HttpResponse(mail.html)
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src {css_hash()}; frame-ancestors 'self'; sandbox"
    )
    return answer


@require_POST
@needs("campaigns.launch")
def message_settle(request: HttpRequest, message_id: str) -> HttpResponse:
    """Record what was found out about a message in doubt."""
    message = find_message(message_id)
    settle_doubt(
        message_id=message.id,
        has_arrived=request.POST.get("has_arrived") == "1",
        actor=staff_of(request).email,
        now=clock.now(),
    )
    notify(request, text=_("Noted."))
    return redirect("interact:message_detail", message_id)

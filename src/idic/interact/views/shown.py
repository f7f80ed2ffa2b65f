"""Turns counts and codes into what the campaign pages show: bars, sentences, remedies, checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from idic.core import ids
from idic.core.models import Business
from idic.interact.content import links
from idic.interact.content.depth import measure_depth
from idic.interact.content.markup import list_urls, parse
from idic.interact.content.writing import to_html
from idic.interact.models import Campaign, CampaignState, ContactPolicy, Message
from idic.interact.policy.parameters import PolicyParameters
from idic.interact.policy.words import find_remedy, say_reason
from idic.interact.selectors.audience import Audience
from idic.interact.selectors.policy import get_advertising_label
from idic.interact.selectors.power import Power

_WIDTH, _GAP = 1000.0, 3.0


def public_id(campaign: Campaign) -> str:
    """Give a campaign's id as addresses show it."""
    return ids.encode("campaign", campaign.id)


def campaign_url(page: str, campaign: Campaign, *more: str) -> str:
    """Give the address of one of a campaign's pages."""
    return reverse(f"interact:campaign_{page}", args=[public_id(campaign), *more])


def tabs(campaign: Campaign, current: str) -> list[dict[str, Any]]:
    """Give the steps of the editor."""
    steps = [
        ("audience", pgettext("campaign", "For whom")),
        ("message", _("Message")),
        ("schedule", _("When")),
        ("review", _("Review")),
    ]
    return [
        {"label": label, "url": campaign_url(step, campaign), "current": step == current}
        for step, label in steps
    ]


def bar(audience: Audience) -> list[dict[str, str]]:
    """Give the parts of the bar: who gets it, the control group, who is left out."""
    parts = [("t", audience.treated), ("c", audience.control), ("0", audience.left_out)]
    shown = [(kind, count) for kind, count in parts if count]
    total = sum(count for _kind, count in shown) or 1
    length = _WIDTH - _GAP * max(0, len(shown) - 1)
    drawn, at = [], 0.0
    for kind, count in shown:
        width = count / total * length
        drawn.append({"kind": kind, "x": f"{at:.1f}", "width": f"{width:.1f}"})
        at += width + _GAP
    return drawn


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """A reason with how many it leaves out, and what to do about it."""

    code: str
    count: int
    words: str
    width: str
    label: str
    url: str
    people_url: str


def reason_lines(
    audience: Audience, *, campaign: Campaign, parameters: PolicyParameters
) -> list[ReasonLine]:
    """Say every reason, the largest first."""
    largest = max((count for _code, count in audience.reasons), default=1)
    language = get_language() or "en"
    lines = []
    for code, count in audience.reasons:
        people = campaign_url("left_out", campaign, code)
        remedy = show_remedy(code, campaign)
        lines.append(
            ReasonLine(
                code=code,
                count=count,
                words=say_reason(code, parameters=parameters, language=language),
                width=f"{max(count / largest * 312, 2):.0f}",
                label=remedy["label"] or _("See who"),
                url=remedy["url"] or people,
                people_url=people,
            )
        )
    return lines


def show_remedy(code: str, campaign: Campaign) -> dict[str, str]:
    """Give what to do about a reason, in words and where; both empty for nothing to do."""
    remedy = find_remedy(code)
    if remedy is None:
        return {"label": "", "url": ""}
    is_message = remedy.url_name == "interact:campaign_message"
    can_change = campaign.is_editable or not is_message
    return {
        "label": remedy.label if can_change else "",
        "url": _remedy_url(remedy.url_name, campaign) if can_change else "",
    }


def _remedy_url(url_name: str, campaign: Campaign) -> str:
    if not url_name:
        return ""
    arguments = [public_id(campaign)] if url_name.startswith("interact:campaign_") else []
    try:
        return reverse(url_name, args=arguments)
    except NoReverseMatch:  # a page of a room that is not there
        return ""


def power_lines(power: Power, *, chosen: Decimal) -> list[dict[str, Any]]:
    """Say what each size of control group would prove."""
    base = power.base_rate or 0.0
    return [
        {
            "value": str(choice.rate.normalize()),
            "rate": choice.rate,
            "held": choice.held,
            "points": None if choice.rise is None else choice.rise * 100,
            "base": base,
            "raised": None if choice.rise is None else base + choice.rise,
            "is_half": choice.rate == Decimal("0.5"),
            "is_chosen": choice.rate == chosen,
            "is_proposed": choice.rate == power.proposed,
        }
        for choice in power.choices
    ]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at before the launch."""

    is_good: bool
    text: str
    url: str = ""
    act: str = ""


def checks(
    *,
    campaign: Campaign,
    business: Business,
    policy: ContactPolicy,
    power: Power | None,
    is_live: bool,
) -> list[Check]:
    """Look at everything a person would otherwise have to remember."""
    found = [_channel_check(is_live), _depth_check(campaign), _goal_check(campaign)]
    if campaign.purpose == "marketing":
        found += [
            _footer_check(business, is_live),
            _label_check(business, policy),
            _quiet_check(policy, is_live),
        ]
    if power is not None and campaign.purpose == "marketing" and _is_enough(campaign, power):
        words = _("The control group is large enough to see a good message's effect.")
        found.append(Check(True, words))
    found.append(_link_check(campaign, is_live))
    return found


def _channel_check(is_live: bool) -> Check:
    if is_live:
        return Check(True, _("E-mail is live: real people get this message."))
    return Check(
        False,
        _("E-mail is in practice: nobody gets it."),
        reverse("channels:setting_list"),
        _("Set e-mail up"),
    )


def _depth_check(campaign: Campaign) -> Check:
    depth = measure_depth(subject=campaign.subject, body=campaign.body)
    if not depth.is_shallow:
        return Check(True, _("It says something about each person's own purchases."))
    words = (
        _("Only the name is personal: everybody reads the same. Add a product or their rhythm.")
        if depth.has_name
        else _("Nothing in it is personal: everybody reads the same.")
    )
    return Check(False, words, campaign_url("message", campaign), _("Make it personal"))


def _goal_check(campaign: Campaign) -> Check:
    return Check(
        True,
        _("Measured by who buys within %(days)d days.") % {"days": campaign.measure_days},
    )


def _footer_check(business: Business, is_live: bool) -> Check:
    if business.postal_address:
        return Check(True, _("A way to unsubscribe and your postal address stand below it."))
    return Check(
        not is_live,
        _(
            "A way to unsubscribe stands below it. Your postal address is missing; many countries "
            "want it there."
        ),
        _settings_url(),
        _("Add the address"),
    )


def _settings_url() -> str:
    try:
        return reverse("web:settings")
    except NoReverseMatch:  # the shell is not there, as in tests of this room alone
        return ""


def _label_check(business: Business, policy: ContactPolicy) -> Check:
    label = get_advertising_label(policy=policy, business=business)
    if label:
        return Check(True, _("The subject begins with %(label)s.") % {"label": label})
    return Check(True, _("No label before the subject; your country asks for none."))


def _quiet_check(policy: ContactPolicy, is_live: bool) -> Check:
    if policy.quiet_from_hour == policy.quiet_to_hour:
        return Check(True, _("There are no quiet hours."))
    words = (
        _("Nothing goes out between %(from)d and %(to)d o'clock.")
        if is_live
        else _("Nothing goes out between %(from)d and %(to)d o'clock; practice does not wait.")
    )
    hours = {"from": policy.quiet_from_hour, "to": policy.quiet_to_hour}
    return Check(True, words % hours)


def _is_enough(campaign: Campaign, power: Power) -> bool:
    """Tell whether the control group shows a likely effect. Where it does not, the page says so in
    a section of its own, with what to do; it is not said again here.
    """
    rise = power.rise_at(campaign.control_rate)
    return rise is not None and bool(power.base_rate) and rise <= (power.base_rate or 0) / 2


def _link_check(campaign: Campaign, is_live: bool) -> Check:
    count = len(list_urls(campaign.body))
    if not count:
        return Check(True, _("It has no links; people answer by writing back or coming by."))
    if links.has_public_url() or not is_live:
        return Check(True, _("Links count who presses them: %(count)d.") % {"count": count})
    return Check(False, _("Links need a public HTTPS address to be counted."))


def launch_button(campaign: Campaign, *, is_live: bool, reachable: int) -> str:
    """Say what the button will do."""
    if campaign.send_at is not None:
        return _("Approve for that moment")
    if is_live:
        return _("Approve and send")
    return _("Approve, send to the practice outbox")


def state_tone(state: str) -> str:
    """Give the tone a campaign's state is shown in."""
    return {
        CampaignState.SENT: "good",
        CampaignState.SENDING: "info",
        CampaignState.PAUSED: "warn",
        CampaignState.CANCELLED: "bad",
        CampaignState.SCHEDULED: "info",
    }.get(CampaignState(state), "")


def show_message(message: Message | None) -> dict[str, Any]:
    """Give a message as its person sees it, with marks on what is personal."""
    if message is None:
        return {}
    return {
        "subject": message.subject,
        # Every word in it is escaped by `content.writing`; nothing else writes tags.
        "body": SafeString(to_html(parse(message.body), is_marked=True, button_class="btn")),
        "url": reverse("interact:message_detail", args=[ids.encode("message", message.id)]),
    }


def unfinished(good: Sequence[Check]) -> tuple[list[Check], list[Check]]:
    """Part checks into those to look at and those passed."""
    return [c for c in good if not c.is_good], [c for c in good if c.is_good]

"""Through which channel somebody may be contacted, and if not, why."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from idic.core.templatetags import ui
from idic.differentiate.models import CustomerSummary, Reach
from idic.identify.models import ConsentBasis, Customer, StateKind
from idic.web.selectors.customer import Facts, Permission

MARKETING = "marketing"


@dataclass(frozen=True)
class ChannelLine:
    """One channel: its name, the tone and word of its state, the reason."""

    name: str
    tone: str
    word: str
    reason: str


def draw_permissions(
    customer: Customer, summary: CustomerSummary | None, facts: Facts
) -> list[ChannelLine]:
    """Say for each channel whether it is open, and what that rests on."""
    is_silent = StateKind.DO_NOT_CONTACT in facts.states
    lines = [_call_line(customer, is_silent=is_silent)]
    for channel, name in (("zalo", "Zalo"), ("sms", _("SMS")), ("email", _("E-mail"))):
        reach = getattr(summary, f"{channel}_reach") if summary else Reach.NO_ADDRESS
        said = _latest(facts.permissions, channel)
        lines.append(_line(name, reach, said, is_silent=is_silent))
    return lines


def _call_line(customer: Customer, *, is_silent: bool) -> ChannelLine:
    name = pgettext("channel", "Call")
    if is_silent:
        return ChannelLine(name, "bad", pgettext("contact", "No"), _("asked not to be contacted"))
    if not customer.phone:
        return ChannelLine(name, "", _("No number"), _("ask at the next visit"))
    return ChannelLine(name, "good", pgettext("contact", "Yes"), _("at usual hours"))


def _line(name: str, reach: str, said: Permission | None, *, is_silent: bool) -> ChannelLine:
    if is_silent:
        return ChannelLine(name, "bad", pgettext("contact", "No"), _("asked not to be contacted"))
    if reach == Reach.ALLOWED:
        return ChannelLine(name, "good", pgettext("contact", "Yes"), _rest_on(said))
    if reach == Reach.DENIED:
        when = _("said no on %(day)s") % {"day": ui.day(said.at)} if said else _("said no")
        return ChannelLine(name, "bad", pgettext("contact", "No"), when)
    if reach == Reach.UNKNOWN:
        return ChannelLine(
            name, "warn", _("Service messages only"), _("never asked about advertising")
        )
    return ChannelLine(name, "", _("No address"), _("ask at the next visit"))


def _latest(permissions: list[Permission], channel: str) -> Permission | None:
    said = [p for p in permissions if p.channel == channel and p.purpose == MARKETING]
    return max(said, key=lambda p: (p.status == "denied", p.at), default=None)


def _rest_on(said: Permission | None) -> str:
    if said is None:
        return ""
    basis = dict(ConsentBasis.choices).get(said.basis, said.basis)
    return ui.clauses((basis, ui.day(said.at), said.proof))

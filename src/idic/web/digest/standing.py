"""Whether the morning mail can reach somebody, what is in the way, and whose hour has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from idic.channels.models import ChannelKey
from idic.channels.selectors import get_channel_state
from idic.core.access import may
from idic.core.models import Business, Staff
from idic.web.models import DigestMail

# A machine that was off at the hour still sends for so long; later it is no morning mail.
LATE_HOURS = 5
_NOWHERE = (".local", ".localhost", ".invalid")


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What keeps the mail from leaving, and the next step: its words and address, if there is one
    this person may take.
    """

    sentence: str
    act: str = ""
    url: str = ""


def has_address(staff: Staff) -> bool:
    """Tell whether mail to somebody can arrive: the first owner begins with a made-up address."""
    domain = staff.email.rpartition("@")[2].lower()
    return "." in domain and not domain.endswith(_NOWHERE)


def find_obstacle(*, staff: Staff) -> Obstacle | None:
    """Say what keeps the morning mail from somebody; None when it goes out. One query."""
    if not has_address(staff):
        return _no_address(staff)
    state = get_channel_state(channel=ChannelKey.EMAIL)
    if not state.is_set_up:
        sentence = _("No mail server is set up yet, so nothing can leave this machine.")
        return _at_channels(staff, sentence, _("Set e-mail up"))
    if not state.is_live:
        sentence = _(
            "E-mail is in practice: nothing leaves by itself. What the mail would say you can "
            "read here at any time."
        )
        return _at_channels(staff, sentence, _("Switch e-mail on"))
    if state.problem:
        sentence = _("The mail server refused at the last check: %(problem)s")
        return _at_channels(staff, sentence % {"problem": state.problem}, _("See the mail server"))
    return None


def find_obstacle_now(*, staff: Staff) -> Obstacle | None:
    """Say what keeps a single mail to oneself from leaving: as a test, it needs no live channel."""
    if not has_address(staff):
        return _no_address(staff)
    if get_channel_state(channel=ChannelKey.EMAIL).is_set_up:
        return None
    sentence = _("No mail server is set up yet, so nothing can leave this machine.")
    return _at_channels(staff, sentence, _("Set e-mail up"))


def _no_address(staff: Staff) -> Obstacle:
    sentence = _("No mail arrives at %(address)s.") % {"address": staff.email}
    return Obstacle(sentence, _("Give your e-mail address"), f"{reverse('web:settings')}#address")


def _at_channels(staff: Staff, sentence: str, act: str) -> Obstacle:
    if may(staff, "settings.edit"):
        return Obstacle(sentence, act, reverse("channels:setting_list"))
    whom = _("Ask the owner or a manager.")
    return Obstacle(f"{sentence} {whom}")


def first_morning(*, hour: int, now: datetime, time_zone: str) -> date:
    """Give the day of the next mail: today while the hour is still to come."""
    local = now.astimezone(ZoneInfo(time_zone))
    return local.date() + timedelta(days=0 if local.hour < hour else 1)


def list_due(*, business: Business, now: datetime) -> list[Staff]:
    """Give who should get their mail now; two workers may both be told, `claim` decides."""
    local = now.astimezone(ZoneInfo(business.time_zone))
    wanting = Staff.objects.filter(
        is_active=True,
        digest_from__lte=local.date(),
        digest_hour__lte=local.hour,
        digest_hour__gt=local.hour - LATE_HOURS,
    ).order_by("digest_hour", "id")
    settled = DigestMail.objects.filter(on_date=local.date(), due_at__gt=now)
    return [staff for staff in wanting.exclude(digests__in=settled) if has_address(staff)]


def find_last(*, staff: Staff) -> DigestMail | None:
    """Give the last morning's mail that was tried."""
    return DigestMail.objects.filter(staff=staff).order_by(F("on_date").desc()).first()

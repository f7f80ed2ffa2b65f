"""Which adapter a channel uses now: its own once it is live, practice until then."""

from __future__ import annotations

from django.db.models import QuerySet

from idic.channels import secret
from idic.channels.models import ChannelKey, ChannelSetting

from .base import Adapter
from .email import EmailAdapter, EmailSettings
from .practice import PracticeAdapter

# Channels that can reach real people. The others stay in practice, and the pages say so.
REAL = frozenset({ChannelKey.EMAIL})


def email_settings(stored: dict[str, object]) -> EmailSettings:
    """Read stored settings and the password kept beside them."""
    return EmailSettings(
        host=str(stored.get("host", "")),
        port=int(str(stored.get("port", 587))),
        security=str(stored.get("security", "starttls")),
        from_address=str(stored.get("from_address", "")),
        from_name=str(stored.get("from_name", "")),
        reply_to=str(stored.get("reply_to", "")),
        username=str(stored.get("username", "")),
        password=secret.read(channel=ChannelKey.EMAIL),
    )


def is_live(*, channel: str) -> bool:
    """Tell whether messages on this channel reach real people."""
    return list_live(channel=channel).exists()


def list_live(*, channel: str) -> QuerySet[ChannelSetting]:
    """Give the settings by which a channel reaches real people; none: it is in practice."""
    settings = ChannelSetting.objects.filter(key=channel, is_live=True)
    return settings if channel in REAL else settings.none()


def build_adapter(*, channel: str) -> Adapter:
    """Give the adapter to use now; practice unless the channel is live."""
    return build_real_adapter(channel=channel) if is_live(channel=channel) else PracticeAdapter()


def build_real_adapter(*, channel: str) -> Adapter:
    """Give the channel's own adapter whether it is live or not: for checks and tests to oneself.

    Raises KeyError for a channel that has none yet.
    """
    if channel != ChannelKey.EMAIL:
        raise KeyError(channel)
    stored = ChannelSetting.objects.filter(key=channel).values_list("settings", flat=True).first()
    return EmailAdapter(email_settings(stored or {}))

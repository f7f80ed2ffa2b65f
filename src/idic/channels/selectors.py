"""Reads of Channels: how each channel stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from idic.channels.adapters.registry import REAL
from idic.channels.models import ChannelKey, ChannelSetting


@dataclass(frozen=True, slots=True)
class ChannelState:
    """How one channel stands. `is_real`: there is an adapter that can reach people."""

    key: str
    label: str
    is_real: bool
    is_live: bool
    is_set_up: bool
    checked_at: datetime | None
    problem: str
    live_since: datetime | None


def list_channel_states() -> list[ChannelState]:
    """Give every channel with how it stands."""
    stored = {setting.key: setting for setting in ChannelSetting.objects.all()}
    return [_state(key, stored.get(key)) for key in ChannelKey]


def get_channel_state(*, channel: str) -> ChannelState:
    """Give one channel with how it stands. Raises ValueError for an unknown one."""
    return _state(ChannelKey(channel), ChannelSetting.objects.filter(key=channel).first())


def _state(key: ChannelKey, setting: ChannelSetting | None) -> ChannelState:
    return ChannelState(
        key=key.value,
        label=str(key.label),
        is_real=key in REAL,
        is_live=bool(setting and setting.is_live and key in REAL),
        is_set_up=bool(setting and setting.settings),
        checked_at=setting.checked_at if setting else None,
        problem=setting.problem if setting else "",
        live_since=setting.live_since if setting else None,
    )


def get_sender_domain(*, channel: str) -> str:
    """Give the domain our messages are numbered under: the sender's own, once there is one."""
    stored = ChannelSetting.objects.filter(key=channel).values_list("settings", flat=True).first()
    address = str((stored or {}).get("from_address", ""))
    domain = address.rpartition("@")[2].lower()
    return domain if domain.isascii() and domain else "practice.invalid"

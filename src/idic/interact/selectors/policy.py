"""Reads of the contact rules."""

from __future__ import annotations

from django.db.models import Exists

from idic.channels.adapters.registry import is_live, list_live
from idic.core.models import Business
from idic.interact.content.mail import ADVERTISING_LABELS
from idic.interact.models import ContactPolicy


def get_policy() -> ContactPolicy:
    """Give the business's rules; before anybody changed them, the defaults."""
    return ContactPolicy.objects.filter(id=1).first() or ContactPolicy()


def get_rules(*, channel: str) -> tuple[ContactPolicy, bool]:
    """Give the business's rules, and whether this channel reaches real people: one query."""
    live = Exists(list_live(channel=channel))
    found = ContactPolicy.objects.annotate(is_channel_live=live).filter(id=1).first()
    if found is None:
        return ContactPolicy(), is_live(channel=channel)
    return found, bool(found.is_channel_live)


def get_advertising_label(*, policy: ContactPolicy, business: Business) -> str:
    """Give what stands before the subject of advertising here."""
    if policy.advertising_label is not None:
        return policy.advertising_label
    return ADVERTISING_LABELS.get(business.country, "")

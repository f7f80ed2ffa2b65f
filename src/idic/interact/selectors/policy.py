"""Reads of the contact rules."""

from __future__ import annotations

from idic.core.models import Business
from idic.interact.content.mail import ADVERTISING_LABELS
from idic.interact.models import ContactPolicy


def get_policy() -> ContactPolicy:
    """Give the business's rules; before anybody changed them, the defaults."""
    return ContactPolicy.objects.filter(id=1).first() or ContactPolicy()


def get_advertising_label(*, policy: ContactPolicy, business: Business) -> str:
    """Give what stands before the subject of advertising here."""
    if policy.advertising_label is not None:
        return policy.advertising_label
    return ADVERTISING_LABELS.get(business.country, "")

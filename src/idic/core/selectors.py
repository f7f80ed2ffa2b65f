"""Reads of the ground floor."""

from __future__ import annotations

from datetime import date

from idic.core import clock
from idic.core.models import Business


def get_business() -> Business:
    """Give the business; before set-up an unsaved one with defaults."""
    return Business.objects.filter(id=1).first() or Business(name="IDIC")


def get_as_of(business: Business) -> date:
    """Give the day figures are looked at from: the one chosen, or today where the shop is."""
    return business.as_of_date or clock.today(time_zone=business.time_zone)

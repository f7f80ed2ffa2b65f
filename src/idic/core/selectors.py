"""Reads of the ground floor."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date

from idic.core import clock
from idic.core.models import Business

_remembered: ContextVar[Business | None] = ContextVar("business", default=None)


def get_business() -> Business:
    """Give the business; before set-up an unsaved one with defaults."""
    remembered = _remembered.get()
    # A copy, so that a form that refused an entry leaves nothing of it on the rest of the page.
    return copy.copy(remembered) if remembered is not None else _read_business()


@contextmanager
def remembering_business() -> Iterator[Business]:
    """Read the business once for a whole request: a page asks for it in many places."""
    business = _read_business()
    token = _remembered.set(business)
    try:
        yield copy.copy(business)
    finally:
        _remembered.reset(token)


def forget_business() -> None:
    """Read it anew from here on: it was changed."""
    _remembered.set(None)


def _read_business() -> Business:
    return Business.objects.filter(id=1).first() or Business(name="IDIC")


def get_as_of(business: Business) -> date:
    """Give the day figures are looked at from: the one chosen, or today where the shop is."""
    return business.as_of_date or clock.today(time_zone=business.time_zone)

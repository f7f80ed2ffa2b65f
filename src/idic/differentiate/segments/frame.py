"""The moment and place a rule is read at: the day looked at, the present, the zone, the money."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from idic.core import clock
from idic.core.selectors import get_as_of, get_business
from idic.differentiate.models import Segment

from .tree import Window


@dataclass(frozen=True)
class Frame:
    """What “in the last 90 days” and “£100” mean. `now` decides which states are still in force;
    `known` holds segments that need not be read again.
    """

    as_of: dt.date
    now: dt.datetime
    time_zone: str = "UTC"
    currency: str = "GBP"
    known: tuple[Segment, ...] = ()

    def start_of(self, day: dt.date) -> dt.datetime:
        """Give the moment a day begins where the shop is."""
        return dt.datetime.combine(day, dt.time(), ZoneInfo(self.time_zone)).astimezone(dt.UTC)

    def day_of(self, moment: dt.datetime) -> dt.date:
        """Give the day a moment lies on where the shop is."""
        return moment.astimezone(ZoneInfo(self.time_zone)).date()

    @property
    def end(self) -> dt.datetime:
        """The moment the day looked at ends."""
        return self.start_of(self.as_of + dt.timedelta(days=1))

    def days_ago(self, days: int) -> dt.date:
        """Give the day that many days before the day looked at."""
        return self.as_of - dt.timedelta(days=days)

    def days_of(self, window: Window) -> tuple[dt.date | None, dt.date]:
        """Give a window's first and last day; nothing after the day looked at ever counts."""
        last = min(window.to_date or self.as_of, self.as_of)
        if window.last_days is not None:
            return self.days_ago(window.last_days - 1), last
        return window.from_date, last


def current_frame(*, as_of: dt.date | None = None, now: dt.datetime | None = None) -> Frame:
    """Build the frame of the business as it stands; services pass their own day and moment."""
    business = get_business()
    return Frame(
        as_of=as_of or get_as_of(business),
        now=now or clock.now(),
        time_zone=business.time_zone,
        currency=business.currency,
    )

"""Home put together: what its template shows, nothing computed there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.safestring import SafeString

from idic.core.models import Business, Staff
from idic.core.selectors import get_as_of
from idic.core.templatetags.ui import money_writer
from idic.web.home.effects import Axis, Range, build_axis, say_range
from idic.web.home.headline import Headline, say_headline
from idic.web.home.maturity import Maturity, find_maturity
from idic.web.home.reading import Knowledge, read_home
from idic.web.home.setup import SetUp, list_steps
from idic.web.home.stations import Station, find_worths, list_stations


@dataclass(frozen=True, slots=True)
class Stop:
    """A station with its effect drawn on the common scale."""

    station: Station
    lines: SafeString
    whisker: SafeString
    amount: str
    between: str
    is_proven: bool
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Home:
    """The page."""

    known: Knowledge
    headline: Headline
    stops: list[Stop]
    axis: SafeString
    maturity: Maturity
    set_up: SetUp

    @property
    def as_of(self) -> date:
        """The day looked at."""
        return self.known.as_of

    @property
    def has_data(self) -> bool:
        """Whether there is anything to speak of."""
        return self.known.has_data


def build_home(*, business: Business, staff: Staff, now: datetime) -> Home:
    """Read the rooms once and put what they know into words."""
    known = read_home(business=business, as_of=get_as_of(business), now=now)
    stations = list_stations(known, staff=staff)
    worths = find_worths(stations)
    axis = build_axis([worth.money for worth in worths], currency=business.currency)
    return Home(
        known=known,
        headline=say_headline(known),
        stops=[_stop(station, axis, business.currency) for station in stations],
        axis=axis.draw_head() if axis else SafeString(""),
        maturity=find_maturity(known),
        set_up=list_steps(known, business=business, staff=staff),
    )


def _say_amount(found: Range, currency: str) -> str:
    """Write the sum with its sign, in the unit of the ends that stand below it."""
    write = money_writer(found.low, found.high, found.value, currency=currency)
    return f"{'+' if found.value > 0 else ''}{write(found.value)}"


def _stop(station: Station, axis: Axis | None, currency: str) -> Stop:
    found = station.worth.money if station.worth else None
    return Stop(
        station=station,
        lines=axis.draw_lines() if axis else SafeString(""),
        whisker=axis.draw(found) if axis and found else SafeString(""),
        amount=_say_amount(found, currency) if found else "",
        between=say_range(found, currency=currency) if found else "",
        is_proven=bool(found and found.is_proven),
        is_whole=station.number == 5,
    )

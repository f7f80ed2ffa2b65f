"""What a person's morning mail holds: the day as Today has it and, for who leads, the latest sales
and who of the best slipped away. Nothing is computed here that the page computes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone, translation

from idic.core.lunar import say_lunar
from idic.core.models import Business, Staff
from idic.core.selectors import get_as_of
from idic.differentiate.selectors import find_figures, list_newly_late
from idic.measure.selectors import LatestSales, find_latest_sales
from idic.web.selectors.demo import DemoNotice, find_demo_notice
from idic.web.today.day import CLOSED, Today, get_today
from idic.web.today.people import read_people
from idic.web.today.planning import Desk, Group, Reason, Waiting
from idic.web.today.rows import Row, draw_groups

SLIPPING_DAYS = 7
_SLIPPING_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Slipping:
    """Who of the valuable began to slip away this week: how many, those with most at stake."""

    count: int
    rows: tuple[Row, ...]

    @property
    def more(self) -> int:
        """How many are not named."""
        return self.count - len(self.rows)


@dataclass(frozen=True, slots=True)
class Digest:
    """One person's morning. `sales`, `slipping` and `late_count` (all valuable who are overdue, as
    Today has it) are for who leads.
    """

    day: Today
    as_of: date
    currency: str
    language: str
    lunar: str
    sales: LatestSales | None
    slipping: Slipping | None
    late_count: int
    demo: DemoNotice | None


def language_of(staff: Staff, business: Business) -> str:
    """Give the language a person reads: their own, else the business's."""
    known = [code for code, _name in settings.LANGUAGES]
    chosen = staff.language or business.language
    return chosen if chosen in known else settings.LANGUAGE_CODE


@contextmanager
def speaking_to(staff: Staff, business: Business) -> Iterator[None]:
    """Speak a person's language, by the clock of the shop."""
    language = language_of(staff, business)
    with translation.override(language), timezone.override(ZoneInfo(business.time_zone)):
        yield


def read_digest(*, staff: Staff, business: Business, now: datetime) -> Digest:
    """Read a person's morning, to be called while speaking to them."""
    as_of = get_as_of(business)
    day = get_today(staff=staff, desk="", open_keys=[CLOSED], business=business, now=now)
    language = language_of(staff, business)
    is_lead = day.desk is Desk.OWNER
    return Digest(
        day=day,
        as_of=as_of,
        currency=business.currency,
        language=language,
        lunar=say_lunar(day.today, language=language),
        sales=find_latest_sales(as_of=as_of) if is_lead else None,
        slipping=_find_slipping(business, as_of, day.today, now) if is_lead else None,
        late_count=_count_late() if is_lead else 0,
        demo=find_demo_notice(staff=staff),
    )


def _count_late() -> int:
    latest = find_figures()
    return int((latest.figures.get("late") or {}).get("count") or 0) if latest else 0


def _find_slipping(business: Business, as_of: date, today: date, now: datetime) -> Slipping | None:
    """Draw who began to slip away as the page draws the valuable who are silent."""
    found = list_newly_late(days=SLIPPING_DAYS)
    if not found:
        return None
    chosen = found[:_SLIPPING_SHOWN]
    waiting = tuple(
        Waiting(Reason.SILENT, number, (float(place), number), code=Reason.SILENT.value)
        for place, number in enumerate(chosen)
    )
    groups = draw_groups(
        [Group(Reason.SILENT, waiting)],
        read_people(chosen, now=now),
        business=business,
        today=today,
        as_of=as_of,
    )
    return Slipping(len(found), tuple(row for group in groups for row in group.rows))

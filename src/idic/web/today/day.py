"""One person's day put together: whose desk, what is left and what it is worth, what is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from idic.core.models import Business, Role, Staff
from idic.core.selectors import get_as_of
from idic.core.templatetags import ui
from idic.differentiate.models import BusinessFigures
from idic.identify.models import Customer
from idic.interact.services.outcomes import Day as WorkingDay
from idic.web.today.jobs import JobGroup, list_jobs
from idic.web.today.people import Person, read_people
from idic.web.today.planning import MOST, REASONS_OF, Desk, Reason, plan_day
from idic.web.today.reading import Frame, Settled, read_desktop
from idic.web.today.rows import DrawnGroup, Opened, Row, draw_groups, open_row

_ALL = (Desk.OWNER, Desk.CARE, Desk.SALES, Desk.MARKETER)
DESKS_OF: dict[str, tuple[Desk, ...]] = {
    Role.OWNER: _ALL,
    Role.MANAGER: _ALL,
    Role.MARKETER: (Desk.MARKETER,),
    Role.SALES: (Desk.SALES,),
    Role.CARE: (Desk.CARE,),
    Role.ANALYST: (Desk.MARKETER,),
    Role.READ_ONLY: (Desk.SALES,),
}
_OUTCOMES = {
    "done": gettext_lazy("Done"),
    "no_answer": gettext_lazy("No answer"),
    "later": gettext_lazy("Later"),
}
CLOSED = "-"


@dataclass(frozen=True, slots=True)
class DoneLine:
    """Somebody, or something, settled today."""

    name: str
    customer_id: int | None
    outcome: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Today:
    """Everything the page says."""

    desk: Desk
    desks: tuple[Desk, ...]
    today: date
    groups: list[DrawnGroup]
    job_groups: list[JobGroup]
    done: list[DoneLine]
    done_count: int
    kept_count: int
    reached_count: int
    opened: Row | None
    details: Opened | None
    has_customers: bool
    revenue: str
    colleagues: list[tuple[int, str]]

    @property
    def rows(self) -> list[Row]:
        """Every row, in the order of the list."""
        return [row for group in self.groups for row in group.rows]

    @property
    def job_count(self) -> int:
        """What waits that is about nobody."""
        jobs = sum(len(group.jobs) for group in self.job_groups)
        return jobs + sum(1 for row in self.rows if row.person is None)

    @property
    def people_count(self) -> int:
        """The people left."""
        return sum(1 for row in self.rows if row.person)

    @property
    def has_samples(self) -> bool:
        """Somebody on the list is made up."""
        return any(row.is_sample for row in self.rows)

    @property
    def worth(self) -> int:
        """What they stand for in the coming year."""
        return sum(row.amount for row in self.rows)

    @property
    def total(self) -> int:
        """The ticks of the strip: what is left and what is done, twenty at most."""
        return min(len(self.rows) + self.done_count, MOST)

    @property
    def ticks(self) -> list[bool]:
        """One tick each, done ones first."""
        done = min(self.done_count, self.total)
        return [place < done for place in range(self.total)]

    @property
    def begin_with(self) -> str:
        """Say what to begin with: what was promised, else who complained."""
        counts = Counter(row.waiting.reason for row in self.rows)
        promises, complaints = counts[Reason.PROMISE], counts[Reason.COMPLAINT]
        if promises:
            return ngettext(
                "Begin with the promise due.",
                "Begin with the %(count)s promises due.",
                promises,
            ) % {"count": ui.number(promises)}
        if complaints:
            return ngettext(
                "Begin with the open complaint.",
                "Begin with the %(count)s open complaints.",
                complaints,
            ) % {"count": ui.number(complaints)}
        return ""


def working_day(*, business: Business, now: datetime) -> WorkingDay:
    """Give the day outcomes are recorded on, as the clock of the shop has it."""
    zone = ZoneInfo(business.time_zone)
    today = now.astimezone(zone).date()
    began_at = datetime.combine(today, time(), zone)
    return WorkingDay(today, began_at, now, business.time_zone)


def frame_of(*, business: Business, staff: Staff, now: datetime) -> Frame:
    """Give the bounds of somebody's day."""
    day = working_day(business=business, now=now)
    return Frame(
        now=now,
        today=day.today,
        began_at=day.began_at,
        ends_at=day.began_at + timedelta(days=1),
        as_of=get_as_of(business),
        staff_id=staff.id,
        is_lead=staff.role in (Role.OWNER, Role.MANAGER),
    )


def get_today(
    *, staff: Staff, desk: str, open_keys: Sequence[str], business: Business, now: datetime
) -> Today:
    """Put somebody's day together; the first row is open unless another, or none, is asked for.
    The first of `open_keys` that stands on the list is opened.
    """
    desks = DESKS_OF[staff.role]
    chosen = next((known for known in desks if known == desk), desks[0])
    frame = frame_of(business=business, staff=staff, now=now)
    desktop = read_desktop(frame, with_wishes=chosen is not Desk.MARKETER)
    reasons = REASONS_OF[chosen]
    done = desktop.done(reasons)
    plan = plan_day(desktop.waiting, desk=chosen, done=done, complaining=desktop.complaining)
    settled = [s for s in desktop.settled if s.reason in reasons]
    wanted = {row.customer_id for group in plan for row in group.rows}
    wanted |= {s.customer_id for s in settled}
    people = read_people({number for number in wanted if number}, now=now)
    groups = draw_groups(plan, people, business=business, today=frame.today, as_of=frame.as_of)
    opened = _find_opened(groups, open_keys)
    groups = _marked(groups, opened)
    return Today(
        desk=chosen,
        desks=desks,
        today=frame.today,
        groups=groups,
        job_groups=list_jobs(today=frame.today, now=now) if chosen is Desk.MARKETER else [],
        done=[_done_line(s, people) for s in settled],
        done_count=done.total,
        kept_count=sum(1 for s in settled if s.reason is Reason.PROMISE and s.outcome == "done"),
        reached_count=sum(1 for s in settled if s.customer_id and s.outcome == "done"),
        opened=opened,
        details=open_row(opened, business=business, today=frame.today, as_of=frame.as_of)
        if opened
        else None,
        has_customers=bool(people) or Customer.objects.filter(is_staged=False).exists(),
        revenue=_say_revenue(business) if chosen is Desk.OWNER else "",
        colleagues=desktop.colleagues,
    )


def _find_opened(groups: Sequence[DrawnGroup], keys: Sequence[str]) -> Row | None:
    rows = {row.key: row for group in groups for row in group.rows}
    if CLOSED in keys or not rows:
        return None
    return next((rows[key] for key in keys if key in rows), next(iter(rows.values())))


def _marked(groups: Sequence[DrawnGroup], opened: Row | None) -> list[DrawnGroup]:
    return [
        DrawnGroup(group.title, tuple(replace(row, is_open=row is opened) for row in group.rows))
        for group in groups
    ]


def _done_line(settled: Settled, people: dict[int, Person]) -> DoneLine:
    person = people.get(settled.customer_id or 0)
    return DoneLine(
        name=person.name if person else settled.text,
        customer_id=person.customer.id if person else None,
        outcome=str(_OUTCOMES.get(settled.outcome, _OUTCOMES["done"])),
        at=settled.at,
        by=settled.by,
    )


def _say_revenue(business: Business) -> str:
    """Say how the business does, from the figures of the last refresh; one query."""
    latest = BusinessFigures.objects.order_by("-as_of_date").first()
    if latest is None or not latest.figures.get("last_year_amount"):
        return ""
    earned = ui.money_short(latest.figures["last_year_amount"], business.currency)
    late = latest.figures.get("late") or {}
    if not late.get("count"):
        return _("%(amount)s in the last 12 months.") % {"amount": earned}
    return ngettext(
        "%(amount)s in the last 12 months; %(count)s valuable customer is slipping away "
        "with %(stake)s.",
        "%(amount)s in the last 12 months; %(count)s valuable customers are slipping away "
        "with %(stake)s.",
        late["count"],
    ) % {
        "amount": earned,
        "count": ui.number(late["count"]),
        "stake": ui.money_short(late.get("stake_amount", 0), business.currency),
    }

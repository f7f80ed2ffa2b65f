"""Why somebody stands on the list, as a colleague says it: a sentence, its state, a quiet line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from idic.core.templatetags import ui
from idic.differentiate.models import CustomerSummary
from idic.interact.services.tasks import DAY_END
from idic.web.today.hours import UsualHour, find_other_hour
from idic.web.today.people import Person
from idic.web.today.planning import Desk, Reason, Waiting

GROUPS: dict[Reason, str | Lazy] = {
    Reason.PROMISE: gettext_lazy("Promises due"),
    Reason.COMPLAINT: gettext_lazy("Open complaints"),
    Reason.REQUEST: gettext_lazy("Requests waiting"),
    Reason.AGAIN: gettext_lazy("Calls planned for today"),
    Reason.SILENT: gettext_lazy("Valuable and silent"),
    Reason.BIRTHDAY: gettext_lazy("Birthdays"),
    Reason.FIRST: gettext_lazy("After the first purchase"),
    Reason.UPSELL: gettext_lazy("Use it a lot: there is more to offer"),
    Reason.TASK: gettext_lazy("Tasks and reminders"),
}
DESKS: dict[Desk, str | Lazy] = {
    Desk.CARE: pgettext_lazy("desk", "Care"),
    Desk.SALES: pgettext_lazy("desk", "Sales"),
    Desk.OWNER: pgettext_lazy("desk", "Owner"),
    Desk.MARKETER: pgettext_lazy("desk", "Marketing"),
}
_LONGEST = 140
_OLDEST = 115  # beyond it the year is a placeholder


@dataclass(frozen=True, slots=True)
class Said:
    """What a row says: why, the state with its tone and icon, and a quiet line."""

    why: str
    tone: str = ""
    state: str = ""
    icon: str = ""
    sub: str = ""


def say(row: Waiting, person: Person | None, *, today: date, as_of: date) -> Said:
    """Say why a row is there."""
    summary = person.summary if person else None
    if row.reason in (Reason.PROMISE, Reason.TASK):
        return _say_task(row, summary, today, as_of)
    if row.reason in (Reason.COMPLAINT, Reason.REQUEST):
        return _say_case(row, today)
    if row.reason is Reason.BIRTHDAY:
        return _say_birthday(summary, today, as_of)
    if row.reason is Reason.FIRST:
        return _say_first(summary, as_of)
    if row.reason is Reason.UPSELL:
        return _say_upsell(summary, as_of)
    if row.reason is Reason.AGAIN:
        return _say_again(row, summary, today, as_of)
    return Said(_silence(summary, as_of), sub=_last(summary, as_of))


def _say_task(row: Waiting, summary: CustomerSummary | None, today: date, as_of: date) -> Said:
    tone, word = say_due(row.due_at, today=today)
    icon = "alert" if tone == "bad" else "clock"
    return Said(_short(row.text), tone, word, icon, _last(summary, as_of))


def say_due(due_at: datetime | None, *, today: date) -> tuple[str, str]:
    """Say until when something is due: the tone and the word."""
    if due_at is None:
        return "", ""
    local = timezone.localtime(due_at)
    late = (today - local.date()).days
    if late > 0:
        word = ngettext("%(days)s day overdue", "%(days)s days overdue", late)
        return "bad", word % {"days": ui.number(late)}
    if late < 0:
        return "", _("until %(day)s") % {"day": ui.day_short(local.date())}
    if local.time().replace(second=0, microsecond=0) == DAY_END:
        return "warn", _("due today")
    return "warn", _("due today by %(hour)s") % {"hour": f"{local:%H:%M}"}


def _say_case(row: Waiting, today: date) -> Said:
    days = (today - timezone.localtime(row.since).date()).days if row.since else 0
    if days > 0:
        word = ngettext("Open for %(days)s day", "Open for %(days)s days", days)
        word, tone = word % {"days": ui.number(days)}, "bad" if days > 1 else "warn"
    else:
        word, tone = _("Opened today"), "warn"
    paused = _("No offers until it is solved") if row.reason is Reason.COMPLAINT else ""
    return Said(_short(row.text), tone, word, "alert" if tone == "bad" else "clock", paused)


def _say_upsell(summary: CustomerSummary | None, as_of: date) -> Said:
    days = (summary.usage_days if summary else None) or 0
    if not days:
        return Said(_("In a segment that is watched for more to offer"), sub=_last(summary, as_of))
    why = ngettext("Used it on %(days)s of 30 days", "Used it on %(days)s of 30 days", days)
    return Said(why % {"days": ui.number(days)}, sub=_last(summary, as_of))


def _say_birthday(summary: CustomerSummary | None, today: date, as_of: date) -> Said:
    born = summary.birth_date if summary else None
    if born is None:
        return Said(_("Birthday this week"), sub=_last(summary, as_of))
    day = find_birthday(born, today=today)
    words = {0: _("Birthday today"), 1: _("Birthday tomorrow")}
    why = words.get((day - today).days) or _("Birthday on %(day)s") % {"day": ui.day_short(day)}
    age = day.year - born.year
    if 0 < age < _OLDEST:
        why = _("%(birthday)s: turns %(age)s") % {"birthday": why, "age": ui.number(age)}
    ahead = _("Wish it on the day itself; today there is time to prepare something.")
    return Said(why, sub=_last(summary, as_of) if day == today else ahead)


def find_birthday(born: date, *, today: date) -> date:
    """Give the next birthday from today on; of 29 February 1 March in years without that day."""
    for year in (today.year, today.year + 1):
        try:
            day = born.replace(year=year)
        except ValueError:
            day = date(year, 3, 1)
        if day >= today:
            return day
    raise AssertionError("a birthday comes every year")


def _say_first(summary: CustomerSummary | None, as_of: date) -> Said:
    if summary is None or summary.first_order_date is None:
        return Said(_("A new customer"))
    ago = ui.days_ago(summary.first_order_date, as_of)
    why = _("New customer: first purchase %(ago)s") % {"ago": ago}
    return Said(why, sub=_("Ask whether everything was right, and one thing we do not know yet."))


def _say_again(row: Waiting, summary: CustomerSummary | None, today: date, as_of: date) -> Said:
    why = _silence(summary, as_of) if summary and summary.is_overdue else _("A call was planned")
    last = _last(summary, as_of)
    if row.tries > 1:
        word = _("Nobody answered twice: write instead")
        return Said(why, "warn", word, "nophone", last)
    if row.tries == 1 and row.tried_at:
        local = timezone.localtime(row.tried_at)
        words = {"ago": ui.days_ago(local.date(), today), "hour": f"{local:%H:%M}"}
        return Said(why, "warn", _("No answer %(ago)s at %(hour)s") % words, "nophone", last)
    by = _("Given to %(name)s") % {"name": row.by} if row.by else last
    return Said(why, sub=by)


def _silence(summary: CustomerSummary | None, as_of: date) -> str:
    if summary is None or summary.last_order_date is None:
        return _("Nothing bought yet")
    silent = (as_of - summary.last_order_date).days
    gap = round(summary.usual_gap_days or 0)
    if gap < 1:
        return ngettext("%(days)s day away", "%(days)s days away", silent) % {
            "days": ui.number(silent)
        }
    return ngettext(
        "%(days)s days away, usually %(gap)s day",
        "%(days)s days away, usually %(gap)s days",
        gap,
    ) % {"days": ui.number(silent), "gap": ui.number(gap)}


def _last(summary: CustomerSummary | None, as_of: date) -> str:
    """Say when there was contact last, or at least a purchase."""
    if summary is None:
        return ""
    contact = summary.last_contact_at
    bought = summary.last_order_date
    if contact and (bought is None or timezone.localtime(contact).date() >= bought):
        return _("Last contact %(day)s") % {"day": ui.day_short(contact)}
    return _("Last purchase %(day)s") % {"day": ui.day_short(bought)} if bought else ""


def say_hour(usual: UsualHour | None, *, tried_at: datetime | None = None) -> tuple[str, str]:
    """Say when somebody is likely to be reached, and what that rests on; empty when unknown."""
    if tried_at is not None:
        start, end = find_other_hour(timezone.localtime(tried_at))
        if usual and not usual.start <= timezone.localtime(tried_at).hour < usual.end:
            start, end = usual.start, usual.end
        return _span(start, end), _("another hour than last time")
    if usual is None:
        return "", ""
    rests = _("%(count)s of %(total)s purchases") % {
        "count": ui.number(usual.count),
        "total": ui.number(usual.total),
    }
    return _span(usual.start, usual.end), rests


def _span(start: int, end: int) -> str:
    return _("%(start)s to %(end)s") % {"start": f"{start}:00", "end": f"{end}:00"}


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1].rstrip()}…"

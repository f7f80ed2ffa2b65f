"""Today: whom to look after, why, and what came of it. Works without a script; with one, only the
day's own part of the page changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from idic.core import clock, ids
from idic.core.access import may, needs, staff_of
from idic.core.days import read_day
from idic.core.lunar import say_lunar
from idic.core.models import Role, Staff
from idic.core.templatetags import ui
from idic.core.toasts import notify
from idic.interact.models import CallOutcome, Case, Task
from idic.interact.services import tasks
from idic.interact.services.calls import assign_call
from idic.interact.services.outcomes import About, record_outcome, undo_outcome
from idic.web.people import public_id
from idic.web.today.day import CLOSED, Today, get_today, working_day
from idic.web.today.planning import Desk, Reason
from idic.web.today.words import DESKS
from idic.web.views.customer import get_customer
from idic.web.views.customers import business_of

LATER_DAYS = (1, 3, 7)


@require_GET
def today(request: HttpRequest) -> HttpResponse:
    """Show the day."""
    desk, *keys = (request.GET.get(name, "") for name in ("as", "open", "then"))
    return _show(request, desk=desk, open_keys=keys)


def _show(request: HttpRequest, *, desk: str, open_keys: list[str]) -> HttpResponse:
    business, staff = business_of(request), staff_of(request)
    day = get_today(staff=staff, desk=desk, open_keys=open_keys, business=business, now=clock.now())
    context = _context(day, staff)
    if request.htmx and request.htmx.target == "day":  # type: ignore[attr-defined]
        answer = render(request, "web/today.html#day", context | {"swapped": True})
        answer["HX-Push-Url"] = today_url(desk=day.desk, open_key=open_keys[0])
        return answer
    return render(request, "web/today.html", context)


def _context(day: Today, staff: Staff) -> dict[str, Any]:
    is_lead = staff.role in (Role.OWNER, Role.MANAGER)
    may_give = is_lead and day.opened is not None and day.desk is not Desk.MARKETER
    return {
        "day": day,
        "lunar": say_lunar(day.today, language=get_language() or "en"),
        "tabs": [(desk.value, DESKS[desk], desk is day.desk) for desk in day.desks],
        "may_act": may(staff, "customers.edit"),
        "later_days": [
            (day.today + timedelta(days=count), label) for count, label in _later_labels()
        ],
        "colleagues": _choices(day.colleagues) if may_give else [],
        "closed": CLOSED,
        "row_url": _row_url(day),
        # Chinese sets no space between sentences.
        "gap": "" if (get_language() or "").startswith("zh") else " ",
        "done_lines": [
            (line, public_id(line.customer_id) if line.customer_id else "") for line in day.done
        ],
    }


def _row_url(day: Today) -> str:
    """Give the way back to the open row; to the one after it once it left the list."""
    if day.opened is None:
        return ""
    url = today_url(desk=day.desk, open_key=day.opened.key, then=day.opened.next_key)
    return f"{url}#opened"


def list_colleagues() -> list[tuple[str, str, int]]:
    """Give who works here as choices of a form: public id, name, id."""
    rows = Staff.objects.filter(is_active=True).order_by("display_name", "id")
    return _choices(rows.values_list("id", "display_name"))


def _choices(colleagues: Iterable[tuple[int, str]]) -> list[tuple[str, str, int]]:
    return [(ids.encode("staff", number), name, number) for number, name in colleagues]


def _later_labels() -> list[tuple[int, str]]:
    words = (_("Tomorrow"), _("In 3 days"), _("In a week"))
    return list(zip(LATER_DAYS, words, strict=True))


def today_url(*, desk: str = "", open_key: str = "", then: str = "") -> str:
    """Give the address of a desk's day with a row open; `then` is opened once that one is gone."""
    asked = (("as", desk), ("open", open_key), ("then", then))
    query = {name: value for name, value in asked if value}
    return f"{reverse('web:today')}{'?' if query else ''}{urlencode(query)}"


@require_POST
@needs("customers.edit")
def record(request: HttpRequest) -> HttpResponse:
    """Record what came of a row, and go on to the next."""
    outcome, again_on = _read_outcome(request)
    if request.POST.get("customer"):
        _record_person(request, outcome, again_on)
    else:
        _record_task(request, outcome, again_on)
    return _go_on(request, request.POST.get("next", ""))


def _read_outcome(request: HttpRequest) -> tuple[CallOutcome, date | None]:
    later = request.POST.get("later", "")
    word = CallOutcome.LATER.value if later else request.POST.get("outcome", "")
    if word not in CallOutcome.values:
        raise Http404
    given = request.POST.get("day", "") if later == "day" else later
    return CallOutcome(word), read_day(given)


def _record_person(request: HttpRequest, outcome: CallOutcome, again_on: date | None) -> None:
    customer = get_customer(request.POST["customer"])
    about = _about(request, customer.id)
    staff, business = staff_of(request), business_of(request)
    call = record_outcome(
        customer_id=customer.id,
        about=about,
        outcome=outcome,
        staff=staff,
        day=working_day(business=business, now=clock.now()),
        note=request.POST.get("note", ""),
        again_on=again_on,
    )
    if call is None:
        text = _("Somebody recorded this today already.")
        notify(request, text=text, level=messages.WARNING)
        return
    undo = reverse("web:today_undo", args=[ids.encode("call", call.id)])
    undo = f"{undo}?{urlencode({'as': request.POST.get('as', '')})}"
    name = customer.full_name or public_id(customer.id)
    notify(request, text=_say_recorded(about, outcome, again_on, name), undo_url=undo)


def _say_recorded(about: About, outcome: CallOutcome, again_on: date | None, name: str) -> str:
    if outcome == CallOutcome.NO_ANSWER:
        return _("%(name)s: no answer. Comes back tomorrow, at another hour.") % {"name": name}
    if outcome == CallOutcome.LATER:
        day = ui.day_short(again_on) if again_on else _("tomorrow")
        return _("%(name)s: put off until %(day)s.") % {"name": name, "day": day}
    if about.case_id:
        return _("%(name)s: solved. Offers are possible again.") % {"name": name}
    if about.code == Reason.PROMISE:
        return _("%(name)s: promise kept. Well done.") % {"name": name}
    return _("%(name)s: done.") % {"name": name}


def _about(request: HttpRequest, customer_id: int) -> About:
    """Read what the row was about; a task or case of somebody else is none."""
    code = request.POST.get("reason", "")
    task_id = _number("task", request.POST.get("task", ""))
    case_id = _number("case", request.POST.get("case", ""))
    if task_id and not Task.objects.filter(id=task_id, customer_id=customer_id).exists():
        raise Http404
    if case_id and not Case.objects.filter(id=case_id, customer_id=customer_id).exists():
        raise Http404
    known = code if code in set(Reason) else Reason.AGAIN.value
    return About(code=known, task_id=task_id, case_id=case_id)


def _record_task(request: HttpRequest, outcome: CallOutcome, again_on: date | None) -> None:
    task = _find_task(request.POST.get("task", ""))
    business = business_of(request)
    was = task.due_at.isoformat()
    if outcome == CallOutcome.LATER:
        day = working_day(business=business, now=clock.now()).today
        until = max(again_on or day, day + timedelta(days=1))
        tasks.put_off(task_id=task.id, until=until, time_zone=business.time_zone)
        text = _("Put off until %(day)s.") % {"day": ui.day_short(until)}
    else:
        tasks.finish_task(task_id=task.id, now=clock.now(), author=staff_of(request).email)
        text = _("Done.")
    undo = f"{reverse('web:task_undo', args=[task.public_id])}?{urlencode({'was': was})}"
    notify(request, text=text, undo_url=undo)


def _find_task(word: str) -> Task:
    task = Task.objects.filter(id=_number("task", word) or 0).first()
    if task is None:
        raise Http404
    return task


def _go_on(request: HttpRequest, open_key: str) -> HttpResponse:
    desk = request.POST.get("as", "")
    if request.htmx:  # type: ignore[attr-defined]
        return _show(request, desk=desk, open_keys=[open_key])
    return redirect(today_url(desk=desk, open_key=open_key))


@require_POST
@needs("customers.edit")
def undo(request: HttpRequest, call_id: str) -> HttpResponse:
    """Take an outcome back."""
    number = _number("call", call_id)
    if number and undo_outcome(call_id=number, staff=staff_of(request), now=clock.now()):
        notify(request, text=_("Taken back."))
    else:
        text = _("This cannot be taken back any more.")
        notify(request, text=text, level=messages.WARNING)
    return redirect(today_url(desk=request.GET.get("as", "")))


@require_POST
@needs("customers.edit")
def assign(request: HttpRequest) -> HttpResponse:
    """Give a row to a colleague: a task changes hands, a person becomes their planned call."""
    staff, business = staff_of(request), business_of(request)
    if staff.role not in (Role.OWNER, Role.MANAGER):
        raise Http404
    number = _number("staff", request.POST.get("staff", ""))
    colleague = Staff.objects.filter(id=number, is_active=True).first() if number else None
    if request.POST.get("task"):
        tasks.reassign(task_id=_find_task(request.POST["task"]).id, assignee=colleague)
    else:
        customer = get_customer(request.POST.get("customer", ""))
        day = working_day(business=business, now=clock.now())
        assign_call(
            customer_id=customer.id,
            staff=colleague,
            reason={"code": request.POST.get("reason", "")},
            due_date=day.today,
            now=day.now,
        )
    name = colleague.display_name if colleague else pgettext("assignee", "whoever comes first")
    notify(request, text=_("Given to %(name)s.") % {"name": name})
    return _go_on(request, request.POST.get("next", ""))


def _number(kind: str, word: str) -> int | None:
    if not word:
        return None
    try:
        return ids.decode(kind, word)
    except ids.WrongId as error:
        raise Http404 from error

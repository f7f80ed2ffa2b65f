"""Promises, tasks and reminders: noting one, keeping it, taking it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from idic.core import clock, ids
from idic.core.access import needs, staff_of
from idic.core.days import read_day, read_hour
from idic.core.models import Staff
from idic.core.toasts import notify
from idic.identify.models import Customer
from idic.identify.names import shown_name
from idic.interact.models import Task, TaskKind
from idic.interact.services import tasks
from idic.interact.services.tasks import WrongTask
from idic.web.people import public_id
from idic.web.views.customer import get_customer
from idic.web.views.customers import business_of
from idic.web.views.today import list_colleagues, today_url

T = TypeVar("T")


@require_http_methods(["GET", "POST"])
@needs("customers.edit")
def task_create(request: HttpRequest) -> HttpResponse:
    """Note something to do, for a customer or for nobody in particular."""
    word = request.GET.get("customer", "")
    customer = get_customer(word) if word else None
    error: WrongTask | None = None
    if request.method == "POST":
        try:
            task = _create(request, customer)
        except WrongTask as wrong:
            error = wrong
        else:
            undo = reverse("web:task_remove", args=[task.public_id])
            notify(request, text=_("Noted. It is on the list of its day."), undo_url=undo)
            return redirect(_back(customer))
    context = _context(request, customer, error)
    return render(request, "web/task_form.html", context, status=422 if error else 200)


def _create(request: HttpRequest, customer: Customer | None) -> Task:
    due_date = read_day(request.POST.get("due", ""))
    if due_date is None:
        raise WrongTask("due", _("Say until when."))
    number = request.POST.get("assignee", "")
    assignee = Staff.objects.filter(id=_staff_id(number), is_active=True).first()
    return tasks.create_task(
        kind=request.POST.get("kind", ""),
        text=request.POST.get("text", ""),
        due_date=due_date,
        due_time=read_hour(request.POST.get("hour", "")),
        time_zone=business_of(request).time_zone,
        created_by=staff_of(request),
        now=clock.now(),
        customer_id=customer.id if customer else None,
        assignee=assignee,
    )


def _context(
    request: HttpRequest, customer: Customer | None, error: WrongTask | None
) -> dict[str, Any]:
    kinds = [choice for choice in TaskKind.choices if customer or choice[0] != TaskKind.PROMISE]
    today = clock.today(time_zone=business_of(request).time_zone)
    given = request.POST
    return {
        "station": 3,
        "kinds": kinds,
        "chosen": given.get("kind", "promise" if customer else "task"),
        "text": given.get("text", ""),
        "due": given.get("due", today.isoformat()),
        "hour": given.get("hour", ""),
        "assignee": given.get("assignee", ""),
        "min_day": today.isoformat(),
        "error": {error.field: str(error)} if error else {},
        "staff_list": list_colleagues(),
        "name": _name(customer),
        "back_url": _back(customer),
    }


def _name(customer: Customer | None) -> str:
    if customer is None:
        return ""
    return shown_name(full_name=customer.full_name, salutation=customer.salutation)


def _back(customer: Customer | None) -> str:
    if customer is None:
        return today_url()
    return reverse("web:customer_detail", args=[public_id(customer.id)])


@require_POST
@needs("customers.edit")
def task_done(request: HttpRequest, task_id: str) -> HttpResponse:
    """Note that a task is done, from the customer's page."""
    task = _find(task_id)
    tasks.finish_task(task_id=task.id, now=clock.now(), author=staff_of(request).email)
    undo = reverse("web:task_undo", args=[task.public_id])
    notify(request, text=_("Done."), undo_url=undo)
    return redirect(_page(task))


@require_POST
@needs("customers.edit")
def task_undo(request: HttpRequest, task_id: str) -> HttpResponse:
    """Take back that a task is done, or that it was put off."""
    task = _find(task_id)
    was = _read(datetime.fromisoformat, request.GET.get("was", ""))
    done = tasks.reopen_task(task_id=task.id)
    if not done and was is not None and was.tzinfo:
        done = tasks.put_back(task_id=task.id, due_at=was)
    notify(request, text=_("Taken back.") if done else _("Nothing was changed."))
    return redirect(_page(task) if task.customer_id and was is None else today_url())


@require_POST
@needs("customers.edit")
def task_remove(request: HttpRequest, task_id: str) -> HttpResponse:
    """Take back a task one noted oneself."""
    task = _find(task_id)
    page = _page(task)
    if tasks.remove_task(task_id=task.id, author=staff_of(request)):
        notify(request, text=_("Taken back."))
    else:
        text = _("Only who noted it can take it back.")
        notify(request, text=text, level=messages.WARNING)
    return redirect(page)


def _page(task: Task) -> str:
    if task.customer_id is None:
        return today_url()
    return reverse("web:customer_detail", args=[public_id(task.customer_id)])


def _find(word: str) -> Task:
    try:
        task = Task.objects.filter(id=ids.decode("task", word)).first()
    except ids.WrongId as error:
        raise Http404 from error
    if task is None:
        raise Http404
    return task


def _staff_id(word: str) -> int:
    try:
        return ids.decode("staff", word) if word else 0
    except ids.WrongId:
        return 0


def _read(parse: Callable[[str], T], text: str) -> T | None:
    try:
        return parse(text) if text else None
    except ValueError:
        return None

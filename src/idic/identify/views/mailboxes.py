"""The pages of a mailbox as a source: connect one, what it brought, and what was left out."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from idic.core import clock, ids
from idic.core.access import may, needs, staff_of
from idic.core.selectors import get_business
from idic.core.toasts import notify
from idic.identify.ingest import watching
from idic.identify.mailbox.forms import MailboxDetails
from idic.identify.mailbox.server import PROBLEMS, MailProblem
from idic.identify.mailbox.words import list_left_out
from idic.identify.models import Mailbox
from idic.identify.services import mailboxes
from idic.identify.services.mailboxes import WrongMailbox
from idic.identify.tasks import read_mailbox


def get_mailbox(source_id: str) -> Mailbox:
    """Give the mailbox of a source's public id. Raises Http404."""
    try:
        number = ids.decode("source", source_id)
        return Mailbox.objects.select_related("source").get(source_id=number)
    except (ids.WrongId, Mailbox.DoesNotExist):
        raise Http404 from None


@require_http_methods(["GET", "POST"])
@needs("settings.edit")
def mailbox_new(request: HttpRequest) -> HttpResponse:
    """Connect a mailbox; on POST open it, and have it read at once."""
    today = clock.today(time_zone=get_business().time_zone)
    form = MailboxDetails(request.POST or None, today=today)
    if request.method == "POST" and form.is_valid():
        mailbox = _connect(request, form)
        if mailbox is not None:
            read_mailbox.enqueue(mailbox_id=mailbox.id)
            notify(request, text=_("The mailbox opens. Its mails are being read."))
            return _to(mailbox)
    context = {"form": form}
    status = 422 if form.is_bound else 200
    return render(request, "identify/mailbox_form.html", context, status=status)


def _connect(request: HttpRequest, form: MailboxDetails) -> Mailbox | None:
    try:
        return mailboxes.connect(form=form.filled_in(), staff=staff_of(request), now=clock.now())
    except WrongMailbox as wrong:
        form.add_error(wrong.field, str(wrong))
    except MailProblem as problem:
        form.add_error(None, str(PROBLEMS[problem.code]))
    return None


@require_GET
def mailbox_detail(request: HttpRequest, source_id: str) -> HttpResponse:
    """Show what a mailbox brought, and what was left out."""
    mailbox = get_mailbox(source_id)
    totals = watching.get_totals(mailbox.source)
    context = {
        "id": source_id,
        "mailbox": mailbox,
        "source": mailbox.source,
        "totals": totals,
        "problem": PROBLEMS.get(mailbox.problem, ""),
        "left_out": list_left_out(mailbox.left_out),
        "left_out_count": sum(mailbox.left_out.values()),
        "letters": watching.list_arrivals(mailbox.source),
        "may_edit": may(staff_of(request), "settings.edit"),
        "may_read": may(staff_of(request), "imports.run"),
    }
    return render(request, "identify/mailbox_detail.html", context)


@require_http_methods(["GET", "POST"])
@needs("settings.edit")
def mailbox_edit(request: HttpRequest, source_id: str) -> HttpResponse:
    """Change how a mailbox is reached; a disconnected one is connected again so."""
    mailbox = get_mailbox(source_id)
    today = clock.today(time_zone=get_business().time_zone)
    form = MailboxDetails.showing(mailbox, request.POST or None, today=today)
    if request.method == "POST" and form.is_valid():
        try:
            mailboxes.change(
                mailbox=mailbox, form=form.filled_in(), staff=staff_of(request), now=clock.now()
            )
        except MailProblem as problem:
            form.add_error(None, str(PROBLEMS[problem.code]))
        else:
            read_mailbox.enqueue(mailbox_id=mailbox.id)
            notify(request, text=_("The mailbox opens. Its mails are being read."))
            return _to(mailbox)
    context = {"form": form, "source": mailbox.source, "id": source_id}
    status = 422 if form.is_bound else 200
    return render(request, "identify/mailbox_form.html", context, status=status)


@require_POST
@needs("imports.run")
def mailbox_read(request: HttpRequest, source_id: str) -> HttpResponse:
    """Look for new mails now instead of within five minutes."""
    mailbox = get_mailbox(source_id)
    read_mailbox.using(unique_key=f"identify.mailbox.{mailbox.id}").enqueue(mailbox_id=mailbox.id)
    notify(request, text=_("New mails are being read."))
    return _to(mailbox)


@require_POST
@needs("settings.edit")
def mailbox_disconnect(request: HttpRequest, source_id: str) -> HttpResponse:
    """Read a mailbox no more."""
    mailbox = get_mailbox(source_id)
    mailboxes.disconnect(mailbox=mailbox, staff=staff_of(request), now=clock.now())
    notify(
        request,
        text=_("The mailbox is read no more, and its password is gone. What came stays."),
        level=messages.SUCCESS,
    )
    return _to(mailbox)


def _to(mailbox: Mailbox) -> HttpResponse:
    return redirect("identify:mailbox_detail", ids.encode("source", mailbox.source_id))

"""The customer page: who somebody is, what they need and want, what to do next, and everything that
happened. Editing, notes and promises are here too.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from idic.core import clock, ids
from idic.core.access import may, needs, staff_of
from idic.core.days import read_day
from idic.core.toasts import notify
from idic.identify.models import Consent, ConsentStatus, Customer
from idic.identify.names import list_names
from idic.identify.questions.memory import choose
from idic.identify.services import customers as customer_services
from idic.identify.services import notes
from idic.identify.services.customers import EDITABLE, WrongValue
from idic.interact.models import TaskKind
from idic.interact.services.tasks import (
    WrongTask,
    create_task,
    keep_promise,
    remove_note,
    reopen_promise,
)
from idic.web.asking import draw_asking
from idic.web.portrait import Portrait, draw_portrait
from idic.web.portrait.accounts import draw_accounts
from idic.web.portrait.card import draw_card
from idic.web.portrait.checklist import draw_checklist
from idic.web.portrait.depth import draw_depth
from idic.web.portrait.habits import draw_preferences
from idic.web.portrait.origins import draw_origins
from idic.web.quality.words import FIELD_WORDS
from idic.web.recent import remember
from idic.web.selectors import customer as selectors
from idic.web.selectors.customers import find_neighbours
from idic.web.selectors.history import list_cleaned, list_edits
from idic.web.selectors.timeline import GROUPS, get_timeline
from idic.web.selectors.value_method import find_method
from idic.web.timeline_words import GROUP_WORDS, draw_timeline
from idic.web.views.customers import business_of, frame_of, query_of

_ASKS = 2  # questions at once: a talk, not an interview


@require_GET
def customer_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a customer; an id merged away leads to the one that lives on while it does."""
    customer = get_customer(public_id)
    if customer.id != ids.decode("customer", public_id):
        return redirect(_page_of(customer.id, request.GET.get("list")))
    group = request.GET.get("show", "") if request.GET.get("show", "") in GROUPS else ""
    timeline = get_timeline(customer.id, group=group, before=request.GET.get("older", ""))
    context = {
        "drawn": draw_timeline(timeline.happenings, language=get_language() or "en"),
        "timeline": timeline,
        "chips": _chips(request, timeline.counts, group),
        "older_url": _older(request, timeline.older),
        "public_id": public_id,
    }
    if request.htmx and request.htmx.target == "timeline":  # type: ignore[attr-defined]
        return render(request, "web/customer_detail.html#timeline", context)
    response = render(request, "web/customer_detail.html", context | _portrait(request, customer))
    remember(request, response, public_id=public_id)
    return response


def _portrait(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    business, now = business_of(request), clock.now()
    frame = frame_of(business)
    facts = selectors.get_facts(customer.id, now=now)
    summary = selectors.summary_of(customer)
    advice = selectors.get_advice(
        customer=customer, summary=summary, states=facts.states, as_of=frame.as_of, now=now
    )
    portrait: Portrait = draw_portrait(
        customer=customer,
        summary=summary,
        facts=facts,
        advice=advice,
        method=find_method(),
        business=business,
        as_of=frame.as_of,
    )
    asks = choose(selectors.recall_from(customer, facts), limit=_ASKS, now=now)
    return {
        "station": 1,
        "customer": customer,
        "asks": draw_asking(asks, now=now),
        "portrait": portrait,
        "origins": draw_origins(facts),
        "depth": draw_depth(summary),
        "accounts": draw_accounts(facts.accounts),
        "preferences": draw_preferences(facts, facts.purchases, business.time_zone),
        "card": draw_card(facts, frame.as_of),
        "checklist": draw_checklist(customer, asked={p.channel for p in facts.permissions}),
        "list": request.GET.get("list"),
        "may_be": facts.may_be,
        "may_edit": may(staff_of(request), "customers.edit"),
        "outcomes": notes.CallOutcome.choices,
        "today": frame.as_of,
    }


def get_customer(public_id: str) -> Customer:
    """Give the customer an address names. Raises Http404 for none."""
    try:
        customer = selectors.find_customer(ids.decode("customer", public_id))
    except ids.WrongId:
        customer = None
    if customer is None:
        raise Http404
    return customer


def _page_of(customer_id: int, list_query: str | None = None) -> str:
    url = reverse("web:customer_detail", args=[ids.encode("customer", customer_id)])
    if list_query is None:
        return url
    query = QueryDict(mutable=True)
    query["list"] = list_query
    return f"{url}?{query.urlencode()}"


def _chips(request: HttpRequest, counts: dict[str, int], group: str) -> list[dict[str, Any]]:
    groups = [(key, str(GROUP_WORDS[key]), count) for key, count in counts.items() if count]
    return [
        {
            "label": label,
            "count": count,
            "url": _with(request, show=key, older=""),
            "current": key == group,
        }
        for key, label, count in [("", _("Everything"), sum(counts.values())), *groups]
    ]


def _older(request: HttpRequest, older: str) -> str:
    return _with(request, older=older) if older else ""


def _with(request: HttpRequest, **changes: str) -> str:
    query = request.GET.copy()
    for key, value in changes.items():
        query.pop(key, None)
        if value:
            query[key] = value
    return f"?{query.urlencode()}"


@require_GET
def customer_step(request: HttpRequest, public_id: str, way: str) -> HttpResponse:
    """Go to who stands before or after a customer in the list they were opened from."""
    customer = get_customer(public_id)
    summary = selectors.summary_of(customer)
    business = business_of(request)
    origin = request.GET.get("list", "")
    query = query_of(QueryDict(origin), business)
    if summary is not None:
        found = find_neighbours(query, summary=summary, frame=frame_of(business))
        other = found.next_id if way == "next" else found.previous_id
        if other is not None:
            return redirect(_page_of(other, origin))
    return redirect(f"{reverse('web:customer_list')}?{query.encode()}")


@require_http_methods(["GET", "POST"])
@needs("customers.edit")
def customer_create(request: HttpRequest) -> HttpResponse:
    """Make a customer by hand."""
    # Who was not recognised comes with the number they showed.
    values = {field: _posted(request, field) or request.GET.get(field, "") for field in EDITABLE}
    error: WrongValue | None = None
    if request.method == "POST":
        try:
            customer = customer_services.create_customer(
                values=values,
                actor=staff_of(request).email,
                country=business_of(request).country,
                now=clock.now(),
                came_back=request.POST.get("came_back", ""),
            )
        except WrongValue as wrong:
            error = wrong
        else:
            notify(request, text=_("The customer is in the book."))
            return redirect(_page_of(customer.id))
    context = {
        "station": 1,
        "fields": _form_fields(values, error),
        "was_erased": isinstance(error, customer_services.ErasedBefore),
    }
    return render(request, "web/customer_form.html", context, status=422 if error else 200)


@require_http_methods(["GET", "POST"])
@needs("customers.edit")
def customer_edit(request: HttpRequest, public_id: str) -> HttpResponse:
    """Correct a customer; what was changed can be undone from the toast and from the history."""
    customer = get_customer(public_id)
    shown = {field: str(getattr(customer, field) or "") for field in EDITABLE}
    given = {f: _posted(request, f) for f in EDITABLE if f in request.POST}
    error: WrongValue | None = None
    if request.method == "POST":
        try:
            edits = customer_services.edit_customer(
                customer_id=customer.id,
                changes=given,
                actor=staff_of(request).email,
                country=business_of(request).country,
                now=clock.now(),
            )
        except WrongValue as wrong:
            error = wrong
        else:
            _say_edits(request, public_id, edits)
            return redirect(_page_of(customer.id, request.GET.get("list")))
    cleaned = list_cleaned(customer.id)
    by_cleaning = {trait for one in cleaned for trait in one.written}
    context = {
        "station": 1,
        "customer": customer,
        "public_id": public_id,
        "name": list_names({customer.id: customer.full_name})[customer.id],
        "cleaned": [(FIELD_WORDS.get(one.field, one.field), one) for one in cleaned],
        "fields": _form_fields(shown | given, error),
        "checklist": draw_checklist(customer, asked=_asked(customer)),
        "edits": [
            (_field_words()[edit.field][0], edit)
            for edit in list_edits(customer.id, cleaned=by_cleaning)
        ],
    }
    return render(request, "web/customer_form.html", context, status=422 if error else 200)


def _asked(customer: Customer) -> set[str]:
    """Give the channels about which somebody said yes or no."""
    said = Consent.objects.filter(record__customer=customer).exclude(status=ConsentStatus.UNKNOWN)
    return set(said.values_list("channel", flat=True).distinct())


def _say_edits(request: HttpRequest, public_id: str, edits: list[customer_services.Edit]) -> None:
    if not edits:
        notify(request, text=_("Nothing was changed."))
        return
    undo = ""
    if len(edits) == 1:
        undo = reverse("web:customer_undo", args=[public_id, edits[0].trait_id])
    notify(request, text=_("Saved."), undo_url=undo)


def _field_words() -> dict[str, tuple[str, str, str]]:
    """Give the label, kind and help of each field that can be edited."""
    return {
        "full_name": (
            pgettext("person", "Name"),
            "text",
            _("As they say it themselves, family name included."),
        ),
        "salutation": (_("Way of address"), "text", _("chị, anh, 女士, Ms. Empty when unsure.")),
        "phone": (_("Phone"), "tel", ""),
        "email": (_("E-mail"), "email", ""),
        "city": (_("City"), "text", ""),
        "birth_date": (_("Birth date"), "date", ""),
    }


def _posted(request: HttpRequest, field: str) -> str:
    """Give what was typed; a day as the service takes it, if it is one."""
    text = request.POST.get(field, "")
    day = read_day(text) if field == "birth_date" else None
    return day.isoformat() if day else text


def _form_fields(values: dict[str, str], error: WrongValue | None) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "label": label,
            "type": kind,
            "help": help_text,
            "value": values.get(name, ""),
            "error": str(error) if error and error.field == name else "",
        }
        for name, (label, kind, help_text) in _field_words().items()
    ]


@require_POST
@needs("customers.edit")
def customer_undo(request: HttpRequest, public_id: str, trait_id: int) -> HttpResponse:
    """Take an edit back."""
    customer = get_customer(public_id)
    done = customer_services.undo_edit(
        customer_id=customer.id, trait_id=trait_id, actor=staff_of(request).email, now=clock.now()
    )
    if done:
        notify(request, text=_("The edit is taken back."))
    else:
        text = _("This was edited again since. Take the later edit back first.")
        notify(request, text=text, level=messages.WARNING)
    return redirect(_page_of(customer.id))


@require_POST
@needs("customers.edit")
def customer_note(request: HttpRequest, public_id: str) -> HttpResponse:
    """Write down a note, a call or a promise."""
    customer = get_customer(public_id)
    try:
        note_id = _write_down(request, customer)
    except (WrongValue, WrongTask) as wrong:
        notify(request, text=str(wrong), level=messages.WARNING)
    else:
        undo = reverse("web:customer_note_remove", args=[public_id, note_id])
        notify(request, text=_("Written down."), undo_url=undo)
    return redirect(f"{_page_of(customer.id, request.POST.get('list') or None)}#timeline")


def _write_down(request: HttpRequest, customer: Customer) -> int:
    """Write a note, a call or a promise; give its line on the timeline."""
    kind, outcome = request.POST.get("kind", "note"), request.POST.get("outcome", "")
    text, due = request.POST.get("text", ""), read_day(request.POST.get("due", ""))
    staff = staff_of(request)
    if kind == notes.NoteKind.PROMISE:
        if due is None:
            raise WrongTask("due", _("Say until when."))
        task = create_task(
            kind=TaskKind.PROMISE,
            text=text,
            due_date=due,
            time_zone=business_of(request).time_zone,
            created_by=staff,
            now=clock.now(),
            customer_id=customer.id,
        )
        return task.note_id or 0
    return notes.add_note(
        customer_id=customer.id,
        text=text,
        author=staff.email,
        author_name=staff.display_name,
        now=clock.now(),
        kind=notes.NoteKind(kind) if kind in notes.NoteKind.values else notes.NoteKind.NOTE,
        outcome=notes.CallOutcome(outcome) if outcome in notes.CallOutcome.values else None,
    ).id


@require_POST
@needs("customers.edit")
def customer_note_remove(request: HttpRequest, public_id: str, note_id: int) -> HttpResponse:
    """Take one's own note back."""
    customer = get_customer(public_id)
    author = staff_of(request).email
    if remove_note(customer_id=customer.id, note_id=note_id, author=author):
        notify(request, text=_("The note is gone."))
    else:
        text = _("Only who wrote a note can take it back.")
        notify(request, text=text, level=messages.WARNING)
    return redirect(f"{_page_of(customer.id)}#timeline")


@require_POST
@needs("customers.edit")
def customer_promise_kept(request: HttpRequest, public_id: str, promise_id: int) -> HttpResponse:
    """Note that a promise was kept."""
    customer = get_customer(public_id)
    kept = keep_promise(
        customer_id=customer.id,
        promise_id=promise_id,
        author=staff_of(request).email,
        now=clock.now(),
    )
    if kept:
        undo = reverse("web:customer_promise_undo", args=[public_id, promise_id])
        notify(request, text=_("Promise kept. Well done."), undo_url=undo)
    return redirect(_page_of(customer.id))


@require_POST
@needs("customers.edit")
def customer_promise_undo(request: HttpRequest, public_id: str, promise_id: int) -> HttpResponse:
    """Take back that a promise was kept."""
    customer = get_customer(public_id)
    done = reopen_promise(customer_id=customer.id, promise_id=promise_id)
    notify(request, text=_("Taken back.") if done else _("Nothing was changed."))
    return redirect(_page_of(customer.id))

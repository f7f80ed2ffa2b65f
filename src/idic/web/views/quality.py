"""The page of data quality, the values behind each finding, and what is decided on them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import F, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from idic.core import clock, ids
from idic.core.access import may, needs, staff_of
from idic.core.toasts import notify
from idic.identify.cleaning import NOTED
from idic.identify.models import ActKind, CleaningAct, CleaningProposal
from idic.identify.names import list_names
from idic.identify.services.cleaning import deciding
from idic.identify.tasks import clean_everything, decide_all, undo_decision
from idic.web.quality.page import build_quality, say_act, shown_after
from idic.web.quality.words import FIELD_WORDS, is_known, say_finding, say_proposal

from .customers import business_of

_ROWS = 50
# More than these take seconds: a job does it, and the bar shows how far it is.
_AT_ONCE = 200


@require_GET
def quality(request: HttpRequest) -> HttpResponse:
    """Show what could be put right, what is worth asking, and how complete the rest is."""
    staff = staff_of(request)
    context = {
        "station": 1,
        "quality": build_quality(business=business_of(request)),
        "may_edit": may(staff, "customers.edit"),
        "may_all": may(staff, "customers.bulk"),
    }
    return render(request, "web/quality.html", context)


@require_POST
@needs("customers.bulk")
def quality_look(request: HttpRequest) -> HttpResponse:
    """Look through everything again, in the background."""
    clean_everything.enqueue()
    notify(request, text=_("The values are being looked through."))
    return redirect("web:quality")


@require_GET
def quality_reason(request: HttpRequest, reason: str) -> HttpResponse:
    """Show the values behind a finding, the sure ones first."""
    if not is_known(reason=reason):
        raise Http404
    staff, rows = staff_of(request), deciding.list_open(reason=reason)
    count = rows.count()
    page = list(_after(rows, request.GET.get("after", ""))[: _ROWS + 1])
    context = {
        "station": 1,
        "reason": reason,
        "is_noted": reason in NOTED,
        "count": count,
        "sure": deciding.list_sure(reason=reason).count(),
        "sentence": say_finding(reason=reason, count=count),
        "proposal": say_proposal(reason=reason),
        "rows": _drawn(page[:_ROWS]),
        "next_url": f"?after={page[_ROWS - 1].confidence}:{page[_ROWS - 1].id}"
        if len(page) > _ROWS
        else "",
        "may_edit": may(staff, "customers.edit"),
        "may_all": may(staff, "customers.bulk"),
    }
    return render(request, "web/quality_reason.html", context)


def _after(rows: QuerySet[CleaningProposal], key: str) -> QuerySet[CleaningProposal]:
    found = rows.select_related("customer", "source").order_by("-confidence", "id")
    confidence, _colon, last = key.partition(":")
    try:
        here = float(confidence)
        number = int(last)
    except ValueError:
        return found
    return found.filter(Q(confidence__lt=here) | Q(confidence=here, id__gt=number))


def _drawn(proposals: list[CleaningProposal]) -> list[dict[str, Any]]:
    names = list_names(
        {one.customer_id: one.customer.full_name for one in proposals},
        salutations={one.customer_id: one.customer.salutation for one in proposals},
    )
    return [
        {
            "id": one.id,
            "name": names[one.customer_id],
            "public_id": ids.encode("customer", one.customer_id),
            "field": FIELD_WORDS.get(one.field, one.field),
            "before": one.before,
            "after": shown_after(one),
            "is_sure": one.confidence >= deciding.SURE,
            "source": one.source.name if one.source else "",
        }
        for one in proposals
    ]


@require_POST
@needs("customers.edit")
def quality_decide(request: HttpRequest, reason: str) -> HttpResponseBase:
    """Accept or let be one value, or all of a finding."""
    kind = request.POST.get("kind", "")
    if kind not in ActKind.values or not is_known(reason=reason):
        raise Http404
    if request.POST.get("id"):
        return _decide_one(request, reason, kind)
    return _decide_all(request, reason, kind)


def _decide_one(request: HttpRequest, reason: str, kind: str) -> HttpResponse:
    number = request.POST["id"]
    act = deciding.decide(
        kind=kind,
        proposal_ids=[int(number)] if number.isdecimal() and len(number) < 20 else [],
        actor=staff_of(request).email,
        now=clock.now(),
    )
    if act is None or not act.count:
        text = _("This value has changed meanwhile. There is nothing left to decide.")
        notify(request, text=text, level=messages.WARNING)
    else:
        _say_done(request, act)
    if deciding.list_open(reason=reason).exists():
        return redirect("web:quality_reason", reason)
    return redirect("web:quality")


@needs("customers.bulk")
def _decide_all(request: HttpRequest, reason: str, kind: str) -> HttpResponse:
    rows = deciding.list_sure if kind == ActKind.ACCEPT else deciding.list_open
    count, now = rows(reason=reason).count(), clock.now()
    if not count:
        return redirect("web:quality")
    act = deciding.begin(kind=kind, reason=reason, actor=staff_of(request).email, now=now)
    if count > _AT_ONCE:
        decide_all.enqueue(act_id=act.id)
        notify(request, text=_("This is being done; the page says when it is."))
    else:
        _say_done(request, deciding.carry_out(act=act, now=now))
    return redirect("web:quality")


def _say_done(request: HttpRequest, act: CleaningAct) -> None:
    undo = reverse("web:quality_undo", args=[ids.encode("cleaning", act.id)])
    notify(request, text=say_act(act=act), undo_url=undo)


@require_POST
@needs("customers.edit")
def quality_undo(request: HttpRequest, act_id: str) -> HttpResponse:
    """Take a decision back."""
    try:
        act = get_object_or_404(CleaningAct, id=ids.decode("cleaning", act_id))
    except ids.WrongId:
        raise Http404 from None
    staff = staff_of(request)
    if act.count > 1 and not may(staff, "customers.bulk"):
        raise Http404
    if act.count > _AT_ONCE:
        undo_decision.enqueue(act_id=act.id, actor=staff.email)
        notify(request, text=_("This is being taken back; the page says when it is."))
    elif deciding.undo(act_id=act.id, actor=staff.email, now=clock.now()):
        notify(request, text=_("Everything stands as it did before."))
    return redirect("web:quality")


@require_POST
@needs("customers.edit")
def quality_take_back(request: HttpRequest, proposal_id: int) -> HttpResponse:
    """Take back what was put right of one customer."""
    found = CleaningProposal.objects.filter(id=proposal_id).values_list(F("customer_id"), flat=True)
    customer_id = found.first()
    if customer_id is None:
        raise Http404
    done = deciding.take_back(
        proposal_id=proposal_id, actor=staff_of(request).email, now=clock.now()
    )
    if done:
        notify(request, text=_("The value stands as it did before."))
    return redirect("web:customer_edit", ids.encode("customer", customer_id))

"""The page of who is ready to buy: lists by verdict, whom we look for, and overruling."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from idic.core import clock, ids
from idic.core.access import may, needs, staff_of
from idic.core.toasts import notify
from idic.differentiate import segments
from idic.differentiate.links import customer_address
from idic.differentiate.models import Segment, UpsellAlert, UpsellWatch, Verdict
from idic.differentiate.selectors.readiness import (
    Lead,
    count_verdicts,
    find_learnt,
    heaviest_facts,
    is_learnt,
    list_leads,
)
from idic.differentiate.services import readiness as services
from idic.differentiate.services import upsell
from idic.differentiate.tasks import score_leads
from idic.engine.likeness import FEWEST
from idic.identify.names import list_names

_SHOWN = 20


@require_GET
def readiness(request: HttpRequest) -> HttpResponse:
    """Show who is ready now, whom to stay in touch with, and on whom not to spend."""
    shown = request.GET.get("show", "")
    verdict = Verdict(shown) if shown in Verdict.values else Verdict.READY
    frame, counts = segments.current_frame(), count_verdicts()
    leads = list_leads(verdict=verdict, frame=frame, most=_SHOWN)
    names = list_names({lead.row.customer_id: lead.row.customer.full_name for lead in leads})
    model, ideal = find_learnt(), services.find_ideal()
    good, bad = heaviest_facts(model) if model is not None and is_learnt(model) else ([], [])
    staff = staff_of(request)
    context = {
        "verdict": verdict,
        "counts": counts,
        "total": sum(counts.values()),
        "tabs": [_tab(one, counts, verdict) for one in Verdict],
        "leads": [_show(lead, names) for lead in leads],
        "verdicts": list(Verdict),
        "model": model,
        "is_learnt": is_learnt(model),
        "fewest": FEWEST,
        "good": good,
        "bad": bad,
        "ideal": ideal.segment if ideal else None,
        "may_edit": may(staff, "segments.edit"),
        "may_overrule": may(staff, "customers.edit"),
        **_choices(),
    }
    return render(request, "differentiate/readiness.html", context)


def _choices() -> dict[str, Any]:
    """Give the segments to choose from, and which of them are watched. Two queries."""
    rows = Segment.objects.filter(archived_at=None).order_by("name", "id")
    known = [
        {"id": number, "name": name, "public_id": ids.encode("segment", number)}
        for number, name in rows.values_list("id", "name")[:200]
    ]
    alerts = UpsellAlert.objects.filter(segment=OuterRef("segment")).order_by().values("segment")
    counted = Coalesce(Subquery(alerts.annotate(n=Count("pk")).values("n")), 0)
    watches = UpsellWatch.objects.annotate(people=counted)
    watched = dict(watches.values_list("segment_id", "people"))
    return {
        "segments": known,
        "watched": [one | {"people": watched[one["id"]]} for one in known if one["id"] in watched],
        "unwatched": [one for one in known if one["id"] not in watched],
    }


def _tab(one: Verdict, counts: dict[str, int], chosen: Verdict) -> dict[str, Any]:
    return {
        "label": one.label,
        "url": f"?show={one.value}",
        "current": one == chosen,
        "count": counts[one.value],
    }


def _show(lead: Lead, names: dict[int, str]) -> dict[str, Any]:
    number = lead.row.customer_id
    return {
        "name": names[number],
        "url": customer_address(number),
        "public_id": ids.encode("customer", number),
        "row": lead.row,
        "reasons": lead.reasons,
    }


@require_POST
@needs("segments.edit")
def ideal_choose(request: HttpRequest) -> HttpResponse:
    """Choose whom we look for; leads are scored anew in the background."""
    segment = _segment(request.POST.get("segment", ""))
    services.choose_ideal(segment=segment, staff=staff_of(request), now=clock.now())
    score_leads.using(unique_key="differentiate.score_leads").enqueue()
    notify(request, text=_("Chosen; leads are scored anew now."))
    return redirect("differentiate:readiness")


@require_POST
@needs("segments.edit")
def upsell_watch(request: HttpRequest) -> HttpResponse:
    """Watch a segment for people there is more to offer to, or stop watching it."""
    segment = _segment(request.POST.get("segment", ""))
    if segment is None:
        raise Http404
    staff, now = staff_of(request), clock.now()
    if request.POST.get("act") == "stop":
        upsell.stop_watching(segment=segment, staff=staff, now=now)
        notify(request, text=_("“%(name)s” is not watched any more.") % {"name": segment.name})
    else:
        upsell.watch_segment(segment=segment, staff=staff, now=now)
        score_leads.using(unique_key="differentiate.score_leads").enqueue()
        notify(request, text=_("“%(name)s” is watched.") % {"name": segment.name})
    return redirect(f"{reverse('differentiate:readiness')}#watched")


def _segment(word: str) -> Segment | None:
    if not word:
        return None
    try:
        found = Segment.objects.filter(id=ids.decode("segment", word), archived_at=None).first()
    except ValueError as error:
        raise Http404 from error
    if found is None:
        raise Http404
    return found


@require_POST
@needs("customers.edit")
def readiness_overrule(request: HttpRequest, public_id: str) -> HttpResponse:
    """Put a person's verdict in place of the one found, or take it back."""
    try:
        number = ids.decode("customer", public_id)
    except ValueError as error:
        raise Http404 from error
    staff, now, wanted = staff_of(request), clock.now(), request.POST.get("verdict", "")
    if wanted == "back":
        row = services.take_back(customer_id=number, staff=staff, now=now)
    elif wanted in Verdict.values:
        why = request.POST.get("why", "")
        row = services.overrule(customer_id=number, verdict=wanted, why=why, staff=staff, now=now)
    else:
        raise Http404
    if row is None:
        raise Http404
    notify(request, text=_("Noted: %(verdict)s.") % {"verdict": Verdict(row.verdict).label})
    shown = request.POST.get("show", "")
    back = f"?show={shown}" if shown in Verdict.values else ""
    return redirect(f"{reverse('differentiate:readiness')}{back}")

"""Many possible doubles at once: choose how sure, look at a sample, accept, take back the whole."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from idic.core import clock
from idic.core.access import needs, staff_of
from idic.core.toasts import notify
from idic.identify import matches, tasks
from idic.identify.models import MatchAct
from idic.identify.services import matching
from idic.identify.services.identity import IdentityRefused
from idic.web.doubles import many
from idic.web.doubles.many import Sample
from idic.web.doubles.page import RELATED, build_pair
from idic.web.doubles.tabs import list_tabs
from idic.web.views.customers import business_of

_SAMPLE = "doubles_sample"
_SEEDS = 1 << 31


@require_http_methods(["GET", "POST"])
@needs("customers.bulk")
def doubles_many(request: HttpRequest) -> HttpResponse:
    """Show the step somebody is at; on POST take it."""
    if request.method == "POST":
        return _ACTS.get(request.POST.get("act", ""), _unknown)(request)
    return _show(request)


def _show(request: HttpRequest) -> HttpResponse:
    sample = Sample.from_session(request.session.get(_SAMPLE))
    context: dict[str, Any] = {"station": 1, "tabs": list_tabs("doubles_many"), "sample": sample}
    if sample is None:
        context |= _choosing()
    elif not _find_next(request, sample, context):
        context["judged"] = many.judge(sample=sample)
    if request.htmx and request.htmx.target == "sample":  # type: ignore[attr-defined]
        return render(request, "web/doubles_many.html#sample", context | {"is_part": True})
    return render(request, "web/doubles_many.html", context)


def _choosing() -> dict[str, Any]:
    model = matches.get_last_model()
    choices = many.list_choices(is_demo=model.is_demo) if model else []
    return {"choices": choices, "acts": many.list_acts(), "has_model": model is not None}


def _find_next(request: HttpRequest, sample: Sample, context: dict[str, Any]) -> bool:
    """Put the next pair of the sample into the context; one that is gone or decided is passed."""
    while (number := sample.next_id) is not None:
        pair = matches.get_pair(pair_id=number, related=RELATED)
        if pair is not None and pair.row.state == "open" and pair.left.id != pair.right.id:
            context["pair"] = build_pair(pair=pair, business=business_of(request))
            context["place"] = len(sample.verdicts) + 1
            return True
        sample.ids.remove(number)
        _keep(request, sample)
    return False


def _keep(request: HttpRequest, sample: Sample | None) -> None:
    request.session[_SAMPLE] = sample.to_session() if sample else None


def _begin(request: HttpRequest) -> HttpResponse:
    model = matches.get_last_model()
    try:
        threshold = float(request.POST.get("threshold", ""))
    except ValueError:
        threshold = 0.0
    if model is None or threshold not in many.THRESHOLDS:
        raise Http404
    seed = secrets.randbelow(_SEEDS)
    _keep(request, many.draw(threshold=threshold, seed=seed, is_demo=model.is_demo))
    return redirect("web:doubles_many")


def _judge(request: HttpRequest) -> HttpResponse:
    sample = Sample.from_session(request.session.get(_SAMPLE))
    verdict, word = request.POST.get("verdict", ""), request.POST.get("pair", "")
    if sample is None or verdict not in ("same", "different") or word not in map(str, sample.ids):
        raise Http404
    sample.verdicts[int(word)] = verdict
    _keep(request, sample)
    return _go_on(request)


def _back(request: HttpRequest) -> HttpResponse:
    """Take the last verdict back."""
    sample = Sample.from_session(request.session.get(_SAMPLE))
    if sample is not None and sample.verdicts:
        sample.verdicts.popitem()
        _keep(request, sample)
    return _go_on(request)


def _go_on(request: HttpRequest) -> HttpResponse:
    return _show(request) if request.htmx else redirect("web:doubles_many")  # type: ignore[attr-defined]


def _forget(request: HttpRequest) -> HttpResponse:
    _keep(request, None)
    return redirect("web:doubles_many")


def _accept(request: HttpRequest) -> HttpResponse:
    sample = Sample.from_session(request.session.get(_SAMPLE))
    if sample is None:
        raise Http404
    actor, now = staff_of(request).email, clock.now()
    try:
        act = matching.begin_accepting(
            threshold=sample.threshold,
            verdicts=sample.verdicts,
            actor=actor,
            now=now,
            is_demo=sample.is_demo,
        )
    except IdentityRefused as refused:
        notify(request, text=str(refused), level=messages.WARNING)
        return redirect("web:doubles_many")
    _keep_apart(sample, actor)
    tasks.accept_pairs.enqueue(act_id=act.id)
    _keep(request, None)
    notify(request, text=_("They are being joined. You can leave this page."))
    return redirect("web:doubles_many")


def _keep_apart(sample: Sample, actor: str) -> None:
    """Who was found to be two people in the sample stays two for good."""
    for number, verdict in sample.verdicts.items():
        if verdict == "different":
            try:
                matching.decide(pair_id=number, verdict="different", actor=actor, now=clock.now())
            except IdentityRefused:
                continue  # changed meanwhile: it waits in the queue, or is decided there


def _unknown(request: HttpRequest) -> HttpResponse:
    raise Http404


_ACTS = {
    "begin": _begin,
    "judge": _judge,
    "back": _back,
    "forget": _forget,
    "accept": _accept,
}


@require_POST
@needs("customers.bulk")
def doubles_many_undo(request: HttpRequest, act_id: int) -> HttpResponse:
    """Take an acceptance back as a whole, in the background."""
    if act_id >= 1 << 63 or not MatchAct.objects.filter(id=act_id).exists():
        raise Http404
    tasks.undo_accepted_pairs.enqueue(act_id=act_id, actor=staff_of(request).email)
    notify(request, text=_("They are being parted again. You can leave this page."))
    return redirect("web:doubles_many")

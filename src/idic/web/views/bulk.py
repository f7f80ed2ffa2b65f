"""Acts on many customers of a list: first how many and who, then the act, and its way back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from idic.core import clock, ids
from idic.core.access import needs, staff_of
from idic.core.templatetags.ui import number
from idic.core.toasts import notify
from idic.differentiate.segments import count, list_ids, say
from idic.identify.services.states import list_holders
from idic.web import tasks
from idic.web.listing import ListQuery
from idic.web.listing.acts import ACT_WORDS
from idic.web.selectors import customers as selectors
from idic.web.services import bulk_acts
from idic.web.services.bulk_acts import ACTS, MOST_AT_ONCE, BulkAct
from idic.web.views.customers import business_of, frame_of, query_of, read_chosen

_SHOWN = 8
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@require_http_methods(["GET", "POST"])
@needs("customers.bulk")
def customer_bulk(request: HttpRequest) -> HttpResponse:
    """Show whom an act is about; on POST do it, above some hundred in the background."""
    values = request.POST if request.method == "POST" else request.GET
    act = ACTS.get(values.get("act", ""))
    if act is None:
        raise Http404
    query = query_of(QueryDict(values.get("list", "")), business_of(request))
    chosen = read_chosen(values.getlist("chosen")) if values.get("who") == "chosen" else None
    if request.method == "POST":
        return _run(request, act, query, chosen)
    return render(request, "web/customer_bulk.html", _preview(request, act, query, chosen))


def _preview(
    request: HttpRequest, act: BulkAct, query: ListQuery, chosen: list[int] | None
) -> dict[str, Any]:
    frame = frame_of(business_of(request))
    if chosen is None:
        # To the last one, however many: here somebody decides.
        how_many = selectors.HowMany(count(query.tree, frame=frame), is_exact=True)
        rows, _page = selectors.list_page(query, frame=frame)
        people = [row.name for row in rows[:_SHOWN]]
        is_countable = how_many.number <= selectors.MOST_COUNTED
        everybody = list_ids(query.tree, frame=frame) if is_countable else None
    else:
        how_many = selectors.HowMany(len(chosen), is_exact=True)
        people = selectors.list_names_of(chosen[:_SHOWN])
        everybody = chosen
    already = None
    if everybody is not None:
        holders = list_holders(kind=act.kind, at=frame.now)
        held = len(holders.intersection(everybody))
        already = held if act.sets else len(everybody) - held
    return {
        "station": 1,
        "act": act.key,
        "words": ACT_WORDS[act.key],
        "origin": query.encode(),
        "chosen": [ids.encode("customer", i) for i in chosen or ()],
        "who": "all" if chosen is None else "chosen",
        "count": how_many,
        "said": say(query.tree, frame=frame) if chosen is None and query.parts else "",
        "people": people,
        "rest": max(0, how_many.number - len(people)),
        "already": already,
        "is_slow": how_many.number > MOST_AT_ONCE,
    }


def _run(
    request: HttpRequest, act: BulkAct, query: ListQuery, chosen: Sequence[int] | None
) -> HttpResponse:
    frame, actor = frame_of(business_of(request)), staff_of(request).email
    people = list(chosen) if chosen is not None else list_ids(query.tree, frame=frame)
    micros = (frame.now - _EPOCH) // _MICROSECOND
    undo = reverse("web:customer_bulk_undo", args=[act.key, micros])
    back = redirect(f"{reverse('web:customer_list')}?{query.encode()}")
    if chosen is None and len(people) > MOST_AT_ONCE:
        tasks.run_bulk_act.enqueue(
            act=act.key,
            query=query.encode(),
            language=get_language() or "en",
            actor=actor,
            moment=frame.now.isoformat(),
        )
        text = _("“%(act)s”: under way for %(count)s customers.")
        values = {"act": ACT_WORDS[act.key].name, "count": number(len(people))}
        notify(request, text=text % values, undo_url=undo)
        return back
    changed = bulk_acts.run(act=act, customer_ids=people, actor=actor, now=frame.now)
    text = ngettext(
        "“%(act)s”: %(count)s customer.", "“%(act)s”: %(count)s customers.", changed
    ) % {"act": ACT_WORDS[act.key].name, "count": number(changed)}
    notify(request, text=text, undo_url=undo if changed else "")
    return back


@require_POST
@needs("customers.bulk")
def customer_bulk_undo(request: HttpRequest, key: str, micros: int) -> HttpResponse:
    """Take an act back; one still under way is stopped first."""
    act = ACTS.get(key)
    if act is None or micros > 10**17:
        raise Http404
    moment, now, actor = _EPOCH + micros * _MICROSECOND, clock.now(), staff_of(request).email
    wait = bulk_acts.stop(task=tasks.run_bulk_act.module_path, moment=moment, now=now)
    if wait:
        tasks.undo_bulk_act.using(run_after=now + wait).enqueue(
            act=act.key, actor=actor, moment=moment.isoformat()
        )
        notify(request, text=_("It is stopped and being taken back."))
    else:
        changed = bulk_acts.take_back(act=act, moment=moment, actor=actor, now=now)
        text = ngettext(
            "Taken back for %(count)s customer.", "Taken back for %(count)s customers.", changed
        ) % {"count": number(changed)}
        notify(request, text=text)
    return redirect(_list_before(request))


def _list_before(request: HttpRequest) -> str:
    """Give the address of the list somebody came from."""
    path = reverse("web:customer_list")
    _before, _found, query = request.headers.get("Referer", "").partition(f"{path}?")
    return f"{path}?{query}"

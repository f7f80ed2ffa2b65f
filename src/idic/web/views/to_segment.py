"""Putting the people of a list into a static segment, and taking them out again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from idic.core import ids
from idic.core.access import needs, staff_of
from idic.core.templatetags.ui import number
from idic.core.toasts import notify
from idic.differentiate.models import Segment
from idic.differentiate.segments import Frame, say
from idic.differentiate.services.segments import remove_added
from idic.web import tasks
from idic.web.listing import ListQuery
from idic.web.selectors import customers as selectors
from idic.web.services import people_to_segment
from idic.web.views.customers import business_of, frame_of, query_of, read_chosen

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@require_http_methods(["GET", "POST"])
@needs("segments.edit")
def customer_to_segment(request: HttpRequest) -> HttpResponse:
    """Put chosen people, or all of a list, into a static segment; first show how many."""
    business = business_of(request)
    frame = frame_of(business)
    values = request.POST if request.method == "POST" else request.GET
    query = query_of(QueryDict(values.get("list", "")), business)
    chosen = read_chosen(values.getlist("chosen"))
    error = ""
    if request.method == "POST":
        try:
            return _put_into_segment(request, query, chosen, frame)
        except people_to_segment.WrongSegment as wrong:
            error = str(wrong)
    context = {
        "station": 1,
        "query": query,
        "origin": query.encode(),
        "chosen": [ids.encode("customer", i) for i in chosen],
        "is_all": not chosen or values.get("who") == "all",
        "count": selectors.count_all_found(query, frame=frame),
        "said": say(query.tree, frame=frame),
        "segments": [
            (ids.encode("segment", segment.id), segment.name)
            for segment in Segment.objects.filter(is_static=True, archived_at=None).order_by("name")
        ],
        "name": values.get("name", ""),
        "error": error,
    }
    return render(request, "web/customer_to_segment.html", context, status=422 if error else 200)


def _put_into_segment(
    request: HttpRequest, query: ListQuery, chosen: Sequence[int], frame: Frame
) -> HttpResponse:
    staff, values = staff_of(request), request.POST
    segment_id, name = _segment_id(values.get("segment", "")), values.get("name", "")

    def later() -> None:
        tasks.put_into_segment.enqueue(
            query=query.encode(),
            language=get_language() or "en",
            segment_id=segment_id,
            name=name,
            staff_id=staff.id,
            moment=frame.now.isoformat(),
        )

    put = people_to_segment.put(
        query=query,
        chosen=chosen if values.get("who") != "all" else None,
        segment_id=segment_id,
        name=name,
        staff=staff,
        frame=frame,
        later=later,
    )
    if put.added is None or put.segment is None:
        text = _("The segment is being filled. It shows under Segments once all are in it.")
        notify(request, text=text)
        return redirect(f"{reverse('web:customer_list')}?{query.encode()}")
    public_id = ids.encode("segment", put.segment.id)
    said = ngettext(
        "%(count)s customer is now in “%(name)s”.",
        "%(count)s customers are now in “%(name)s”.",
        put.added,
    ) % {"count": number(put.added), "name": put.segment.name}
    micros = (frame.now - _EPOCH) // timedelta(microseconds=1)
    undo = reverse("differentiate:segment_archive", args=[public_id])
    if not put.is_new:
        undo = reverse("web:customer_to_segment_undo", args=[public_id, micros])
    notify(request, text=said, undo_url=undo if put.added else "")
    return redirect(f"{reverse('web:customer_list')}?segment={public_id}")


@require_POST
@needs("segments.edit")
def customer_to_segment_undo(request: HttpRequest, public_id: str, micros: int) -> HttpResponse:
    """Take those out again whom one act put into a segment."""
    segment = Segment.objects.filter(id=_segment_id(public_id) or 0, is_static=True).first()
    if segment is None or micros > 10**17:
        raise Http404
    removed = remove_added(segment=segment, added_at=_EPOCH + timedelta(microseconds=micros))
    text = ngettext(
        "%(count)s customer is out of “%(name)s” again.",
        "%(count)s customers are out of “%(name)s” again.",
        removed,
    ) % {"count": number(removed), "name": segment.name}
    notify(request, text=text)
    return redirect(f"{reverse('web:customer_list')}?segment={public_id}")


def _segment_id(word: str) -> int | None:
    try:
        return ids.decode("segment", word)
    except ids.WrongId:
        return None

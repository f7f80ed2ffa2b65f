"""Pages of segments: the list, the builder, one segment with its people, export."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from idic.core import clock, ids
from idic.core.access import may, needs, staff_of
from idic.core.keyset import Key
from idic.core.models import Staff
from idic.core.services import audit
from idic.core.toasts import notify
from idic.differentiate import segments
from idic.differentiate.builder import Group, act, draft_of, read_draft, to_tree
from idic.differentiate.builder.controls import Choices
from idic.differentiate.depth_words import say_warnings
from idic.differentiate.links import address_of
from idic.differentiate.models import CustomerSummary, Segment
from idic.differentiate.selectors import list_segments, list_uses, sparkline
from idic.differentiate.selectors.segments import list_known, say_segment
from idic.differentiate.services import segments as services
from idic.differentiate.views.matrix import show_people
from idic.differentiate.views.rows import lay_out

PAGE_SIZE = 20
SAMPLE_SIZE = 20
_FRESH = timedelta(minutes=10)
# A file a person opens in a spreadsheet: these columns, one line a customer.
EXPORT_COLUMNS = (
    *("full_name", "city", "country", "tier", "order_count", "net_amount"),
    *("last_year_amount", "expected_amount", "last_order_date", "churn_risk"),
    *("email_reach", "sms_reach", "zalo_reach"),
)


@require_GET
def segment_list(request: HttpRequest) -> HttpResponse:
    """List the segments with their sentence, size, trend and uses."""
    frame = segments.current_frame()
    with_archived = request.GET.get("archived") == "1"
    listed = list_segments(frame=frame, with_archived=with_archived)
    context = {
        "listed": [_show(item) for item in listed],
        "with_archived": with_archived,
        "archived_count": Segment.objects.filter(archived_at__isnull=False).count(),
        "may_edit": may(staff_of(request), "segments.edit"),
    }
    return render(request, "differentiate/segment_list.html", context)


def _show(item: Any) -> dict[str, Any]:
    return {
        "segment": item.segment,
        "sentence": item.sentence,
        "line": sparkline(item.sizes),
        "change": item.change,
        "uses": item.uses,
        "url": _address(item.segment),
        "public_id": ids.encode("segment", item.segment.id),
        "campaign_url": _campaign_address(item.segment),
    }


def _address(segment: Segment, page: str = "detail") -> str:
    return reverse(f"differentiate:segment_{page}", args=[ids.encode("segment", segment.id)])


def _campaign_address(segment: Segment) -> str:
    return address_of("interact:campaign_create", segment=ids.encode("segment", segment.id))


def get_segment(public_id: str) -> Segment:
    """Give the segment of an address. Raises Http404."""
    try:
        return Segment.objects.get(id=_number(public_id))
    except Segment.DoesNotExist:
        raise Http404 from None


def _number(public_id: str) -> int:
    try:
        return ids.decode("segment", public_id)
    except ids.WrongId:
        raise Http404 from None


@require_http_methods(["GET", "POST"])
@needs("segments.edit")
def segment_create(request: HttpRequest) -> HttpResponse:
    """Build a segment; `?rule=` starts from the rule of another page, `?called=` from its words."""
    return _build(request, None)


@require_http_methods(["GET", "POST"])
@needs("segments.edit")
def segment_edit(request: HttpRequest, public_id: str) -> HttpResponse:
    """Change a segment's name and rule."""
    return _build(request, get_segment(public_id))


def _build(request: HttpRequest, segment: Segment | None) -> HttpResponse:
    frame = segments.current_frame()
    draft, problem = _draft(request, segment, frame)
    what = request.POST.get("act", "")
    suggested = segment.name if segment else request.GET.get("called", "")[:120]
    name = request.POST.get("name", suggested)
    if what in ("save", "freeze") and not problem:
        try:
            saved = _save(request, segment, draft, frame, name=name, is_static=what == "freeze")
            notify(request, text=_("“%(name)s” is saved.") % {"name": saved.name})
            return redirect(_address(saved))
        except (segments.WrongTree, services.WrongSegment) as error:
            problem = str(error)
    act(draft, what)
    is_static = segment is not None and segment.is_static
    context = {
        "segment": segment,
        "name": name,
        "is_static": is_static,
        "problem": problem,
        "cancel_url": _address(segment) if segment else reverse("differentiate:segment_list"),
        "post_url": request.path,
        **({} if is_static else _builder_context(draft, frame, segment, can_wait=what == "look")),
    }
    status = 422 if problem else 200
    part = _part(request)
    # htmx leaves an answer of 4xx out of the page; a half-typed rule is no error to it.
    if part:
        return render(request, f"differentiate/segment_form.html#{part}", context)
    return render(request, "differentiate/segment_form.html", context, status=status)


def _part(request: HttpRequest) -> str:
    """Tell which part of the page htmx asks for."""
    target = request.headers.get("HX-Target", "") if request.headers.get("HX-Request") else ""
    return {"builder": "builder", "preview": "preview"}.get(target, "")


def _draft(
    request: HttpRequest, segment: Segment | None, frame: segments.Frame
) -> tuple[Group, str]:
    """Give the draft of the form, of the segment, or of the rule in the address."""
    words = {"language": get_language() or "en", "currency": frame.currency}
    if request.method == "POST":
        places = request.POST.getlist("node")
        return read_draft(request.POST, names=places, lists=request.POST.getlist), ""
    try:
        plain: Any = segment.tree if segment else request.GET.get("rule", "")
        tree = segments.parse(plain) if plain else segments.EVERYBODY
    except segments.WrongTree as error:
        return Group("all"), str(error)
    draft = draft_of(tree, **words)
    if not draft.of:
        act(draft, "add-row:0")
    return draft, ""


def _save(
    request: HttpRequest,
    segment: Segment | None,
    draft: Group,
    frame: segments.Frame,
    *,
    name: str,
    is_static: bool,
) -> Segment:
    staff, now = staff_of(request), clock.now()
    note = request.POST.get("description", "")
    if segment is not None and segment.is_static:
        return services.change_segment(
            segment=segment, name=name, description=note, staff=staff, now=now
        )
    tree = to_tree(draft, language=get_language() or "en", currency=frame.currency)
    if is_static:
        saved = services.freeze_segment(name=name, tree=tree, staff=staff, now=now, frame=frame)
    elif segment is None:
        saved = services.create_segment(
            name=name, description=note, tree=tree, staff=staff, now=now
        )
    else:
        saved = services.change_segment(
            segment=segment, name=name, description=note, tree=tree, staff=staff, now=now
        )
    services.count_segment(segment=saved, as_of=frame.as_of, now=now, frame=frame)
    return saved


def _builder_context(
    draft: Group, frame: segments.Frame, segment: Segment | None, *, can_wait: bool
) -> dict[str, Any]:
    """Give the rows to show, and what the rule says so far. Who pressed “Count again” can wait."""
    sentence, problem, count_url = "", "", ""
    look = segments.Look([], 0)
    try:
        tree = to_tree(draft, language=get_language() or "en", currency=frame.currency)
        inside = (segment.id,) if segment else ()
        look = segments.look_at(
            tree, limit=SAMPLE_SIZE, inside=inside, frame=frame, can_wait=can_wait
        )
        sentence = segments.say(tree, frame=frame)
        count_url = address_of("web:customer_count", rule=json.dumps(segments.dump(tree)))
    except segments.WrongTree as error:
        problem = str(error)
    choices = Choices.read(without=segment.id if segment else None)
    return {
        "root": lay_out(draft, choices=choices, currency=frame.currency),
        "sentence": sentence,
        "count": look.count,
        "is_counted": look.is_counted,
        "count_url": count_url,
        "sample_size": SAMPLE_SIZE,
        "people": show_people(look.people),
        "unfinished": problem,
    }


@require_GET
def segment_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one segment: its sentence, how it grows, where it is used, its people."""
    known = list_known()
    segment = next((one for one in known if one.id == _number(public_id)), None)
    segment = segment or get_segment(public_id)
    frame = replace(segments.current_frame(), known=(*known, segment))
    staff = staff_of(request)
    try:
        people, after = _page(segment, frame, request.GET.get("after", ""))
        problem = ""
    except segments.WrongTree as error:
        people, after, problem = [], "", str(error)
    sizes = dict(segment.sizes.order_by("on_date").values_list("on_date", "customer_count"))
    if not problem and segment.archived_at is None and not _is_fresh(segment, sizes, frame):
        counted = services.count_segment(
            segment=segment, as_of=frame.as_of, now=frame.now, frame=frame
        )
        sizes |= {} if counted is None else {frame.as_of: counted}
    counts = [count for _day, count in sorted(sizes.items())]
    context = {
        "segment": segment,
        "warnings": say_warnings(segment.depth),
        "sentence": say_segment(segment, frame=frame),
        "problem": problem,
        "people": show_people(people),
        "after": after,
        "line": sparkline(counts[-30:]),
        "change": counts[-1] - counts[0] if len(counts) > 1 else None,
        "uses": list_uses([segment.id], known=known).get(segment.id, []),
        "public_id": public_id,
        "campaign_url": _campaign_address(segment),
        "people_url": address_of("web:customer_list", segment=public_id),
        "may_edit": may(staff, "segments.edit"),
        "may_export": may(staff, "customers.export"),
    }
    if request.headers.get("HX-Request") and request.GET.get("after"):
        return render(request, "differentiate/segment_detail.html#people_rows", context)
    return render(request, "differentiate/segment_detail.html", context)


def _is_fresh(segment: Segment, sizes: dict[date, int], frame: segments.Frame) -> bool:
    """Tell whether the figure is of the day looked at, and counted just now."""
    counted = segment.counted_at
    return frame.as_of in sizes and counted is not None and frame.now - counted < _FRESH


def _page(segment: Segment, frame: segments.Frame, after: str) -> tuple[list[CustomerSummary], str]:
    """Give a page of people, those worth most first, and where to go on."""
    tree = segments.InSegment(segment.id) if segment.is_static else segments.parse(segment.tree)
    place = _read_place(after)
    page = segments.page_through(tree, limit=PAGE_SIZE, after=place, frame=frame)
    if not page.has_next:
        return page.rows, ""
    last = page.rows[-1]
    return page.rows, f"{last.worth_amount}_{last.customer_id}"


def _read_place(after: str) -> Key | None:
    worth, _sign, customer_id = after.partition("_")
    is_place = worth.removeprefix("-").isdecimal() and customer_id.isdecimal() and len(after) < 40
    return Key(int(worth), int(customer_id)) if is_place else None


@require_POST
@needs("segments.edit")
def segment_archive(request: HttpRequest, public_id: str) -> HttpResponse:
    """Put a segment away."""
    segment = get_segment(public_id)
    services.archive_segment(segment=segment, staff=staff_of(request), now=clock.now())
    undo = reverse("differentiate:segment_restore", args=[public_id])
    notify(request, text=_("“%(name)s” is put away.") % {"name": segment.name}, undo_url=undo)
    return redirect("differentiate:segment_list")


@require_POST
@needs("segments.edit")
def segment_restore(request: HttpRequest, public_id: str) -> HttpResponse:
    """Bring a segment back."""
    segment = get_segment(public_id)
    services.restore_segment(segment=segment, staff=staff_of(request), now=clock.now())
    notify(request, text=_("“%(name)s” is back.") % {"name": segment.name})
    return redirect("differentiate:segment_list")


@require_POST
@needs("segments.edit")
def segment_freeze(request: HttpRequest, public_id: str) -> HttpResponse:
    """Keep the people of a segment as they are now in a static one."""
    segment = get_segment(public_id)
    frame = segments.current_frame()
    name = _("%(name)s, as of %(day)s") % {"name": segment.name[:90], "day": frame.as_of}
    kept = services.freeze_segment(
        name=name,
        tree=segments.InSegment(segment.id),
        staff=staff_of(request),
        now=clock.now(),
        frame=frame,
    )
    services.count_segment(segment=kept, as_of=frame.as_of, now=frame.now, frame=frame)
    notify(request, text=_("“%(name)s” is saved.") % {"name": kept.name})
    return redirect(_address(kept))


@require_GET
@needs("customers.export")
def segment_export(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Hand the people of a segment out as a file for a spreadsheet."""
    segment = get_segment(public_id)
    frame = segments.current_frame()
    people = segments.to_query(segments.InSegment(segment.id), frame=frame)
    _record_export(segment, staff_of(request), people.count())
    response = StreamingHttpResponse(_csv_lines(people), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{public_id}.csv"'
    return response


def _record_export(segment: Segment, staff: Staff, count: int) -> None:
    audit.record(
        at=clock.now(),
        actor=staff.email,
        action="segment.exported",
        subject_type="segment",
        subject_id=segment.id,
        detail={"customers": count},
    )


class _Echo:
    """Gives back what a CSV writer writes, so that it can be streamed."""

    def write(self, line: str) -> str:
        return line


def _csv_lines(people: QuerySet[CustomerSummary]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    # Spreadsheets take a file for UTF-8 only when it begins with this mark.
    yield "\ufeff"
    yield writer.writerow(["customer", *EXPORT_COLUMNS])
    rows = people.order_by("customer_id").values_list("customer_id", *EXPORT_COLUMNS)
    for row in rows.iterator(chunk_size=2000):
        cells = [ids.encode("customer", row[0]), *map(harmless, row[1:])]
        yield writer.writerow(cells)


def harmless(value: object) -> object:
    """Keep a spreadsheet from taking a customer's text for a formula."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value

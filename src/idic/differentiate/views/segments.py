"""Pages of segments: the list, the builder, one segment with its people."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from idic.core import clock, ids
from idic.core.access import may, needs, staff_of
from idic.core.keyset import Key
from idic.core.toasts import notify
from idic.differentiate import segments
from idic.differentiate.builder import Group, act, draft_of, read_draft, to_tree
from idic.differentiate.builder.controls import Choices
from idic.differentiate.depth_words import say_warnings
from idic.differentiate.links import address_of, customer_address
from idic.differentiate.models import CustomerSummary, Segment
from idic.differentiate.quality_words import read_cost, say_quality
from idic.differentiate.selectors import list_segments, list_uses, sparkline
from idic.differentiate.selectors.segment_members import list_moves
from idic.differentiate.selectors.segments import list_known, say_segment
from idic.differentiate.services import segments as services
from idic.differentiate.views.matrix import show_people
from idic.differentiate.views.rows import lay_out

PAGE_SIZE = 20
HISTORY_DAYS = 31
SAMPLE_SIZE = 20
_FRESH = timedelta(minutes=10)


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
    sentence, problem, count_url, overlap_url = "", "", "", ""
    look = segments.Look([], 0)
    try:
        tree = to_tree(draft, language=get_language() or "en", currency=frame.currency)
        inside = (segment.id,) if segment else ()
        look = segments.look_at(
            tree, limit=SAMPLE_SIZE, inside=inside, frame=frame, can_wait=can_wait
        )
        sentence = segments.say(tree, frame=frame)
        rule = json.dumps(segments.dump(tree))
        count_url = address_of("web:customer_count", rule=rule)
        overlap_url = address_of("differentiate:segment_overlap", rule=rule)
    except segments.WrongTree as error:
        problem = str(error)
    choices = Choices.read(without=segment.id if segment else None)
    return {
        "root": lay_out(draft, choices=choices, currency=frame.currency),
        "sentence": sentence,
        "count": look.count,
        "is_counted": look.is_counted,
        "count_url": count_url,
        "overlap_url": overlap_url,
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
    days = list(segment.sizes.order_by("on_date"))
    sizes = {day.on_date: day.customer_count for day in days}
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
        "days": days[:-HISTORY_DAYS:-1],
        **_findings(segment, request.GET.get("cost", ""), frame),
        "campaign_url": _campaign_address(segment),
        "people_url": address_of("web:customer_list", segment=public_id),
        "may_edit": may(staff, "segments.edit"),
        "may_export": may(staff, "customers.export"),
    }
    if request.headers.get("HX-Request") and request.GET.get("after"):
        return render(request, "differentiate/segment_detail.html#people_rows", context)
    return render(request, "differentiate/segment_detail.html", context)


def _findings(segment: Segment, typed: str, frame: segments.Frame) -> dict[str, Any]:
    """Give what the rule separates, and who came and went."""
    cost = read_cost(typed, currency=frame.currency)
    quality = say_quality(segment.quality, currency=frame.currency, cost=cost)
    by_value = {
        "type": "money",
        "field": "expected_amount",
        "operator": "at_least",
        "value": quality.cut if quality else None,
    }
    is_company = {"type": "flag", "field": "is_company"}
    among = [is_company] if segment.quality.get("among") == "companies" else []
    better = json.dumps({"type": "all", "of": [*among, by_value]})
    may_be_better = quality is not None and quality.cut is not None
    return {
        "quality": quality,
        "cost": typed[:20] if cost else "",
        "cost_currency": frame.currency,
        "better_url": address_of("differentiate:segment_create", rule=better)
        if may_be_better
        else "",
        "moves": [
            {"move": move, "url": customer_address(move.customer_id)}
            for move in ([] if segment.is_static else list_moves(segment, frame=frame))
        ],
        "overlap_url": address_of(
            "differentiate:segment_overlap", segment=ids.encode("segment", segment.id)
        ),
    }


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

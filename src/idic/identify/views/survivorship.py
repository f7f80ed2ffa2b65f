"""The page that says which value wins: the sources in order, the criteria of each field, what a
change would do, the versions; and where a source's data comes from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from idic.core import clock, ids
from idic.core.access import may, needs, staff_of
from idic.core.toasts import notify
from idic.identify.models import Customer, Source, SourceKind, SurvivorshipVersion
from idic.identify.names import list_names
from idic.identify.services import survivorship as services
from idic.identify.services.sources import WrongOrigin, describe_origin, shown_source
from idic.identify.survivorship import COLUMNS, DEFAULT_ORDER, Criterion
from idic.identify.survivorship_words import CRITERIA, say_order
from idic.identify.tasks import recompute_values

_SOURCES = "sources"


@dataclass(slots=True)
class _Draft:
    """Rules as they stand on the page: nothing is kept before they are published."""

    sources: list[int]
    orders: dict[str, list[str]] = field(default_factory=dict)

    def move(self, what: str, item: str, step: int) -> None:
        """Move one line of a list up (-1) or down (1)."""
        moved = [str(one) for one in self.sources] if what == _SOURCES else self.orders.get(what)
        if moved is None or item not in moved:
            return
        place = moved.index(item)
        other = place + step
        if 0 <= other < len(moved):
            moved[place], moved[other] = moved[other], moved[place]
        if what == _SOURCES:
            self.sources = [int(one) for one in moved]


@require_http_methods(["GET", "POST"])
def survivorship(request: HttpRequest) -> HttpResponse:
    """Show which value wins; on POST move a line, try the rules out, publish them or go back."""
    ranked, current = services.list_ranked(), services.find_current()
    draft = _Draft([source.id for source in ranked], _orders_of(current))
    if request.method == "GET":
        return _show(request, ranked, draft)
    if not may(staff_of(request), "settings.edit"):
        raise PermissionDenied
    act, _separator, rest = request.POST.get("act", "").partition(":")
    if act == "back":
        return _go_back(request, rest)
    _read(request.POST, draft)
    if act in {"up", "down"}:
        what, _separator, item = rest.partition(":")
        draft.move(what, item, -1 if act == "up" else 1)
    if act == "publish":
        return _publish(request, ranked, draft)
    found = None
    if act == "try":
        found = services.preview(orders=draft.orders, source_ids=draft.sources)
    return _show(request, ranked, draft, is_changed=True, found=found)


def _orders_of(version: SurvivorshipVersion | None) -> dict[str, list[str]]:
    kept = version.orders if version else {}
    return {column: list(kept.get(column, map(str, DEFAULT_ORDER))) for column in COLUMNS}


def _read(posted: QueryDict, draft: _Draft) -> None:
    """Take over the order of each list where it names the same things; else what holds stays."""
    given = [part for part in posted.get(f"order_{_SOURCES}", "").split(",") if part.isdigit()]
    if sorted(map(int, given)) == sorted(draft.sources):
        draft.sources = [int(part) for part in given]
    for column, order in draft.orders.items():
        wanted = posted.get(f"order_{column}", "").split(",")
        if sorted(wanted) == sorted(order):
            draft.orders[column] = wanted


def _publish(request: HttpRequest, ranked: list[Source], draft: _Draft) -> HttpResponse:
    try:
        services.publish_rules(
            orders=draft.orders,
            source_ids=draft.sources,
            staff=staff_of(request),
            now=clock.now(),
        )
    except services.WrongRules:
        return _show(request, ranked, draft, is_changed=True)
    recompute_values.enqueue()
    notify(request, text=_("Published. What customers show is being worked out anew."))
    return redirect("identify:survivorship")


def _go_back(request: HttpRequest, number: str) -> HttpResponse:
    try:
        services.go_back(
            number=int(number) if number.isdigit() else -1, staff=staff_of(request), now=clock.now()
        )
    except services.WrongRules as wrong:
        notify(request, text=str(wrong), level=messages.WARNING)
    else:
        recompute_values.enqueue()
        notify(request, text=_("The earlier rules hold again."))
    return redirect("identify:survivorship")


def _show(
    request: HttpRequest,
    ranked: list[Source],
    draft: _Draft,
    *,
    is_changed: bool = False,
    found: services.Preview | None = None,
) -> HttpResponse:
    by_id = {source.id: source for source in ranked}
    context = {
        "station": 1,
        "sources": [_source_row(by_id[key]) for key in draft.sources if key in by_id],
        "sources_order": ",".join(map(str, draft.sources)),
        "fields": [_field_row(column, order) for column, order in draft.orders.items()],
        "usual": say_order(DEFAULT_ORDER),
        "versions": list(
            SurvivorshipVersion.objects.filter(number__gt=0)
            .select_related("published_by")
            .order_by("-number")[:10]
        ),
        "found": found,
        "counts": [(_label(name), n) for name, n in found.columns.items()] if found else [],
        "samples": _samples(found) if found else [],
        "is_changed": is_changed,
        "may_edit": may(staff_of(request), "settings.edit"),
    }
    return render(request, "identify/survivorship.html", context)


def _source_row(source: Source) -> dict[str, Any]:
    return {
        "id": source.id,
        "name": shown_source(source.name),
        "kind": source.get_kind_display(),
        "is_demo": source.is_demo,
        "is_third_party": source.is_third_party,
        "provider": source.provider,
        "public_id": ids.encode("source", source.id),
    }


def _field_row(column: str, order: list[str]) -> dict[str, Any]:
    return {
        "column": column,
        "label": _label(column),
        "order": ",".join(order),
        "said": say_order(order),
        "rows": [(one, CRITERIA[Criterion(one)]) for one in order],
        "is_usual": tuple(order) == tuple(map(str, DEFAULT_ORDER)),
    }


def _label(column: str) -> str:
    return str(getattr(Customer._meta.get_field(column), "verbose_name", column))


def _samples(found: services.Preview) -> list[dict[str, Any]]:
    people = Customer.objects.in_bulk([one.customer_id for one in found.samples])
    names = list_names({key: one.full_name for key, one in people.items()})
    return [
        {
            "name": names.get(one.customer_id, ""),
            "public_id": ids.encode("customer", one.customer_id),
            "column": _label(one.column),
            "before": one.before,
            "after": one.after,
        }
        for one in found.samples
    ]


@require_http_methods(["GET", "POST"])
@needs("settings.edit")
def source_origin(request: HttpRequest, source_id: str) -> HttpResponse:
    """Ask whether a source's data is bought or shared, by whom, under which licence and basis."""
    source = _find_source(source_id)
    problem = None
    if request.method == "POST":
        try:
            describe_origin(
                source_id=source.id,
                is_third_party="is_third_party" in request.POST,
                provider=request.POST.get("provider", ""),
                licence=request.POST.get("licence", ""),
                lawful_basis=request.POST.get("lawful_basis", ""),
                actor=staff_of(request).email,
                now=clock.now(),
            )
        except WrongOrigin as wrong:
            problem = wrong
        else:
            recompute_values.enqueue()
            notify(request, text=_("Saved."))
            return redirect("identify:survivorship")
    context = {
        "station": 1,
        "source": source,
        "name": shown_source(source.name),
        "given": request.POST if problem else source,
        "problem": problem,
    }
    return render(request, "identify/source_origin.html", context, status=422 if problem else 200)


def _find_source(source_id: str) -> Source:
    try:
        number = ids.decode("source", source_id)
    except ids.WrongId as wrong:
        raise Http404 from wrong
    source = Source.objects.filter(id=number).exclude(kind=SourceKind.CRM).first()
    if source is None:
        raise Http404
    return source

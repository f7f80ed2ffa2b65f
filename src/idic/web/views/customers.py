"""The customer list: its page, its count, its export."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from idic.core import clock, ids
from idic.core.access import may, needs, staff_of
from idic.core.models import Business
from idic.core.selectors import get_as_of, get_business
from idic.differentiate.models import CustomerSummary, NeedGroup, Tier
from idic.differentiate.segments import Frame, say, say_condition
from idic.identify.models import LifecycleStage
from idic.web.listing import COLUMNS, ListQuery, Page, Part, read_query
from idic.web.listing.acts import ACT_WORDS
from idic.web.listing.cells import View, draw_cells
from idic.web.listing.query import LIST_PARAMETERS
from idic.web.selectors import customers as selectors
from idic.web.selectors.views import ListView, list_views
from idic.web.services import exports


@require_GET
def customer_list(request: HttpRequest) -> HttpResponse:
    """Show one page of the list."""
    context = _list_context(request)
    return render(request, "web/customer_list.html", context)


@require_GET
def customer_count(request: HttpRequest) -> HttpResponse:
    """Count a list that was too long to count with the page."""
    business = business_of(request)
    query = query_of(request.GET, business)
    count = selectors.count_all_found(query, frame=frame_of(business))
    return render(request, "web/customer_list.html#count", {"count": count})


@require_GET
def customer_cities(request: HttpRequest) -> HttpResponse:
    """Propose places customers live in, once the filter is opened."""
    context = {"cities": selectors.list_cities()}
    return render(request, "web/_customer_filters.html#cities", context)


def _list_context(request: HttpRequest) -> dict[str, Any]:
    business, staff = business_of(request), staff_of(request)
    frame = frame_of(business)
    views = list_views(staff)
    query, view = _asked(request.GET, views, business)
    rows, page = selectors.list_page(
        query,
        frame=frame,
        after=selectors.parse_key(query, request.GET.get("after", "")),
        before=selectors.parse_key(query, request.GET.get("before", "")),
    )
    need_groups = selectors.list_need_groups()
    drawn = View(
        currency=business.currency,
        as_of=frame.as_of,
        need_names={g.id: g.name for g in need_groups},
    )
    detail = reverse("web:customer_detail", args=["-"]).removesuffix("-/")
    links = _Links(query, view.key if view else "")
    return {
        "station": 1,
        "query": query,
        "origin": query.encode(),
        "row_query": urlencode({"list": query.encode()}),
        "view": view,
        "views": [
            {"label": v.label, "url": _Links.of_view(v), "current": v is view} for v in views
        ],
        "is_changed": bool(view and view.id and query.encode() != view.query),
        "parts": [_chip(part, links, frame, drawn.need_names) for part in query.parts],
        "said": say(query.tree, frame=frame) if query.parts else "",
        "count": _how_many(query, frame, page, request.GET),
        "columns": [links.heading(key) for key in query.columns],
        "name_url": links.to(query.sorted_by("name")),
        "all_columns": [(c.key, c.label, c.key in query.columns) for c in COLUMNS.values()],
        "rows": [
            {
                "name": row.name,
                "id": (public_id := ids.encode("customer", row.summary.customer_id)),
                "url": f"{detail}{public_id}/",
                "cells": draw_cells(query.columns, row.summary, drawn),
            }
            for row in rows
        ],
        "previous_url": links.page("before", page, 0) if page.has_previous else "",
        "next_url": links.page("after", page, -1) if page.has_next else "",
        "is_empty": not rows and not query.parts,
        "filters": _filter_fields(query, need_groups),
        "may_edit": may(staff, "customers.edit"),
        "may_export": may(staff, "customers.export"),
        "may_segment": may(staff, "segments.edit"),
        "may_bulk": may(staff, "customers.bulk"),
        "may_choose": may(staff, "segments.edit") or may(staff, "customers.bulk"),
        "bulk_acts": [(key, words.name) for key, words in ACT_WORDS.items()],
        "may_change_view": view is not None and (not view.is_shared or may(staff, "segments.edit")),
    }


def _how_many(
    query: ListQuery, frame: Frame, page: Page[CustomerSummary], values: QueryDict
) -> selectors.HowMany | None:
    """Count the list; a list of one page is counted already."""
    if not page.has_next and not page.has_previous and "before" not in values:
        return selectors.HowMany(len(page.rows), is_exact=True)
    return selectors.count_found(query, frame=frame)


class _Links:
    """The addresses of one list: each keeps what is chosen but for the one thing it changes."""

    def __init__(self, query: ListQuery, view: str) -> None:
        self.query = query
        self.more = {"view": view} if view else {}

    @staticmethod
    def of_view(view: ListView) -> str:
        return f"?{urlencode({'view': view.key})}"

    def to(self, query: ListQuery, **more: str) -> str:
        return f"?{query.encode(**self.more, **more)}"

    def page(self, side: str, page: Page[CustomerSummary], row: int) -> str:
        if not page.rows:
            return ""
        return self.to(self.query, **{side: selectors.write_key(self.query, page.rows[row])})

    def heading(self, key: str) -> dict[str, Any]:
        """Give a column's heading: its link turns the order round when it is the one in force."""
        column = COLUMNS[key]
        is_chosen = bool(column.sort) and column.sort == self.query.sort
        falling = self.query.order.falling
        return {
            "label": column.label,
            "is_figure": column.is_figure,
            "url": self.to(self.query.sorted_by(column.sort)) if column.sort else "",
            "aria": ("descending" if falling else "ascending") if is_chosen else "",
        }


def _asked(
    values: QueryDict, views: Sequence[ListView], business: Business
) -> tuple[ListQuery, ListView | None]:
    """Give the list an address asks for: a view's, unless the address says more than its name."""
    is_plain = not any(values.get(name) for name in LIST_PARAMETERS)
    key = values.get("view", "") or ("all" if is_plain else "")
    view = next((view for view in views if view.key == key), None)
    if view and is_plain:
        return query_of(QueryDict(view.query), business), view
    return query_of(values, business), view


def _chip(part: Part, links: _Links, frame: Frame, need_names: Mapping[int, str]) -> dict[str, str]:
    words = {"overdue": _("Overdue"), "case": _("Open complaint")}
    label = words.get(part.name) or say_condition(part.tree, frame=frame)
    if part.name == "tier":
        label = str(Tier(part.value).label) if part.value in Tier.values else _("No tier yet")
    if part.name == "need" and int(part.value) in need_names:
        label = need_names[int(part.value)]
    return {
        "label": f"{label[:1].upper()}{label[1:]}",
        "remove_url": links.to(links.query.without(part)),
    }


_STAGES = LifecycleStage.choices


def _filter_fields(query: ListQuery, need_groups: Iterable[NeedGroup]) -> dict[str, Any]:
    """Give the choices of the filter form, each with whether it is on."""

    def boxes(name: str, choices: Iterable[tuple[str, str]]) -> list[tuple[str, str, bool]]:
        return [(value, label, query.has(name, value)) for value, label in choices]

    needs_ = [(str(group.id), group.name) for group in need_groups]
    held = {part.name: part.value for part in query.parts}
    return {
        "tiers": boxes("tier", [(value, str(label)) for value, label in Tier.choices]),
        "needs": boxes("need", [*needs_, ("0", _("Not clear yet"))]) if needs_ else [],
        "reach": boxes("reach", _reach_choices()),
        "stages": boxes("stage", [(value, str(label)) for value, label in _STAGES]),
        "depth": boxes("depth", [("thin", _("little")), ("some", _("not well yet"))]),
        "bought": boxes("bought", _day_choices()),
        "quiet": boxes("quiet", _day_choices()),
        "overdue": query.has("overdue", "1"),
        "case": query.has("case", "1"),
        "held": held,
        "kept": [(p.name, p.value) for p in query.parts if p.name in ("segment", "rule", "new")],
    }


def _reach_choices() -> list[tuple[str, str]]:
    return [
        ("email", _("by e-mail")),
        ("sms", _("by SMS")),
        ("zalo", _("by Zalo")),
        ("none", _("by no channel")),
    ]


def _day_choices() -> list[tuple[str, str]]:
    return [
        (str(days), ngettext("%(days)d day", "%(days)d days", days) % {"days": days})
        for days in (30, 60, 90, 180, 365)
    ]


def business_of(request: HttpRequest) -> Business:
    """Give the business, read once a request."""
    return getattr(request, "business", None) or get_business()


def frame_of(business: Business) -> Frame:
    """Give the day and place this business's lists are read at, without asking again."""
    return Frame(
        as_of=get_as_of(business),
        now=clock.now(),
        time_zone=business.time_zone,
        currency=business.currency,
    )


def query_of(values: QueryDict, business: Business) -> ListQuery:
    """Read the list an address asks for."""
    return read_query(
        dict(values.lists()), currency=business.currency, language=get_language() or "en"
    )


@require_GET
@needs("customers.export")
def customer_export(request: HttpRequest) -> StreamingHttpResponse:
    """Send a list, or those chosen of it, as a CSV file that spreadsheets open without running
    anything in it.
    """
    business, values = business_of(request), request.GET
    asked = QueryDict(values["list"]) if "list" in values else values
    query, _view = _asked(asked, list_views(staff_of(request)), business)
    lines = exports.export_customers(
        query=query,
        frame=frame_of(business),
        language=get_language() or "en",
        actor=staff_of(request).email,
        now=clock.now(),
        chosen=read_chosen(values.getlist("chosen")) if values.get("who") == "chosen" else None,
    )
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="customers-{clock.today()}.csv"'
    return response


def read_chosen(words: Iterable[str]) -> list[int]:
    """Read the customers ticked in a list."""
    found = []
    for word in list(words)[:1_000]:
        try:
            found.append(ids.decode("customer", word))
        except ids.WrongId:
            continue
    return found

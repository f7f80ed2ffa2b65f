"""The page Sources: what each system has sent, and what of it belongs to nobody yet."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from idic.core.access import may, staff_of
from idic.identify.selectors import list_sources


@require_GET
def source_list(request: HttpRequest) -> HttpResponse:
    """Show every source with its figures; without any, the way to the first file."""
    sources = list_sources()
    lines = sum(one.lines for one in sources)
    unlinked = sum(one.unlinked_lines for one in sources)
    context = {
        "sources": sources,
        "orders": sum(one.orders for one in sources),
        "lines": lines,
        "unlinked_lines": unlinked,
        "unlinked_orders": sum(one.unlinked_orders for one in sources),
        "unlinked_rate": unlinked / lines if lines else 0,
        "may_edit": may(staff_of(request), "settings.edit"),
    }
    return render(request, "identify/source_list.html", context)

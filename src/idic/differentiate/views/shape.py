"""The page for analysts: how value is spread, what is expected of whom, how long people stay."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from idic.core.selectors import get_business
from idic.differentiate import shape_charts as draw
from idic.differentiate.links import address_of
from idic.differentiate.models import NeedGroup, ValueShape


@require_GET
def shape(request: HttpRequest) -> HttpResponse:
    """Show the charts of the last refresh."""
    row = ValueShape.objects.order_by("-as_of_date").first()
    context: dict[str, Any] = {"station": 2, "as_of": row.as_of_date if row else None}
    if row is not None and row.figures["money"]["concentration"]:
        currency = get_business().currency
        needs = dict(NeedGroup.objects.filter(is_current=True).values_list("id", "name"))
        context |= {
            "charts": [
                draw.draw_concentration(row.figures),
                draw.draw_expected(row.figures, currency=currency),
                draw.draw_map(row.figures),
                draw.draw_chance(row.figures),
                draw.draw_staying(row.figures, needs=needs),
            ],
            "retention_url": address_of("measure:retention"),
        }
    return render(request, "differentiate/shape.html", context)

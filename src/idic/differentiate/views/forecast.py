"""The model card: how right the forecast was on the shop's own past, and what it is worth today."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from idic.core.selectors import get_business
from idic.differentiate import forecast_charts as draw
from idic.differentiate.selectors.business import find_figures
from idic.differentiate.selectors.value_model import find_value_model
from idic.differentiate.selectors.value_outlook import MONTHS, read_terms, value_today


@require_GET
def forecast(request: HttpRequest) -> HttpResponse:
    """Show the card of the fit in force, under the terms asked for."""
    business = get_business()
    card = find_value_model()
    context: dict[str, Any] = {"station": 2, "card": card, "currency": business.currency}
    if card is not None and card.buyers:
        terms = read_terms(request.GET, margin_rate=business.margin_rate)
        figures = find_figures(as_of=card.as_of)
        expected = figures.figures.get("expected_amount", 0) if figures else 0
        context |= {
            "terms": terms,
            "months": MONTHS,
            "today": value_today(card, terms=terms, expected_amount=expected),
            "totals": draw.draw_totals(card, currency=business.currency),
            "charts": draw.draw_all(card, currency=business.currency),
        }
    return render(request, "differentiate/forecast.html", context)

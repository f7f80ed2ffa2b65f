"""The page that says how well the customers are known."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from idic.web.audit import build_audit

from .customers import business_of


@require_GET
def audit(request: HttpRequest) -> HttpResponse:
    """Show how many customers there are, reachable and active, and how to learn more."""
    business = business_of(request)
    context = {
        "station": 1,
        "audit": build_audit(business=business),
        "currency": business.currency,
    }
    return render(request, "web/audit.html", context)

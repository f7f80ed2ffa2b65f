"""The start: the day's work; as long as there are no customers, the first look."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from idic.identify.models import Customer


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Send people to where their day begins."""
    has_customers = Customer.objects.filter(is_staged=False).exists()
    return redirect("web:today" if has_customers else "web:first_look")

"""The start: the first look when there is one, else the customers."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_GET


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Send people to where their day begins."""
    for name in ("web:first_look", "web:customer_list"):
        try:
            return redirect(reverse(name))
        except NoReverseMatch:
            continue
    return redirect("web:login")

"""Home: the loop at a glance, for everybody who works here."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from idic.core import clock
from idic.core.access import may, staff_of
from idic.web.home.page import build_home
from idic.web.views.customers import business_of


@require_GET
def loop(request: HttpRequest) -> HttpResponse:
    """Show what is proven, the five stations, how far the business has come, and the set-up."""
    staff = staff_of(request)
    home = build_home(business=business_of(request), staff=staff, now=clock.now())
    context = {"home": home, "may_import": may(staff, "imports.run")}
    return render(request, "web/loop.html", context)

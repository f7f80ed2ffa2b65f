"""Pages of the ground floor: what is shown when something fails."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from idic.core.access import public


@public
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the request could not be understood."""
    return render(request, "core/error_400.html", status=400)


@public
def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: this person's role does not allow it."""
    return render(request, "core/error_403.html", status=403)


@public
def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: there is nothing here."""
    return render(request, "core/error_404.html", status=404)


@public
def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault."""
    return render(request, "core/error_500.html", status=500)

"""Pages of the ground floor: what is shown when something fails, how pages look, and the sheet of
components.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from idic.core.access import public
from idic.core.sheet import build_sheet
from idic.core.templatetags.shell import APPEARANCE
from idic.core.way_back import way_back

_YEAR = 365 * 24 * 3600


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


@public
@require_POST
def set_appearance(request: HttpRequest) -> HttpResponse:
    """Keep the chosen colours or density in a cookie and go back; the island does it without us."""
    response = HttpResponseRedirect(way_back(request))
    for name, known in APPEARANCE.items():
        if name not in request.POST:
            continue
        chosen = request.POST[name]
        if chosen in known:
            response.set_cookie(f"idic_{name}", chosen, _YEAR, samesite="Lax")
        else:
            response.delete_cookie(f"idic_{name}", samesite="Lax")
    return response


@require_GET
def components(request: HttpRequest) -> HttpResponse:
    """Show every component once, for those who build pages."""
    return render(request, "core/components.html", build_sheet())

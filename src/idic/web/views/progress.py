"""The slim bar of a running job, asked for again while it runs."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from idic.core import clock
from idic.web.working import find_working

# Tells htmx to stop asking; the page is loaded anew so that it shows what the job made.
_STOP = 286


@require_GET
def progress(request: HttpRequest) -> HttpResponse:
    """Show how far the running job is, or nothing once all is quiet."""
    working = find_working(now=clock.now())
    if working is None:
        return HttpResponse(status=_STOP, headers={"HX-Refresh": "true"})
    return render(request, "core/_progress.html", {"progress": working})

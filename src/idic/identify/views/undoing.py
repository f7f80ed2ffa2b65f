"""The page that asks before an import is undone: what goes, what stays and why."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from idic.core import clock
from idic.core.access import needs, staff_of
from idic.core.toasts import notify
from idic.identify.models import ImportRun
from idic.identify.services.imports.undoing.running import ask, is_asked, may_undo
from idic.identify.services.imports.undoing.staying import Outlook, look_ahead
from idic.identify.tasks import undo_import
from idic.identify.undo_report import list_reasons, say_outlook, say_what

from .imports import address, get_run


@require_http_methods(["GET", "POST"])
@needs("imports.run")
def import_undo(request: HttpRequest, import_id: str) -> HttpResponse:
    """Say what would go; on POST, with that very count, let it go in the background."""
    run = get_run(import_id)
    if not may_undo(run=run):
        return redirect(address("import_detail", run))
    if is_asked(run=run):  # begun and cut off: it only has to go on
        return _begin(request, run) if request.method == "POST" else _back(run)
    outlook = look_ahead(run=run)
    if request.method == "POST" and request.POST.get("count") == _count(outlook):
        return _begin(request, run)
    context = _context(run, outlook) | {"id": import_id, "is_other": request.method == "POST"}
    return render(request, "identify/import_undo.html", context)


def _begin(request: HttpRequest, run: ImportRun) -> HttpResponse:
    actor = staff_of(request).email
    ask(run=run, actor=actor, now=clock.now())
    undo_import.using(unique_key=f"identify.undo.{run.id}").enqueue(run_id=run.id, actor=actor)
    notify(request, text=_("The import is being undone."))
    return _back(run)


def _back(run: ImportRun) -> HttpResponse:
    return redirect(address("import_detail", run))


def _count(outlook: Outlook) -> str:
    """What the button promises: anything else is asked anew."""
    return f"{outlook.going}-{outlook.orders}"


def _context(run: ImportRun, outlook: Outlook) -> dict[str, Any]:
    return {
        "run": run,
        "outlook": outlook,
        "count": _count(outlook),
        "what": say_what(customers=outlook.going, orders=outlook.orders),
        "reasons": list_reasons(reasons=outlook.reasons),
        "sentences": say_outlook(outlook=outlook),
        "kept_count": len(outlook.kept),
        "repeats": [later.file_name for later in outlook.repeats],
    }

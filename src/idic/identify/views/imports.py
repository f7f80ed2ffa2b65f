"""The pages about files brought in: the list, a new one, and what came of each."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from idic.core import clock, ids
from idic.core.access import may, needs, staff_of
from idic.core.models import Job
from idic.identify.forms import UploadForm
from idic.identify.importing.columns import Kind
from idic.identify.importing.problems import ImportProblem
from idic.identify.kind_words import NAMES, say_rows
from idic.identify.models import ImportRun, ImportState
from idic.identify.reports import draw_fates, list_sentences
from idic.identify.selectors import find_import_job, list_imports
from idic.identify.services.imports import drafts
from idic.identify.services.imports.rejections import list_reasons, reason_in_words
from idic.identify.services.imports.undoing.running import is_asked, may_undo
from idic.identify.undo_report import SHOWN_PEOPLE, list_people, say_report, say_what
from idic.identify.undo_report import list_reasons as list_kept_reasons

_SHOWN_REJECTIONS = 20
_STEPS = ("import_new", "import_columns", "import_choices", "import_check", "import_detail")


def get_run(import_id: str) -> ImportRun:
    """Give the run of a public id. Raises Http404."""
    try:
        number = ids.decode("import", import_id)
    except ids.WrongId:
        raise Http404 from None
    run = ImportRun.objects.filter(id=number).select_related("source", "created_by").first()
    if run is None:
        raise Http404
    return run


def public_id(run: ImportRun) -> str:
    """Give the id a run has in addresses."""
    return ids.encode("import", run.id)


def address(name: str, run: ImportRun) -> str:
    """Give the address of one of a run's pages."""
    return reverse(f"identify:{name}", args=[public_id(run)])


def list_steps(run: ImportRun | None, current: str) -> list[dict[str, Any]]:
    """Give the way of a file in five steps. Those behind are links; those ahead are none, for they
    would lose what is chosen on the page.
    """
    labels = (_("File"), _("Columns"), _("Choices"), _("Try it out"), _("Result"))
    place = _STEPS.index(current)
    return [
        {
            "label": label,
            "url": address(name, run) if run is not None and 0 < number < place else "",
            "is_done": number < place,
            "is_current": number == place,
        }
        for number, (name, label) in enumerate(zip(_STEPS, labels, strict=True))
    ]


@require_GET
def import_list(request: HttpRequest) -> HttpResponse:
    """Show what was brought in; when there is nothing, begin here."""
    runs = list_imports()
    done = [run for run in runs if run.state == ImportState.PUBLISHED]
    context = {
        "imports": [
            {"run": run, "url": _next_page(run), "kind": NAMES.get(run.kind, run.kind)}
            for run in runs
        ],
        "done_count": len(done),
        "row_count": sum(int(run.counts.get("rows", 0)) for run in done),
        "form": UploadForm(),
        "may_import": may(staff_of(request), "imports.run"),
    }
    return render(request, "identify/import_list.html", context)


def _next_page(run: ImportRun) -> str:
    return address("import_columns" if run.state == ImportState.DRAFT else "import_detail", run)


@require_http_methods(["GET", "POST"])
@needs("imports.run")
def import_new(request: HttpRequest) -> HttpResponse:
    """Take a file; on POST keep it as a draft and go on to its columns."""
    if request.method == "GET":
        form = UploadForm(initial={"kind": request.GET.get("kind", Kind.ORDERS.value)})
        return render(request, "identify/import_new.html", _upload(form))
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        error = str(next(iter(form.errors.get("file", [])), ""))
        return render(
            request,
            "identify/import_new.html",
            _upload(form, error),
            status=refused_status(request),
        )
    file = form.cleaned_data["file"]
    try:
        run = drafts.create_draft(
            kind=Kind(form.cleaned_data["kind"]),
            file_name=file.name,
            chunks=file.chunks(1_000_000),
            size=file.size,
            staff=staff_of(request),
            now=clock.now(),
        )
    except ImportProblem as problem:
        context = _upload(form, problem.sentence)
        return render(request, "identify/import_new.html", context, status=refused_status(request))
    return redirect(address("import_columns", run))


def _upload(form: UploadForm, error: str = "") -> dict[str, Any]:
    return {"form": form, "error": error, "steps": list_steps(None, "import_new")}


def refused_status(request: HttpRequest) -> int:
    """Give the status of a form sent back: htmx leaves an answer of 4xx out of the page."""
    return 200 if request.htmx else 422  # type: ignore[attr-defined]


@require_GET
def import_detail(request: HttpRequest, import_id: str) -> HttpResponse:
    """Show how far an import is, or what came of it."""
    run = get_run(import_id)
    if run.state == ImportState.DRAFT:
        return redirect(address("import_columns", run))
    is_undoing = is_asked(run=run)
    is_working = is_undoing or run.state in {ImportState.WAITING, ImportState.RUNNING}
    context = {"run": run, "id": import_id, "is_working": is_working, "is_undoing": is_undoing}
    context["may_undo"] = may_undo(run=run) and may(staff_of(request), "imports.run")
    if is_working:
        return _working(request, run, context)
    if request.htmx:  # type: ignore[attr-defined]
        # The page polled while it worked; now it is another page.
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "identify/import_detail.html", context | _report(run))


def _working(request: HttpRequest, run: ImportRun, context: dict[str, object]) -> HttpResponse:
    job = find_import_job(run_id=run.id)
    words = {"reading": _("Reading the file"), "import": _("Bringing in the rows")}
    words |= {"demo_removal": _("Removing the sample shop"), "undo": _("Taking the rows out")}
    context |= {
        "done": job.progress_done if job else 0,
        "total": job.progress_total if job else None,
        "steps": list_steps(None, "import_detail"),
        "is_cut_off": job is None or job.state in {Job.State.FAILED, Job.State.CANCELLED},
        "label": words.get(job.progress_label if job else "", _("Waiting for its turn")),
    }
    fragment = "#working" if request.htmx else ""  # type: ignore[attr-defined]
    return render(request, f"identify/import_detail.html{fragment}", context)


def _report(run: ImportRun) -> dict[str, object]:
    if run.state == ImportState.UNDONE:
        return _undo_report(run.counts.get("undo", {}))
    if run.state != ImportState.PUBLISHED:
        earlier = run.counts.get("repeat_of")
        return {"repeat_of": ids.encode("import", earlier) if earlier else ""}
    rejections = run.rejections.order_by("row_number")[:_SHOWN_REJECTIONS]
    return {
        "headline": say_rows(kind=run.kind, counts=run.counts),
        "fates": draw_fates(kind=run.kind, counts=run.counts),
        "sentences": list_sentences(kind=run.kind, counts=run.counts),
        "rejections": [
            (one.row_number, reason_in_words(reason=one.reason, detail=one.detail))
            for one in rejections
        ],
        "reasons": list_reasons(counts=run.counts),
        "has_error_file": bool(run.counts.get("error_file")),
        "lacks_addresses": run.kind == Kind.ORDERS
        and not (run.counts.get("with_email") or run.counts.get("with_phone")),
    }


def _undo_report(report: dict[str, Any]) -> dict[str, object]:
    people = list_people(report=report)
    return {
        "undo": report,
        "more_people": max(0, report.get("kept_customers", 0) - SHOWN_PEOPLE),
        "what": say_what(customers=report["customers"], orders=report["orders"]),
        "undone_at": datetime.fromisoformat(report["at"]),
        "sentences": say_report(report=report),
        "reasons": list_kept_reasons(reasons=report.get("reasons", {})),
        "people": [(person, ids.encode("customer", person.id), why) for person, why in people],
    }


@require_GET
@needs("imports.run")
def import_errors(request: HttpRequest, import_id: str) -> HttpResponseBase:
    """Hand out the refused rows with their reasons."""
    run = get_run(import_id)
    kept = run.counts.get("error_file", "")
    if not kept or not Path(kept).is_file():
        raise Http404
    name = f"{Path(run.file_name).stem}-rejected.csv"
    return FileResponse(Path(kept).open("rb"), as_attachment=True, filename=name)

"""The steps from a file to its rows: columns, choices, trying it out, starting it."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from idic.core import clock
from idic.core.access import may, needs, staff_of
from idic.core.selectors import get_business
from idic.core.services.business import change_business
from idic.core.services.setup import is_name_of_a_sample
from idic.identify.forms import ChoicesForm
from idic.identify.importing.columns import FIELDS, Kind
from idic.identify.importing.columns.guessing import SURE
from idic.identify.importing.columns.mapping import find_missing, say_group
from idic.identify.importing.presets import find_preset
from idic.identify.importing.problems import ImportProblem
from idic.identify.importing.readers.encodings import LABELS
from idic.identify.importing.reading import Decisions
from idic.identify.importing.terms import FILL, OVERWRITE, RULES, SKIP
from idic.identify.importing.values.dates import DateOrder
from idic.identify.kind_words import READ_AS, say_rows
from idic.identify.models import ImportRun, ImportState
from idic.identify.reports import draw_fates, list_sentences
from idic.identify.selectors import has_customers, has_demo, list_source_names
from idic.identify.services.imports import drafts
from idic.identify.services.imports.currencies import has_orders
from idic.identify.services.imports.recipes import list_fitting
from idic.identify.services.imports.rejections import list_reasons, reason_in_words
from idic.identify.services.imports.rules import fields_with_rules
from idic.identify.services.sources import (
    WrongOrigin,
    check_origin,
    describe_origin,
    get_or_create_source,
    shown_source,
)
from idic.identify.tasks import check_import, run_import
from idic.identify.views.imports import address, get_run, list_steps, public_id, refused_status

_ENCODINGS = ("utf-8", "utf-16", "gbk", "tcvn3", "vni", "windows-1258", "windows-1252")
_FORMATS = {"csv": "CSV", "xlsx": "Excel", "parquet": "Parquet", "vcard": "vCard"}
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


def _draft(import_id: str) -> ImportRun | None:
    """Give a run that can still be changed: a draft, or one that failed and keeps its file."""
    run = get_run(import_id)
    is_open = run.state in {ImportState.DRAFT, ImportState.FAILED}
    return run if is_open and drafts.path_of(run).is_file() else None


@require_http_methods(["GET", "POST"])
@needs("imports.run")
def import_columns(request: HttpRequest, import_id: str) -> HttpResponse:
    """Show what each column seems to be; on POST take what was chosen, or take the file for one of
    the other kind.
    """
    run = _draft(import_id)
    if run is None:
        return redirect("identify:import_detail", import_id)
    error, status = "", 200
    if request.method == "POST":
        try:
            if request.POST.get("kind") in set(Kind):
                drafts.change_kind(run=run, kind=Kind(request.POST["kind"]))
                return redirect(address("import_columns", run))
            if "preset" in request.POST:
                drafts.take_preset(run=run, key=request.POST["preset"])
                return redirect(address("import_columns", run))
            if "recognise" in request.POST:
                _recognise_again(request, run)
                return redirect(address("import_columns", run))
            mapping = _chosen_mapping(request, run)
            drafts.choose_columns(run=run, mapping=mapping, rules=_chosen_rules(request, run))
            return redirect(address("import_choices", run))
        except ImportProblem as problem:
            error, status = problem.sentence, refused_status(request)
    return render(
        request, "identify/import_columns.html", _columns(request, run, error), status=status
    )


def _recognise_again(request: HttpRequest, run: ImportRun) -> None:
    encoding = request.POST.get("encoding", "")
    delimiter = request.POST.get("delimiter", "")
    marks = {name: mark for mark, name in _DELIMITERS.items()}
    sheet = request.POST.get("sheet", "")
    drafts.recognise(
        run=run,
        sheet=sheet if sheet in drafts.shape_of(run).sheets else run.options.get("sheet", ""),
        encoding=encoding if encoding in _ENCODINGS else "",
        delimiter=marks.get(delimiter, ""),
    )


def _chosen_mapping(request: HttpRequest, run: ImportRun) -> dict[str, str]:
    """Read the selects, one a column. Raises ImportProblem when two columns claim one field."""
    mapping: dict[str, str] = {}
    labels = {field.name: str(field.label) for field in FIELDS[Kind(run.kind)]}
    for place, header in enumerate(run.options["shape"]["headers"]):
        name = request.POST.get(f"column_{place}", "")
        if name in mapping:
            raise ImportProblem(
                "twice",
                _("Two columns are read as “%(field)s”: %(first)s and %(second)s. Keep one.")
                % {"field": labels.get(name, name), "first": mapping[name], "second": header},
            )
        if name:
            mapping[name] = header
    return mapping


def _chosen_rules(request: HttpRequest, run: ImportRun) -> dict[str, str]:
    """Read what each column may do to people already known."""
    places = range(len(run.options["shape"]["headers"]))
    chosen = {
        request.POST.get(f"column_{place}", ""): request.POST.get(f"rule_{place}", "")
        for place in places
    }
    known = fields_with_rules(kind=Kind(run.kind))
    return {name: rule for name, rule in chosen.items() if name in known and rule in RULES}


def _columns(request: HttpRequest, run: ImportRun, error: str) -> dict[str, Any]:
    kind = Kind(run.kind)
    fields = {header: name for name, header in run.options["mapping"].items()}
    rows = []
    for place, guess in enumerate(run.options["guesses"]):
        chosen = fields.get(guess["header"], "")
        if error:
            chosen = request.POST.get(f"column_{place}", "")
        is_guess = bool(chosen) and chosen == guess["field"]
        rows.append(
            {
                "place": place,
                "header": guess["header"],
                "samples": list(dict.fromkeys(guess["samples"])),
                "chosen": chosen,
                "rule": run.options.get("rules", {}).get(chosen, ""),
                "is_unsure": is_guess and guess["confidence"] < SURE,
            }
        )
    return {
        "run": run,
        "id": public_id(run),
        "steps": list_steps(run, "import_columns"),
        "rows": rows,
        "fields": [(field.name, field.label) for field in FIELDS[kind]],
        "rules": _rule_words() if fields_with_rules(kind=kind) and has_customers() else [],
        "ruled": fields_with_rules(kind=kind),
        "read_count": sum(bool(row["chosen"]) for row in rows),
        "unsure_count": sum(bool(row["is_unsure"]) for row in rows),
        "how": _how(run),
        "is_text": run.options["shape"]["format"] == "csv",
        "sheets": drafts.shape_of(run).sheets,
        "encodings": [(code, LABELS_OF[code]) for code in _ENCODINGS],
        "delimiters": list(_delimiter_words().items()),
        "error": error,
        "missing": [
            say_group(kind=kind, group=group)
            for group in find_missing(kind=kind, mapping=[row["chosen"] for row in rows])
        ],
        "looks_like": run.options.get("looks_like", ""),
        "read_as": READ_AS.get(run.options.get("looks_like", ""), ""),
        "recognised": find_preset(run.options.get("recognised", "")),
        "fitting": list_fitting(kind=run.kind, headers=run.options["shape"]["headers"])[:3],
        "is_preset_used": bool(run.options.get("preset")),
    }


def _rule_words() -> list[tuple[str, str]]:
    return [
        ("", _("Newest wins")),
        (FILL, _("Only fill blanks")),
        (OVERWRITE, _("Overwrite")),
        (SKIP, _("New people only")),
    ]


LABELS_OF = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "gbk": "GBK",
    "tcvn3": "TCVN3 (.Vn…)",
    "vni": "VNI",
    "windows-1258": "Windows-1258",
    "windows-1252": "Windows-1252",
}


def _delimiter_words() -> dict[str, str]:
    return {
        "comma": _("commas"),
        "semicolon": _("semicolons"),
        "tab": _("tabs"),
        "bar": _("bars"),
    }


def _how(run: ImportRun) -> dict[str, Any]:
    """Say how the file is written."""
    shape = drafts.shape_of(run)
    return {
        "format": _FORMATS[shape.format],
        "encoding": LABELS.get(shape.encoding, ""),
        "delimiter": _delimiter_words().get(_DELIMITERS.get(shape.delimiter, ""), ""),
        "sheet": shape.sheet,
        "rows": run.options["row_count"],
    }


@require_http_methods(["GET", "POST"])
@needs("imports.run")
def import_choices(request: HttpRequest, import_id: str) -> HttpResponse:
    """Ask for source, currency, day and consent; on POST remember them and try it out."""
    run = _draft(import_id)
    if run is None:
        return redirect("identify:import_detail", import_id)
    form = _choices_form(request, run)
    error, status = "", 200
    if request.method == "POST":
        if form.is_valid():
            try:
                _describe_origin(request, form.choices()["source"])
                drafts.choose_terms(run=run, choices=form.choices())
                return redirect(address("import_check", run))
            except ImportProblem as problem:
                error = problem.sentence
            except WrongOrigin as problem:
                error = str(problem)
        status = refused_status(request)
    context = {
        "run": run,
        "id": import_id,
        "steps": list_steps(run, "import_choices"),
        "form": form,
        "sources": [shown_source(name) for name in list_source_names()],
        "error": error,
        "given": request.POST,
    }
    return render(request, "identify/import_choices.html", context, status=status)


def _describe_origin(request: HttpRequest, name: str) -> None:
    """Keep that a third party collected the data, if so: it then never overwrites our own."""
    if "is_third_party" not in request.POST:
        return
    told = {key: request.POST.get(key, "") for key in ("provider", "licence", "lawful_basis")}
    check_origin(**told)
    source = get_or_create_source(name=name, now=clock.now())
    actor = staff_of(request).email
    describe_origin(source_id=source.id, is_third_party=True, **told, actor=actor, now=clock.now())


def _choices_form(request: HttpRequest, run: ImportRun) -> ChoicesForm:
    business, sources = get_business(), list_source_names()
    is_first, choices = not has_orders(), run.options.get("choices", {})
    preset = find_preset(run.options.get("preset", ""))
    named = {"source": preset.system} if preset and not choices.get("source") else {}
    likely = _given(run.options.get("place", {})) if is_first else {}
    return ChoicesForm(
        request.POST if request.method == "POST" else None,
        initial={"currency": business.currency, "country": business.country}
        | likely
        | _given(ChoicesForm.initial_of(choices, sources=sources))
        | named,
        kind=Kind(run.kind),
        fields=list(run.options["mapping"]),
        sources=sources,
        currency=business.currency,
        country=business.country,
        is_first=is_first,
    )


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in ("", None)}


@require_http_methods(["GET", "POST"])
@needs("imports.run")
def import_check(request: HttpRequest, import_id: str) -> HttpResponse:
    """Say what would come of it; on POST read ambiguous dates the other way round."""
    run = _draft(import_id)
    if run is None:
        return redirect("identify:import_detail", import_id)
    if request.method == "POST" and request.POST.get("date_order") in set(DateOrder):
        choices = run.options.get("choices", {}) | {"date_order": request.POST["date_order"]}
        drafts.choose_terms(run=run, choices=choices)
    check = drafts.find_check(run=run)
    if check is None:
        check = _begin_check(run)
    context: dict[str, Any] = {
        "run": run,
        "id": import_id,
        "steps": list_steps(run, "import_check"),
        "check": check,
        "is_waiting": bool(check.get("is_waiting")),
        "may_name": may(staff_of(request), "settings.edit"),
    }
    if context["is_waiting"]:
        fragment = "#working" if request.htmx else ""  # type: ignore[attr-defined]
        return render(request, f"identify/import_check.html{fragment}", context)
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "identify/import_check.html", context | _found(run, check))


def _begin_check(run: ImportRun) -> dict[str, Any]:
    """Try a small file out at once, a large one in the background."""
    now = clock.now()
    if drafts.is_quick(run=run):
        drafts.try_out(run=run, now=now, today=clock.today(time_zone=get_business().time_zone))
    else:
        with transaction.atomic():
            drafts.mark_checking(run=run, now=now)
            check_import.using(unique_key=f"check:{run.id}").enqueue(
                run_id=run.id, language=get_language() or "en"
            )
    return drafts.find_check(run=run) or {}


def _found(run: ImportRun, check: dict[str, Any]) -> dict[str, Any]:
    if "counts" not in check:
        return {"problem": check.get("problem", "")}
    decisions = Decisions(**check["decisions"]) if check.get("decisions") else None
    other = None
    if decisions is not None and not decisions.is_date_order_certain:
        is_day_first = decisions.date_order == DateOrder.DAY_FIRST
        other = DateOrder.MONTH_FIRST if is_day_first else DateOrder.DAY_FIRST
    counts = check["counts"]
    return {
        "counts": counts,
        "headline": say_rows(kind=run.kind, counts=counts),
        "fates": draw_fates(kind=run.kind, counts=counts),
        "sentences": list_sentences(kind=run.kind, counts=counts, decisions=decisions),
        "rejected": [
            (number, reason_in_words(reason=reason, detail=detail))
            for number, reason, detail in check["rejected"]
        ],
        "reasons": list_reasons(counts=counts),
        "other_order": other,
        "taken": counts["rows"] - counts["rejected"],
        "has_demo": has_demo(),
        "shop_name": _own_name(),
    }


def _own_name() -> str:
    """Give the company's name; "" while it still bears the name of the sample shop."""
    name = get_business().name
    return "" if is_name_of_a_sample(name) else name


def _name_shop(request: HttpRequest) -> None:
    staff, name = staff_of(request), request.POST.get("shop_name", "").strip()[:120]
    if name and has_demo() and may(staff, "settings.edit"):
        change_business(changes={"name": name}, actor=staff.email, now=clock.now())


@require_POST
@needs("imports.run")
def import_start(request: HttpRequest, import_id: str) -> HttpResponse:
    """Put the import in line. Where it takes the sample shop's place, the company gets the name
    it was given: messages are signed with it.
    """
    run = _draft(import_id)
    if run is not None and run.options.get("mapping"):
        _name_shop(request)
        with transaction.atomic():
            is_waiting = drafts.wait_for_start(
                run=run,
                language=get_language() or "en",
                keeps_demo="keeps_demo" in request.POST,
            )
            if is_waiting:
                run_import.using(unique_key=f"import:{run.id}").enqueue(run_id=run.id)
    return redirect("identify:import_detail", import_id)


@require_POST
@needs("imports.run")
def import_discard(request: HttpRequest, import_id: str) -> HttpResponse:
    """Drop a draft and its file."""
    drafts.discard(run=get_run(import_id))
    return redirect("identify:import_list")

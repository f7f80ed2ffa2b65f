"""An import prepared on a page, step by step: the file is kept, what was chosen is remembered in
the run, a dry run shows what would come, and only then it is started in the background.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from idic.core import ids
from idic.core.models import Staff
from idic.core.selectors import get_business
from idic.identify.importing.columns import (
    FIELDS,
    Kind,
    apply_overrides,
    check_mapping,
    guess_columns,
)
from idic.identify.importing.columns.mapping import find_missing
from idic.identify.importing.columns.places import guess_place
from idic.identify.importing.problems import ImportProblem
from idic.identify.importing.readers import FileShape
from idic.identify.importing.readers.workspace import disk_full, no_rows
from idic.identify.importing.values.dates import DateOrder
from idic.identify.models import ImportRun, ImportState

from .analysis import Analysis, analyse
from .lock import ImportBusy
from .recipes import consents_of
from .rejections import folder
from .request import ImportRequest, check_consents
from .rules import check_rules
from .running import ImportReport, import_file

# What a browser may send; larger files come in on the command line.
LARGEST_UPLOAD = 500 * 1024**2
# A file up to this size is tried out while the person waits; a larger one in the background.
QUICK_BYTES = 3 * 1024**2


def create_draft(
    *, kind: Kind, file_name: str, chunks: Iterable[bytes], size: int, staff: Staff, now: datetime
) -> ImportRun:
    """Keep an uploaded file and recognise its columns. Raises ImportProblem, keeping nothing."""
    if size > LARGEST_UPLOAD:
        raise ImportProblem(
            "too_large",
            _(
                "The file has %(size)d MB; a page takes up to %(most)d MB. "
                "Bring it in on the command line: idic import %(kind)s FILE."
            )
            % {"size": size // 1024**2, "most": LARGEST_UPLOAD // 1024**2, "kind": kind.value},
        )
    run = ImportRun(
        id=ids.new_id(),
        kind=kind.value,
        file_name=Path(file_name).name[:200],
        created_by=staff,
        created_at=now,
    )
    path = folder() / f"{run.id}.upload"
    run.file_path = str(path.relative_to(settings.IDIC_HOME))
    try:
        with path.open("wb") as file:
            for chunk in chunks:
                file.write(chunk)
        recognise(run=run)
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise ImportProblem("disk_full", disk_full()) from error
        raise
    return run


def recognise(
    *,
    run: ImportRun,
    encoding: str = "",
    delimiter: str = "",
    sheet: str = "",
    preset: str | None = None,
) -> Analysis:
    """Look at the file, again with another encoding, delimiter or preset, and remember what was
    seen.
    """
    request = ImportRequest(
        kind=Kind(run.kind),
        path=path_of(run),
        file_name=run.file_name,
        encoding=encoding,
        delimiter=delimiter,
        sheet=sheet,
        preset=preset,
    )
    analysis = analyse(request=request, business=get_business())
    if analysis.row_count == 0:
        raise ImportProblem("no_rows", no_rows())
    run.options = {
        **_without(run.options, "check", "mapping"),
        "encoding": encoding,
        "delimiter": delimiter,
        "sheet": sheet,
        "shape": analysis.shape.to_json(),
        "row_count": analysis.row_count,
        "guesses": [asdict(guess) for guess in analysis.guesses],
        "mapping": analysis.mapping,
        "place": asdict(guess_place(guesses=analysis.guesses)),
        "looks_like": _looks_like(Kind(run.kind), analysis),
        "preset": analysis.preset.key if analysis.preset else "",
        "recognised": analysis.recognition.preset.key if analysis.recognition else "",
    }
    run.save()
    return analysis


def take_preset(*, run: ImportRun, key: str) -> None:
    """Read the columns as those of a known export, or with an empty key as any file's."""
    read = {name: run.options.get(name, "") for name in ("encoding", "delimiter", "sheet")}
    recognise(run=run, preset=key, **read)


def change_kind(*, run: ImportRun, kind: Kind) -> None:
    """Take the file for one of the other kind, and look at its columns again."""
    run.kind = kind.value
    read = {name: run.options.get(name, "") for name in ("encoding", "delimiter", "sheet")}
    recognise(run=run, **read)


def _looks_like(kind: Kind, analysis: Analysis) -> str:
    """Give the other kind when a file fits that one: orders hold dates and amounts, a list of
    customers does not; a known export is what it is known to be.
    """
    if analysis.recognition is not None:
        known = analysis.recognition.preset.kind
        return "" if known == kind else known.value
    if kind not in {Kind.ORDERS, Kind.CUSTOMERS}:
        return ""
    guesses = analysis.guesses
    own = [guess.field for guess in guesses if guess.field]
    other = Kind.CUSTOMERS if kind == Kind.ORDERS else Kind.ORDERS
    if kind == Kind.ORDERS and not find_missing(kind=kind, mapping=own):
        return ""
    again = guess_columns(
        kind=other,
        headers=[guess.header for guess in guesses],
        samples={guess.header: guess.samples for guess in guesses},
        country=get_business().country,
    )
    sure = [guess.field for guess in again if guess.field and guess.is_sure]
    return "" if find_missing(kind=other, mapping=sure) else other.value


def choose_columns(
    *, run: ImportRun, mapping: Mapping[str, str], rules: Mapping[str, str] | None = None
) -> None:
    """Remember which column feeds which field, and by which rule. Raises ImportProblem when
    something is missing.
    """
    kind, headers = Kind(run.kind), run.options["shape"]["headers"]
    chosen = apply_overrides(kind=kind, headers=headers, guesses=(), overrides=mapping)
    check_mapping(kind=kind, headers=headers, mapping=chosen)
    run.options = {**_without(run.options, "check"), "mapping": chosen, "is_mapped": True}
    if rules is not None:
        run.options["rules"] = check_rules(rules=rules, kind=kind)
    run.save(update_fields=["options"])


def choose_terms(*, run: ImportRun, choices: Mapping[str, Any]) -> None:
    """Remember what is told besides the columns, as plain values: source, currency, as_of,
    consents. Raises ImportProblem for a consent without a ground.
    """
    check_consents(consents=consents_of(choices))
    run.options = {**_without(run.options, "check"), "choices": dict(choices)}
    run.save(update_fields=["options"])


def request_of(*, run: ImportRun) -> ImportRequest:
    """Put the request of a draft together from what was remembered."""
    options, choices = run.options, run.options.get("choices", {})
    mapping = options.get("mapping", {})
    # Fields without a column are named too, or a guess would fill them again.
    overrides = {field.name: mapping.get(field.name, "") for field in FIELDS[Kind(run.kind)]}
    return ImportRequest(
        kind=Kind(run.kind),
        path=path_of(run),
        file_name=run.file_name,
        source=choices.get("source", ""),
        overrides=overrides,
        encoding=options.get("encoding", ""),
        delimiter=options.get("delimiter", ""),
        sheet=options.get("sheet", ""),
        currency=choices.get("currency", ""),
        country=choices.get("country", ""),
        date_order=DateOrder(choices["date_order"]) if choices.get("date_order") else None,
        as_of=date.fromisoformat(choices["as_of"]) if choices.get("as_of") else None,
        consents=consents_of(choices),
        numbers_of=choices.get("numbers_of", ""),
        rates={code: Decimal(rate) for code, rate in choices.get("rates", {}).items()},
        keeps_demo=bool(options.get("keeps_demo")),
        preset=options.get("preset", ""),
        rules=options.get("rules", {}),
    )


def is_quick(*, run: ImportRun) -> bool:
    """Tell whether the file is small enough to be tried out at once."""
    return path_of(run).stat().st_size <= QUICK_BYTES


def try_out(*, run: ImportRun, now: datetime, today: date) -> None:
    """Do the dry run and remember what it said, or the problem it met."""
    check: dict[str, Any] = {"at": now.isoformat(), "of": _digest(run)}
    try:
        report = import_file(
            request=request_of(run=run), now=now, today=today, actor="", is_dry_run=True
        )
        check |= _remembered(report)
    except ImportProblem as problem:
        check |= {"problem": problem.sentence, "code": problem.code}
    with transaction.atomic():
        current = ImportRun.objects.select_for_update().get(id=run.id)
        current.options = {**current.options, "check": check}
        current.save(update_fields=["options"])
    run.options = current.options


def find_check(*, run: ImportRun) -> dict[str, Any] | None:
    """Find what the dry run said, if it was of what is chosen now."""
    check: dict[str, Any] = run.options.get("check", {})
    return check if check.get("of") == _digest(run) else None


def _digest(run: ImportRun) -> str:
    """Tell one set of choices from another."""
    names = ("mapping", "choices", "encoding", "delimiter", "sheet", "preset", "rules")
    chosen = json.dumps([run.options.get(name) for name in names], sort_keys=True)
    return hashlib.sha256(chosen.encode()).hexdigest()[:16]


def _remembered(report: ImportReport) -> dict[str, Any]:
    return {
        "counts": report.counts,
        "decisions": asdict(report.decisions) if report.decisions else None,
        "rejected": [list(row) for row in report.rejected],
    }


def mark_checking(*, run: ImportRun, now: datetime) -> None:
    """Note that the dry run is under way in the background."""
    waiting = {"at": now.isoformat(), "of": _digest(run), "is_waiting": True}
    run.options = {**run.options, "check": waiting}
    run.save(update_fields=["options"])


def wait_for_start(*, run: ImportRun, language: str, keeps_demo: bool = False) -> bool:
    """Put a draft in line; False when it is no draft any more."""
    run.options = {**run.options, "keeps_demo": keeps_demo}
    changed = ImportRun.objects.filter(
        id=run.id, state__in=[ImportState.DRAFT, ImportState.FAILED]
    ).update(state=ImportState.WAITING, options={**run.options, "language": language}, problem="")
    return bool(changed)


def carry_out(*, run: ImportRun, now: datetime, today: date, progress: Any) -> None:
    """Import a draft and forget its file; a problem is kept on the run for its page."""
    actor = run.created_by.email if run.created_by else "system:import"
    try:
        import_file(
            request=request_of(run=run),
            now=now,
            today=today,
            actor=actor,
            progress=progress,
            run=run,
        )
    except ImportBusy:
        raise
    except ImportProblem as problem:
        ImportRun.objects.filter(id=run.id).exclude(state=ImportState.PUBLISHED).update(
            state=ImportState.FAILED, problem=problem.sentence[:500]
        )
        return
    forget_file(run=run)


def cancel(*, run: ImportRun) -> None:
    """Mark an import that somebody stopped; nothing of it was kept."""
    ImportRun.objects.filter(id=run.id).exclude(state=ImportState.PUBLISHED).update(
        state=ImportState.CANCELLED
    )


def discard(*, run: ImportRun) -> bool:
    """Drop a draft and its file; False when it is no draft any more."""
    changed = ImportRun.objects.filter(
        id=run.id, state__in=[ImportState.DRAFT, ImportState.FAILED]
    ).update(state=ImportState.CANCELLED)
    if changed:
        forget_file(run=run)
    return bool(changed)


def forget_file(*, run: ImportRun) -> None:
    """Delete the uploaded file: what it said is in the database, and it names people."""
    if run.file_path:
        with suppress(OSError):
            path_of(run).unlink(missing_ok=True)


def path_of(run: ImportRun) -> Path:
    """Give where an uploaded file lies."""
    return Path(settings.IDIC_HOME) / run.file_path


def shape_of(run: ImportRun) -> FileShape:
    """Give how the file is read."""
    return FileShape.from_json(run.options["shape"])


def _without(options: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name not in names}

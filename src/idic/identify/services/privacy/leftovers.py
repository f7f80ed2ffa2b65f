"""Clears a person out of what no table leads to: texts that were kept as they came, files of
refused rows, uploads that wait, what the search index has not merged away yet.
"""

from __future__ import annotations

import csv
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from idic.core import bulk
from idic.core.personal_data import texts
from idic.identify.ingest.segments import folder_of
from idic.identify.models import ImportRun, ImportState
from idic.identify.search import forget_deleted
from idic.identify.services.imports.drafts import forget_file, path_of
from idic.identify.services.imports.rejections import folder

from .traces import Traces

_PORTION = 200
_PIECE = 1 << 20
_PATIENCE_MS, _ATTEMPTS, _PAUSE_SECONDS = 20, 10, 0.2
_WAITING = (ImportState.DRAFT, ImportState.FAILED, ImportState.CANCELLED)


def clear_texts(*, traces: Traces) -> int:
    """Delete or empty kept texts that hold one of the person's words; give how many."""
    count = 0
    for table in texts():
        for word in traces.words:
            keys = table.find(word)
            for start in range(0, len(keys), _PORTION):
                with bulk.hold():
                    table.clear(keys[start : start + _PORTION])
            count += len(keys)
    return count + _clear_samples(traces)


def _clear_samples(traces: Traces) -> int:
    """Empty the person's cells among the samples that imports keep of their columns."""
    count = 0
    for run in ImportRun.objects.order_by("id"):
        kept = {"options": run.options, "counts": run.counts}
        cleared = _without(kept, traces)
        if cleared != kept:
            with bulk.hold():
                ImportRun.objects.filter(id=run.id).update(**cleared)
            count += 1
    return count


def _without(value: Any, traces: Traces) -> Any:
    if isinstance(value, dict):
        return {name: _without(part, traces) for name, part in value.items()}
    if isinstance(value, list):
        return [_without(part, traces) for part in value]
    if isinstance(value, str) and traces.is_in_row([value]):
        return ""
    return value


def clear_files(*, traces: Traces) -> int:
    """Take the person's rows out of files of refused rows, and let go of files that wait and name
    them; give how many files that were.
    """
    count = sum(_clear_table(path, traces) for path in sorted(folder().glob("*.csv")))
    for run in ImportRun.objects.filter(state__in=_WAITING).exclude(file_path=""):
        if path_of(run).exists() and _names(path_of(run), traces):
            _let_go(run)
            count += 1
    for path in sorted(folder_of(Path(settings.IDIC_HOME)).glob("*.damaged")):
        if _names(path, traces):
            path.unlink(missing_ok=True)
            count += 1
    return count


def clear_index() -> None:
    """Let the search index merge away what was deleted from it."""
    if connection.vendor == "sqlite":
        forget_deleted()


def clear_log() -> bool:
    """Empty SQLite's log, where deleted pages stand until they are written over; tell whether that
    was possible. Nobody waits for it: while somebody reads, it is tried again a little later.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return False
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        usual = int(cursor.fetchone()[0])
        cursor.execute(f"PRAGMA busy_timeout={_PATIENCE_MS}")
        try:
            for _attempt in range(_ATTEMPTS):
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                if not cursor.fetchone()[0]:
                    return True
                time.sleep(_PAUSE_SECONDS)
        finally:
            cursor.execute(f"PRAGMA busy_timeout={usual}")
    return False


def _clear_table(path: Path, traces: Traces) -> bool:
    """Empty the person's rows of a file of refused rows: the number and the reason stay."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    cleared = [_emptied(row) if traces.is_in_row(row) else row for row in rows]
    if cleared == rows:
        return False
    unfinished = path.with_name(f".{path.name}.tmp")
    with unfinished.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(cleared)
    unfinished.replace(path)
    return True


def _emptied(row: list[str]) -> list[str]:
    number = row[-2] if len(row) > 1 else ""
    return [""] * max(0, len(row) - 2) + [number, _("a person who was erased")]


def _let_go(run: ImportRun) -> None:
    forget_file(run=run)
    guesses = [{**guess, "samples": []} for guess in run.options.get("guesses", [])]
    options = {name: part for name, part in run.options.items() if name != "check"}
    with bulk.hold():
        ImportRun.objects.filter(id=run.id).update(options={**options, "guesses": guesses})
        ImportRun.objects.filter(id=run.id).exclude(state=ImportState.CANCELLED).update(
            state=ImportState.FAILED,
            problem=_("Somebody in this file was erased. Bring the file in again."),
        )


def _names(path: Path, traces: Traces) -> bool:
    """Tell whether a file holds one of the words, in any usual encoding, zipped or not."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return any(_hold(archive.open(name), traces) for name in archive.namelist())
    with path.open("rb") as file:
        return _hold(file, traces)


def _hold(file: IO[bytes], traces: Traces) -> bool:
    wanted = [
        form
        for word in (*traces.words, *traces.names)
        for form in (word.encode(), word.encode("utf-16-le"), word.encode("utf-16-be"))
    ]
    return any(form in piece for piece in _pieces(file) for form in wanted)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    """Give a file in pieces that overlap, so that no word falls between two."""
    before = b""
    while piece := file.read(_PIECE):
        yield before + piece
        before = piece[-1024:]

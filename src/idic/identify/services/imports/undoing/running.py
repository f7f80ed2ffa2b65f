"""Undoes a published import. First, while everything is still seen: what it changed in place is
given back, and what others built on gets another owner. Then one transaction hides the run and
takes its files out of the lake. Then what nobody sees any more is removed in short transactions.
Killed anywhere and run again, it goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from idic.core import bulk, ids
from idic.core.jobs import publish
from idic.core.jobs.events import registry
from idic.core.services import audit
from idic.identify.events import ImportUndone
from idic.identify.importing.problems import ImportProblem
from idic.identify.models import (
    FormerValue,
    ImportRejection,
    ImportRun,
    ImportState,
    Order,
    SourceRecord,
)
from idic.identify.services.flush import flush_to_lake
from idic.identify.services.imports.lock import import_lock
from idic.identify.services.imports.rejections import forget_error_file
from idic.identify.services.matching.parting import part_import
from idic.lake.services import retire

from . import former, keeping, removing, staying

Progress = Callable[[int, int, str], None]

UNDONE, ASKED = "import.undone", "import.undo_asked"
_LABEL = "undo"
_LISTED = 500  # customers who stay, named in the report


@dataclass(slots=True)
class _Bar:
    """Adds up what is done."""

    progress: Progress
    total: int = 0
    done: int = field(default=0)

    def add(self, steps: int) -> None:
        """Hear of steps done."""
        self.done = min(self.done + steps, self.total)
        self.progress(self.done, self.total, _LABEL)


def may_undo(*, run: ImportRun) -> bool:
    """Tell whether a run can be undone: the sample shop goes as a whole, by its own page."""
    is_demo = run.source is not None and run.source.is_demo
    return run.state in {ImportState.PUBLISHED, ImportState.UNDOING} and not is_demo


def is_asked(*, run: ImportRun) -> bool:
    """Tell whether somebody asked for the undo of a run that is not undone yet."""
    return run.state == ImportState.UNDOING or (
        run.state == ImportState.PUBLISHED and "undo" in run.options
    )


def ask(*, run: ImportRun, actor: str, now: datetime) -> bool:
    """Note who wants a run undone, before the work begins; False when it was asked already."""
    with transaction.atomic():
        runs = ImportRun.objects.select_related("source").select_for_update(of=("self",))
        current = runs.get(id=run.id)
        if not may_undo(run=current) or is_asked(run=current):
            return False
        current.options = {**current.options, "undo": {"by": actor, "at": now.isoformat()}}
        current.save(update_fields=["options"])
        _record(current, ASKED, actor, now, {})
    return True


def undo_import(
    *, run_id: int, actor: str, now: datetime, progress: Progress | None = None
) -> dict[str, Any]:
    """Undo a run and give the report; one that is undone already gives its report again.

    Raises ImportBusy while a file comes in, ImportProblem for a run that cannot be undone.
    """
    with import_lock():
        run = ImportRun.objects.select_related("source").get(id=run_id)
        if run.state == ImportState.UNDONE:
            return dict(run.counts["undo"])
        if not may_undo(run=run):
            raise ImportProblem("not_published", _("Only an import that is done can be undone."))
        bar = _Bar(progress or (lambda done, total, label: None))
        bar.total = _count_steps(run)
        bar.add(0)
        if run.state == ImportState.PUBLISHED:
            _prepare(run, actor, now)
            _hide(run, actor, now)
        removing.remove_everything(run=run, add=bar.add, now=now)
        return _close(run, actor, now)


def finish_undoing(*, now: datetime) -> None:
    """Finish what a crash left half undone, for somebody who holds the lock of imports: a hidden
    order or record still has its number, which a file could bring again.
    """
    for run in ImportRun.objects.filter(state=ImportState.UNDOING).select_related("source"):
        removing.remove_everything(run=run, add=lambda steps: None, now=now)
        _close(run, run.options.get("undo", {}).get("by", "system:undo"), now)


def _count_steps(run: ImportRun) -> int:
    return 1 + sum(
        rows.count()
        for rows in (
            Order.everything.filter(import_run=run),
            SourceRecord.everything.filter(import_run=run),
            staying.created(run=run),
        )
    )


def _prepare(run: ImportRun, actor: str, now: datetime) -> None:
    """Give back what was changed in place and let go of what stays; all of it is still seen."""
    part_import(run=run, made=staying.created(run=run), actor=actor, now=now)
    report = dict(run.counts.get("undo_so_far", {}))
    updated = int(run.counts.get("updated_orders", 0))
    if not report:
        known = FormerValue.objects.filter(run=run, subject=former.ORDER).count()
        report = {"unrestorable_orders": max(0, updated - known)}
        _note(run, report)
    former.give_back_records(run=run, actor=actor, now=now)
    given, later = former.give_back_orders(run=run)
    report["restored_orders"] = report.get("restored_orders", 0) + given
    report["changed_orders"] = report.get("changed_orders", 0) + later
    _note(run, report)
    kept = staying.list_kept_orders(run=run)
    former.hand_over_orders(run=run, order_ids=kept)
    report["kept_orders"] = report.get("kept_orders", 0) + len(kept)
    _note(run, report)
    keeping.hand_over_records(run=run)
    report["refusals"] = report.get("refusals", 0) + keeping.keep_refusals(run=run)
    _note(run, report)


def _note(run: ImportRun, report: dict[str, Any]) -> None:
    run.counts = {**run.counts, "undo_so_far": report}
    run.save(update_fields=["counts"])


def _hide(run: ImportRun, actor: str, now: datetime) -> None:
    """Let nobody see the run any more, in one transaction: the flag, its files in the lake, and
    what it set on the business. Its people follow at once, some at a time.
    """
    kept = staying.find_kept(run=run)
    keeping.hand_over_people(run=run, customer_ids=list(kept))
    report = run.counts["undo_so_far"]
    report |= {
        "customers": staying.created(run=run).count() - len(kept),
        "orders": Order.everything.filter(import_run=run).count(),
        "kept_customers": len(kept),
        "kept": [[key, why] for key, why in list(kept.items())[:_LISTED]],
        "reasons": _count(kept),
    }
    single = former.list_own(run=run)
    repeats = staying.list_repeats(run=run)
    report["repeats"] = [one.file_name for one in repeats]
    has_orders = former.has_other_orders(run=run)  # a long look, before the lock is taken
    with transaction.atomic():
        run.state, run.flushed_at = ImportState.UNDOING, run.flushed_at or now
        run.save(update_fields=["state", "flushed_at", "counts"])
        for dataset in ("order", "order_line", "event"):
            retire(dataset=dataset, tag=str(run.id), now=now)
        if single:
            removing.write_singles_anew(now=now)
        former.give_back_business(run=run, has_orders=has_orders, actor=actor, now=now)
        # What they repeated goes too: let the same files be brought in again.
        ImportRun.objects.filter(id__in=[one.id for one in repeats]).update(fingerprint="")
    if single:
        flush_to_lake(now=now)


def _count(kept: dict[int, str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for why in kept.values():
        found[why] = found.get(why, 0) + 1
    return found


def _close(run: ImportRun, actor: str, now: datetime) -> dict[str, Any]:
    report = {**run.counts.pop("undo_so_far", {}), "at": now.isoformat(), "by": actor}
    forget_error_file(run=run)
    registry()  # the handlers' modules are read in before the lock is taken, not under it
    bulk.delete_rows(ImportRejection.objects.filter(run=run))
    bulk.delete_rows(FormerValue.objects.filter(run=run))
    with transaction.atomic():
        run.state = ImportState.UNDONE
        run.counts = {**run.counts, "undo": report, "error_file": ""}
        run.save(update_fields=["state", "counts"])
        told = {name: report[name] for name in ("customers", "orders", "kept_customers")}
        _record(run, UNDONE, actor, now, told)
        publish(event=ImportUndone(run_id=run.id))
    return report


def _record(run: ImportRun, act: str, actor: str, now: datetime, detail: dict[str, Any]) -> None:
    audit.record(
        at=now,
        actor=actor,
        action=act,
        subject_type="import",
        subject_id=ids.encode("import", run.id),
        detail={"kind": run.kind, "file": run.file_name, **detail},
    )

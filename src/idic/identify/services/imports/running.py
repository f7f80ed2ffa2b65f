"""Imports one file from beginning to end: read, clean, compare, then either say what would happen
(a dry run) or stage and publish. All or nothing: whatever stops it leaves nothing behind.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.db import DatabaseError, OperationalError
from django.utils.translation import gettext as _

from idic.core.models import Business
from idic.core.planning import learn_sizes
from idic.core.selectors import get_business
from idic.core.services.business import set_as_of
from idic.core.templatetags import ui
from idic.identify.importing import reading
from idic.identify.importing.columns import Guess, Kind
from idic.identify.importing.presets import find_preset, reshape
from idic.identify.importing.problems import ImportProblem
from idic.identify.importing.readers import FileShape, Workspace, load, open_workspace
from idic.identify.importing.readers.workspace import disk_full
from idic.identify.importing.terms import Terms
from idic.identify.models import (
    Customer,
    Identifier,
    ImportRun,
    ImportState,
    Order,
    OrderLine,
    Source,
    SourceRecord,
)
from idic.identify.selectors import has_demo
from idic.identify.services.demo_loading import forget_wish, stop_loading
from idic.identify.services.demo_removal import remove_demo_now
from idic.identify.services.sources import find_source, get_or_create_source, shown_source

from . import currencies, facts, people, publishing, staging
from .analysis import analyse, check
from .completing import complete, make_terms
from .counting import count_everything
from .erased import leave_out_erased
from .kinds import KINDS, About, KindOfFile
from .lock import import_lock
from .rejections import folder, write_error_file
from .request import ImportRequest, check_consents
from .sweeping import clear_staged, sweep_unfinished
from .undoing.running import finish_undoing

Progress = Callable[[int, int, str], None]

# A last order within this many days of today: the business is alive, look at it from today.
_ALIVE_DAYS = 60
_DISK_FULL = "disk_full"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What came of it, or would. `is_repeat`: this very file is in already, nothing was done."""

    kind: Kind
    source: str
    shape: FileShape
    guesses: list[Guess]
    mapping: Mapping[str, str]
    counts: dict[str, Any]
    currency: str
    as_of: date | None
    decisions: reading.Decisions | None = None
    run_id: int | None = None
    error_file: Path | None = None
    is_repeat: bool = False
    is_dry_run: bool = False
    preset: str = ""
    rejected: list[tuple[int, str, str]] = field(default_factory=list)


def import_file(
    *,
    request: ImportRequest,
    now: datetime,
    today: date,
    actor: str,
    is_dry_run: bool = False,
    progress: Progress | None = None,
    run: ImportRun | None = None,
) -> ImportReport:
    """Import a file, or with `is_dry_run` only say what would come of it.

    Raises ImportProblem, with nothing changed, when the file cannot be taken. `run` is the draft
    a page has prepared; without one a run is made.
    """
    say = progress or (lambda done, total, label: None)
    say(0, 0, "reading")
    check_consents(consents=request.consents)
    business = get_business()
    analysis = analyse(request=request, business=business)
    check(kind=request.kind, analysis=analysis)
    request = complete(request=request, preset=analysis.preset)
    terms = make_terms(
        request=request, business=business, mapping=analysis.mapping, preset=analysis.preset
    )
    job = _Job(request, business, analysis.shape, analysis.guesses, terms, now, today, actor, say)
    if is_dry_run:
        return job.try_out()
    with _in_place_of_the_demo(job), import_lock(), _disk_full_is_said():
        sweep_unfinished(keep=run)
        finish_undoing(now=now)
        return job.carry_out(run)


@contextmanager
def _in_place_of_the_demo(job: _Job) -> Iterator[None]:
    """Stop the loading of the sample shop where the file takes its place; a file that was refused
    takes nobody's place.
    """
    if not job.replaces_demo():
        yield
        return
    stop_loading()
    try:
        yield
    except ImportProblem as problem:
        if problem.code != _DISK_FULL:  # that may have come while the sample shop was going
            forget_wish()
        raise


@contextmanager
def _disk_full_is_said() -> Iterator[None]:
    try:
        yield
    except (OperationalError, sqlite3.OperationalError, OSError) as error:
        if "full" in str(error) or "No space left" in str(error):
            raise ImportProblem(_DISK_FULL, disk_full()) from error
        raise


@dataclass(slots=True)
class _Job:
    """One import under way."""

    request: ImportRequest
    business: Business
    shape: FileShape
    guesses: list[Guess]
    terms: Terms
    now: datetime
    today: date
    actor: str
    say: Progress
    error_file: Path | None = None

    def try_out(self) -> ImportReport:
        """Do everything but write."""
        with open_workspace() as workspace:
            about = self._about(self._find_source(self.request.source))
            decisions = self._prepare(workspace, about)
            staging.number_people(workspace)
            self._find_news(workspace, about)
            counts = count_everything(workspace, about=about, kind=self._kind)
            return self._report(
                counts, decisions, is_dry_run=True, rejected=_first_rejected(workspace)
            )

    def carry_out(self, draft: ImportRun | None) -> ImportReport:
        """Write and publish."""
        source = get_or_create_source(
            name=self.request.source, now=self.now, is_demo=self.request.is_demo
        )
        fingerprint = self._fingerprint(source)
        earlier = _find_published(fingerprint)
        if earlier is not None and (draft is None or earlier.id != draft.id):
            return self._repeat(earlier, draft)
        run = self._start(draft, source, fingerprint)
        is_done = False
        try:
            report = self._import(run, source)
            is_done = True
            return report
        finally:
            if not is_done:
                _give_up(run)
                if self.error_file is not None:
                    self.error_file.unlink(missing_ok=True)

    def _import(self, run: ImportRun, source: Source) -> ImportReport:
        with open_workspace() as workspace:
            about = self._about(source)
            decisions = self._prepare(workspace, about)
            run.counts = {"customer_ids": staging.number_people(workspace)}
            run.save(update_fields=["counts"])
            self._find_news(workspace, about)
            counts = count_everything(workspace, about=about, kind=self._kind)
            staging.stage(workspace, run=run, about=about, kind=self._kind, progress=self.say)
            self.error_file = write_error_file(
                workspace,
                terms=self.terms,
                beside=self.request.errors_beside or folder(),
                name=self._error_name(run),
            )
            if self.error_file is not None:
                counts["error_file"] = str(self.error_file)
            setting = self._setting(workspace)
            if self.replaces_demo():
                # Up to here nobody sees anything of the file; from here on nothing of the demo.
                remove_demo_now(actor=self.actor, now=self.now, progress=self.say)
            publishing.publish(
                workspace,
                run=run,
                terms=self.terms,
                counts=counts,
                setting=setting,
                actor=self.actor,
                now=self.now,
            )
            learn_sizes(Customer, SourceRecord, Identifier, Order, OrderLine)
            return self._report(
                counts,
                decisions,
                run_id=run.id,
                error_file=self.error_file,
                as_of=setting.as_of,
                rejected=_first_rejected(workspace),
            )

    @property
    def _kind(self) -> KindOfFile:
        return KINDS[self.terms.kind]

    def _about(self, source: Source | None) -> About:
        return About(
            source=source,
            business=self.business,
            request=self.request,
            terms=self.terms,
            now=self.now,
            mark=self._content_digest()[:8],
        )

    def _prepare(self, workspace: Workspace, about: About) -> reading.Decisions:
        """Read, clean and compare; the database is only read."""
        load(workspace, self.request.path, self.shape)
        if preset := find_preset(self.terms.preset):
            reshape(workspace, preset=preset, mapping=self.terms.mapping)
        decisions = reading.decide(workspace, self.terms)
        fields = reading.read_columns(workspace, self.terms, decisions)
        self._kind.build(workspace, about, decisions, fields)
        numbers_of = self._numbers_of()
        leave_out_erased(workspace, source=about.source, numbers_of=numbers_of)
        people.match_parties(
            workspace,
            source=about.source,
            numbers_of=numbers_of,
            is_demo=self.request.is_demo,
            kind=self.terms.kind,
        )
        self._kind.compare(workspace, about)
        return decisions

    def _find_news(self, workspace: Workspace, about: About) -> None:
        facts.find_news(workspace, terms=self.terms, now=self.now, file_name=self.request.name)
        self._kind.find_news(workspace, about)

    def replaces_demo(self) -> bool:
        """Tell whether the sample shop stands and is to go once this file comes in."""
        return not (self.request.is_demo or self.request.keeps_demo) and has_demo()

    def _find_source(self, name: str) -> Source | None:
        return find_source(name=name, is_demo=self.request.is_demo)

    def _numbers_of(self) -> Source | None:
        if not self.request.numbers_of:
            return None
        found = self._find_source(self.request.numbers_of)
        if found is None:
            sources = Source.objects.filter(is_demo=self.request.is_demo).order_by("name")
            names = ui.listed(map(shown_source, sources.values_list("name", flat=True)))
            raise ImportProblem(
                "unknown_source",
                _(
                    "There is no source “%(name)s” whose customer numbers could be used. "
                    "There are: %(names)s."
                )
                % {"name": self.request.numbers_of, "names": names or "–"},
            )
        return found

    def _start(self, draft: ImportRun | None, source: Source, fingerprint: str) -> ImportRun:
        run = draft or ImportRun(
            kind=self.request.kind.value, file_name=self.request.name[:200], created_at=self.now
        )
        run.source, run.fingerprint, run.state = source, fingerprint, ImportState.RUNNING
        run.options = {**run.options, "terms": self.terms.to_json(), "shape": self.shape.to_json()}
        run.counts, run.problem = {}, ""
        run.save()
        return run

    def _repeat(self, earlier: ImportRun, draft: ImportRun | None) -> ImportReport:
        counts = {**earlier.counts, "repeat_of": earlier.id}
        if draft is not None:
            draft.state, draft.counts, draft.published_at = (
                ImportState.CANCELLED,
                {"repeat_of": earlier.id},
                None,
            )
            draft.save(update_fields=["state", "counts", "published_at"])
        if self.request.as_of is not None:
            set_as_of(day=self.request.as_of, actor=self.actor, now=self.now)
        return self._report(counts, None, run_id=earlier.id, is_repeat=True)

    def _report(self, counts: dict[str, Any], decisions: Any, **more: Any) -> ImportReport:
        return ImportReport(
            kind=self.request.kind,
            source=self.request.source,
            shape=self.shape,
            guesses=self.guesses,
            mapping=self.terms.mapping,
            counts=counts,
            currency=self.terms.currency,
            decisions=decisions,
            preset=self.terms.preset,
            **{"as_of": self.request.as_of, **more},
        )

    def _setting(self, workspace: Workspace) -> publishing.Setting:
        """Say what the business is looked at from, and in a first import its currency."""
        as_of, is_today = self.request.as_of, False
        if self.terms.kind == Kind.ORDERS and as_of is None:
            as_of = _last_order_day(workspace, self.terms)
            if as_of is None or as_of >= self.today - timedelta(days=_ALIVE_DAYS):
                as_of, is_today = None, True
        return publishing.Setting(
            as_of=as_of,
            is_today=is_today,
            currency=currencies.first_currency(business=self.business, request=self.request),
            rates=self.request.rates,
            place=currencies.first_place(business=self.business, request=self.request),
        )

    def _fingerprint(self, source: Source) -> str:
        asked = json.dumps({**self.terms.to_json(), "source": source.key}, sort_keys=True)
        return hashlib.sha256(f"{self._content_digest()}\n{asked}".encode()).hexdigest()

    def _content_digest(self) -> str:
        with self.request.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _error_name(self, run: ImportRun) -> str:
        if self.request.errors_beside is None:
            return f"{run.id}-rejected.csv"
        return f"{self.request.path.stem}.rejected.csv"


def _find_published(fingerprint: str) -> ImportRun | None:
    return ImportRun.objects.filter(fingerprint=fingerprint, state=ImportState.PUBLISHED).first()


def _give_up(run: ImportRun) -> None:
    """Take back what was staged. If even that fails, the next import's sweep does it."""
    try:
        clear_staged(run=run)
        ImportRun.objects.filter(id=run.id, state=ImportState.RUNNING).update(
            state=ImportState.FAILED
        )
    except DatabaseError:
        return


def _first_rejected(workspace: Workspace) -> list[tuple[int, str, str]]:
    rows = workspace.rows(
        "SELECT row_number, reason, detail FROM rejected ORDER BY row_number LIMIT 10"
    )
    return [(int(number), reason, detail) for number, reason, detail in rows]


def _last_order_day(workspace: Workspace, terms: Terms) -> date | None:
    """Give the day of the last order there is: of the file, or of those known before."""
    in_file: datetime | None = workspace.value("SELECT max(moment) FROM orders")
    known = Order.objects.filter(source__is_demo=False).order_by("-ordered_at").first()
    moments = [in_file.replace(tzinfo=UTC)] if in_file else []
    if known is not None:
        moments.append(known.ordered_at)
    if not moments:
        return None
    return max(moments).astimezone(ZoneInfo(terms.time_zone)).date()

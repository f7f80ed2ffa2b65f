"""Tries calls again that were not stored: a person asks for it, the loader does it. What is stored
then moves within the ledger; what is refused again keeps its place.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime

from django.db import InterfaceError, OperationalError, transaction

from idic.core.models import Business, Staff
from idic.core.services import audit
from idic.identify.ingest.calls import QUARANTINE, Refusal, read_call
from idic.identify.ingest.frames import Endpoint
from idic.identify.models import IngestProblem, IngestProblemState, Source

from .ledger import Tally
from .loading import load

log = logging.getLogger("idic.ingest")

_MOST = 100  # in one go of the loader
OPEN_STATES = (IngestProblemState.REJECTED, IngestProblemState.QUARANTINED)


def request_retry(
    *, source: Source, staff: Staff, now: datetime, problem_ids: Collection[int] | None = None
) -> int:
    """Ask for calls of a source to be tried again (None: all that were not stored); give how many.
    The loader sees to it within a second.
    """
    problems = IngestProblem.objects.filter(source=source, state__in=OPEN_STATES)
    if problem_ids is not None:
        problems = problems.filter(id__in=problem_ids)
    with transaction.atomic():
        count = problems.update(state=IngestProblemState.WAITING)
        if count:
            audit.record(
                at=now,
                actor=staff.email,
                action="ingest.retried",
                subject_type="source",
                subject_id=source.key,
                detail={"calls": count},
            )
    return count


def retry_waiting(*, business: Business, now: datetime) -> int:
    """Try what was asked for and give how many calls that were. Runs in the loader alone."""
    waiting = IngestProblem.objects.filter(state=IngestProblemState.WAITING).order_by("id")
    problems = list(waiting[:_MOST])
    for problem in problems:
        try:
            _retry(problem, business, now)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            log.exception("a call could not be loaded; it stays held back")
            with transaction.atomic():
                _keep(problem, Refusal("failed", type(error).__name__), now)
    return len(problems)


def _retry(problem: IngestProblem, business: Business, now: datetime) -> None:
    arrival = read_call(
        problem.body.encode(),
        source_id=problem.source_id or 0,
        endpoint=Endpoint(problem.endpoint),
        received_at=problem.received_at,
        sent_at=problem.sent_at,
        place=f"retry-{problem.id}",
        is_believed=True,
    )
    with transaction.atomic():
        if isinstance(arrival.meaning, Refusal):
            _keep(problem, arrival.meaning, now)
            return
        tally = Tally()
        tally.take_back(
            source_id=problem.source_id,
            day=problem.received_at.date(),
            column=_column(problem.reason),
        )
        load(arrivals=[arrival], tally=tally, mark=None, business=business, now=now)
        problem.state, problem.tried_at = IngestProblemState.SOLVED, now
        problem.save(update_fields=["state", "tried_at"])


def _keep(problem: IngestProblem, refusal: Refusal, now: datetime) -> None:
    """Leave a call where it is, with what is wrong with it today."""
    before, after = _column(problem.reason), _column(refusal.reason)
    if before != after:
        tally, day = Tally(), problem.received_at.date()
        tally.take_back(source_id=problem.source_id, day=day, column=before)
        tally.add(source_id=problem.source_id, day=day, column=after)
        tally.write()
    problem.state = (
        IngestProblemState.QUARANTINED if refusal.is_quarantined else IngestProblemState.REJECTED
    )
    problem.reason, problem.detail, problem.tried_at = refusal.reason, refusal.detail, now
    problem.save(update_fields=["state", "reason", "detail", "tried_at"])


def _column(reason: str) -> str:
    return "quarantined" if reason in QUARANTINE else "rejected"

"""Reads what the page of a website shows: the ledger, what came last, what was not stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, OuterRef, Q, Subquery

from idic.core import ids
from idic.identify.models import (
    LIVE_KINDS,
    Event,
    IngestDay,
    IngestProblem,
    IngestProblemState,
    Source,
)
from idic.identify.names import list_names
from idic.identify.services.ingest.ledger import sum_days
from idic.identify.services.ingest.retrying import OPEN_STATES

from .words import say_reason

_SHOWN = 30
_NAMES = ("name", "title", "product_name", "order_id", "query", "url", "text")


@dataclass(frozen=True, slots=True)
class Arrived:
    """One call as the page shows it. Without `state` it is stored."""

    id: int
    at: datetime
    what: str
    who: str = ""
    customer: str = ""  # public id
    subject: str = ""  # of a mail
    state: str = ""
    tone: str = ""
    reason: str = ""
    detail: str = ""
    body: str = ""
    may_retry: bool = False


_TONES = {
    IngestProblemState.QUARANTINED.value: "warn",
    IngestProblemState.REJECTED.value: "bad",
    IngestProblemState.REFUSED.value: "bad",
    IngestProblemState.WAITING.value: "info",
    IngestProblemState.SOLVED.value: "good",
}


def find_website(number: int) -> Source | None:
    """Find a website or app, with how many of its calls can be tried again (`open_count`) and when
    it last sent something that was stored (`told_at`).
    """
    told = Event.objects.filter(source=OuterRef("id")).order_by("-id")
    is_open = Q(ingest_problems__state__in=OPEN_STATES)
    return (
        Source.objects.filter(id=number, kind__in=LIVE_KINDS)
        .annotate(
            open_count=Count("ingest_problems", filter=is_open),
            told_at=Subquery(told.values("received_at")[:1]),
        )
        .first()
    )


def get_totals(source: Source) -> dict[str, int]:
    """Give the ledger of a source, summed up."""
    return sum_days(days=IngestDay.objects.filter(source=source))


def list_arrivals(source: Source, *, only_problems: bool = False) -> list[Arrived]:
    """Give the latest calls of a source, stored or not, the newest first."""
    found = [*_problems(source), *(() if only_problems else _events(source))]
    return sorted(found, key=lambda one: (one.at, one.id), reverse=True)[:_SHOWN]


def _events(source: Source) -> list[Arrived]:
    rows = list(
        Event.objects.filter(source=source)
        .order_by("-id")
        .values_list(
            "id",
            "received_at",
            "kind",
            "record__customer_id",
            "record__customer__full_name",
            "record__source_key",
            "detail",
        )[:_SHOWN]
    )
    given = {row[3]: row[4] or "" for row in rows if row[3] is not None}
    names = list_names(given, are_fresh=True)
    return [
        Arrived(
            number,
            at,
            kind,
            who=names[customer] if customer is not None else _visitor(key or ""),
            customer=ids.encode("customer", customer) if customer is not None else "",
            subject=str(detail.get("subject", ""))[:120],
            detail=next((str(detail[name]) for name in _NAMES if detail.get(name)), "")[:120],
        )
        for number, at, kind, customer, _name, key, detail in rows
    ]


def _visitor(key: str) -> str:
    return key.removeprefix("anon:").partition("#")[0][:24]


def _problems(source: Source) -> list[Arrived]:
    problems = IngestProblem.objects.filter(source=source).order_by("-id")[:_SHOWN]
    return [
        Arrived(
            problem.id,
            problem.received_at,
            "",
            state=str(problem.get_state_display()),
            tone=_TONES[problem.state],
            reason=say_reason(problem.reason),
            detail=problem.detail,
            body=problem.body,
            may_retry=problem.state in OPEN_STATES,
        )
        for problem in problems
    ]

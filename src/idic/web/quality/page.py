"""Puts the page of data quality together from what was written when the data was looked at."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from idic.core import ids
from idic.core.charts import Bar, bars
from idic.core.models import Business
from idic.core.templatetags import ui
from idic.differentiate import segments
from idic.identify.cleaning import NOTED
from idic.identify.models import (
    ActState,
    CleaningAct,
    CleaningProposal,
    Customer,
    ProposalState,
    QualityFigures,
)
from idic.identify.names import list_names
from idic.identify.services.cleaning.deciding import SURE
from idic.identify.services.sources import shown_source
from idic.web.listing.query import rule_parameter

from .words import (
    FIELD_WORDS,
    say_finding,
    say_gap,
    say_lunar_day,
    say_on_the_way,
    say_proposal,
)
from .worth import GAPS

_ACTS, _ACTS_READ = 8, 100
_MANY, _KEEP_SECONDS = 100_000, 60


@dataclass(frozen=True)
class Finding:
    """One kind of thing that could be better."""

    reason: str
    count: int
    sure: int
    before: str
    after: str
    stake: int

    @property
    def is_noted(self) -> bool:
        """Tell whether there is nothing to accept, only to know."""
        return self.reason in NOTED

    @property
    def sentence(self) -> str:
        """Say it with its count."""
        return say_finding(reason=self.reason, count=self.count)

    @property
    def proposal(self) -> str:
        """Say what is proposed."""
        return say_proposal(reason=self.reason)


@dataclass(frozen=True)
class Gap:
    """A field worth asking for."""

    field: str
    people: int
    silent: int
    expected: int
    url: str
    calling_url: str  # those one can ring and ask

    @property
    def sentence(self) -> str:
        """Say who is missing it."""
        return say_gap(field=self.field, count=self.people)


@dataclass(frozen=True)
class Person:
    """Somebody it is worth to ask."""

    name: str
    public_id: str
    missing: list[str]
    expected: int


@dataclass(frozen=True)
class Cell:
    """How a source knows a field: shares of its people."""

    known_rate: float
    wrong: int
    fresh_rate: float | None


@dataclass(frozen=True)
class Act:
    """A decision that can be taken back."""

    act: CleaningAct
    public_id: str
    sentence: str


@dataclass(frozen=True)
class Quality:
    """All that the page shows."""

    findings: list[Finding]
    noted: list[Finding]
    gaps: list[Gap]
    people: list[Person]
    chart: SafeString
    sources: list[dict[str, Any]]
    source_fields: list[str]
    on_the_way: list[str]
    acts: list[Act]
    measured_at: datetime | None = None
    customers: int = 0
    currency: str = ""
    ready: int = field(default=0)


def build_quality(*, business: Business) -> Quality:
    """Read the page: eight queries at most, however many customers there are."""
    days = QualityFigures.objects.order_by("-on_date")
    latest = days.exclude(figures={}).first()
    figures: dict[str, Any] = latest.figures if latest else {}
    # The loop and a look at the values come on their own days.
    missing = days.exclude(missing={}).values_list("missing", flat=True).first() or {}
    acts = list(CleaningAct.objects.order_by("-id")[:_ACTS_READ])
    state = (latest.measured_at if latest else None, [(a.id, a.state, a.count) for a in acts])
    findings = _findings(stakes=missing.get("stakes", {}), state=state)
    offered = [one for one in findings if not one.is_noted]
    return Quality(
        findings=offered,
        noted=[one for one in findings if one.is_noted],
        gaps=list_gaps(missing),
        people=_people(missing.get("people", ())),
        chart=_chart(figures) if figures.get("customers") else SafeString(""),
        sources=_sources(figures),
        source_fields=[str(FIELD_WORDS[name]) for name in _source_fields(figures)],
        on_the_way=say_on_the_way(counts=figures.get("on_the_way", {})),
        acts=_shown_acts(acts),
        measured_at=latest.measured_at if latest else None,
        customers=figures.get("customers", 0),
        currency=business.currency,
        ready=sum(one.sure for one in offered),
    )


def _findings(*, stakes: dict[str, int], state: object) -> list[Finding]:
    """Count the findings; what very many come to is kept until something is decided or looked at,
    for a minute at most.
    """
    key = f"quality:{zlib.crc32(repr(state).encode())}"
    kept: list[Finding] | None = cache.get(key)
    if kept is not None:
        return kept
    found = list_findings(stakes=stakes)
    if sum(one.count for one in found) > _MANY:
        cache.set(key, found, _KEEP_SECONDS)
    return found


def list_findings(*, stakes: dict[str, int]) -> list[Finding]:
    """Give what could be better, the most frequent first; two queries."""
    sure = Q(confidence__gte=SURE) & ~Q(reason__in=NOTED)
    rows = list(
        CleaningProposal.objects.filter(state=ProposalState.OPEN)
        .order_by()
        .values("reason")
        .annotate(
            count=Count("id"),
            sure=Count("id", filter=sure),
            first=Min("id"),
            sure_one=Min("id", filter=sure),
        )
    )
    chosen = {row["reason"]: row["sure_one"] or row["first"] for row in rows}
    examples = CleaningProposal.objects.in_bulk(list(chosen.values()))
    found = [
        _finding(row, examples.get(chosen[row["reason"]]), stakes.get(row["reason"], 0))
        for row in rows
    ]
    return sorted(found, key=lambda one: (-one.count, one.reason))


def _finding(row: Mapping[str, Any], example: CleaningProposal | None, stake: int) -> Finding:
    return Finding(
        reason=row["reason"],
        count=row["count"],
        sure=row["sure"],
        before=example.before if example else "",
        after=shown_after(example) if example else "",
        stake=stake,
    )


def shown_after(proposal: CleaningProposal) -> str:
    """Give what would stand there, with what is kept beside it."""
    title = proposal.also.get("salutation")
    if title:
        called = _("called %(title)s") % {"title": title}
        return ui.clauses((proposal.after, called))
    if lunar := proposal.also.get("lunar_birthday"):
        return say_lunar_day(value=lunar)
    return str(proposal.after)


def list_gaps(missing: Mapping[str, Any]) -> list[Gap]:
    """Give the fields worth asking for, of what the loop worked out, the most valuable first."""
    return [_gap(gap) for gap in missing.get("gaps", ()) if gap["people"]]


def _gap(gap: dict[str, Any]) -> Gap:
    name = gap["field"]
    tree = GAPS[name]
    calling = segments.All((tree, segments.Not(GAPS["phone"])))
    return Gap(
        field=name,
        people=gap["people"],
        silent=gap["silent"] if name in ("phone", "email") else 0,
        expected=gap["expected"],
        url=_list_of(tree),
        calling_url="" if name == "phone" else _list_of(calling),
    )


def _list_of(tree: segments.Tree) -> str:
    return f"{reverse('web:customer_list')}?{urlencode({'rule': rule_parameter(tree)})}"


def _people(rows: list[dict[str, Any]]) -> list[Person]:
    """Name those worth asking who are still here."""
    known = Customer.objects.filter(id__in=[row["id"] for row in rows], merged_into=None)
    shown = {one.id: one for one in known}
    names = list_names(
        {key: one.full_name for key, one in shown.items()},
        salutations={key: one.salutation for key, one in shown.items()},
    )
    return [
        Person(
            names[row["id"]],
            ids.encode("customer", row["id"]),
            [
                str(FIELD_WORDS[name])
                for name in row["missing"]
                if not getattr(shown[row["id"]], name)
            ],
            row["expected"],
        )
        for row in rows
        if row["id"] in shown
    ]


def _chart(figures: dict[str, Any]) -> SafeString:
    customers = figures["customers"]
    fields = figures["fields"]
    rows = [
        Bar(str(FIELD_WORDS[name]), (found["known"] - found["wrong"]) / customers)
        for name, found in fields.items()
    ]
    weakest = min(rows, key=lambda row: row.value)
    title = _("%(field)s is known least: of %(share)s of customers") % {
        "field": weakest.label,
        "share": ui.percent(weakest.value),
    }
    return bars(
        title=title,
        rows=sorted(rows, key=lambda row: -row.value),
        write=ui.percent,
        name=_("Field"),
        measure=_("Known, with nothing to put right"),
    )


def _source_fields(figures: dict[str, Any]) -> list[str]:
    told = {name for source in figures.get("sources", ()) for name in source["fields"]}
    return [name for name in FIELD_WORDS if name in told]


def _sources(figures: dict[str, Any]) -> list[dict[str, Any]]:
    names = _source_fields(figures)
    return [
        {
            "name": shown_source(source["name"]),
            "records": source["records"],
            "cells": [
                (str(FIELD_WORDS[name]), _cell(source, source["fields"].get(name)))
                for name in names
            ],
        }
        for source in figures.get("sources", ())
    ]


def _cell(source: dict[str, Any], found: dict[str, int] | None) -> Cell | None:
    if not found or not source["records"]:
        return None
    fresh = found["fresh"] / found["known"] if found["known"] else None
    return Cell(found["known"] / source["records"], found["wrong"], fresh)


def _shown_acts(acts: Sequence[CleaningAct]) -> list[Act]:
    standing = [act for act in acts if act.count and act.state != ActState.UNDONE]
    return [Act(act, ids.encode("cleaning", act.id), say_act(act=act)) for act in standing[:_ACTS]]


def say_act(*, act: CleaningAct) -> str:
    """Say what a decision did."""
    if act.kind == "accept":
        said = pgettext("cleaning", "Put right: %(what)s")
    else:
        said = pgettext("cleaning", "Let be: %(what)s")
    return said % {"what": say_finding(reason=act.reason, count=act.count)}

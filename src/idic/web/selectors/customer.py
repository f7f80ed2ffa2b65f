"""Reads of the customer page but its timeline: who somebody is, each fact with its source, what
they are worth and how sure that is, what to do next.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection

from idic.core import ids
from idic.customize.actions import NextBestAction, decide
from idic.customize.selectors import Proposal, facts_of, find_terms, list_proposals
from idic.differentiate.models import CustomerSummary, TreatmentPlan
from idic.identify.accounts import Account
from idic.identify.models import Asking, Customer, Question
from idic.identify.questions.memory import Remembered, Voice, remember
from idic.identify.services.golden import Said
from idic.identify.services.sources import shown_source
from idic.identify.survivorship import DEFAULT, Rules

from . import balances, habits, may_be, survivors, ties
from .timeline import moment_of


@dataclass(frozen=True)
class Source:
    """Where a fact came from."""

    record_id: int
    name: str
    kind: str
    key: str
    rank: int = 0
    provider: str = ""  # of a third party's data
    is_third_party: bool = False

    @property
    def shown(self) -> str:
        """Its name as people read it: the one every file has by default follows the language."""
        return shown_source(self.name)


@dataclass(frozen=True)
class Fact:
    """One value of a customer, with where it came from and when."""

    id: int
    name: str
    value: str
    at: datetime | None
    is_pinned: bool
    confidence: float
    source: Source
    verified_at: datetime | None = None


@dataclass(frozen=True)
class Permission:
    """The latest word on one address and channel."""

    channel: str
    purpose: str
    address: str
    status: str
    basis: str
    at: datetime
    proof: str


@dataclass(frozen=True)
class OpenPromise:
    """Something promised and not yet done."""

    id: int
    text: str
    due: date | None
    author: str


@dataclass(frozen=True)
class OpenTask:
    """Something to do for them, not promised to them."""

    id: int
    text: str
    due_at: datetime

    @property
    def public_id(self) -> str:
        """The id as addresses show it."""
        return ids.encode("task", self.id)


@dataclass(frozen=True)
class Facts:
    """Everything sources and staff said about a customer."""

    sources: list[Source]
    traits: list[Fact]
    identifiers: list[Fact]
    permissions: list[Permission]
    states: set[str]
    promises: list[OpenPromise]
    segments: list[tuple[int, str]]
    todo: list[OpenTask] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    askings: list[Asking] = field(default_factory=list)
    companies: list[ties.Tie] = field(default_factory=list)
    people: list[ties.Tie] = field(default_factory=list)
    may_be: list[may_be.MayBe] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    purchases: list[habits.Purchase] = field(default_factory=list)
    rules: Rules = DEFAULT


def find_customer(customer_id: int) -> Customer | None:
    """Give a customer with summary and need group; after a merge the one that lives on."""
    for _step in range(20):  # chains of merges are short; a circle must not hang the page
        customer = (
            Customer.objects.select_related("summary", "summary__need_group")
            .filter(id=customer_id, is_staged=False)
            .first()
        )
        if customer is None or customer.merged_into_id is None:
            return customer
        customer_id = customer.merged_into_id
    return None


def summary_of(customer: Customer) -> CustomerSummary | None:
    """Give the summary read with the customer; None before the first refresh."""
    try:
        return customer.summary
    except CustomerSummary.DoesNotExist:
        return None


# One statement for what would be six: each part gives (what, id, record, name, value, at, extra…).
_PUBLISHED = (
    "(x.import_run_id IS NULL OR EXISTS (SELECT 1 FROM identify_importrun p "
    "WHERE p.id = x.import_run_id AND p.state = 'published'))"
)
# What was kept of a customer under a number that leads to this one now.
_FAMILY = (
    "(SELECT id FROM identify_customer WHERE id = %(customer)s OR merged_into_id = %(customer)s)"
)
# What no published import was told to overwrite.
_IN_FORCE = (
    "NOT EXISTS (SELECT 1 FROM identify_overruledtrait o JOIN identify_importrun p "
    "ON p.id = o.run_id WHERE o.trait_id = x.id AND p.state = 'published')"
)
_OF_RECORDS = "x JOIN own ON own.id = x.record_id WHERE "
_FACTS = f"""
WITH own AS (SELECT x.id, x.source_id, x.source_key, x.created_at FROM identify_sourcerecord x
    WHERE x.customer_id = %(customer)s AND {_PUBLISHED})
SELECT 'source', own.id, own.id, s.name, own.source_key, own.created_at, s.kind,
    CASE WHEN s.is_third_party THEN s.provider ELSE '' END,
    CASE WHEN s.is_third_party THEN 'third_party' ELSE '' END,
    s.rank * 1.0
    FROM own JOIN identify_source s ON s.id = own.source_id
UNION ALL SELECT 'trait', x.id, x.record_id, x.name, x.value, x.observed_at,
    CASE WHEN x.is_pinned THEN 'pinned' ELSE '' END, COALESCE(CAST(x.verified_at AS text), ''), '',
    x.confidence FROM identify_trait {_OF_RECORDS} {_PUBLISHED} AND {_IN_FORCE}
UNION ALL SELECT 'asking', x.id, x.record_id, CAST(x.question_id AS text), x.answer, x.asked_at,
    x.state, x.way, x.department || ' ' || x.asked_by_name, 0.0
    FROM identify_asking x JOIN own ON own.id = x.record_id
UNION ALL SELECT 'question', q.id, NULL, q.trait, CAST(q.wording AS text), q.created_at,
    q.kind || ' ' || q.asked_of || ' ' || COALESCE(CAST(q.holds_for_days AS text), ''),
    CAST(q.label AS text), CAST(q.choices AS text), q.worth
    FROM identify_question q WHERE q.removed_at IS NULL
UNION ALL SELECT 'identifier', x.id, x.record_id, x.type, x.value, x.created_at,
    CASE WHEN x.is_placeholder THEN 'placeholder' ELSE '' END, x.as_given, '', 1.0
    FROM identify_identifier {_OF_RECORDS} {_PUBLISHED}
UNION ALL SELECT 'consent', x.id, x.record_id, x.channel, x.status, x.given_at,
    x.purpose, x.basis, x.address || ' ' || x.proof, 0.0
    FROM identify_consent {_OF_RECORDS} {_PUBLISHED}
UNION ALL SELECT 'promise', x.id, x.record_id, '', CAST(x.detail AS text), x.occurred_at,
    '', '', '', 0.0
    FROM identify_event x WHERE x.record_id IN (SELECT id FROM own)
    AND x.kind IN ('note', 'promise') AND x.kind = 'promise' AND x.import_run_id IS NULL
UNION ALL SELECT 'state', x.id, NULL, x.kind, x.reference, x.since, '', '', '', 0.0
    FROM identify_customerstate x WHERE x.customer_id = %(customer)s
    AND x.since <= %(now)s AND (x.until IS NULL OR x.until > %(now)s)
UNION ALL SELECT 'task', x.id, NULL, x.kind, x.text, x.due_at, '', '', '', 0.0
    FROM interact_task x WHERE x.customer_id IN {_FAMILY} AND x.done_at IS NULL
    AND x.kind <> 'promise'
UNION ALL SELECT 'segment', x.segment_id, NULL, g.name, '', x.added_at, '', '', '', 0.0
    FROM differentiate_segmentmember x JOIN differentiate_segment g ON g.id = x.segment_id
    WHERE x.customer_id IN {_FAMILY} AND g.archived_at IS NULL
{ties.STATEMENT}
{may_be.STATEMENT}
{balances.STATEMENT}
{habits.STATEMENT}
{survivors.STATEMENT}
"""  # noqa: S608


def get_facts(customer_id: int, *, now: datetime) -> Facts:
    """Read everything known about a customer, each fact with its source, in one statement."""
    with connection.cursor() as cursor:
        at = connection.ops.adapt_datetimefield_value(now)
        cursor.execute(_FACTS, {"customer": customer_id, "now": at})
        rows = cursor.fetchall()
    sources = {
        row[1]: Source(row[1], row[3], row[6], row[4], int(row[9]), row[7], row[8] == "third_party")
        for row in rows
        if row[0] == "source"
    }
    questions = {row[1]: _question(row) for row in rows if row[0] == "question"}
    return Facts(
        sources=list(sources.values()),
        traits=_facts(rows, "trait", sources),
        identifiers=_facts(rows, "identifier", sources),
        permissions=_latest_permissions(rows),
        states={row[3] for row in rows if row[0] == "state"},
        promises=[promise for row in rows if row[0] == "promise" if (promise := _promise(row))],
        todo=sorted(
            (OpenTask(row[1], row[4], moment_of(row[5])) for row in rows if row[0] == "task"),
            key=lambda task: (task.due_at, task.id),
        ),
        companies=ties.read_ties(rows, what="company"),
        people=ties.read_ties(rows, what="person"),
        may_be=may_be.read_may_be(rows),
        accounts=balances.read_accounts(rows),
        purchases=habits.read_purchases(rows),
        rules=survivors.read_rules(rows),
        questions=list(questions.values()),
        askings=[_asking(row, questions) for row in rows if row[0] == "asking"],
        segments=sorted({(row[1], row[3]) for row in rows if row[0] == "segment"}),
    )


def _facts(rows: Iterable[tuple[Any, ...]], what: str, sources: dict[int, Source]) -> list[Fact]:
    found = [
        Fact(
            r[1],
            r[3],
            r[4],
            moment_of(r[5]),
            r[6] == "pinned",
            r[9],
            sources[r[2]],
            moment_of(r[7]) if what == "trait" and r[7] else None,
        )
        for r in rows
        if r[0] == what and r[6] != "placeholder"
    ]
    return sorted(found, key=lambda f: (f.is_pinned, f.at, f.id), reverse=True)


def _question(row: tuple[Any, ...]) -> Question:
    kind, asked_of, days = row[6].split(" ")
    return Question(
        id=row[1],
        trait=row[3],
        kind=kind,
        asked_of=asked_of,
        holds_for_days=int(days) if days else None,
        wording=json.loads(row[4]),
        label=json.loads(row[7]),
        choices=json.loads(row[8]),
        worth=row[9],
    )


def _asking(row: tuple[Any, ...], questions: dict[int, Question]) -> Asking:
    department, _space, name = row[8].partition(" ")
    number = int(row[3])
    asking = Asking(
        id=row[1],
        question_id=number,
        answer=row[4],
        asked_at=moment_of(row[5]),
        state=row[6],
        way=row[7],
        department=department,
        asked_by_name=name,
    )
    if number in questions:
        asking.question = questions[number]
    return asking


def recall_from(customer: Customer, facts: Facts) -> list[Remembered]:
    """Give what is remembered of questions, from what is read already."""
    voices = [
        Voice(
            Said(
                one.name,
                one.value,
                one.at,
                one.source.rank,
                one.is_pinned,
                one.verified_at is not None,
                one.id,
            ),
            one.verified_at,
            one.source.shown,
        )
        for one in facts.traits
        if one.at is not None
    ]
    return remember(
        customer=customer, questions=facts.questions, voices=voices, askings=facts.askings
    )


def _latest_permissions(rows: Iterable[tuple[Any, ...]]) -> list[Permission]:
    """Give the latest word on each address, channel and purpose."""
    latest: dict[tuple[str, str, str], Permission] = {}
    for row in sorted(
        (r for r in rows if r[0] == "consent"), key=lambda r: (moment_of(r[5]), r[1])
    ):
        address, _space, proof = row[8].partition(" ")
        said = Permission(row[3], row[6], address, row[4], row[7], moment_of(row[5]), proof)
        latest[said.channel, said.purpose, said.address] = said
    return list(latest.values())


def _promise(row: tuple[Any, ...]) -> OpenPromise | None:
    try:
        detail = json.loads(row[4])
    except ValueError:
        return None
    if not isinstance(detail, dict) or "kept" in detail:
        return None
    text, author, due = (str(detail.get(key, "")) for key in ("text", "author", "due"))
    return OpenPromise(row[1], text, _day(due), author)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@dataclass(frozen=True)
class Advice:
    """What to do next and what they are likely to want."""

    action: NextBestAction | None
    proposals: list[Proposal]
    plan: TreatmentPlan | None = None  # of their tier


def get_advice(
    *,
    customer: Customer,
    summary: CustomerSummary | None,
    states: set[str],
    as_of: date,
    now: datetime,
) -> Advice:
    """Decide from what is already read; three queries."""
    proposals = list_proposals([customer.id]).get(customer.id, [])
    if summary is None:
        return Advice(None, proposals)
    terms = find_terms(customer_id=customer.id, as_of=as_of)
    facts = facts_of(
        customer=customer,
        summary=summary,
        states=states,
        recommendation_count=len(proposals),
        has_offer=terms.has_offer,
        as_of=as_of,
        now=now,
    )
    return Advice(decide(facts), proposals, terms.plan)

"""Operations on possible doubles: the queue, decisions and their undo, many accepted at once after
a sample was looked at.
"""

from __future__ import annotations

import math
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import Field

from idic.core import clock
from idic.core.keyset import Key
from idic.core.rest import CustomerId, LongNumber, Problem, Schema, Text, key_of, needs
from idic.identify import matches, tasks
from idic.identify.models import MatchAct, MatchPair
from idic.identify.services import matching
from idic.identify.services.matching.accepting import LEAST_LOOKED_AT

router = Router(tags=["Possible doubles"])
Verdict = Literal["same", "different", "later"]
Share = Annotated[float, Field(ge=0.01, le=1)]


class SideOut(Schema):
    """One of the two, as the customer is shown now."""

    customer: CustomerId
    record: LongNumber
    full_name: str
    phone: str
    email: str
    city: str


class EvidenceOut(Schema):
    """What one field says: its agreement level and weight (log2; above 0 speaks for one person)."""

    field: str
    kind: str
    level: str
    bits: float


class PairOut(Schema):
    """Two customers who may be one person."""

    id: LongNumber
    state: str = Field(description="open, same, different or later")
    probability: float
    weight: float
    value: int = Field(description="What both have bought, in minor units.")
    left: SideOut
    right: SideOut
    evidence: list[EvidenceOut]
    decided_by: str
    decided_at: datetime | None
    entry: LongNumber | None = Field(description="The act of the log the decision led to.")


class PairPage(Schema):
    """Open pairs, what is worth the most first."""

    items: list[PairOut]
    next: str | None = Field(description="Send it as `after` for the next page; null: the last.")
    open: int = Field(description="How many are open, exactly up to 10,000.")


class PairSearch(Schema):
    """Which part of the queue."""

    after: Text = Field("", description="`next` of the page before.")
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class DecisionIn(Schema):
    """What the two are."""

    verdict: Verdict


class SampleSearch(Schema):
    """From which probability on; the seed makes a sample repeatable."""

    threshold: Share
    size: Annotated[int, Field(ge=1, le=200)] = LEAST_LOOKED_AT
    seed: Annotated[int, Field(ge=0, lt=1 << 31)] = 1


class SampleOut(Schema):
    """A random sample of the pairs above a threshold, to be looked at."""

    threshold: float
    count: int = Field(description="How many open pairs are above it.")
    items: list[PairOut]


class AcceptIn(Schema):
    """What was found in the sample, pair by pair."""

    threshold: Share
    verdicts: Annotated[dict[Text, Literal["same", "different"]], Field(max_length=1_000)]


class ActOut(Schema):
    """Many pairs accepted at once: how far it is, and what the sample said."""

    id: LongNumber
    threshold: float
    state: str = Field(description="running, done, undoing or undone")
    accepted: int
    refused: int = Field(description="Pairs somebody keeps apart, or who changed meanwhile.")
    looked_at: int
    expected_wrong: int = Field(description="Of all, by the sample.")
    expected_wrong_most: int = Field(description="In 95 of 100 samples not more than that.")
    actor: str
    at: datetime


@router.get("/duplicates", response=PairPage, auth=needs("customers.read"))
def list_open(request: HttpRequest, asked: Query[PairSearch]) -> dict[str, Any]:
    """List the possible doubles that wait for somebody, what is worth the most first."""
    pairs = matches.list_open_pairs(after=_place(asked.after), limit=asked.limit + 1)
    shown = pairs[: asked.limit]
    return {
        "items": [_plain(pair) for pair in shown],
        "next": _cursor(shown[-1].place) if len(pairs) > asked.limit else None,
        "open": matches.count_open(),
    }


@router.get("/duplicates/sample", response=SampleOut, auth=needs("customers.read"))
def sample(request: HttpRequest, asked: Query[SampleSearch]) -> dict[str, Any]:
    """Draw a random sample of the pairs above a threshold, to look at before accepting the rest."""
    is_demo = _is_demo()
    numbers = matching.draw_sample(
        threshold=asked.threshold, n=asked.size, seed=asked.seed, is_demo=is_demo
    )
    judged = matching.judge_sample(threshold=asked.threshold, verdicts={}, is_demo=is_demo)
    return {
        "threshold": asked.threshold,
        "count": judged.pair_count,
        "items": [_plain(pair) for pair in matches.list_pairs(pair_ids=numbers)],
    }


@router.post("/duplicates/acceptances", response={202: ActOut}, auth=needs("customers.bulk"))
def accept(request: HttpRequest, asked: AcceptIn) -> Any:
    """Accept all pairs above a threshold as the same, after at least 20 of a sample were looked at
    and 95 of 100 were right. It runs in the background; pairs found to be two people stay open.
    """
    act = matching.begin_accepting(
        threshold=asked.threshold,
        verdicts=_verdicts(asked),
        actor=key_of(request).actor,
        now=clock.now(),
        is_demo=_is_demo(),
    )
    tasks.accept_pairs.enqueue(act_id=act.id)
    return 202, _act(act)


@router.get("/duplicates/acceptances/{act}", response=ActOut, auth=needs("customers.read"))
def read_acceptance(request: HttpRequest, act: LongNumber) -> dict[str, Any]:
    """Read how far an acceptance is."""
    return _act(_find_act(act))


@router.post(
    "/duplicates/acceptances/{act}/undo", response={202: ActOut}, auth=needs("customers.bulk")
)
def undo_acceptance(request: HttpRequest, act: LongNumber) -> Any:
    """Take an acceptance back as a whole, in the background: its merges are undone, the pairs are
    open again.
    """
    found = _find_act(act)
    tasks.undo_accepted_pairs.enqueue(act_id=found.id, actor=key_of(request).actor)
    return 202, _act(found)


@router.get("/duplicates/{pair}", response=PairOut, auth=needs("customers.read"))
def read(request: HttpRequest, pair: LongNumber) -> dict[str, Any]:
    """Read one pair with its evidence."""
    return _read(pair)


@router.post("/duplicates/{pair}/decision", response=PairOut, auth=needs("customers.edit"))
def decide(request: HttpRequest, pair: LongNumber, asked: DecisionIn) -> dict[str, Any]:
    """Say that the two are one person (they are joined), two people (they are kept apart for good),
    or that it waits. Deciding again changes the decision.
    """
    _read(pair)
    matching.decide(
        pair_id=pair, verdict=asked.verdict, actor=key_of(request).actor, now=clock.now()
    )
    return _read(pair)


@router.post("/duplicates/{pair}/undo", response=PairOut, auth=needs("customers.edit"))
def undo(request: HttpRequest, pair: LongNumber) -> dict[str, Any]:
    """Take a decision back: the pair is open again, what it led to is undone."""
    _read(pair)
    matching.undo_decision(pair_id=pair, actor=key_of(request).actor, now=clock.now())
    return _read(pair)


def _read(pair_id: int) -> dict[str, Any]:
    pair = matches.get_pair(pair_id=pair_id)
    if pair is None:
        raise Problem.not_found()
    return _plain(pair)


def _find_act(act_id: int) -> MatchAct:
    act = MatchAct.objects.filter(id=act_id).first()
    if act is None:
        raise Problem.not_found()
    return act


def _is_demo() -> bool:
    model = matches.get_last_model()
    return model is not None and model.is_demo


def _verdicts(asked: AcceptIn) -> dict[int, str]:
    """Read the pairs' numbers; only pairs above the threshold count."""
    numbers = {word: int(word) for word in asked.verdicts if word.isascii() and word.isdecimal()}
    known = set(
        MatchPair.objects.filter(
            id__in=[number for number in numbers.values() if number < 1 << 63],
            probability__gte=asked.threshold,
        ).values_list("id", flat=True)
    )
    unknown = [word for word in asked.verdicts if numbers.get(word) not in known]
    if unknown:
        raise Problem.wrong_field(
            f"verdicts.{unknown[0]}", _("There is no such pair above the threshold.")
        )
    return {numbers[word]: verdict for word, verdict in asked.verdicts.items()}


def _cursor(place: Key) -> str:
    return f"{place.value!r}:{place.id}"


def _place(cursor: str) -> Key | None:
    if not cursor:
        return None
    worth, _colon, number = cursor.partition(":")
    try:
        place = Key(float(worth), int(number))
    except ValueError:
        place = Key(math.nan, 0)
    if not math.isfinite(place.value) or not 0 <= place.id < 1 << 63:
        raise Problem.wrong_field("after", _("Send what “next” of the page before said."))
    return place


def _plain(pair: matches.Pair) -> dict[str, Any]:
    row = pair.row
    return {
        "id": row.id,
        "state": row.state,
        "probability": row.probability,
        "weight": row.weight,
        "value": row.value,
        "left": _side(pair.left, row.left_id),
        "right": _side(pair.right, row.right_id),
        "evidence": row.evidence,
        "decided_by": row.decided_by,
        "decided_at": row.decided_at,
        "entry": row.entry_id,
    }


def _side(customer: Any, record_id: int) -> dict[str, Any]:
    return {
        "customer": customer.id,
        "record": record_id,
        "full_name": customer.full_name,
        "phone": customer.phone,
        "email": customer.email,
        "city": customer.city,
    }


def _act(act: MatchAct) -> dict[str, Any]:
    return {
        "id": act.id,
        "threshold": act.threshold,
        "state": act.state,
        "accepted": act.count,
        "refused": act.refused,
        "looked_at": act.audit.get("looked_at", 0),
        "expected_wrong": act.audit.get("wrong", 0),
        "expected_wrong_most": act.audit.get("wrong_high", 0),
        "actor": act.actor,
        "at": act.at,
    }

"""What is remembered of questions: what somebody has answered, who asked and until when it holds,
what is worth asking next, and how often somebody was asked what we knew. Only reads.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from idic.identify.models import (
    AskedOf,
    Asking,
    AskingState,
    AskingWay,
    Customer,
    Question,
)
from idic.identify.services.golden import Said, list_in_force
from idic.identify.services.sources import shown_source

from .worth import share_of

# Who would rather not say is left alone; who has not answered yet is not asked again at once.
_DECLINED_FOR = timedelta(days=180)
_OPEN_FOR = timedelta(days=30)
# Traits that columns of a customer may know of, though no trait tells it.
_COLUMNS = {
    "name": "full_name",
    "phone": "phone",
    "email": "email",
    "city": "city",
    "birth_date": "birth_date",
    "language": "language",
    "gender": "gender",
}


@dataclass(frozen=True, slots=True)
class Voice:
    """One value somebody gave: all that decides whether it counts, and where it is from."""

    said: Said
    verified_at: datetime | None
    source: str


@dataclass(frozen=True, slots=True)
class Known:
    """What we know: the value that counts, since when, until when it holds, and from where."""

    value: str
    since: datetime | None
    until: datetime | None
    source: str
    is_verified: bool

    def holds(self, now: datetime) -> bool:
        """Tell whether it may be relied on."""
        return self.until is None or self.until > now


@dataclass(frozen=True, slots=True)
class Remembered:
    """One question as far as one customer is concerned."""

    question: Question
    known: Known | None
    last: Asking | None
    worth: float

    def is_known(self, now: datetime) -> bool:
        """Tell whether it is answered and the answer holds."""
        return self.known is not None and self.known.holds(now)

    def is_resting(self, now: datetime) -> bool:
        """Tell whether they would rather not say, or were asked just now."""
        if self.last is None:
            return False
        age = now - self.last.asked_at
        if self.last.state == AskingState.DECLINED:
            return age < _DECLINED_FOR
        return self.last.state == AskingState.OPEN and age < _OPEN_FOR


def list_questions() -> QuerySet[Question]:
    """Give what we may ask, the usual questions first."""
    return Question.objects.filter(removed_at=None).order_by("-is_standard", "id")


def recall(*, customer: Customer, now: datetime) -> list[Remembered]:
    """Give every question that fits a customer, with what is remembered; three queries."""
    questions = list(list_questions())
    return remember(
        customer=customer,
        questions=questions,
        voices=_list_voices(customer, questions),
        askings=Asking.objects.filter(record__customer_id=customer.id),
    )


def remember(
    *,
    customer: Customer,
    questions: Iterable[Question],
    voices: Iterable[Voice],
    askings: Iterable[Asking],
) -> list[Remembered]:
    """Put together what was read elsewhere already."""
    unfit = AskedOf.PERSON if customer.is_company else AskedOf.COMPANY
    fitting = [one for one in questions if one.asked_of != unfit]
    known = _find_known(customer, fitting, voices)
    last = {one.question_id: one for one in sorted(askings, key=lambda a: (a.asked_at, a.id))}
    is_reached = bool(customer.phone or customer.email)
    for question in fitting:
        if question.id in last:
            last[question.id].question = question  # nobody asks the database for it
    return [
        Remembered(
            question,
            known.get(question.trait),
            last.get(question.id),
            share_of(trait=question.trait, usual=question.worth, is_reached=is_reached),
        )
        for question in fitting
    ]


def what_to_ask(*, customer: Customer, limit: int, now: datetime) -> list[Remembered]:
    """Give what is unknown or no longer holds, what is worth most to know first."""
    return choose(recall(customer=customer, now=now), limit=limit, now=now)


def choose(remembered: Iterable[Remembered], *, limit: int, now: datetime) -> list[Remembered]:
    """Give of what is remembered that which is worth asking."""
    open_ones = [one for one in remembered if not one.is_known(now) and not one.is_resting(now)]
    return sorted(open_ones, key=lambda one: -one.worth)[:limit]


def find_known(*, customer: Customer, questions: Collection[Question]) -> dict[str, Known]:
    """Give what is known of a customer, by trait; one query."""
    return _find_known(customer, questions, _list_voices(customer, questions))


def _list_voices(customer: Customer, questions: Collection[Question]) -> list[Voice]:
    names = [one.trait for one in questions]
    rows = list_in_force().filter(record__customer_id=customer.id, name__in=names)
    return [
        Voice(
            said=Said(
                one.name,
                one.value,
                one.observed_at,
                one.record.source.rank,
                one.is_pinned,
                one.verified_at is not None,
                one.id,
            ),
            verified_at=one.verified_at,
            source=shown_source(one.record.source.name),
        )
        for one in rows.select_related("record__source")
    ]


def _find_known(
    customer: Customer, questions: Iterable[Question], voices: Iterable[Voice]
) -> dict[str, Known]:
    heard: dict[str, list[Voice]] = defaultdict(list)
    for voice in voices:
        heard[voice.said.name].append(voice)
    found = {}
    for one in questions:
        name = one.trait
        known = _known(heard[name], one) if name in heard else _column(customer, name)
        if known is not None and known.value:
            found[name] = known
    return found


def _known(voices: list[Voice], question: Question) -> Known:
    best = max(voices, key=lambda voice: _order(voice.said))
    same = [one for one in voices if one.said.value == best.said.value]
    since = max(max(one.said.observed_at, one.verified_at or one.said.observed_at) for one in same)
    days = question.holds_for_days
    until = None if days is None else since + timedelta(days=days)
    is_verified = any(one.verified_at is not None for one in same)
    return Known(best.said.value, since, until, best.source, is_verified)


def _order(said: Said) -> tuple[bool, bool, int, datetime, int]:
    """The larger is relied on: what staff or the customer said, the better source, the newest."""
    return (said.is_pinned, said.is_verified, -said.rank, said.observed_at, said.id)


def _column(customer: Customer, name: str) -> Known | None:
    """Give what only the customer's own column tells; nobody knows since when."""
    value = getattr(customer, _COLUMNS[name]) if name in _COLUMNS else ""
    return Known(str(value), None, None, "", is_verified=False) if value else None


@dataclass(frozen=True, slots=True)
class Repeat:
    """Somebody is about to be asked what we know: the value, and the asking it came from."""

    known: Known
    asking: Asking | None


def find_repeat(*, question: Question, customer: Customer, now: datetime) -> Repeat | None:
    """Give what is known already, if asking would be asking twice; two queries."""
    known = find_known(customer=customer, questions=[question]).get(question.trait)
    if known is None or not known.holds(now):
        return None
    asked = Asking.objects.filter(question=question, record__customer_id=customer.id)
    return Repeat(known, asked.order_by("-asked_at", "-id").first())


def list_repeats(*, limit: int) -> list[Asking]:
    """Give the latest askings of what was known, with whom they concern; one query."""
    rows = Asking.objects.filter(is_repeat=True).order_by("-asked_at", "-id")
    return list(rows.select_related("question", "record__customer")[:limit])


@dataclass(frozen=True, slots=True)
class AskingCounts:
    """How often people were asked, answered, and were asked what was known."""

    asked: int
    answered: int
    repeats: int

    @property
    def fresh_rate(self) -> float | None:
        """The share of askings that were no repeat; None before anybody was asked."""
        return 1 - self.repeats / self.asked if self.asked else None


def count_askings(*, since: datetime, is_demo: bool | None = None) -> AskingCounts:
    """Count askings since a moment; one query. What people fill in on their own page is no
    asking.
    """
    rows = Asking.objects.filter(asked_at__gte=since).exclude(way=AskingWay.OWN_PAGE)
    if is_demo is not None:
        rows = rows.filter(record__customer__is_demo=is_demo)
    counts = rows.aggregate(
        asked=Count("id"),
        answered=Count("id", filter=Q(state=AskingState.ANSWERED)),
        repeats=Count("id", filter=Q(is_repeat=True)),
    )
    return AskingCounts(**counts)

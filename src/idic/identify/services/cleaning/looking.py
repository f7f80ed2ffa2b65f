"""Looks through the values of customers and writes what could be better as proposals, in short
transactions. Looking again changes nothing; what was decided stays decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from idic.core import bulk
from idic.identify.cleaning import FIELDS, NOTED, Cleaned, Context, Problem, clean_field, find_city
from idic.identify.models import CleaningProposal, Customer, ProposalState

from .deciding import apply_again
from .reading import UNREAD, Person, Value, list_customers, read_people

Progress = Callable[[int, int], None]

_SLICE = 400
_NEW = ("customer_id", "source_id", "field", "reason", "before", "after", "also", "confidence")
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Found:
    """A proposal as it would be written."""

    customer_id: int
    source_id: int | None
    field: str
    reason: str
    before: str
    after: str
    also: dict[str, str]
    confidence: float

    @property
    def key(self) -> tuple[int, str, str]:
        """Give what makes it the same proposal."""
        return (self.customer_id, self.field, self.before)


def look_at_all(*, context: Context, now: datetime, progress: Progress | None = None) -> int:
    """Look at everybody; give how many values could be better that were not known as such."""
    say = progress or (lambda done, total: None)
    total, done, made = list_customers().count(), 0, 0
    for ids in _slices():
        made += look_at(customer_ids=ids, context=context, now=now)
        done += len(ids)
        say(done, max(total, done))
    bulk.delete_rows(
        CleaningProposal.objects.filter(
            state=ProposalState.OPEN, customer__merged_into__isnull=False
        )
    )
    return made


def _slices() -> Iterator[list[int]]:
    everybody = Customer.objects.order_by("id")  # read_people leaves out who is not to be seen
    last = 0
    while ids := list(everybody.filter(id__gt=last).values_list("id", flat=True)[:_SLICE]):
        yield ids
        last = ids[-1]


def look_at_some(*, customer_ids: Sequence[int], context: Context, now: datetime) -> int:
    """Look at some customers; give how many new proposals that made."""
    made = 0
    for start in range(0, len(customer_ids), _SLICE):
        ids = customer_ids[start : start + _SLICE]
        made += look_at(customer_ids=ids, context=context, now=now)
    return made


def look_at(*, customer_ids: Sequence[int], context: Context, now: datetime) -> int:
    """Look at one slice of customers: write what is new, drop what is no longer so, and put right
    again what was put right before and came back.
    """
    people = read_people(customer_ids=customer_ids)
    found = {
        one.key: one
        for person in people.values()
        for one in find_problems(person=person, context=context)
    }
    known = {
        (one.customer_id, one.field, one.before): one
        for one in CleaningProposal.objects.filter(customer_id__in=customer_ids)
    }
    _write([one for key, one in found.items() if key not in known], now)
    gone = [
        one.id
        for key, one in known.items()
        if one.state == ProposalState.OPEN and not _is_same(one, found.get(key))
    ]
    if gone:
        bulk.delete_rows(CleaningProposal.objects.filter(id__in=gone))
        changed = [one for key, one in found.items() if key in known and known[key].id in gone]
        _write(changed, now)
    returned = [
        one.id
        for key, one in known.items()
        if one.state == ProposalState.ACCEPTED and key in found and not _is_pinned(people, one)
    ]
    if returned:
        apply_again(proposal_ids=returned, now=now)
    return len(found.keys() - known.keys())


def forget_open(*, customer_id: int, fields: Sequence[str]) -> None:
    """Drop what was proposed for values somebody has just written themselves; in the caller's
    transaction.
    """
    rows = CleaningProposal.objects.filter(customer_id=customer_id, field__in=fields)
    rows.filter(state=ProposalState.OPEN).delete()


def _is_pinned(people: dict[int, Person], known: CleaningProposal) -> bool:
    """Tell whether a member of staff wrote the value themselves: that stands."""
    value = people[known.customer_id].values.get(known.field)
    return value is not None and value.is_pinned


def _is_same(known: CleaningProposal, found: Found | None) -> bool:
    return found is not None and (known.after, known.reason) == (found.after, found.reason)


def _write(found: Iterable[Found], now: datetime) -> None:
    rows = [(*(getattr(one, name) for name in _NEW), now) for one in found]
    if rows:
        bulk.insert_rows(CleaningProposal, [*_NEW, "made_at"], rows, ignore_conflicts=True)


def find_problems(*, person: Person, context: Context) -> Iterator[Found]:
    """Give what could be better about a person."""
    place = person.text("city") or person.text("province") or person.customer.city
    near = Context(
        country=context.country, language=context.language, today=context.today, place=place
    )
    for name in FIELDS:
        value, unread = person.values.get(name), person.values.get(UNREAD + name)
        if value is None:
            value = unread
        if value is None or not value.text:
            continue
        cleaned = clean_field(name, value.text, context=near)
        if cleaned.problem is not None:
            yield _found(person, name, value, cleaned)
    yield from _find_city(person, near)


def _found(person: Person, name: str, value: Value, cleaned: Cleaned) -> Found:
    is_noted = cleaned.problem in NOTED
    return Found(
        customer_id=person.customer.id,
        source_id=value.source_id,
        field=name,
        reason=str(cleaned.problem),
        before=value.text[:_LONGEST],
        after="" if is_noted else cleaned.best[:_LONGEST],
        also=dict(cleaned.also),
        confidence=cleaned.confidence,
    )


def _find_city(person: Person, context: Context) -> Iterator[Found]:
    """Propose the city an address names to those whose city nobody said."""
    address = person.values.get("address")
    if address is None or context.place or "city" in person.values:
        return
    city = find_city(address.text, context=context)
    if city:
        yield Found(
            customer_id=person.customer.id,
            source_id=address.source_id,
            field="city",
            reason=Problem.CITY_IN_ADDRESS.value,
            before="",
            after=city,
            also={},
            confidence=0.9,
        )

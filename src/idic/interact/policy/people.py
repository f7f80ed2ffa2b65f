"""The facts of a few customers: right before sending, on a page, and slice by slice while an
audience is frozen. Two statements whatever the number of people: who they are, and one that brings
a line for everything the tables hold of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from django.db.models import CharField, F, IntegerField, Min, QuerySet, Value

from idic.differentiate.models import CustomerSummary
from idic.identify.models import ConsentStatus, Customer, SourceRecord

from .facts import (
    PRODUCT_NEEDS,
    SHARED_BY_FAMILY,
    STATES,
    SUMMARY_NEEDS,
    Facts,
    Rows,
    count_messages,
    is_shaped,
    list_consents,
    list_holders,
    list_large_orders,
    list_objecting,
    list_proposed,
    list_states,
    list_taken,
    list_told,
    list_unusable,
)
from .parameters import ADDRESS_FIELDS, PolicyParameters

# So many people bind fewer values than SQLite takes in one statement (32,766).
_AT_ONCE = 1_500
# A line of the one statement: what it tells, of whom, a word and a number.
Line: TypeAlias = tuple[str, int, str, int]


class Person(NamedTuple):
    """Who a customer is: their name for the page, the rest for the rules."""

    id: int
    full_name: str
    address: str
    is_staged: bool
    merged_into_id: int | None
    is_demo: bool


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """One customer's facts, and the record their address came through."""

    customer_id: int
    record_id: int | None
    facts: Facts


@dataclass(slots=True)
class _Read:
    """What the lines told of all of them."""

    flags: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    met: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    unusable: set[str] = field(default_factory=set)
    told: dict[str, str] = field(default_factory=dict)
    objecting: set[int] = field(default_factory=set)
    holders: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    records: dict[tuple[int, str], int] = field(default_factory=dict)
    any_record: dict[int, int] = field(default_factory=dict)
    message_counts: dict[int, int] = field(default_factory=dict)

    def take(self, line: Line) -> None:
        """Keep what a line tells."""
        fact, who, word, number = line
        match fact:
            case "unusable":
                self.unusable.add(word)
            case "granted" | "denied" | "unknown":
                self.told[word] = fact
            case "objects":
                self.objecting.add(who)
            case "holds":
                self.holders[word].add(who)
                known = self.records.get((who, word), number)
                self.records[(who, word)] = min(known, number)
            case "record":
                self.any_record[who] = number
            case "messages":
                self.message_counts[who] = number
            case "meets":
                self.met[who].add(word)
            case _:
                self.flags[who].add(fact)


def read_people(customers: QuerySet[Customer], *, parameters: PolicyParameters) -> list[Person]:
    """Read who these customers are, in their order."""
    address = ADDRESS_FIELDS[parameters.channel]
    columns = ("id", "full_name", address, "is_staged", "merged_into_id", "is_demo")
    return [Person(*row) for row in customers.values_list(*columns)]


def list_person_facts(
    people: Sequence[Person], *, parameters: PolicyParameters
) -> Iterator[PersonFacts]:
    """Gather the facts of these people, in their order."""
    for start in range(0, len(people), _AT_ONCE):
        some, read = people[start : start + _AT_ONCE], _Read()
        parts = _parts(
            [person.id for person in some],
            {person.address for person in some if person.address},
            parameters,
        )
        for line in parts[0].union(*parts[1:], all=True):
            read.take(line)
        for person in some:
            yield _facts(person, read, parameters)


def _facts(person: Person, read: _Read, parameters: PolicyParameters) -> PersonFacts:
    number, address = person.id, person.address
    flags, holders = read.flags[number], read.holders.get(address, set())
    told = read.told.get(address, ConsentStatus.UNKNOWN.value)
    facts = Facts(
        address=address,
        is_gone=person.is_staged or person.merged_into_id is not None,
        is_demo_on_live=person.is_demo and parameters.is_live,
        is_do_not_contact="is_do_not_contact" in flags,
        is_address_unusable=address in read.unusable
        or not is_shaped(address, channel=parameters.channel),
        is_address_shared=bool(address)
        and (min(holders, default=number) < number or len(holders) > SHARED_BY_FAMILY),
        consent=ConsentStatus.DENIED.value if number in read.objecting else told,
        has_open_case="has_open_case" in flags,
        is_do_not_offer="is_do_not_offer" in flags,
        is_in_experiment="is_in_experiment" in flags,
        message_count=read.message_counts.get(number, 0),
        has_large_order="has_large_order" in flags,
        lacks_content=any(read.met[number].isdisjoint(group) for group in parameters.needed),
    )
    record_id = read.records.get((number, address), read.any_record.get(number))
    return PersonFacts(customer_id=number, record_id=record_id, facts=facts)


def _parts(ids: list[int], addresses: set[str], parameters: PolicyParameters) -> list[Rows]:
    """Give the lines of each table."""
    return [
        *_lines_of_people(ids, parameters),
        *_lines_of_addresses(addresses, parameters),
        *(_lines_of_need(need, ids) for need in parameters.asked_of_person),
    ]


def _lines_of_people(ids: list[int], parameters: PolicyParameters) -> Iterator[Rows]:
    for kind, fact in STATES.items():
        held = list_states(parameters).filter(kind=kind, customer_id__in=ids)
        yield _lines(held, fact, who="customer_id")
    taken = list_taken(parameters).filter(customer_id__in=ids)
    yield _lines(taken, "is_in_experiment", who="customer_id")
    large = list_large_orders(parameters).filter(record__customer_id__in=ids)
    yield _lines(large, "has_large_order", who="record__customer_id")
    counted = count_messages(parameters, of=ids)
    yield _lines(counted, "messages", who="who", number=F("message_count"))
    firsts = SourceRecord.objects.filter(customer_id__in=ids).order_by().values("customer_id")
    first = firsts.annotate(first=Min("id"))
    yield _lines(first, "record", who="customer_id", number=F("first"))
    told = list_consents(parameters).filter(record__customer_id__in=ids)
    yield _lines(list_objecting(told), "objects", who="who")


def _lines_of_addresses(addresses: set[str], parameters: PolicyParameters) -> Iterator[Rows]:
    unusable = list_unusable(parameters).filter(address__in=addresses)
    yield _lines(unusable, "unusable", word=F("address"))
    held = list_holders(parameters).filter(value__in=addresses)
    yield _lines(held, "holds", who="record__customer_id", word=F("value"), number=F("record_id"))
    told = list_told(list_consents(parameters).filter(address__in=addresses))
    # Two columns of the same value would become one behind a window.
    yield _lines(told, F("told"), word=F("value"), number=F("id"))


def _lines_of_need(need: str, ids: list[int]) -> Rows:
    if need in PRODUCT_NEEDS:
        met: Rows = list_proposed(need)
    else:
        met = CustomerSummary.objects.filter(SUMMARY_NEEDS[need])
    return _lines(met.filter(customer_id__in=ids), "meets", who="customer_id", word=_word(need))


def _lines(
    rows: Rows, fact: str | F, *, who: str = "", word: Any = None, number: Any = None
) -> Rows:
    return rows.order_by().values_list(
        _word(fact) if isinstance(fact, str) else fact,
        F(who) if who else _NOBODY,
        _word("") if word is None else word,
        _NOBODY if number is None else number,
    )


def _word(text: str) -> Value:
    return Value(text, output_field=CharField())


_NOBODY = Value(0, output_field=IntegerField())

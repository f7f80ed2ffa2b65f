"""Asks the rules: of a few people in Python, fact by fact; of a large audience in one SQL
statement. Both give the code of the first rule that holds, or nothing when the message may go out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from idic.identify.models import Customer

from .audience import count_audience
from .facts import Facts
from .parameters import PolicyParameters
from .people import Person, list_person_facts, read_people
from .rules import asked, holds

# Up to here reading each person costs less than gathering every fact of everybody.
FEW = 1_500


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say about one customer. `reason` empty: the message may go out."""

    customer_id: int
    reason: str
    address: str
    record_id: int | None


def reason_of(*, facts: Facts, parameters: PolicyParameters) -> str:
    """Ask the rules of one person's facts."""
    for rule in asked(parameters):
        if holds(rule.test, facts=facts, parameters=parameters):
            return rule.code
    return ""


def list_verdicts(
    *, customer_ids: Collection[int], parameters: PolicyParameters, address: str = ""
) -> list[Verdict]:
    """Ask the rules of these customers as things stand now, by id; one that is gone has no line.
    With an `address` it is asked about that one instead of their own.
    """
    customers = Customer.objects.filter(id__in=list(customer_ids)).order_by("id")
    people = read_people(customers, parameters=parameters)
    if address:
        people = [person._replace(address=address) for person in people]
    return judge(people, parameters=parameters)


def judge(people: Sequence[Person], *, parameters: PolicyParameters) -> list[Verdict]:
    """Ask the rules of these people as things stand now, in their order."""
    return [
        Verdict(
            customer_id=person.customer_id,
            reason=reason_of(facts=person.facts, parameters=parameters),
            address=person.facts.address,
            record_id=person.record_id,
        )
        for person in list_person_facts(people, parameters=parameters)
    ]


def count_reasons(customers: QuerySet[Customer], *, parameters: PolicyParameters) -> dict[str, int]:
    """Count these customers by reason; the key "" counts those who may be written to."""
    few = read_people(customers.order_by()[: FEW + 1], parameters=parameters)
    if len(few) > FEW:
        return count_audience(customers, parameters=parameters)
    return dict(Counter(verdict.reason for verdict in judge(few, parameters=parameters)))

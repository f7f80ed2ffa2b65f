"""Asks the rules: of a whole set of customers in one SQL statement, or of one person in Python.
Both give the code of the first rule that holds, or nothing when the message may go out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, CharField, Count, QuerySet, Value, When

from idic.identify.models import Customer

from .facts import Facts, list_facts, with_facts
from .parameters import PolicyParameters
from .rules import asked, holds, to_q


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say about one customer. `reason` empty: the message may go out."""

    customer_id: int
    reason: str
    address: str
    record_id: int | None


def with_reason(customers: QuerySet[Customer], *, parameters: PolicyParameters) -> QuerySet[Any]:
    """Add the column `reason` to a set of customers, the rules compiled to one SQL expression."""
    cases = [
        When(to_q(rule.test, parameters=parameters), then=Value(rule.code))
        for rule in asked(parameters)
    ]
    reason = Case(*cases, default=Value(""), output_field=CharField())
    return with_facts(customers, parameters=parameters).annotate(reason=reason)


def list_verdicts(customers: QuerySet[Customer], *, parameters: PolicyParameters) -> list[Verdict]:
    """Ask the rules of every customer of a set, in SQL; ordered by id."""
    rows = (
        with_reason(customers, parameters=parameters)
        .order_by("id")
        .values_list("id", "reason", "fact_address", "fact_record_id")
    )
    return [Verdict(*row) for row in rows]


def count_reasons(customers: QuerySet[Customer], *, parameters: PolicyParameters) -> dict[str, int]:
    """Count the customers of a set by reason; the key "" counts those who may be written to."""
    counted = (
        with_reason(customers, parameters=parameters)
        .order_by()
        .values("reason")
        .annotate(customer_count=Count("id"))
        .values_list("reason", "customer_count")
    )
    return dict(counted)


def reason_of(*, facts: Facts, parameters: PolicyParameters) -> str:
    """Ask the rules of one person's facts, in Python."""
    for rule in asked(parameters):
        if holds(rule.test, facts=facts, parameters=parameters):
            return rule.code
    return ""


def ask_person(*, customer_id: int, parameters: PolicyParameters) -> Verdict:
    """Ask the rules of one person as things stand now; a customer that is gone is told so."""
    found = list_facts(Customer.objects.filter(id=customer_id), parameters=parameters)
    if not found:
        return Verdict(customer_id, "gone", "", None)
    facts = found[0]
    reason = reason_of(facts=facts, parameters=parameters)
    return Verdict(customer_id, reason, facts.address, facts.record_id)

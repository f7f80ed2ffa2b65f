"""The facts of a whole audience in one SQL statement: each fact is gathered once for everybody and
joined, so that a million people cost seconds. The rules stand in it as one CASE over the facts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, F, Min, QuerySet
from django.db.models.lookups import IsNull

from idic.core.keyset import Unindexed
from idic.differentiate.models import CustomerSummary
from idic.identify.models import ConsentStatus, Customer, Identifier

from .facts import (
    PRODUCT_NEEDS,
    SHARED_BY_FAMILY,
    STATES,
    SUMMARY_NEEDS,
    Rows,
    count_messages,
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
from .parameters import ADDRESS_FIELDS, ADDRESS_TYPES, PolicyParameters
from .rules import Equals, Holds, Reaches, Test, asked

# What a fact is in SQL: text made of our own names, and the values it binds.
Sql: TypeAlias = tuple[str, tuple[Any, ...]]


def count_audience(
    customers: QuerySet[Customer], *, parameters: PolicyParameters
) -> dict[str, int]:
    """Count these customers by the first rule that stops them; "" counts those none stops."""
    facts = _facts(parameters)
    cases = [(rule.code, _condition(rule.test, facts, parameters)) for rule in asked(parameters)]
    people = customers.order_by().values(
        "id", "merged_into_id", "is_staged", "is_demo", address=F(_address(parameters))
    )
    gathered = {
        "told": _sql(list_told(list_consents(parameters))),
        "objecting": _sql(_objections(parameters)),
        "shared": _sql(_shared(parameters)),
        "judged": _judged(cases, _sql(people)),
    }
    # Only names and codes of this package stand in the text; every value is bound. Materialised,
    # so that each gathering is made once.
    heads = ", ".join(f"{name} AS MATERIALIZED ({step[0]})" for name, step in gathered.items())
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH {heads} SELECT reason, COUNT(*) FROM judged GROUP BY reason",  # noqa: S608
            [value for _text, bound in gathered.values() for value in bound],
        )
        return {str(code): int(count) for code, count in cursor.fetchall()}


def _judged(cases: Sequence[tuple[str, Sql]], people: Sql) -> Sql:
    """Everybody's reason: the rules as one CASE."""
    reason = " ".join(f"WHEN {condition[0]} THEN '{code}'" for code, condition in cases)
    text = (
        f"SELECT CASE {reason} ELSE '' END AS reason FROM ({people[0]}) p "  # noqa: S608
        "LEFT JOIN told ON told.value = p.address LEFT JOIN shared ON shared.value = p.address"
    )
    bound = (value for _code, (_text, values) in cases for value in values)
    return text, (*bound, *people[1])


def _condition(test: Test, facts: dict[str, Sql], parameters: PolicyParameters) -> Sql:
    text, values = facts[test.fact]
    match test:
        case Holds():
            return text, values
        case Equals(_, wanted):
            return f"({text}) = %s", (*values, wanted)
        case Reaches():  # the gathering itself compares: see _busy
            return text, values


def _facts(parameters: PolicyParameters) -> dict[str, Sql]:
    """Say each fact of a person `p` in SQL."""
    states = {fact: list_states(parameters).filter(kind=kind) for kind, fact in STATES.items()}
    flags = {fact: _has(rows, F("customer_id")) for fact, rows in states.items()}
    taken = _has(list_taken(parameters), F("customer_id"))
    owned = IsNull(Unindexed(F("record__customer_id")), False)  # else all records are walked
    large = list_large_orders(parameters).filter(owned)
    return flags | {
        "address": ("p.address", ()),
        "is_gone": ("(p.merged_into_id IS NOT NULL OR p.is_staged)", ()),
        "is_demo_on_live": ("p.is_demo" if parameters.is_live else "1 = 0", ()),
        "is_address_unusable": _either(
            _has(list_unusable(parameters), F("address"), of="address"),
            (f"NOT {_shape(parameters.channel)}", ()),
        ),
        "is_address_shared": (
            "(shared.first_id < p.id OR shared.holder_count > %s)",
            (SHARED_BY_FAMILY,),
        ),
        "consent": (_CONSENT, ()),
        "is_in_experiment": _either(flags["is_in_experiment"], taken),
        "message_count": _busy(parameters),
        "has_large_order": _has(large, F("record__customer_id")),
        "lacks_content": _either(*(_lack_all(group) for group in parameters.needed)),
    }


def _has(rows: Rows, key: F, *, of: str = "id") -> Sql:
    """The person (or their address) is among the keys of these rows."""
    return _among(rows.order_by().values(key=key).distinct(), of=of)


def _among(keys: Rows, *, of: str = "id") -> Sql:
    try:
        text, values = _sql(keys)
    except EmptyResultSet:  # rows that hold nobody have no SQL
        return "1 = 0", ()
    return f"p.{of} IN ({text})", values


def _either(*parts: Sql) -> Sql:
    if not parts:
        return "1 = 0", ()
    text = " OR ".join(part[0] for part in parts)
    return f"({text})", tuple(value for part in parts for value in part[1])


# What somebody said; a refusal on any of their records wins.
_CONSENT = (
    "CASE WHEN p.id IN (SELECT who FROM objecting) THEN 'denied' "
    "ELSE COALESCE(told.told, 'unknown') END"
)


def _objections(parameters: PolicyParameters) -> Rows:
    """Who objects: only those who ever refused need their words put in order."""
    consents = list_consents(parameters)
    refused = consents.filter(status=ConsentStatus.DENIED, record__customer__isnull=False)
    who = refused.order_by().values("record__customer_id")
    return list_objecting(consents.filter(record__customer__in=who))


def _busy(parameters: PolicyParameters) -> Sql:
    """The person has reached the limit of messages."""
    counted = count_messages(parameters).filter(message_count__gte=parameters.max_messages)
    return _among(counted.values("who"))


def _lack_all(group: Sequence[str]) -> Sql:
    parts = [_lack(need) for need in group]
    text = " AND ".join(part[0] for part in parts)
    return f"({text})", tuple(value for part in parts for value in part[1])


def _lack(need: str) -> Sql:
    if need in PRODUCT_NEEDS:
        met: Rows = list_proposed(need)
    else:
        met = CustomerSummary.objects.filter(SUMMARY_NEEDS[need])
    text, values = _has(met, F("customer_id"))
    return f"NOT {text}", values


def _shape(channel: str) -> str:
    if channel != "email":
        return "1 = 1"
    return "(p.address LIKE '%%@%%' AND p.address NOT LIKE '%% %%')"


def _address(parameters: PolicyParameters) -> str:
    return ADDRESS_FIELDS[parameters.channel]


def _sql(rows: Rows) -> Sql:
    text, values = rows.query.sql_with_params()
    return text, tuple(values)


def _shared(parameters: PolicyParameters) -> Rows:
    """Addresses of more than one customer; first the cheap look for values that come twice."""
    twice = (
        Identifier.everything.filter(type=ADDRESS_TYPES[parameters.channel])
        .order_by()
        .values("value")
        .annotate(times=Count("*"))  # of an id it would read each row, of nothing the index
        .filter(times__gt=1)
        .values("value")
    )
    return (
        list_holders(parameters)
        .filter(value__in=twice)
        .order_by()
        .values("value")
        .annotate(
            first_id=Min("record__customer_id"),
            holder_count=Count("record__customer_id", distinct=True),
        )
    )

"""The facts of a few customers, read by their ids: right before sending, and slice by slice while
an audience is frozen. A dozen small queries whatever the number of people.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Min

from idic.differentiate.models import CustomerSummary
from idic.identify.models import ConsentBasis, ConsentStatus, Customer, SourceRecord

from .facts import (
    PRODUCT_NEEDS,
    SHARED_BY_FAMILY,
    STATES,
    SUMMARY_NEEDS,
    Facts,
    count_messages,
    is_shaped,
    list_consents,
    list_holders,
    list_large_orders,
    list_proposed,
    list_states,
    list_taken,
    list_unusable,
)
from .parameters import ADDRESS_FIELDS, PolicyParameters


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """One customer's facts, and the record their address came through."""

    customer_id: int
    record_id: int | None
    facts: Facts


@dataclass(slots=True)
class _Read:
    """What the queries brought for all of them."""

    states: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    unusable: set[str] = field(default_factory=set)
    told: dict[str, str] = field(default_factory=dict)
    objecting: set[int] = field(default_factory=set)
    holders: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    records: dict[tuple[int, str], int] = field(default_factory=dict)
    any_record: dict[int, int] = field(default_factory=dict)
    taken: set[int] = field(default_factory=set)
    message_counts: dict[int, int] = field(default_factory=dict)
    large: set[int] = field(default_factory=set)
    lacking: set[int] = field(default_factory=set)


def list_person_facts(
    *, customer_ids: Collection[int], parameters: PolicyParameters
) -> list[PersonFacts]:
    """Gather the facts of these customers, by id; who does not exist is left out."""
    address = ADDRESS_FIELDS[parameters.channel]
    people = list(
        Customer.objects.filter(id__in=list(customer_ids))
        .order_by("id")
        .values_list("id", address, "is_staged", "merged_into_id", "is_demo")
    )
    ids = [row[0] for row in people]
    addresses = {row[1] for row in people if row[1]}
    read = _Read()
    _read_states(read, ids, parameters)
    _read_addresses(read, ids, addresses, parameters)
    _read_consents(read, ids, addresses, parameters)
    _read_history(read, ids, parameters)
    _read_lacks(read, ids, parameters)
    return [_person(row, read, parameters) for row in people]


def _person(
    row: tuple[int, str, bool, int | None, bool], read: _Read, parameters: PolicyParameters
) -> PersonFacts:
    customer_id, address, is_staged, merged_into, is_demo = row
    states = read.states[customer_id]
    holders = read.holders.get(address, set())
    told = read.told.get(address, ConsentStatus.UNKNOWN.value) if address else "unknown"
    facts = Facts(
        address=address,
        is_gone=is_staged or merged_into is not None,
        is_demo_on_live=is_demo and parameters.is_live,
        is_do_not_contact="is_do_not_contact" in states,
        is_address_unusable=address in read.unusable
        or not is_shaped(address, channel=parameters.channel),
        is_address_shared=bool(address)
        and (min(holders, default=customer_id) < customer_id or len(holders) > SHARED_BY_FAMILY),
        consent=ConsentStatus.DENIED.value if customer_id in read.objecting else told,
        has_open_case="has_open_case" in states,
        is_do_not_offer="is_do_not_offer" in states,
        is_in_experiment=customer_id in read.taken or "is_in_experiment" in states,
        message_count=read.message_counts.get(customer_id, 0),
        has_large_order=customer_id in read.large,
        lacks_content=customer_id in read.lacking,
    )
    record_id = read.records.get((customer_id, address), read.any_record.get(customer_id))
    return PersonFacts(customer_id=customer_id, record_id=record_id, facts=facts)


def _read_states(read: _Read, ids: list[int], parameters: PolicyParameters) -> None:
    held = list_states(parameters).filter(customer_id__in=ids)
    for customer_id, kind in held.values_list("customer_id", "kind"):
        read.states[customer_id].add(STATES[kind])  # type: ignore[index]


def _read_addresses(
    read: _Read, ids: list[int], addresses: set[str], parameters: PolicyParameters
) -> None:
    unusable = list_unusable(parameters).filter(address__in=addresses)
    read.unusable.update(unusable.values_list("address", flat=True))
    held = list_holders(parameters).filter(value__in=addresses)
    for value, customer_id, record_id in held.order_by("-record_id").values_list(
        "value", "record__customer_id", "record_id"
    ):
        read.holders[value].add(customer_id)
        read.records[(customer_id, value)] = record_id
    firsts = SourceRecord.objects.filter(customer_id__in=ids).order_by().values("customer_id")
    read.any_record.update(firsts.annotate(first=Min("id")).values_list("customer_id", "first"))


def _read_consents(
    read: _Read, ids: list[int], addresses: set[str], parameters: PolicyParameters
) -> None:
    """The latest row of an address counts; a refusal on any record of the person wins, also for an
    address they no longer have. Consent without a known basis is no consent.
    """
    ledger = list_consents(parameters)
    of_addresses = ledger.filter(address__in=addresses)
    read.told.update({key[0]: _told(row) for key, row in _latest(of_addresses, "address").items()})
    of_people = ledger.filter(record__customer_id__in=ids)
    for key, row in _latest(of_people, "record__customer_id", "address").items():
        if row[0] == ConsentStatus.DENIED:
            read.objecting.add(key[0])


def _told(row: tuple[str, str, datetime, datetime, int]) -> str:
    is_empty = row[0] == ConsentStatus.GRANTED and row[1] == ConsentBasis.UNKNOWN
    return ConsentStatus.UNKNOWN.value if is_empty else row[0]


def _latest(rows: Any, *keys: str) -> dict[tuple[Any, ...], Any]:
    """Keep the last row of each key: by when it was given, then noted, then by number."""
    latest: dict[tuple[Any, ...], Any] = {}
    columns = ("status", "basis", "given_at", "recorded_at", "id")
    for row in rows.values_list(*keys, *columns):
        key, told = row[: len(keys)], row[len(keys) :]
        if key not in latest or told[2:] > latest[key][2:]:
            latest[key] = told
    return latest


def _read_history(read: _Read, ids: list[int], parameters: PolicyParameters) -> None:
    read.taken.update(list_taken(parameters).filter(customer_id__in=ids))
    counted = count_messages(parameters).filter(who__in=ids)
    read.message_counts.update(counted.values_list("who", "message_count"))
    large = list_large_orders(parameters).filter(record__customer_id__in=ids)
    read.large.update(_ids(large.values_list("record__customer_id", flat=True)))


def _read_lacks(read: _Read, ids: list[int], parameters: PolicyParameters) -> None:
    everybody = set(ids)
    for need in parameters.needed:
        if need in PRODUCT_NEEDS:
            met = list_proposed(need).filter(customer_id__in=ids)
        else:
            met = CustomerSummary.objects.filter(SUMMARY_NEEDS[need], customer_id__in=ids)
        read.lacking |= everybody - _ids(met.values_list("customer_id", flat=True))


def _ids(found: Iterable[int | None]) -> set[int]:
    return {number for number in found if number is not None}

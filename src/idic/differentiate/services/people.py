"""What the system of record knows about a stretch of customers, as one row each: golden values,
consent per channel, open cases, last contact, sources. Reads only; `refresh` writes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from idic.core.text import fold, is_han, pinyin
from idic.differentiate.models import Reach
from idic.differentiate.regions import region_of
from idic.identify.models import (
    Consent,
    ConsentBasis,
    ConsentStatus,
    Customer,
    CustomerState,
    Event,
    Identifier,
    IdentifierType,
    Purpose,
    SourceRecord,
    StateKind,
    Trait,
)

CHUNK = 2_000
# Which identifier is the address of which channel.
CHANNELS = {
    "email": IdentifierType.EMAIL,
    "sms": IdentifierType.PHONE,
    "zalo": IdentifierType.ZALO,
}
# Events that are a contact between a person and us, either way.
CONTACT_KINDS = (
    *("call", "visit", "message", "email", "sms", "zalo", "chat"),
    *("message_sent", "message_received", "reply", "conversation", "meeting"),
)
PERSON_COLUMNS = (
    *("full_name", "sort_name", "city", "region", "country"),
    *("name_key", "city_key", "region_key", "country_key"),
    *("gender", "birth_date", "lifecycle_stage", "is_company", "is_demo"),
    *("email_reach", "sms_reach", "zalo_reach", "has_open_case", "last_contact_at"),
    "source_count",
)

Person = tuple[Any, ...]


@dataclass(frozen=True)
class Stretch:
    """Some customers: those named, or all with an id above `after` up to `until` (None: no end)."""

    ids: Sequence[int] = ()
    after: int | None = None
    until: int | None = None

    def where(self, path: str) -> Q:
        """Give the condition that a column holds the id of one of them."""
        if self.after is None:
            return Q(**{f"{path}__in": list(self.ids)})
        bounds = Q(**{f"{path}__gt": self.after})
        return bounds if self.until is None else bounds & Q(**{f"{path}__lte": self.until})


@dataclass
class _Found:
    """What was found about each customer of a stretch."""

    addresses: dict[str, dict[int, set[str]]] = field(default_factory=dict)
    refused: dict[str, set[int]] = field(default_factory=dict)
    allowed: dict[str, set[int]] = field(default_factory=dict)


def visible() -> QuerySet[Customer]:
    """Give the customers people see: not merged away, not of an import still running."""
    return Customer.objects.filter(merged_into=None, is_staged=False)


def stretches() -> Iterator[Stretch]:
    """Divide all visible customers into stretches of ids; the last has no end."""
    after = -1
    while True:
        ids = list(
            visible().filter(id__gt=after).order_by("id").values_list("id", flat=True)[:CHUNK]
        )
        is_last = len(ids) < CHUNK
        yield Stretch(ids=ids, after=after, until=None if is_last else ids[-1])
        if is_last:
            return
        after = ids[-1]


def read_people(stretch: Stretch, *, language: str, now: datetime) -> dict[int, Person]:
    """Give each visible customer of a stretch as a row of PERSON_COLUMNS, by id."""
    customers = list(
        visible()
        .filter(stretch.where("id"))
        .values_list(
            *("id", "full_name", "city", "country", "gender", "birth_date"),
            *("lifecycle_stage", "is_company", "is_demo", "email", "phone"),
        )
    )
    reach = _read_reach(stretch, customers, now=now)
    cases = _holders(stretch, StateKind.OPEN_CASE, now=now)
    contacts = _last_contacts(stretch)
    sources = _source_counts(stretch)
    provinces = _provinces(stretch)
    regions = {
        row[0]: region_of(province=provinces.get(row[0], ""), city=row[2], country=row[3])
        for row in customers
    }
    return {
        row[0]: (
            row[1],
            sort_name(row[1], language=language, is_company=row[7]),
            row[2],
            regions[row[0]],
            row[3],
            fold(row[1]),
            fold(row[2]),
            fold(regions[row[0]]),
            fold(row[3]),
            *row[4:9],
            *(reach[channel][row[0]] for channel in CHANNELS),
            row[0] in cases,
            contacts.get(row[0]),
            sources.get(row[0], 0),
        )
        for row in customers
    }


def sort_name(name: str, *, language: str, is_company: bool) -> str:
    """Fold a name in the order its readers sort by: Vietnamese by the given name, which comes last;
    Chinese by pinyin; elsewhere by the family name, which comes last, too.
    """
    if name and is_han(name[0]):
        return " ".join(pinyin(name)[:-3])[:200]
    words = fold(name).split()
    if is_company or len(words) < 2:
        return " ".join(words)
    return " ".join([words[-1], *words[:-1]])


def _read_reach(
    stretch: Stretch, customers: Sequence[tuple[Any, ...]], *, now: datetime
) -> dict[str, dict[int, str]]:
    """Tell for each channel whether it may carry marketing to each customer, and if not, why."""
    found = _Found()
    _read_addresses(stretch, customers, found)
    for channel in CHANNELS:
        _read_consents(stretch, channel, found)
    silent = _holders(stretch, StateKind.DO_NOT_CONTACT, now=now)
    return {
        channel: {row[0]: _reach(row[0], channel, found, silent) for row in customers}
        for channel in CHANNELS
    }


def _reach(customer_id: int, channel: str, found: _Found, silent: set[int]) -> str:
    if customer_id in silent or customer_id in found.refused[channel]:
        return Reach.DENIED
    if not found.addresses[channel].get(customer_id):
        return Reach.NO_ADDRESS
    return Reach.ALLOWED if customer_id in found.allowed[channel] else Reach.UNKNOWN


def _read_addresses(stretch: Stretch, customers: Sequence[tuple[Any, ...]], found: _Found) -> None:
    found.addresses = {channel: defaultdict(set) for channel in CHANNELS}
    channel_of = {str(kind): channel for channel, kind in CHANNELS.items()}
    held = Identifier.objects.filter(
        stretch.where("record__customer_id"),
        type__in=list(CHANNELS.values()),
        is_placeholder=False,
    )
    for customer_id, kind, value in held.values_list("record__customer_id", "type", "value"):
        found.addresses[channel_of[kind]][customer_id].add(value)
    for row in customers:
        for channel, address in (("email", row[9]), ("sms", row[10])):
            if address:
                found.addresses[channel][row[0]].add(address)


def _read_consents(stretch: Stretch, channel: str, found: _Found) -> None:
    """Find who refused and who agreed on a channel. The latest row of an address counts; a refusal
    that stands on any joined record wins, also for an address the customer no longer has.
    """
    owned = _latest(
        Consent.objects.filter(stretch.where("record__customer_id")),
        channel,
        "record_id",
        "address",
    )
    found.refused[channel] = {
        customer_id
        for customer_id, status in owned.values_list("record__customer_id", "status")
        if status == ConsentStatus.DENIED
    }
    found.allowed[channel] = set()
    holders: dict[str, list[int]] = defaultdict(list)
    for customer_id, addresses in found.addresses[channel].items():
        for address in addresses:
            holders[address].append(customer_id)
    ledger = _latest(Consent.objects.filter(address__in=list(holders)), channel, "address")
    for address, status, basis in ledger.values_list("address", "status", "basis"):
        if status == ConsentStatus.DENIED:
            found.refused[channel].update(holders[address])
        elif status == ConsentStatus.GRANTED and basis != ConsentBasis.UNKNOWN:
            found.allowed[channel].update(holders[address])


def _latest(rows: QuerySet[Consent], channel: str, *keys: str) -> QuerySet[Consent, Any]:
    place = Window(
        RowNumber(),
        partition_by=[F(key) for key in keys],
        order_by=[F("given_at").desc(), F("recorded_at").desc(), F("id").desc()],
    )
    marketing = rows.filter(channel=channel, purpose=Purpose.MARKETING)
    return marketing.annotate(place=place).filter(place=1)


def _holders(stretch: Stretch, kind: StateKind, *, now: datetime) -> set[int]:
    held = CustomerState.objects.filter(
        stretch.where("customer_id"), Q(until=None) | Q(until__gt=now), kind=kind, since__lte=now
    )
    return set(held.values_list("customer_id", flat=True))


def _last_contacts(stretch: Stretch) -> dict[int, datetime]:
    """Give the last moment of contact: an event of a kind that is one, or a message we sent."""
    events = Event.objects.filter(
        stretch.where("record__customer_id"), kind__in=CONTACT_KINDS
    ).values("record__customer_id")
    found = dict(
        events.annotate(at=Max("occurred_at")).order_by().values_list("record__customer_id", "at")
    )
    sent = CustomerState.objects.filter(
        stretch.where("customer_id"), kind=StateKind.MESSAGE_SENT
    ).values("customer_id")
    for customer_id, at in (
        sent.annotate(at=Max("since")).order_by().values_list("customer_id", "at")
    ):
        found[customer_id] = max(at, found.get(customer_id, at))
    return found


def _provinces(stretch: Stretch) -> dict[int, str]:
    """Give the province each gave last; what staff wrote beats any answer."""
    told = Trait.objects.filter(stretch.where("record__customer_id"), name="province")
    ordered = told.order_by("is_pinned", "observed_at", "id")
    return dict(ordered.values_list("record__customer_id", "value"))


def _source_counts(stretch: Stretch) -> dict[int, int]:
    records = SourceRecord.objects.filter(stretch.where("customer_id")).values("customer_id")
    counted = records.annotate(sources=Count("source_id", distinct=True)).order_by()
    return dict(counted.values_list("customer_id", "sources"))

"""Who the calls of one source are about: the records they hang on and the customers these belong
to, known or new. Reads only; `loading` writes what is planned here.

A user id is a person. A device is a record without a customer until somebody logs in on it; who
logs in second gets a record of their own there, and nobody is merged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from idic.core import ids
from idic.identify.ingest.calls import Call
from idic.identify.ingest.traits import Told, read_traits
from idic.identify.models import (
    Identifier,
    IdentifierType,
    RecordKind,
    Relation,
    Source,
    SourceRecord,
)
from idic.identify.services.owners import CONTACT_KEYS, find_keyed, find_owners

_DEVICE, _GROUP, _USER = "anon:", "group:", "user:"
_RECEIPT = "receipt:"  # a sale to nobody in particular
_RESERVED = (_DEVICE, _GROUP, _USER, *CONTACT_KEYS)


@dataclass(slots=True)
class Party:
    """A record as it will stand."""

    id: int
    key: str
    kind: RecordKind
    customer_id: int | None
    is_new: bool
    name: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A record that found its customer, and the rule that said so."""

    record_id: int
    customer_id: int
    rule: str
    is_new_record: bool


@dataclass(slots=True)
class Plan:
    """All that is to be written about who is who."""

    source_id: int
    customers: list[int] = field(default_factory=list)
    records: list[Party] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    devices: list[tuple[int, str]] = field(default_factory=list)  # record, device id
    members: set[tuple[int, int]] = field(default_factory=set)  # person's record, company's


class Parties:
    """The people, devices and companies of some calls of one source."""

    def __init__(
        self, *, source: Source, calls: Sequence[Call], country: str, language: str
    ) -> None:
        self._source = source
        self.plan = Plan(source.id)
        self._told = {
            id(call): read_traits(
                call.traits, user_id=call.user_id, country=country, language=language
            )
            for call in calls
            if call.type in {"identify", "group"} or call.traits or "@" in call.user_id
        }
        self._known: set[str] = set()  # keys that have a record, or are about to
        self._records = self._read_records(calls)
        self._known |= self._records.keys()
        self._devices = self._read_devices(calls)
        self._add_people(calls)

    def told(self, call: Call) -> Told | None:
        """Give what a call tells of somebody."""
        return self._told.get(id(call))

    def company(self, call: Call) -> Party:
        """Give the company a group call is about."""
        return self._records[_GROUP + call.group_id]

    def attach(self, call: Call) -> Party:
        """Give the record a call hangs on, and plan what follows from its ids."""
        key = self._key_of(call)
        person = self._records[key] if key else None
        if person is None and not call.anonymous_id:
            return self._company(call)
        if person is None:
            party = self._device(call.anonymous_id)
        else:
            party = person
            if call.anonymous_id:
                self._log_in(call.anonymous_id, person)
            user_id, previous_id = self._ids_of(call)
            if previous_id and previous_id != user_id:
                self._rename(previous_id, person)
        if call.group_id:
            self.plan.members.add((party.id, self._company(call).id))
        return party

    def _ids_of(self, call: Call) -> tuple[str, str]:
        """Give the person's id and the one before it: the id that is a person's here already."""
        user, previous = call.user_id, call.previous_id
        is_other = call.is_either_way and previous and user_key(user) not in self._known
        if is_other and user_key(previous) in self._known:
            return previous, user
        return user, previous

    def _key_of(self, call: Call) -> str:
        """Give the key of the person a call names: their user id, or else how to reach them."""
        if call.user_id:
            return user_key(self._ids_of(call)[0])
        told = self._told.get(id(call)) if call.type == "identify" else None
        for kind, value in told.identifying if told else ():
            return f"{kind}:{value}"
        return ""

    def _read_records(self, calls: Sequence[Call]) -> dict[str, Party]:
        keys = {key for call in calls if (key := self._key_of(call))}
        keys |= {_GROUP + call.group_id for call in calls if call.group_id}
        keys |= {user_key(call.previous_id) for call in calls if call.previous_id}
        rows = SourceRecord.objects.filter(source=self._source, source_key__in=sorted(keys))
        return {
            key: Party(number, key, RecordKind(kind), owner, is_new=False)
            for number, key, kind, owner in rows.values_list(
                "id", "source_key", "kind", "customer_id"
            )
        }

    def _read_devices(self, calls: Sequence[Call]) -> dict[str, list[Party]]:
        """Give the records of each device, the oldest first."""
        wanted = {call.anonymous_id for call in calls} | {call.previous_id for call in calls}
        found: dict[str, list[Party]] = defaultdict(list)
        if not wanted - {""}:  # a server knows its users: even an empty question takes its time
            return found
        rows = Identifier.objects.filter(
            type=IdentifierType.DEVICE,
            value__in=sorted(wanted - {""}),
            record__source=self._source,
        ).order_by("record_id")
        for value, number, key, kind, owner in rows.values_list(
            "value",
            "record_id",
            "record__source_key",
            "record__kind",
            "record__customer_id",
        ):
            found[value].append(Party(number, key, RecordKind(kind), owner, is_new=False))
        return found

    def _add_people(self, calls: Sequence[Call]) -> None:
        """Plan a record for each person not known here, and find or make their customers."""
        new: dict[str, list[tuple[str, str]]] = {}
        for call in calls:
            key = self._key_of(call)
            self._known.add(key)
            if key and key not in self._records:
                told = self._told.get(id(call)) if call.type != "group" else None
                new.setdefault(key, []).extend(told.identifying if told else ())
        if not new:
            return
        addresses = {address for those in new.values() for address in those}
        owners = find_owners(addresses=addresses, is_demo=self._source.is_demo)
        candidates = {number for found in owners.values() for number in found}
        taken = find_keyed(source=self._source, customer_ids=candidates)
        for key, those in new.items():
            self._add_person(key, those, owners, taken)

    def _add_person(
        self,
        key: str,
        addresses: list[tuple[str, str]],
        owners: dict[tuple[str, str], set[int]],
        taken: set[int],
    ) -> None:
        party = Party(ids.new_id(), key, RecordKind.PERSON, None, is_new=True)
        self._records[key] = party
        self.plan.records.append(party)
        # An address counts when it is one customer's alone, and two never for two customers.
        sure = {next(iter(owners[one])) for one in addresses if len(owners.get(one, ())) == 1}
        has_key = not key.startswith(CONTACT_KEYS)
        if len(sure) == 1 and not (has_key and sure & taken):
            party.customer_id = sure.pop()
            self.plan.links.append(Link(party.id, party.customer_id, "rule:contact", True))
        else:
            party.customer_id = ids.new_id()
            self.plan.customers.append(party.customer_id)
            for one in addresses:  # the next with this address in these calls is the same person
                owners.setdefault(one, set()).add(party.customer_id)
        if has_key:
            taken.add(party.customer_id)

    def _device(self, anonymous_id: str) -> Party:
        """Give the record a device's calls hang on now: its newest."""
        known = self._devices.get(anonymous_id)
        return known[-1] if known else self._add_device(anonymous_id, None)

    def _add_device(self, anonymous_id: str, customer_id: int | None) -> Party:
        number = ids.new_id()
        is_first = not self._devices.get(anonymous_id)
        key = f"{_DEVICE}{anonymous_id}" + ("" if is_first else f"#{number}")
        is_receipt = anonymous_id.startswith(_RECEIPT)
        kind = RecordKind.RECEIPT if is_receipt else RecordKind.DEVICE
        party = Party(number, key, kind, customer_id, is_new=True)
        self._devices.setdefault(anonymous_id, []).append(party)
        self.plan.records.append(party)
        self.plan.devices.append((number, anonymous_id))
        return party

    def _log_in(self, anonymous_id: str, person: Party) -> None:
        """A person showed themselves on a device: what was done there before anybody did is
        theirs; on somebody else's device a new record begins.
        """
        known = self._devices.get(anonymous_id, [])
        if any(device.customer_id == person.customer_id for device in known):
            return
        if known and known[-1].customer_id is None:
            device = known[-1]
            device.customer_id = person.customer_id
        else:
            device = self._add_device(anonymous_id, person.customer_id)
        self._link(device, "rule:login")

    def _rename(self, previous_id: str, person: Party) -> None:
        """An alias joins what has no owner yet. Two known people are never joined by a call."""
        if user_key(previous_id) in self._records:
            return
        self._log_in(previous_id, person)

    def _link(self, device: Party, rule: str) -> None:
        if device.customer_id is not None:
            self.plan.links.append(Link(device.id, device.customer_id, rule, device.is_new))

    def _company(self, call: Call) -> Party:
        key = _GROUP + call.group_id
        if key not in self._records:
            party = Party(ids.new_id(), key, RecordKind.COMPANY, None, is_new=True)
            self._records[key] = party
            self.plan.records.append(party)
        return self._records[key]


def new_members(*, members: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """Give those pairs of person and company nobody has noted yet."""
    if not members:
        return []
    known = Relation.objects.filter(
        subject_id__in={person for person, _company in members}, role="member"
    )
    return sorted(members - set(known.values_list("subject_id", "object_id")))


def user_key(user_id: str) -> str:
    """Give a user's key; one that looks like a key of ours is marked, so that it is none."""
    return f"{_USER}{user_id}" if user_id.startswith(_RESERVED) else user_id

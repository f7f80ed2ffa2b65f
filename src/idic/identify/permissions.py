"""What a customer has allowed, as the ledger says it: what holds now by channel and purpose, by
which word, and everything said so far. Only reads; `interact.policy` decides about messages by the
same rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from idic.identify.models import (
    Consent,
    ConsentBasis,
    ConsentStatus,
    Customer,
    Identifier,
    PendingConsent,
    Purpose,
)

CHANNELS = ("zalo", "sms", "email")
# Which identifiers are addresses of a channel.
ADDRESSES = {"zalo": ("phone", "zalo"), "sms": ("phone",), "email": ("email",)}


@dataclass(frozen=True, slots=True)
class Said:
    """One row of the ledger: what was said, on what ground, by which wording, with which proof."""

    id: int
    record_id: int
    address: str
    channel: str
    purpose: str
    status: str
    basis: str
    proof: str
    wording: str
    given_at: datetime
    recorded_at: datetime
    source: str
    is_own: bool
    is_sealed: bool

    @property
    def stands_for(self) -> str:
        """What it counts as: agreement on no known ground is no agreement."""
        if self.status == ConsentStatus.GRANTED and self.basis == ConsentBasis.UNKNOWN:
            return ConsentStatus.UNKNOWN
        return self.status

    @property
    def place(self) -> tuple[datetime, datetime, int]:
        """The later counts."""
        return self.given_at, self.recorded_at, self.id


@dataclass(frozen=True, slots=True)
class Holding:
    """What holds for a purpose on a channel, and the word that decides it; none: never asked."""

    channel: str
    purpose: str
    status: str
    said: Said | None


def list_addresses(customer: Customer) -> dict[str, list[str]]:
    """Give a customer's addresses by channel."""
    held = Identifier.objects.filter(record__customer_id=customer.id, is_placeholder=False)
    pairs = {*held.values_list("type", "value"), ("email", customer.email)}
    pairs.add(("phone", customer.phone))
    return {
        channel: sorted({value for kind, value in pairs if kind in kinds and value})
        for channel, kinds in ADDRESSES.items()
    }


def list_said(customer: Customer, addresses: dict[str, list[str]]) -> list[Said]:
    """Give all the ledger holds on a customer's records or addresses, the latest first."""
    known = sorted({address for values in addresses.values() for address in values})
    rows = Consent.objects.filter(Q(record__customer_id=customer.id) | Q(address__in=known))
    found = [
        Said(*row[:12], row[12] == customer.id, row[13] is not None)
        for row in rows.values_list(
            "id",
            "record_id",
            "address",
            "channel",
            "purpose",
            "status",
            "basis",
            "proof",
            "wording_version",
            "given_at",
            "recorded_at",
            "record__source__name",
            "record__customer_id",
            "seal_number",
        )
    ]
    return sorted(found, key=lambda said: said.place, reverse=True)


def list_asked(
    addresses: dict[str, list[str]], *, now: datetime
) -> dict[tuple[str, str], PendingConsent]:
    """Give what somebody ticked and has not confirmed by the mail we sent, by channel and purpose,
    each the latest; where something holds already, that counts.
    """
    rows = PendingConsent.objects.filter(
        address__in=addresses.get("email", []), confirmed_at=None, expires_at__gt=now
    ).order_by("asked_at", "id")
    return {(one.channel, one.purpose): one for one in rows}


def list_holdings(said: Sequence[Said], addresses: dict[str, list[str]]) -> list[Holding]:
    """Say what holds for each purpose on each channel: the latest word on an address counts, and a
    refusal that stands on any of their records wins.
    """
    return [
        _holding(channel, purpose, said, addresses.get(channel, []))
        for channel in CHANNELS
        for purpose in Purpose.values
    ]


def _holding(channel: str, purpose: str, said: Sequence[Said], addresses: list[str]) -> Holding:
    told = [one for one in said if one.channel == channel and one.purpose == purpose]
    standing = [*_latest(told, addresses), *_latest([one for one in told if one.is_own], None)]
    for status in (ConsentStatus.DENIED, ConsentStatus.GRANTED, ConsentStatus.UNKNOWN):
        those = [one for one in standing if one.stands_for == status]
        if those:
            return Holding(channel, purpose, status, max(those, key=lambda one: one.place))
    return Holding(channel, purpose, ConsentStatus.UNKNOWN, None)


def _latest(said: Iterable[Said], addresses: list[str] | None) -> list[Said]:
    """Give the latest word on each of these addresses; without any, the refusals that stand on
    their own records, each until it is taken back there.
    """
    latest: dict[tuple[int, str], Said] = {}
    for one in said:
        if addresses is not None and one.address not in addresses:
            continue
        key = (one.record_id if addresses is None else 0, one.address)
        if key not in latest or one.place > latest[key].place:
            latest[key] = one
    if addresses is None:
        return [one for one in latest.values() if one.stands_for == ConsentStatus.DENIED]
    return list(latest.values())

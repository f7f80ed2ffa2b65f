"""Writes the consent ledger one row at a time: what a person said, through which channel, with
which proof. Rows are only ever added.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from idic.core.jobs import publish
from idic.identify.events import CustomersChanged
from idic.identify.models import (
    Consent,
    ConsentBasis,
    ConsentStatus,
    Purpose,
    SourceRecord,
)
from idic.identify.services.crm import get_crm_record

# What a row says; where it hangs, its salt and its seal are its own.
_SAID = [*("address", "channel", "purpose", "status", "basis", "proof", "wording_version")]
_SAID += ["given_at", "recorded_at"]


def record_consent(
    *,
    address: str,
    channel: str,
    status: ConsentStatus,
    now: datetime,
    customer_id: int | None = None,
    record_id: int | None = None,
    purpose: Purpose = Purpose.MARKETING,
    basis: ConsentBasis = ConsentBasis.CONSENT,
    proof: str = "",
    wording_version: str = "",
    given_at: datetime | None = None,
    is_own_word: bool = False,
) -> Consent:
    """Append what a person said about one address, effective at once for whoever reads the ledger.

    It hangs on the record given, or else on the customer's own record here. A refusal stands on
    its record until somebody takes it back there; a customer's own word (`is_own_word`) to allow
    is written on each of their records that refused this address. Raises ValueError when neither
    record nor customer is named.
    """
    with transaction.atomic():
        if record_id is None:
            if customer_id is None:
                raise ValueError("name the record or the customer a consent belongs to")
            record_id = get_crm_record(customer_id=customer_id, now=now).id
        owner = SourceRecord.objects.filter(id=record_id).values_list("customer_id", flat=True)
        changed = owner.first()
        said = Consent(
            address=address,
            channel=channel,
            purpose=purpose,
            status=status,
            basis=basis,
            proof=proof[:300],
            wording_version=wording_version[:40],
            given_at=given_at or now,
            recorded_at=now,
        )
        others = set[int]()
        if is_own_word and status == ConsentStatus.GRANTED and changed is not None:
            others = _list_refusing(said, changed) - {record_id}
        consent = _write(said, record_id)
        for other in sorted(others):
            _write(said, other)
        if changed is not None:
            publish(event=CustomersChanged(customer_ids=(changed,)))
    return consent


def _write(said: Consent, record_id: int) -> Consent:
    row = Consent(record_id=record_id, **{name: getattr(said, name) for name in _SAID})
    row.save(force_insert=True)
    return row


def _list_refusing(said: Consent, customer_id: int) -> set[int]:
    """Give the customer's records whose last word on this address is a refusal."""
    rows = Consent.objects.filter(
        record__customer_id=customer_id,
        address=said.address,
        channel=said.channel,
        purpose=said.purpose,
    )
    words = rows.order_by("given_at", "recorded_at", "id").values_list("record_id", "status")
    return {record for record, status in dict(words).items() if status == ConsentStatus.DENIED}

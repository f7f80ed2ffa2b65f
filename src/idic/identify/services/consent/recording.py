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
) -> Consent:
    """Append what a person said about one address, effective at once for whoever reads the ledger.

    It hangs on the record given, or else on the customer's own record here. Raises ValueError
    when neither is named.
    """
    with transaction.atomic():
        if record_id is None:
            if customer_id is None:
                raise ValueError("name the record or the customer a consent belongs to")
            record_id = get_crm_record(customer_id=customer_id, now=now).id
        consent = Consent.objects.create(
            record_id=record_id,
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
        owner = SourceRecord.objects.filter(id=record_id).values_list("customer_id", flat=True)
        if changed := owner.first():
            publish(event=CustomersChanged(customer_ids=(changed,)))
    return consent

"""Takes into the ledger what a customer told one of us: allowed or refused, and the proof of it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from idic.identify.models import Consent, ConsentBasis, ConsentStatus, Customer, Purpose
from idic.identify.permissions import list_addresses
from idic.identify.services.trail import record_act

from .recording import record_consent

_LONGEST_PROOF = 300


class WrongConsent(ValueError):
    """Raised when the ledger cannot take a word; the text says why in plain words."""

    is_for_people = True


def tell_consent(
    *,
    customer_id: int,
    channel: str,
    address: str,
    purpose: str,
    status: str,
    proof: str,
    actor: str,
    now: datetime,
    wording_version: str = "",
) -> Consent:
    """Append what a customer said to one of us; it holds at once, for messages that wait too.

    Raises WrongConsent: an agreement without proof, or an address that is not theirs.
    """
    if purpose not in Purpose.values or status not in (ConsentStatus.GRANTED, ConsentStatus.DENIED):
        raise WrongConsent(_("Say what for, and whether it is allowed."))
    if status == ConsentStatus.GRANTED and not proof.strip():
        raise WrongConsent(
            _("Write down how they agreed: when asked, you must be able to show it.")
        )
    customer = Customer.objects.get(id=customer_id, merged_into=None)
    if address not in list_addresses(customer).get(channel, []):
        raise WrongConsent(_("This is no address of theirs on that channel."))
    with transaction.atomic():
        consent = record_consent(
            customer_id=customer_id,
            address=address,
            channel=channel,
            purpose=Purpose(purpose),
            status=ConsentStatus(status),
            basis=ConsentBasis.CONSENT,
            proof=" ".join(proof.split())[:_LONGEST_PROOF],
            wording_version=wording_version.strip(),
            now=now,
            is_own_word=True,
        )
        record_act(
            customer_id=customer_id,
            action=f"consent.{status}",
            actor=actor,
            now=now,
            detail={"channel": channel, "purpose": purpose, "row": consent.id},
        )
    return consent

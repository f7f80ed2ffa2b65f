"""Brings home what was written for customers who were joined to others meanwhile: a file is read
long before it is published.
"""

from __future__ import annotations

from collections.abc import Collection

from idic.identify.living import get_living_ids
from idic.identify.models import Customer, SourceRecord

from . import showing


def settle(*, customer_ids: Collection[int]) -> None:
    """Let records of joined customers be those of who lives, and show there what was said of these
    customers. Call it in the transaction that makes the records visible.
    """
    joined = Customer.objects.filter(merged_into__isnull=False)
    strays = SourceRecord.everything.filter(customer__in=joined.values("id"))
    owners = {one: owner for one, owner in strays.values_list("id", "customer_id") if owner}
    living = get_living_ids(customer_ids=[*owners.values(), *customer_ids])
    for record_id, owner in owners.items():
        SourceRecord.everything.filter(id=record_id).update(customer_id=living[owner])
    moved = {living[number] for number in customer_ids if living[number] != number}
    concerned = moved | {living[owner] for owner in owners.values()}
    if concerned:
        showing.show(customer_ids=sorted(concerned))
        showing.place_stages(customer_ids=sorted(concerned), moment_id=0)

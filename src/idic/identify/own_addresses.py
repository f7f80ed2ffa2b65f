"""Which addresses surely are a person's own, so that a link that opens their page may go there.
Anybody can write anybody's phone beside an address of their own on a form. Only reads.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import timedelta

from django.db.models import Min

from idic.identify.models import Identifier, RecordKind, SourceKind, SourceRecord, Trait

# What strangers can write into.
_OPEN = (SourceKind.FORM, SourceKind.SDK, SourceKind.MAILBOX)
_AT_ONCE = timedelta(minutes=1)


def list_own_addresses(*, customer_ids: Collection[int], kind: str) -> dict[int, set[str]]:
    """Give each customer's own addresses of a kind, four queries: nobody else has them, and staff
    or the till know them, or the customer confirmed them, or they came with it in the first place.
    """
    firsts = _first_records(customer_ids)
    found: dict[int, set[str]] = defaultdict(set)
    held = Identifier.objects.filter(
        type=kind, record__customer__in=list(customer_ids), is_placeholder=False
    )
    for one in held.select_related("record__source"):
        owner, source = one.record.customer_id, one.record.source
        is_first = one.record_id == firsts.get(owner or 0)
        came_with = is_first and one.created_at - one.record.created_at <= _AT_ONCE
        is_closed = source.kind not in _OPEN and not source.is_third_party
        if owner is not None and (is_closed or came_with):
            found[owner].add(one.value)
    confirmed = Trait.objects.filter(
        name=kind, record__customer__in=list(customer_ids), verified_at__isnull=False
    )
    for owner, value in confirmed.values_list("record__customer_id", "value"):
        if owner is not None:
            found[owner].add(value)
    return _without_shared(found, kind)


def _first_records(customer_ids: Collection[int]) -> dict[int | None, int]:
    rows = SourceRecord.objects.filter(
        customer__in=list(customer_ids), kind__in=[RecordKind.PERSON, RecordKind.COMPANY]
    )
    firsts = rows.order_by().values("customer_id").annotate(first=Min("id"))
    return dict(firsts.values_list("customer_id", "first"))


def _without_shared(found: dict[int, set[str]], kind: str) -> dict[int, set[str]]:
    wanted = {value for values in found.values() for value in values}
    holders: dict[str, set[int]] = defaultdict(set)
    held = Identifier.objects.filter(type=kind, value__in=wanted, record__customer__isnull=False)
    for value, owner in held.values_list("value", "record__customer_id"):
        if owner is not None:
            holders[value].add(owner)
    return {
        owner: {value for value in values if holders[value] <= {owner}}
        for owner, values in found.items()
    }

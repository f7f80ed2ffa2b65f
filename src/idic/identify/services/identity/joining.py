"""Joins customers who are one: the oldest number lives on, the records go over to it, every fact
stays on its record. Nothing is decided here: who calls knows why, and says so.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from idic.identify.models import Customer, IdentityAct, IdentityLogEntry
from idic.identify.services.search_index import reindex

from . import following, locking, log, showing
from .linking import find_kept_apart
from .refusals import CannotMerge, KeptApart


def merge(
    *,
    customer_ids: Collection[int],
    by: str,
    actor: str,
    now: datetime,
    evidence: dict[str, Any] | None = None,
) -> IdentityLogEntry:
    """Join these customers under the oldest of their numbers and give the entry that undoes it.

    Raises CannotMerge (fewer than two, gone, made-up with real), KeptApart (somebody said they
    are not the same), ChangedMeanwhile (another was faster); then nothing has changed.
    """
    wanted = set(customer_ids)
    if len(wanted) < 2:
        raise CannotMerge(_("Choose two different customers."))
    with transaction.atomic():
        people = locking.lock_living(customer_ids=wanted)
        if len({one.is_demo for one in people.values()}) > 1:
            raise CannotMerge(_("People of the sample shop are never joined to real customers."))
        survivor_id = min(people)
        records = locking.lock_records(customer_ids=wanted)
        _refuse_kept_apart(records)
        entry = _write(people, survivor_id, records, by, actor, evidence, now)
        moved = {one: survivor_id for one, owner in records if owner != survivor_id}
        locking.set_owners(owners=moved)
        joined = sorted(wanted - {survivor_id})
        under = Customer.objects.filter(merged_into_id__in=joined)
        led = [*joined, *under.values_list("id", flat=True)]
        Customer.objects.filter(id__in=led).update(merged_into_id=survivor_id)
        following.carry_states(customer_ids=[survivor_id, *led])
        following.hold_out(entry=entry, now=now)
        showing.show(customer_ids=[survivor_id])
        showing.place_stages(customer_ids=[survivor_id], moment_id=entry.id)
        concerned = [survivor_id, *joined]
        showing.tell(entry=entry, customer_ids=concerned, actor=actor, now=now)
    reindex(customer_ids=concerned)  # not under the lock; should it fail, the event brings it
    return entry


def _refuse_kept_apart(records: list[tuple[int, int]]) -> None:
    pairs = find_kept_apart(owners=dict(records))
    if pairs:
        raise KeptApart(
            _("Somebody said that these are different people. Take that back first."), pairs
        )


def _write(
    people: dict[int, Customer],
    survivor_id: int,
    records: list[tuple[int, int]],
    by: str,
    actor: str,
    evidence: dict[str, Any] | None,
    now: datetime,
) -> IdentityLogEntry:
    return log.write(
        act=IdentityAct.MERGE,
        by=by,
        actor=actor,
        at=now,
        customer_id=survivor_id,
        moves=[(one, owner, survivor_id) for one, owner in records if owner != survivor_id],
        redirects=[
            (number, None if number == survivor_id else survivor_id) for number in sorted(people)
        ],
        evidence=evidence,
        before=showing.note_before(people[survivor_id]),
    )

"""Binds two records for good, or keeps them apart: what a person said of a pair holds against every
rule and model until it is taken back.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from idic.identify.models import (
    IdentityAct,
    IdentityLink,
    IdentityLogEntry,
    LinkKind,
    SourceRecord,
)
from idic.identify.services.imports.slices import slices

from . import locking, log
from .refusals import AlreadyUndone, CannotLink, ChangedMeanwhile, IdentityRefused

_ACTS = {LinkKind.MUST: IdentityAct.MUST_LINK, LinkKind.CANNOT: IdentityAct.CANNOT_LINK}


def must_link(
    *,
    record_ids: tuple[int, int],
    by: str,
    actor: str,
    now: datetime,
    evidence: dict[str, Any] | None = None,
) -> IdentityLogEntry:
    """Say that two records are the same person. It joins nobody by itself: a merge does.

    Raises CannotLink when the opposite was said before.
    """
    return _link(LinkKind.MUST, record_ids, by, actor, now, evidence)


def cannot_link(
    *,
    record_ids: tuple[int, int],
    by: str,
    actor: str,
    now: datetime,
    evidence: dict[str, Any] | None = None,
) -> IdentityLogEntry:
    """Say that two records are different people: no merge joins them until this is lifted.

    Raises CannotLink when they are one customer now, or the opposite was said before.
    """
    return _link(LinkKind.CANNOT, record_ids, by, actor, now, evidence)


def lift(*, entry_id: int, actor: str, now: datetime, by: str = "person") -> IdentityLogEntry:
    """Take back what was said of two records. Raises AlreadyUndone when that was done before."""
    with transaction.atomic():
        entry = IdentityLogEntry.objects.select_for_update().filter(id=entry_id).first()
        if entry is None or entry.act not in _ACTS.values():
            raise IdentityRefused(_("Nothing was said here that could be taken back."))
        if IdentityLogEntry.objects.filter(reverses_id=entry_id).exists():
            raise AlreadyUndone(_("This has been taken back already."))
        IdentityLink.objects.filter(entry=entry).delete()
        return log.write(
            act=IdentityAct.LIFT,
            by=by,
            actor=actor,
            at=now,
            customer_id=entry.customer_id,
            record_ids=entry.record_ids,
            reverses_id=entry.id,
        )


def find_kept_apart(*, owners: Mapping[int, int]) -> list[tuple[int, int]]:
    """Give the pairs of these records (record → customer) that must not become one customer."""
    return [
        (one, other)
        for one, other in _list_pairs(LinkKind.CANNOT, owners)
        if owners[one] != owners[other]
    ]


def list_bound(*, record_ids: list[int]) -> list[tuple[int, int]]:
    """Give the pairs among these records that were said to be one person."""
    return _list_pairs(LinkKind.MUST, dict.fromkeys(record_ids, 0))


def _list_pairs(kind: LinkKind, among: Mapping[int, int]) -> list[tuple[int, int]]:
    found = []
    for chunk in slices(sorted(among)):
        rows = IdentityLink.objects.filter(kind=kind, record_id__in=chunk)
        for one, other in rows.order_by("id").values_list("record_id", "other_record_id"):
            if one < other and other in among:
                found.append((one, other))
    return found


def _link(
    kind: LinkKind,
    record_ids: tuple[int, int],
    by: str,
    actor: str,
    now: datetime,
    evidence: dict[str, Any] | None,
) -> IdentityLogEntry:
    one, other = sorted(record_ids)
    with transaction.atomic():
        owners = _lock(one, other)
        _refuse(kind, one, other, owners)
        entry = log.write(
            act=_ACTS[kind],
            by=by,
            actor=actor,
            at=now,
            customer_id=owners[one] or owners[other],
            record_ids=[one, other],
            redirects=[(owner, None) for owner in sorted({o for o in owners.values() if o})],
            evidence=evidence,
        )
        IdentityLink.objects.bulk_create(
            IdentityLink(entry=entry, kind=kind, record_id=left, other_record_id=right)
            for left, right in ((one, other), (other, one))
        )
    return entry


def _lock(one: int, other: int) -> dict[int, int | None]:
    """Lock the records' customers as a merge does, so that neither overtakes the other."""
    records = SourceRecord.objects.filter(id__in=[one, other])
    owners: dict[int, int | None] = dict(records.values_list("id", "customer_id"))
    if one == other or len(owners) < 2:
        raise CannotLink(_("Choose two different records."))
    locking.lock_customers(customer_ids={owner for owner in owners.values() if owner})
    if dict(records.all().values_list("id", "customer_id")) != owners:
        raise ChangedMeanwhile(_("These records have just been changed. Look again."))
    return owners


def _refuse(kind: LinkKind, one: int, other: int, owners: dict[int, int | None]) -> None:
    said = IdentityLink.objects.filter(record_id=one, other_record_id=other).first()
    if said is not None and said.kind == kind:
        raise CannotLink(_("This has been said of the two already."))
    if said is not None:
        raise CannotLink(_("The opposite was said of these two. Take that back first."))
    is_one = owners[one] is not None and owners[one] == owners[other]
    if kind == LinkKind.CANNOT and is_one:
        raise CannotLink(_("These two are one customer now. Undo the merge first."))

"""Groups the neighborhood of a record anew once it has come, as a run over the whole shop would:
who comes one after another is joined to what is there, and sometimes to the wrong one. Takes apart
only what a model joined.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import numpy as np
from django.db import transaction

from idic.engine.matching.columns import Ints
from idic.engine.matching.resolving import MOST_REGROUPED, regroup
from idic.identify.models import IdentityAct, IdentityLogEntry, IdentityMove
from idic.identify.services import identity
from idic.identify.services.identity import Group, IdentityRefused
from idic.identify.services.imports.slices import slices

from .barring import has_barred
from .frozen import Frozen
from .resolving import ACTOR, read_groups


def mend(*, customer_ids: Collection[int], frozen: Frozen, now: datetime) -> bool:
    """Look at these customers, near to each other, as a whole again; give whether anything changed.
    Where somebody has bound or barred one of them, nothing does.
    """
    known = read_groups(customer_ids, frozen=frozen)
    record_ids = sorted(known.owners)
    if not 2 < len(record_ids) <= MOST_REGROUPED:
        return False
    atoms = _find_atoms(known.owners)
    start = np.array([atoms[number] for number in record_ids], dtype=np.int64)
    labels = regroup(frozen.parameters, frozen.rates, known.table(record_ids), start=start)
    owners = np.array([known.owners[number] for number in record_ids], dtype=np.int64)
    if _is_same(labels, owners) or has_barred(owners=known.owners):
        return False
    changed = _list_changed(labels, owners)
    groups = _list_groups(labels, start, owners, changed)
    try:
        with transaction.atomic():
            _take_apart([n for n in record_ids if known.owners[n] in changed], frozen, now)
            for group in groups:
                identity.merge(
                    customer_ids=group.customer_ids,
                    by=f"model:{frozen.id}",
                    actor=ACTOR,
                    now=now,
                    evidence=group.evidence,
                )
    except IdentityRefused:
        return False
    return True


def _find_atoms(owners: Mapping[int, int]) -> dict[int, int]:
    """Give for each record the customer it belonged to before models joined it to others. What
    anybody else did with a customer's records keeps all of them together.
    """
    atoms = dict(owners)
    fixed: set[int] = set()
    for chunk in slices(sorted(owners)):
        moves = IdentityMove.objects.filter(record_id__in=chunk).select_related("entry")
        undone = set(
            IdentityLogEntry.objects.filter(reverses__in=moves.values("entry_id")).values_list(
                "reverses_id", flat=True
            )
        )
        for move in moves.order_by("-id"):
            if move.entry_id in undone or move.entry.act == IdentityAct.UNMERGE:
                continue
            is_models = move.entry.act == IdentityAct.MERGE and move.entry.by.startswith("model:")
            if not is_models:
                fixed.add(owners[move.record_id])
            elif move.from_customer_id is not None:
                atoms[move.record_id] = move.from_customer_id
    return {n: owners[n] if owners[n] in fixed else one for n, one in atoms.items()}


def _is_same(labels: Ints, owners: Ints) -> bool:
    pairs = set(zip(labels.tolist(), owners.tolist(), strict=True))
    return len(pairs) == len(set(labels.tolist())) == len(set(owners.tolist()))


def _list_changed(labels: Ints, owners: Ints) -> set[int]:
    """Give the customers whose records are not one group by themselves."""
    found = set()
    for owner in set(owners.tolist()):
        own = set(labels[owners == owner].tolist())
        if len(own) > 1 or set(owners[labels == next(iter(own))].tolist()) != {owner}:
            found.add(owner)
    return found


def _list_groups(labels: Ints, atoms: Ints, owners: Ints, changed: set[int]) -> list[Group]:
    """Give the customers to join once those that change are taken apart."""
    found = []
    for label in sorted(set(labels.tolist())):
        here = labels == label
        if set(owners[here].tolist()) & changed and len(set(atoms[here].tolist())) > 1:
            found.append(Group(set(atoms[here].tolist()), {"mended": True}))
    return found


def _take_apart(record_ids: Collection[int], frozen: Frozen, now: datetime) -> None:
    """Undo what models joined of these records, the latest first."""
    entries = IdentityLogEntry.objects.filter(
        act=IdentityAct.MERGE,
        by__startswith="model:",
        reversed_by=None,
        moves__record_id__in=list(record_ids),
    )
    for entry_id in sorted(set(entries.values_list("id", flat=True)), reverse=True):
        identity.unmerge(entry_id=entry_id, actor=ACTOR, now=now, by=f"model:{frozen.id}")

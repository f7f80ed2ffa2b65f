"""Whom the matcher must not join: who was said to be two people, and whose joining by a model was
taken back by a person.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
from django.db import connection

from idic.engine.matching.columns import Ints
from idic.identify.living import get_living_ids
from idic.identify.models import (
    IdentityAct,
    IdentityLink,
    IdentityMove,
    LinkKind,
)
from idic.identify.services.imports.slices import slices

# Asked for each record that comes, so written by hand.
_KEPT_APART = """
    SELECT r.customer_id FROM identify_identitylink l
    JOIN identify_sourcerecord r ON r.id = l.other_record_id
    WHERE l.kind = 'cannot' AND l.record_id IN ({marks})
"""
_ANY_PARTED = """
    SELECT 1 FROM identify_identitymove m JOIN identify_identitylogentry e ON e.id = m.entry_id
    WHERE m.record_id IN ({marks}) AND e.act = 'unmerge' LIMIT 1
"""


def list_barred_rows(*, record_ids: Ints, customer_ids: Ints) -> tuple[Ints, Ints]:
    """Give the rows that must not come together, by each row's record and customer."""
    row_of = {record: row for row, record in enumerate(record_ids.tolist())}
    first = {customer: row for row, customer in enumerate(customer_ids.tolist())}
    links = IdentityLink.objects.filter(kind=LinkKind.CANNOT)
    pairs = [
        (row_of[one], row_of[other])
        for one, other in links.values_list("record_id", "other_record_id")
        if one < other and one in row_of and other in row_of
    ]
    for one, other in _list_taken_back(None):
        if one in first and other in first:
            pairs.append((first[one], first[other]))
    left, right = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return left, right


def find_barred(*, owners: Mapping[int, int], mine: Collection[int]) -> set[int]:
    """Give the customers that must not be joined to who owns the records `mine`; `owners` names
    all records in question with their customers.
    """
    with connection.cursor() as cursor:
        marks = ", ".join(["%s"] * len(mine))
        cursor.execute(_KEPT_APART.format(marks=marks), list(mine))
        found = {row[0] for row in cursor.fetchall() if row[0] is not None}
        marks = ", ".join(["%s"] * len(owners))
        cursor.execute(_ANY_PARTED.format(marks=marks), list(owners))
        is_parted = cursor.fetchone() is not None
    own = {owners[number] for number in mine}
    for one, other in _list_taken_back(list(owners)) if is_parted else ():
        if one in own:
            found.add(other)
        if other in own:
            found.add(one)
    return found - own


def has_barred(*, owners: Mapping[int, int]) -> bool:
    """Tell whether any two of these records' customers must not be joined."""
    links = IdentityLink.objects.filter(kind=LinkKind.CANNOT, record_id__in=list(owners))
    if any(other in owners for other in links.values_list("other_record_id", flat=True)):
        return True
    here = set(owners.values())
    return any(one in here and other in here for one, other in _list_taken_back(list(owners)))


def _list_taken_back(record_ids: Collection[int] | None) -> set[tuple[int, int]]:
    """Give pairs of customers whom a model joined and a person parted again; None: all there are.
    What was done by taking a whole acceptance back says nothing of the single pair.
    """
    moves = IdentityMove.objects.filter(
        entry__act=IdentityAct.UNMERGE,
        entry__by="person",
        entry__reverses__by__startswith="model:",
    )
    rows: set[tuple[int, int]] = set()
    chunks = [None] if record_ids is None else list(slices(record_ids))
    for chunk in chunks:
        among = moves if chunk is None else moves.filter(record_id__in=chunk)
        for one, other in among.values_list("from_customer_id", "to_customer_id"):
            if one is not None and other is not None:
                rows.add((one, other))
    living = get_living_ids(customer_ids={number for pair in rows for number in pair})
    pairs = {(living[one], living[other]) for one, other in rows}
    return {(one, other) for one, other in pairs if one != other}

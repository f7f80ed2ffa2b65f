"""Many groups joined in few transactions come to the same as one after another."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from idic.identify.models import (
    CustomerState,
    IdentityLogEntry,
    IdentityMove,
    IdentityRedirect,
    StateKind,
)
from idic.identify.services.identity import (
    Group,
    cannot_link,
    join_planned,
    merge,
    merge_groups,
    plan_joins,
    replay,
    unmerge,
)
from tests.cast import NOW

from .people import People, owners, picture

pytestmark = [pytest.mark.django_db, pytest.mark.req("R003", "R028")]
BY: dict[str, Any] = {"by": "model:1", "actor": "system:test", "now": NOW}


def crowd(people: People) -> list[set[int]]:
    """Let people in of whom some were joined before, one group of whom has a state."""
    numbers = [
        people.add(name=f"An {place}", **({"phone": f"+8490{place:07d}"} if place % 2 else {}))
        for place in range(14)
    ]
    for place in (1, 4, 9):
        people.buy(people.record_ids[place])
    people.refresh()
    merge(customer_ids={numbers[0], numbers[1]}, **BY)
    merge(customer_ids={numbers[4], numbers[5]}, **BY)
    entry = merge(customer_ids={numbers[6], numbers[7]}, **BY)
    unmerge(entry_id=entry.id, actor="system:test", now=NOW)
    CustomerState.objects.create(
        customer_id=numbers[10], kind=StateKind.OPEN_CASE, reference="case:1", since=NOW
    )
    return [
        {numbers[0], numbers[2], numbers[3]},
        {numbers[3 + 5], numbers[4]},
        {numbers[6], numbers[9]},
        {numbers[10], numbers[11]},
        {numbers[12], numbers[13]},
    ]


def told(first: int) -> list[Any]:
    """Give what the log says since an entry, without the numbers of its own rows."""
    entries = IdentityLogEntry.objects.filter(id__gt=first).order_by("customer_id")
    found = []
    for entry in entries:
        before = {key: value for key, value in entry.before.items() if key != "since"}
        moves = IdentityMove.objects.filter(entry=entry).order_by("record_id")
        redirects = IdentityRedirect.objects.filter(entry=entry).order_by("customer_id")
        found.append(
            (
                *(entry.act, entry.by, entry.customer_id, entry.evidence, before),
                sorted(entry.record_ids),
                list(moves.values_list("record_id", "from_customer_id", "to_customer_id")),
                list(redirects.values_list("customer_id", "leads_to_id")),
            )
        )
    return found


def test_many_joined_together_are_as_joined_one_by_one() -> None:
    people = People()
    groups = crowd(people)
    first = IdentityLogEntry.objects.order_by("-id")[0].id
    with transaction.atomic():
        for place, group in enumerate(groups):
            merge(customer_ids=group, evidence={"place": place}, **BY)
        people.refresh()
        singly = (owners(), told(first), picture())
        transaction.set_rollback(True)

    came = merge_groups(
        groups=[Group(group, {"place": place}) for place, group in enumerate(groups)], **BY
    )
    people.refresh()

    assert (len(came.entry_ids), came.refused) == (5, [])
    assert (owners(), told(first), picture()) == singly
    assert replay().is_whole


def test_what_was_joined_together_is_taken_back_one_by_one() -> None:
    people = People()
    groups = crowd(people)
    people.refresh()
    before = (owners(), picture())

    came = merge_groups(groups=[Group(group, {}) for group in groups], **BY)
    for entry_id in came.entry_ids:
        unmerge(entry_id=entry_id, actor="system:test", now=NOW)
    people.refresh()

    assert (owners(), picture()) == before
    assert replay().is_whole


def test_who_is_kept_apart_or_gets_a_state_after_the_plan_is_not_joined_by_it() -> None:
    people = People()
    numbers = [people.add(name=f"An {place}") for place in range(6)]
    people.refresh()
    groups = [({numbers[at], numbers[at + 1]}, {"place": at}) for at in (0, 2, 4)]
    plans = list(plan_joins(groups=groups).values())
    records = people.record_ids
    cannot_link(record_ids=(records[0], records[1]), **(BY | {"by": "person"}))
    CustomerState.objects.create(
        customer_id=numbers[3], kind=StateKind.DO_NOT_CONTACT, reference="staff", since=NOW
    )

    with transaction.atomic():
        entries = join_planned(plans=plans, **BY)

    assert [entries[numbers[at]] is None for at in (0, 2, 4)] == [True, True, False]
    assert owners()[records[5]] == numbers[4]
    assert (owners()[records[1]], owners()[records[3]]) == (numbers[1], numbers[3])

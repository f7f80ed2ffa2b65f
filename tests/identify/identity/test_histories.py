"""Whatever happened before: a merge that is undone leaves everything as it was, merges undone in
any order leave nothing behind, and the log alone replays to the present.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from idic.differentiate.models import CustomerSummary, Reach
from idic.identify.living import list_family_ids
from idic.identify.models import (
    IdentityAct,
    IdentityLink,
    IdentityLogEntry,
    LinkKind,
    SourceRecord,
    StateKind,
)
from idic.identify.services.customers import edit_customer
from idic.identify.services.identity import (
    IdentityRefused,
    cannot_link,
    lift,
    merge,
    must_link,
    replay,
    split,
    unmerge,
)
from idic.identify.services.identity.linking import list_bound
from idic.identify.services.notes import add_note
from idic.identify.services.states import clear_state, set_state
from tests.examples import examples

from .people import People, orders, owners, picture

pytestmark = [pytest.mark.django_db, pytest.mark.req("R003", "R028", "R031")]

NAMES = ["Lan", "Minh", "Hoa"]
CITIES = ["Huế", "Vinh"]
WHICH = st.integers(0, 30)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *("person", "record", "trait", "trait", "order", "event", "note", "edit"),
                *("consent", "refusal", "state", "clear", "segment", "merge", "merge", "merge"),
                *("unmerge", "split", "must", "cannot", "lift"),
            ]
        ),
        WHICH,
        WHICH,
    ),
    max_size=14,
)
BUSY = [HealthCheck.too_slow, HealthCheck.data_too_large]
BY: dict[str, Any] = {"by": "person", "actor": "alice@example.com"}


@contextmanager
def taken_back() -> Iterator[None]:
    """Undo whatever an example wrote."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def happen(people: People, steps: list[tuple[str, int, int]]) -> None:
    """Let a history happen; what is refused did not."""
    for kind, one, other in steps:
        try:
            with transaction.atomic():
                step(people, kind, one, other)
        except IdentityRefused:
            continue


def step(people: People, kind: str, one: int, other: int) -> None:
    now = people.tick()
    living = people.living()
    number = people.numbers[one % len(people.numbers)]
    alive = living[one % len(living)]
    record = people.record_ids[one % len(people.record_ids)]
    second = people.record_ids[other % len(people.record_ids)]
    match kind:
        case "person":
            people.add(name=NAMES[other % 3], email=f"p{other}@example.com")
        case "record":
            people.add_record(number)
        case "trait":
            people.say(record, *[("name", NAMES[other % 3]), ("city", CITIES[other % 2])][one % 2])
        case "order":
            people.buy(record)
        case "event":
            people.visit(record)
        case "note":
            add_note(customer_id=number, text="Likes tea", author="alice", now=now)
        case "edit":
            changes = {"city": CITIES[other % 2]} if other % 3 else {"full_name": NAMES[one % 3]}
            edit_customer(customer_id=alive, changes=changes, actor="alice", country="VN", now=now)
        case "consent" | "refusal":
            said = "granted" if kind == "consent" else "denied"
            people.consent(record, f"p{other % 3}@example.com", said)
        case "state":
            set_state(customer_id=number, kind=StateKind.DO_NOT_CONTACT, now=now)
        case "clear":
            clear_state(customer_id=number, kind=StateKind.DO_NOT_CONTACT, now=now)
        case "segment":
            people.join_segment(alive)
        case "merge":
            merge(customer_ids={alive, living[other % len(living)]}, now=now, **BY)
        case "unmerge":
            made = IdentityLogEntry.objects.filter(act=IdentityAct.MERGE, reversed_by=None)
            if found := list(made.order_by("id")):
                unmerge(entry_id=found[one % len(found)].id, actor="bob", now=now)
        case "split":
            held = SourceRecord.objects.filter(customer_id=alive).order_by("id")
            chosen = list(held.values_list("id", flat=True))[: other % 3]
            split(customer_id=alive, record_ids=chosen, now=now, **BY)
        case "must":
            must_link(record_ids=(record, second), now=now, **BY)
        case "cannot":
            cannot_link(record_ids=(record, second), now=now, **BY)
        case "lift":
            acts = [IdentityAct.MUST_LINK, IdentityAct.CANNOT_LINK]
            said_of = IdentityLogEntry.objects.filter(act__in=acts, reversed_by=None)
            if links := list(said_of.order_by("id")):
                lift(entry_id=links[one % len(links)].id, actor="bob", now=now)


def begin() -> People:
    people = People()
    people.add(name="Lan", email="p0@example.com")
    people.add(name="Lan")
    people.add(email="p1@example.com")
    return people


@examples(120, without=BUSY)
@given(before=STEPS, chosen=st.lists(WHICH, min_size=2, max_size=3))
def test_a_merge_that_is_undone_leaves_everything_as_it_was(
    before: list[tuple[str, int, int]], chosen: list[int]
) -> None:
    with taken_back():
        people = begin()
        happen(people, before)
        people.refresh()
        living = people.living()
        wanted = {living[one % len(living)] for one in chosen}
        then, facts, whose = picture(), orders(), owners()

        try:
            done = merge(customer_ids=wanted, now=people.tick(), **BY)
        except IdentityRefused:
            assert picture() == then
            return
        people.refresh()
        assert orders() == facts
        assert {min(wanted)} == {owners()[one] for one in whose if whose[one] in wanted}
        held = [one for one in whose if whose[one] in wanted]
        if bound := [one for one in list_bound(record_ids=held) if differ(whose, one)]:
            with pytest.raises(IdentityRefused):
                unmerge(entry_id=done.id, actor="bob", now=people.tick())
            ends = [one for one, _other in bound]
            links = IdentityLink.objects.filter(record_id__in=ends, kind=LinkKind.MUST)
            for entry_id in set(links.values_list("entry_id", flat=True)):
                lift(entry_id=entry_id, actor="bob", now=people.tick())
        unmerge(entry_id=done.id, actor="bob", now=people.tick())
        people.refresh()

        assert picture() == then
        assert replay().is_whole


def differ(whose: dict[int, int | None], pair: tuple[int, int]) -> bool:
    return whose[pair[0]] != whose[pair[1]]


@examples(60, without=BUSY)
@given(
    merges=st.lists(st.tuples(WHICH, WHICH), min_size=1, max_size=5),
    order=st.randoms(use_true_random=False),
)
def test_merges_undone_in_any_order_leave_nothing_behind(
    merges: list[tuple[int, int]], order: Any
) -> None:
    with taken_back():
        people = begin()
        for name in NAMES:
            people.buy(SourceRecord.objects.get(customer_id=people.add(name=name)).id)
        people.join_segment(people.numbers[1])
        set_state(customer_id=people.numbers[2], kind=StateKind.OPEN_CASE, now=people.tick())
        people.refresh()
        then = picture()
        happen(people, [("merge", one, other) for one, other in merges])
        entries = list(IdentityLogEntry.objects.filter(act=IdentityAct.MERGE))
        order.shuffle(entries)

        for entry in entries:
            unmerge(entry_id=entry.id, actor="bob", now=people.tick())
            assert replay().is_whole
        people.refresh()

        assert picture() == then


@examples(60, without=BUSY)
@given(steps=STEPS)
def test_the_log_replays_to_the_present_and_a_merge_never_widens_consent(
    steps: list[tuple[str, int, int]],
) -> None:
    with taken_back():
        people = begin()
        happen(people, steps)
        people.refresh()
        replayed = replay()

        assert replayed.is_whole, replayed
        for number in people.numbers:
            family = list_family_ids(customer_ids=[number])
            assert sum(replayed.living.get(one, one) == one for one in family) <= 1
        refused = CustomerSummary.objects.filter(email_reach=Reach.DENIED)
        silent = set(refused.values_list("customer_id", flat=True))
        living = people.living()
        joined = merge_all(people, living)
        if joined and silent & set(living):
            people.refresh()
            assert CustomerSummary.objects.get(customer_id=joined).email_reach == Reach.DENIED


def merge_all(people: People, living: list[int]) -> int | None:
    if len(living) < 2:
        return None
    try:
        return merge(customer_ids=living, now=people.tick(), **BY).customer_id
    except IdentityRefused:
        return None

"""Acts on many customers of a list: how many and who before, the act itself, its way back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import QuerySet
from django.test import Client

from idic.core import ids
from idic.core.models import AuditEntry, Job
from idic.differentiate.models import Segment, SegmentMember
from idic.identify.models import Customer, CustomerState, StateKind
from idic.identify.services import many_states
from idic.identify.services.states import list_holders, set_state
from idic.web import tasks
from idic.web.services import bulk_acts

BULK = "/customers/bulk/"


def public(*people: Customer) -> list[str]:
    return [ids.encode("customer", person.id) for person in people]


def undo_of(page: str) -> str:
    found = re.search(r'action="(/[^"]*/undo/)"', page)
    assert found is not None
    return found[1]


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Send acts on more than so many people to the background."""

    def wait(most: int = 0) -> None:
        monkeypatch.setattr("idic.web.views.bulk.MOST_AT_ONCE", most)

    return wait


def silence_all(owner: Client) -> str:
    """Silence everybody; give the page that comes after."""
    page = owner.post(BULK, {"act": "silence", "who": "all", "list": ""}, follow=True)
    return page.content.decode()


def jobs(task: Any) -> QuerySet[Job]:
    return Job.objects.filter(task=task.module_path)


def silent(at: datetime) -> set[int]:
    return list_holders(kind=StateKind.DO_NOT_CONTACT, at=at)


@pytest.mark.req("R140")
def test_the_page_says_how_many_who_and_for_whom_nothing_changes(
    owner: Client, add: Callable[..., Customer], now: datetime
) -> None:
    lan, _minh = add("Trần Lan", tier="vip"), add("Lê Minh", tier="vip")
    add("Vũ An", tier="new")
    set_state(customer_id=lan.id, kind=StateKind.DO_NOT_CONTACT, now=now - timedelta(days=1))

    page = owner.get(BULK, {"act": "silence", "list": "tier=vip", "who": "all"})
    text = " ".join(page.content.decode().split())

    assert "Do not contact: 2 customers" in text
    assert "Trần Lan" in text
    assert "Vũ An" not in text
    assert "For 1 of them nothing changes" in text
    assert "Do it for 2 customers" in text


def test_those_chosen_are_kept_out_and_let_in_again_by_undo(
    owner: Client, add: Callable[..., Customer], now: datetime
) -> None:
    lan, minh, an = add("Trần Lan"), add("Lê Minh"), add("Vũ An")
    set_state(customer_id=an.id, kind=StateKind.DO_NOT_CONTACT, now=now - timedelta(days=1))

    page = owner.post(
        BULK,
        {"act": "silence", "who": "chosen", "chosen": public(lan, an), "list": "sort=name"},
        follow=True,
    )
    later = datetime.now(tz=now.tzinfo) + timedelta(days=1)

    assert page.redirect_chain == [("/customers/?sort=name", 302)]
    assert "“Do not contact”: 1 customer." in page.content.decode()
    assert silent(later) == {lan.id, an.id}
    assert minh.id not in silent(later)

    back = owner.post(undo_of(page.content.decode()), follow=True)

    assert "Taken back for 1 customer." in back.content.decode()
    assert silent(later) == {an.id}
    acts = list(AuditEntry.objects.order_by("id").values_list("action", "detail"))
    assert acts[-2:] == [
        ("customers.silence", {"people": 2, "changed": 1}),
        ("customers.silence_undone", {"changed": 1}),
    ]


def test_ending_a_state_is_taken_back_too_and_leaves_what_a_complaint_set(
    owner: Client, add: Callable[..., Customer], now: datetime
) -> None:
    lan, minh = add("Trần Lan"), add("Lê Minh")
    before = now - timedelta(days=1)
    set_state(customer_id=lan.id, kind=StateKind.DO_NOT_OFFER, now=before)
    set_state(customer_id=minh.id, kind=StateKind.DO_NOT_OFFER, now=before, reference="case:1")

    page = owner.post(BULK, {"act": "offers", "who": "all", "list": ""}, follow=True)
    later = datetime.now(tz=now.tzinfo) + timedelta(days=1)

    assert list_holders(kind=StateKind.DO_NOT_OFFER, at=later) == {minh.id}
    owner.post(undo_of(page.content.decode()))
    assert list_holders(kind=StateKind.DO_NOT_OFFER, at=later) == {lan.id, minh.id}


def test_more_than_some_hundred_go_on_in_the_background(
    owner: Client, add: Callable[..., Customer], wait: Callable[..., None]
) -> None:
    wait(2)
    people = [add(f"Person {n}") for n in range(3)]

    page = silence_all(owner)
    job = jobs(tasks.run_bulk_act).get()

    assert "under way for 3 customers" in page
    assert CustomerState.objects.count() == 0
    tasks.run_bulk_act.call(**job.kwargs)
    tasks.run_bulk_act.call(**job.kwargs)  # as after a crash
    assert CustomerState.objects.count() == len(people)


def test_undo_stops_what_is_waiting(
    owner: Client, add: Callable[..., Customer], wait: Callable[..., None]
) -> None:
    wait()
    add("Trần Lan")

    owner.post(undo_of(silence_all(owner)))

    assert jobs(tasks.run_bulk_act).get().state == Job.State.CANCELLED
    assert CustomerState.objects.count() == 0


def test_undo_lets_what_runs_hear_of_it_before_it_takes_back(
    owner: Client, add: Callable[..., Customer], wait: Callable[..., None]
) -> None:
    wait()
    add("Trần Lan")
    page = silence_all(owner)
    running = jobs(tasks.run_bulk_act)
    running.update(state=Job.State.RUNNING)
    tasks.run_bulk_act.call(**running.get().kwargs)

    owner.post(undo_of(page))
    undo = jobs(tasks.undo_bulk_act).get()

    assert running.get().is_cancel_requested
    tasks.undo_bulk_act.call(**undo.kwargs)
    assert CustomerState.objects.count() == 0


def test_an_act_counts_its_way_by_slices(add: Callable[..., Customer], now: datetime) -> None:
    people = [add(f"Person {n}", orders=0).id for n in range(3)]
    heard: list[int] = []

    many_states._SLICE, kept = 2, many_states._SLICE
    try:
        changed = many_states.set_for_many(
            kind=StateKind.DO_NOT_CONTACT, customer_ids=people, now=now, progress=heard.append
        )
    finally:
        many_states._SLICE = kept

    assert (changed, heard) == (3, [2, 3])


@pytest.mark.parametrize("role", ["care", "sales", "analyst", "read_only"])
def test_only_those_who_answer_for_it_act_on_many(
    as_role: Callable[[str], Client], business: Any, role: str
) -> None:
    client = as_role(role)

    assert client.get(BULK, {"act": "silence"}).status_code == 403
    assert client.post(BULK, {"act": "silence", "who": "all"}).status_code == 403
    assert client.post(f"{BULK}silence/1/undo/").status_code == 403
    assert CustomerState.objects.count() == 0


def test_what_makes_no_sense_does_nothing(owner: Client, business: Any) -> None:
    assert owner.get(BULK, {"act": "delete"}).status_code == 404
    assert owner.post(BULK, {"act": ""}).status_code == 404
    assert owner.post(f"{BULK}delete/1/undo/").status_code == 404
    assert owner.post(f"{BULK}silence/{10**18}/undo/").status_code == 404
    page = owner.get(BULK, {"act": "silence", "who": "chosen", "chosen": "cus_x"})
    assert "Nobody is chosen" in page.content.decode()


def test_every_act_has_its_words_and_its_opposite() -> None:
    from idic.web.listing.acts import ACT_WORDS

    assert set(ACT_WORDS) == set(bulk_acts.ACTS)
    pairs = {(act.kind, act.sets) for act in bulk_acts.ACTS.values()}
    assert {(kind, not sets) for kind, sets in pairs} == pairs


def test_only_those_chosen_are_exported(owner: Client, add: Callable[..., Customer]) -> None:
    lan = add("Trần Lan")
    add("Lê Minh")

    asked = {"list": "sort=name", "who": "chosen", "chosen": public(lan)}
    answer = owner.get("/customers/export.csv", asked)
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]

    assert len(lines) == 2
    assert "Trần Lan" in lines[1]


def test_putting_people_into_an_old_segment_is_taken_back(
    owner: Client, add: Callable[..., Customer], now: datetime
) -> None:
    lan, minh = add("Trần Lan"), add("Lê Minh")
    segment = Segment.objects.create(name="Fish", is_static=True, created_at=now)
    SegmentMember.objects.create(segment=segment, customer=minh, added_at=now)
    key = ids.encode("segment", segment.id)

    page = owner.post(
        "/customers/to-segment/", {"list": "", "who": "all", "segment": key}, follow=True
    )
    held = set(segment.members.values_list("customer_id", flat=True))
    owner.post(undo_of(page.content.decode()))

    assert held == {lan.id, minh.id}
    assert set(segment.members.values_list("customer_id", flat=True)) == {minh.id}


def test_a_new_segment_from_a_list_is_put_away_by_undo(
    owner: Client, add: Callable[..., Customer]
) -> None:
    add("Trần Lan")

    page = owner.post(
        "/customers/to-segment/", {"list": "", "who": "all", "name": "Fish"}, follow=True
    ).content.decode()
    found = re.search(r'action="(/segments/[^"]*/archive/)"', page)
    assert found is not None
    owner.post(found[1])

    assert Segment.objects.get(name="Fish").archived_at is not None


def test_a_large_segment_is_filled_in_the_background(
    owner: Client, add: Callable[..., Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("idic.web.services.people_to_segment.MOST_AT_ONCE", 1)
    add("Trần Lan")
    add("Lê Minh")

    owner.post("/customers/to-segment/", {"list": "", "who": "all", "name": "Fish"})
    job = jobs(tasks.put_into_segment).get()
    before = Segment.objects.count()
    tasks.put_into_segment.call(**job.kwargs)

    assert before == 0
    segment = Segment.objects.get(name="Fish")
    assert (segment.archived_at, segment.members.count()) == (None, 2)

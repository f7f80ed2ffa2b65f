"""What staff write down about a customer."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from idic.identify.models import Customer, Event
from idic.identify.search import find
from idic.identify.services.customers import WrongValue
from idic.identify.services.notes import (
    CallOutcome,
    NoteKind,
    add_note,
    keep_promise,
    remove_note,
)

pytestmark = pytest.mark.django_db
MAI = "mai@shop.vn"


@pytest.fixture
def huong(now: datetime) -> Customer:
    return Customer.objects.create(full_name="Hương", created_at=now)


@pytest.mark.req("R010")
def test_a_note_is_an_event_on_the_crm_record_and_is_found(huong: Customer, now: datetime) -> None:
    note = add_note(customer_id=huong.id, text=" Thích cá hồi \n", author=MAI, now=now)

    event = Event.objects.get()
    assert event == note
    assert (event.kind, event.occurred_at) == ("note", now)
    assert event.detail == {"text": "Thích cá hồi", "author": MAI}
    assert event.record is not None
    assert event.record.source.key == "crm"
    assert [f.customer_id for f in find(query="ca hoi", limit=5)] == [huong.id]


@pytest.mark.req("R063")
def test_a_call_keeps_its_outcome(huong: Customer, now: datetime) -> None:
    call = add_note(
        customer_id=huong.id,
        text="",
        author=MAI,
        now=now,
        kind=NoteKind.CALL,
        outcome=CallOutcome.NO_ANSWER,
    )

    assert call.detail == {"text": "", "author": MAI, "outcome": "no_answer"}


@pytest.mark.req("R072")
def test_a_promise_is_kept_once(huong: Customer, now: datetime) -> None:
    promise = add_note(
        customer_id=huong.id,
        text="Gọi khi cá về",
        author=MAI,
        now=now,
        kind=NoteKind.PROMISE,
        due=date(2026, 11, 30),
    )

    assert keep_promise(customer_id=huong.id, promise_id=promise.id, author=MAI, now=now)
    assert not keep_promise(customer_id=huong.id, promise_id=promise.id, author=MAI, now=now)
    assert Event.objects.filter(kind="promise_kept").count() == 1


def test_a_promise_of_somebody_else_is_left_alone(huong: Customer, now: datetime) -> None:
    other = Customer.objects.create(full_name="Lan", created_at=now)
    promise = add_note(
        customer_id=other.id,
        text="Gọi",
        author=MAI,
        now=now,
        kind=NoteKind.PROMISE,
        due=date(2026, 11, 30),
    )

    assert not keep_promise(customer_id=huong.id, promise_id=promise.id, author=MAI, now=now)
    assert not remove_note(customer_id=huong.id, note_id=promise.id, author=MAI)
    assert Event.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "kind", "field"),
    [
        ("", NoteKind.NOTE, "text"),
        ("  \n", NoteKind.NOTE, "text"),
        ("x" * 4_001, NoteKind.NOTE, "text"),
        ("Gọi", NoteKind.PROMISE, "due"),
        ("", NoteKind.CALL, "text"),
    ],
)
def test_an_unfinished_note_is_refused(
    huong: Customer, now: datetime, text: str, kind: NoteKind, field: str
) -> None:
    with pytest.raises(WrongValue) as refused:
        add_note(customer_id=huong.id, text=text, author=MAI, now=now, kind=kind)

    assert refused.value.field == field
    assert Event.objects.count() == 0


def test_only_its_author_takes_a_note_back(huong: Customer, now: datetime) -> None:
    note = add_note(customer_id=huong.id, text="Nhầm", author=MAI, now=now)

    assert not remove_note(customer_id=huong.id, note_id=note.id, author="other@shop.vn")
    assert remove_note(customer_id=huong.id, note_id=note.id, author=MAI)
    assert find(query="nham", limit=5) == []

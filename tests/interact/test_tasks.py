"""Promises, tasks and calls: made, kept, put off, handed on and taken back, each with what the
customer's timeline hears of it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from idic.core.models import Business, Role, Staff
from idic.core.personal_data import Person, tables
from idic.identify.models import Customer, Event, StateKind
from idic.identify.services.states import has_state
from idic.interact.models import CallOutcome, CallTask, Task, TaskKind
from idic.interact.services import calls, tasks
from idic.interact.services.cases import open_case
from idic.interact.services.outcomes import About, Day, record_outcome, undo_outcome
from idic.interact.services.tasks import WrongTask
from tests.interact.cast import add_customer, hire, open_shop, record_of

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def shop(now: datetime) -> Business:
    return open_shop(now=now)


@pytest.fixture
def alice(shop: Business) -> Staff:
    return hire(Role.OWNER)


@pytest.fixture
def bob(shop: Business) -> Staff:
    return hire(Role.CARE)


@pytest.fixture
def ann(shop: Business, now: datetime) -> Customer:
    return add_customer(now=now)


@pytest.fixture
def day(now: datetime) -> Day:
    return Day(TODAY, datetime(2026, 11, 23, tzinfo=UTC), now, "UTC")


def promise(customer: Customer, by: Staff, now: datetime, *, due: date = TODAY) -> Task:
    return tasks.create_task(
        kind="promise",
        text=" Call when the fish is in ",
        due_date=due,
        time_zone="Asia/Ho_Chi_Minh",
        created_by=by,
        now=now,
        customer_id=customer.id,
    )


def lines(customer: Customer) -> list[tuple[str, str]]:
    """Give what the timeline holds: kind, and outcome or text."""
    events = Event.objects.filter(record__customer=customer).order_by("id")
    return [(e.kind, e.detail.get("outcome") or e.detail["text"]) for e in events]


def test_a_promise_is_due_when_the_day_is_over_where_the_shop_is(
    ann: Customer, alice: Staff, now: datetime
) -> None:
    task = promise(ann, alice, now)

    assert (task.text, task.due_at) == (
        "Call when the fish is in",
        datetime(2026, 11, 23, 16, 59, tzinfo=UTC),
    )
    assert lines(ann) == [("promise", "Call when the fish is in")]
    event = Event.objects.get(id=task.note_id or 0)
    assert (event.detail["due"], event.detail["author"]) == ("2026-11-23", alice.email)


def test_an_hour_makes_a_task_due_by_that_hour(alice: Staff, now: datetime) -> None:
    task = tasks.create_task(
        kind="task",
        text="Ring the dairy",
        due_date=TODAY,
        due_time=time(18),
        time_zone="UTC",
        created_by=alice,
        now=now,
    )

    assert task.due_at == datetime(2026, 11, 23, 18, tzinfo=UTC)
    assert (task.customer_id, task.note_id) == (None, None)


@pytest.mark.parametrize(
    ("kind", "text", "field"),
    [("task", " \x00 ", "text"), ("task", "x" * 501, "text"), ("wish", "x", "kind")],
)
def test_what_says_nothing_is_not_noted(
    alice: Staff, now: datetime, kind: str, text: str, field: str
) -> None:
    with pytest.raises(WrongTask) as wrong:
        tasks.create_task(
            kind=kind, text=text, due_date=TODAY, time_zone="UTC", created_by=alice, now=now
        )

    assert wrong.value.field == field
    assert not Task.objects.exists()


def test_a_promise_is_made_to_somebody(alice: Staff, now: datetime) -> None:
    with pytest.raises(WrongTask):
        tasks.create_task(
            kind="promise", text="x", due_date=TODAY, time_zone="UTC", created_by=alice, now=now
        )

    assert not Task.objects.exists()


def test_a_promise_is_kept_once_and_that_can_be_taken_back(
    ann: Customer, alice: Staff, now: datetime
) -> None:
    task = promise(ann, alice, now)

    assert tasks.finish_task(task_id=task.id, now=now, author=alice.email) is True
    assert tasks.finish_task(task_id=task.id, now=now, author=alice.email) is False
    task.refresh_from_db()
    assert task.done_at == now
    assert [kind for kind, _text in lines(ann)] == ["promise", "promise_kept"]

    assert tasks.reopen_task(task_id=task.id) is True
    assert tasks.reopen_task(task_id=task.id) is False
    task.refresh_from_db()
    assert task.done_at is None
    assert [kind for kind, _text in lines(ann)] == ["promise"]
    assert "kept" not in Event.objects.get(id=task.note_id or 0).detail


def test_kept_on_the_customers_page_it_is_done_on_the_list_too(
    ann: Customer, alice: Staff, now: datetime
) -> None:
    task = promise(ann, alice, now)
    assert task.note_id

    assert tasks.keep_promise(
        customer_id=ann.id, promise_id=task.note_id, author=alice.email, now=now
    )

    task.refresh_from_db()
    assert task.done_at == now


def test_putting_off_and_handing_on_touch_open_tasks_only(
    ann: Customer, alice: Staff, bob: Staff, now: datetime
) -> None:
    task = promise(ann, alice, now)
    was = task.due_at

    assert tasks.put_off(task_id=task.id, until=TOMORROW, time_zone="UTC") is True
    assert tasks.reassign(task_id=task.id, assignee=bob) is True
    task.refresh_from_db()
    assert (task.due_at, task.assignee) == (datetime(2026, 11, 24, 23, 59, tzinfo=UTC), bob)
    assert tasks.put_back(task_id=task.id, due_at=was) is True
    tasks.finish_task(task_id=task.id, now=now, author=bob.email)

    assert tasks.put_off(task_id=task.id, until=TOMORROW, time_zone="UTC") is False
    assert tasks.reassign(task_id=task.id, assignee=None) is False
    task.refresh_from_db()
    assert (task.due_at, task.assignee) == (was, bob)


def test_only_who_noted_it_takes_it_back_and_the_timeline_forgets_it(
    ann: Customer, alice: Staff, bob: Staff, now: datetime
) -> None:
    task = promise(ann, alice, now)

    assert tasks.remove_task(task_id=task.id, author=bob) is False
    assert len(lines(ann)) == 1
    assert tasks.remove_task(task_id=task.id, author=alice) is True
    assert (lines(ann), Task.objects.count()) == ([], 0)


def test_a_promise_taken_back_on_the_timeline_leaves_the_list(
    ann: Customer, alice: Staff, now: datetime
) -> None:
    task = promise(ann, alice, now)
    assert task.note_id

    assert tasks.remove_note(customer_id=ann.id, note_id=task.note_id, author="x@y.z") is False
    assert Task.objects.count() == 1
    assert tasks.remove_note(customer_id=ann.id, note_id=task.note_id, author=alice.email) is True
    assert Task.objects.count() == 0


def test_who_does_not_answer_is_called_again_tomorrow(
    ann: Customer, alice: Staff, day: Day
) -> None:
    call = record_outcome(
        customer_id=ann.id,
        about=About("silent"),
        outcome=CallOutcome.NO_ANSWER,
        staff=alice,
        day=day,
    )

    assert call is not None
    following = CallTask.objects.get(outcome="")
    assert (following.due_date, following.tries, following.tried_at) == (TOMORROW, 1, day.now)
    assert (following.reason, following.follows_id) == ({"code": "silent"}, call.id)
    assert lines(ann) == [("call", "no_answer")]


def test_who_does_not_answer_twice_is_counted_so(ann: Customer, alice: Staff, day: Day) -> None:
    second = Day(TOMORROW, day.began_at + timedelta(days=1), day.now + timedelta(days=1), "UTC")
    for one in (day, second):
        record_outcome(
            customer_id=ann.id,
            about=About("silent"),
            outcome=CallOutcome.NO_ANSWER,
            staff=alice,
            day=one,
        )

    following = CallTask.objects.get(outcome="")
    assert (following.tries, following.due_date) == (2, TOMORROW + timedelta(days=1))
    assert CallTask.objects.count() == 3


def test_later_comes_on_its_day_and_never_before_tomorrow(
    ann: Customer, alice: Staff, day: Day, now: datetime
) -> None:
    ben = add_customer(now=now, name="Ben")
    for customer, again_on in ((ann, date(2026, 11, 30)), (ben, date(2026, 11, 1))):
        record_outcome(
            customer_id=customer.id,
            about=About("silent"),
            outcome=CallOutcome.LATER,
            staff=alice,
            day=day,
            again_on=again_on,
        )

    due = dict(CallTask.objects.filter(outcome="").values_list("customer_id", "due_date"))
    assert due == {ann.id: date(2026, 11, 30), ben.id: TOMORROW}
    assert set(CallTask.objects.filter(outcome="").values_list("tries", flat=True)) == {0}


def test_a_second_outcome_of_the_day_changes_nothing(
    ann: Customer, alice: Staff, bob: Staff, day: Day
) -> None:
    about = About("silent")
    first = record_outcome(
        customer_id=ann.id, about=about, outcome=CallOutcome.DONE, staff=alice, day=day
    )
    second = record_outcome(
        customer_id=ann.id, about=about, outcome=CallOutcome.NO_ANSWER, staff=bob, day=day
    )

    assert first is not None
    assert second is None
    assert list(CallTask.objects.values_list("outcome", "staff_id")) == [("done", alice.id)]
    assert lines(ann) == [("call", "reached")]


def test_a_planned_call_keeps_its_row(ann: Customer, alice: Staff, day: Day) -> None:
    planned = calls.assign_call(
        customer_id=ann.id,
        staff=alice,
        reason={"code": "silent"},
        due_date=TODAY,
        now=day.now - timedelta(hours=1),
    )

    call = record_outcome(
        customer_id=ann.id,
        about=About("again"),
        outcome=CallOutcome.DONE,
        staff=alice,
        day=day,
        note="  Comes on Friday ",
    )

    assert call is not None
    assert (call.id, call.note) == (planned.id, "Comes on Friday")
    assert lines(ann) == [("call", "reached")]


@pytest.mark.parametrize("outcome", list(CallOutcome))
def test_one_step_back_undoes_an_outcome_with_its_promise(
    ann: Customer, alice: Staff, day: Day, outcome: CallOutcome
) -> None:
    task = promise(ann, alice, day.now - timedelta(days=7))
    was = task.due_at
    call = record_outcome(
        customer_id=ann.id,
        about=About("promise", task_id=task.id),
        outcome=outcome,
        staff=alice,
        day=day,
        again_on=date(2026, 11, 30),
    )
    assert call is not None
    task.refresh_from_db()
    assert bool(task.done_at) == (outcome == CallOutcome.DONE)
    assert (task.due_at > was) == (outcome == CallOutcome.LATER)

    assert undo_outcome(call_id=call.id, staff=alice, now=day.now) is True

    task.refresh_from_db()
    assert (task.done_at, task.due_at) == (None, was)
    assert not CallTask.objects.exists()
    assert lines(ann) == [("promise", "Call when the fish is in")]
    assert undo_outcome(call_id=call.id, staff=alice, now=day.now) is False


def test_nobody_takes_back_what_somebody_else_recorded(
    ann: Customer, alice: Staff, bob: Staff, day: Day
) -> None:
    call = record_outcome(
        customer_id=ann.id, about=About("first"), outcome=CallOutcome.DONE, staff=alice, day=day
    )
    assert call is not None

    assert undo_outcome(call_id=call.id, staff=bob, now=day.now) is False
    assert CallTask.objects.get().outcome == "done"


def test_solving_a_complaint_lets_offers_through_and_undo_stops_them(
    ann: Customer, alice: Staff, day: Day
) -> None:
    case = open_case(customer_id=ann.id, text="Not fresh", now=day.now - timedelta(days=2))
    later = day.now + timedelta(minutes=1)
    call = record_outcome(
        customer_id=ann.id,
        about=About("complaint", case_id=case.id),
        outcome=CallOutcome.DONE,
        staff=alice,
        day=day,
        note="Money back",
    )
    assert call is not None
    case.refresh_from_db()
    assert (case.closed_at, case.outcome) == (day.now, "Money back")
    assert not has_state(customer_id=ann.id, kind=StateKind.OPEN_CASE, at=later)

    assert undo_outcome(call_id=call.id, staff=alice, now=later) is True

    case.refresh_from_db()
    assert case.closed_at is None
    assert has_state(customer_id=ann.id, kind=StateKind.OPEN_CASE, at=later)


def test_people_are_put_on_the_list_of_calls_once(
    ann: Customer, alice: Staff, now: datetime
) -> None:
    ben = add_customer(now=now, name="Ben")

    first = calls.create_call_tasks(
        customer_ids=[ann.id], reason={"code": "segment"}, due_date=TODAY, now=now
    )
    second = calls.create_call_tasks(
        customer_ids=[ann.id, ben.id], reason={"code": "x"}, due_date=TOMORROW, now=now
    )

    assert (first, second) == (1, 1)
    assert CallTask.objects.get(customer=ann).reason == {"code": "segment"}


def test_tasks_are_exported_and_erased_with_their_customer(
    ann: Customer, alice: Staff, now: datetime
) -> None:
    promise(ann, alice, now)
    promise(add_customer(now=now, name="Ben"), alice, now)
    table = next(table for table in tables() if table.model is Task)

    exported = table.exported(Person(customer_ids=(ann.id,)))

    assert [(row["kind"], row["text"]) for row in exported] == [
        (TaskKind.PROMISE, "Call when the fish is in")
    ]
    assert exported[0]["customer_id"] == ann.id


def test_promises_a_source_reported_are_put_on_the_list_once(
    ann: Customer, alice: Staff, now: datetime
) -> None:
    record = record_of(ann)
    for number, detail in enumerate(
        [
            {"text": "Fish", "due": "2026-11-24"},
            {"text": "Done", "due": "2026-11-20", "kept": "2026-11-20"},
            {"text": "Some day"},
        ]
    ):
        Event.objects.create(
            source=record.source,
            message_id=f"p{number}",
            record=record,
            kind="promise",
            occurred_at=now,
            received_at=now,
            detail=detail,
        )

    first = tasks.adopt_promises(source_ids=[record.source_id], time_zone="UTC")
    second = tasks.adopt_promises(source_ids=[record.source_id], time_zone="UTC")

    assert (first, second) == (1, 0)
    task = Task.objects.get()
    assert (task.text, task.customer, task.due_at) == (
        "Fish",
        ann,
        datetime(2026, 11, 24, 23, 59, tzinfo=UTC),
    )
    tasks.finish_task(task_id=task.id, now=now, author=alice.email)
    assert "kept" in Event.objects.get(id=task.note_id or 0).detail

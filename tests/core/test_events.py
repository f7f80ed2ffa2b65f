"""Domain events: written with the change they tell of, delivered after it, each handler alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from idic.core import clock
from idic.core.jobs import Event, events, publish
from idic.core.jobs.worker import drain
from idic.core.models.jobs import Job
from tests.core import job_tasks
from tests.core.job_tasks import CounterMoved, Line, OrdersArrived

EVENT = OrdersArrived(
    order_ids=(1, 2**62),
    at=datetime(2026, 11, 23, 9, 30, tzinfo=UTC),
    lines=(Line(product="Phở", price=Decimal("1.234567")),),
)


@pytest.fixture(autouse=True)
def _handlers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(events, "room_constants", lambda **_: iter([job_tasks.HANDLERS]))
    events.registry.cache_clear()
    job_tasks.heard.clear()
    yield
    events.registry.cache_clear()


@pytest.mark.django_db
def test_an_event_reaches_its_handler_equal_to_what_was_published() -> None:
    assert publish(event=EVENT) == 2

    drain()

    assert job_tasks.heard == [EVENT]


@pytest.mark.django_db
def test_a_failing_handler_retries_alone() -> None:
    publish(event=EVENT)

    drain()
    drain(now=clock.now() + timedelta(days=365))

    assert job_tasks.heard == [EVENT]
    by_handler = {job.handler: (job.state, job.attempts) for job in Job.objects.all()}
    assert by_handler == {
        "tests.core.job_tasks.hear": (Job.State.DONE, 1),
        "tests.core.job_tasks.fail_to_hear": (Job.State.FAILED, 12),
    }


@pytest.mark.django_db(transaction=True)
def test_an_event_of_a_transaction_that_fails_was_never_published() -> None:
    with transaction.atomic():
        publish(event=EVENT)
        transaction.set_rollback(True)

    assert Job.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_publishing_outside_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError, match="inside the transaction"):
        publish(event=EVENT)

    assert Job.objects.count() == 0


@pytest.mark.django_db
def test_an_event_nobody_handles_writes_nothing() -> None:
    @dataclass(frozen=True)
    class NobodyCared(Event):
        number: int

    assert publish(event=NobodyCared(number=1)) == 0

    assert Job.objects.count() == 0


@pytest.mark.django_db
def test_an_event_that_can_change_is_refused() -> None:
    @dataclass
    class Loose(Event):
        number: int

    with pytest.raises(TypeError, match="frozen dataclass"):
        publish(event=Loose(number=1))


@pytest.mark.django_db
def test_only_declared_handlers_can_be_called() -> None:
    publish(event=CounterMoved(number=1))
    job = Job.objects.get()
    job.kwargs["handler"] = "os.system"
    Job.objects.update(kwargs=job.kwargs, max_attempts=1)

    drain()

    assert Job.objects.get().error_class == "builtins.LookupError"


def test_the_handlers_of_the_installed_rooms_can_be_collected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()
    events.registry.cache_clear()

    for event, handlers in events.registry().items():
        assert event.startswith("idic.")
        for event_type, _ in handlers.values():
            assert issubclass(event_type, Event)

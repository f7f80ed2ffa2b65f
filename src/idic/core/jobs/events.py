"""Domain events: facts in the past tense, published in the transaction that made them true and
delivered after it to the handlers other rooms declare. One job a handler, so each retries alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import is_dataclass
from functools import cache
from typing import Any, TypeAlias, TypeVar

import msgspec
from django.db import connection

from idic.core import clock
from idic.core.models.jobs import Job

from . import queue
from .discovery import room_constants
from .tasks import new_job, task


class Event:
    """The base of every domain event: a frozen dataclass in the past tense, ids and plain values.

    Field types are those msgspec writes to JSON and reads back: numbers, text, dates, moments,
    Decimal, enums, tuples, and dataclasses of them.
    """


E = TypeVar("E", bound=Event)
Handler: TypeAlias = Callable[[Any], None]
# What a room's `handlers.py` declares as HANDLERS.
Handlers: TypeAlias = Mapping[type[Event], Sequence[Handler]]


def publish(*, event: Event) -> int:
    """Write one job for each handler of this event; give how many handlers there are.

    Raises RuntimeError outside a transaction: the event and the change it tells of must stand or
    fall together.
    """
    jobs = _jobs_of(event)
    if not connection.in_atomic_block:
        raise RuntimeError("publish an event inside the transaction that made it true")
    queue.put(jobs=jobs)
    return len(jobs)


def ready(*, events: Sequence[Event]) -> Callable[[], None]:
    """Make events ready before a lock is taken; what comes back publishes them, in the caller's
    transaction.
    """
    return queue.ready(jobs=[job for event in events for job in _jobs_of(event)])


def _jobs_of(event: Event) -> list[Job]:
    if not is_dataclass(event) or not type(event).__dataclass_params__.frozen:
        raise TypeError(f"{type(event).__name__} must be a frozen dataclass to be published")
    payload, path, now = msgspec.to_builtins(event), path_of(type(event)), clock.now()
    return [
        new_job(
            task=deliver,
            args=(),
            kwargs={"event": path, "handler": handler, "payload": payload},
            now=now,
        )
        for handler in registry().get(path, {})
    ]


@task(queue_name="events", max_attempts=12)
def deliver(*, event: str, handler: str, payload: dict[str, Any]) -> None:
    """Call one handler with one event. Only handlers that a room declares can be called."""
    known = registry().get(event, {}).get(handler)
    if known is None:
        raise LookupError(f"no room declares the handler {handler} for {event}")
    event_type, function = known
    function(msgspec.convert(payload, type=event_type))


@cache
def registry() -> dict[str, dict[str, tuple[type[Event], Handler]]]:
    """Give every declared handler: event's path → handler's path → (event, handler)."""
    found: dict[str, dict[str, tuple[type[Event], Handler]]] = {}
    for handlers in room_constants(module="handlers", constant="HANDLERS"):
        for event, functions in handlers.items():
            declared = found.setdefault(path_of(event), {})
            declared.update({path_of(function): (event, function) for function in functions})
    return found


def path_of(named: Any) -> str:
    """Give the dotted path of a class or function."""
    return f"{named.__module__}.{named.__qualname__}"

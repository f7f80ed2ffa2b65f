"""Tasks, events and handlers that the tests of jobs enqueue and publish."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction
from django_tasks import TaskContext

from idic.core.jobs import Event, FinalError, progress, task

heard: list[object] = []


@task
def add(a: int, *, b: int) -> int:
    return a + b


@task(max_attempts=3)
def break_down(*, word: str) -> None:
    raise ValueError(f"cannot do {word}")


@task
def refuse() -> None:
    raise FinalError("this can never work")


@task(takes_context=True)
def tell_attempt(context: TaskContext) -> int:
    return context.attempt


@task
def report_steps() -> None:
    for done in range(4):
        progress(done=done + 1, total=4, label="steps")


@task(queue_name="long")
def work_for(*, seconds: float) -> str:
    print("working", flush=True)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        progress(done=1, total=2, label="half way")
        time.sleep(0.01)
    return "worked"


@dataclass(frozen=True, kw_only=True)
class Line:
    product: str
    price: Decimal


@dataclass(frozen=True, kw_only=True)
class OrdersArrived(Event):
    order_ids: tuple[int, ...]
    at: datetime
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CounterMoved(Event):
    number: int


def hear(event: OrdersArrived) -> None:
    heard.append(event)


def fail_to_hear(event: OrdersArrived) -> None:
    raise ValueError("deaf")


def count_event(event: CounterMoved) -> None:
    leave_effect(event.number)


HANDLERS = {OrdersArrived: [hear, fail_to_hear], CounterMoved: [count_event]}


@task(max_attempts=100)
def count_once(*, number: int) -> None:
    leave_effect(number)


def leave_effect(number: int) -> None:
    """Do something that must happen once however often the task runs; say where it stands."""
    print(f"started {number}", flush=True)
    time.sleep(random.random() * 0.03)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO probe_done VALUES (%s) ON CONFLICT DO NOTHING", [number])
        if cursor.rowcount:
            cursor.execute("UPDATE probe_count SET n = n + 1")
    time.sleep(random.random() * 0.03)

"""The loop: one run however many files came in, over all facts, with a bar that only moves on."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from datetime import timedelta

import pytest
from django.db import connection, transaction

from idic.core import clock
from idic.core.exclusive import exclusively
from idic.core.jobs import publish
from idic.core.jobs.worker import drain
from idic.core.models import Business, Job
from idic.customize.models import Product, Recommendation
from idic.differentiate.models import BusinessFigures, CustomerSummary
from idic.identify.events import ImportPublished
from idic.identify.models import Order
from idic.lake.models import LakeFile
from idic.web import handlers, tasks
from idic.web.services.loop import run_loop
from idic.web.working import WORDS
from tests.cast import NOW, TODAY, Shop, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    """Three people, each with a few receipts, not yet in the lake."""
    shop = open_shop()
    shop.add("Ann", "Ben", "Cid")
    for day in range(1, 6):
        for name in ("Ann", "Ben", "Cid"):
            shop.sell(name, f"2026-10-{day:02d}", "Tea 5", "Jam 2")
    # Numbers carry the real clock; only what is minutes old is surely committed.
    return shop


def later() -> dict[str, object]:
    return {"as_of": TODAY, "now": clock.now() + timedelta(hours=1)}


def waiting() -> list[tuple[str | None, str]]:
    jobs = Job.objects.filter(state="waiting", task="idic.web.tasks.run_loop").order_by("id")
    return list(jobs.values_list("unique_key", "queue"))


def test_many_files_ask_for_one_run() -> None:
    for number in range(5):
        handlers.refresh_after_import(ImportPublished(run_id=number, kind="orders"))

    assert waiting() == [("web.loop", "long")]


def test_a_file_that_comes_while_the_loop_runs_is_not_forgotten() -> None:
    handlers.refresh_after_import(ImportPublished(run_id=1, kind="orders"))
    Job.objects.update(state="running")

    handlers.refresh_after_import(ImportPublished(run_id=2, kind="orders"))
    handlers.refresh_after_import(ImportPublished(run_id=3, kind="orders"))

    assert waiting() == [("web.loop", "long")]


@pytest.mark.django_db(transaction=True)
def test_a_published_import_wakes_the_loop(shop: Shop) -> None:
    for number in range(3):
        with transaction.atomic():
            publish(event=ImportPublished(run_id=number, kind="orders"))

    drain(queues=("default", "events"))
    assert waiting() == [("web.loop", "long")]
    drain(queues=("long",))

    assert waiting() == []
    done = Job.objects.get(unique_key="web.loop")
    assert (done.state, done.progress_done, done.progress_total) == ("done", 100, 100)
    assert BusinessFigures.objects.get().as_of_date == TODAY


def test_the_loop_brings_everything_up_to_date(shop: Shop) -> None:
    heard: list[tuple[int, int, str]] = []

    run_loop(progress=lambda *step: heard.append(step), **later())  # type: ignore[arg-type]

    assert LakeFile.objects.filter(dataset="order").exists()
    assert dict(CustomerSummary.objects.values_list("customer__full_name", "net_amount")) == {
        "Ann": 3_500,
        "Ben": 3_500,
        "Cid": 3_500,
    }
    assert set(Product.objects.values_list("name", flat=True)) == {"Tea", "Jam"}
    assert Recommendation.objects.values("customer").distinct().count() == 3
    assert heard[0] == (0, 100, "lake")
    assert heard[-1] == (100, 100, "")
    assert [step[0] for step in heard] == sorted(step[0] for step in heard)
    assert {step[2] for step in heard} <= set(WORDS)
    assert {"lake", "catalogue", "recommendations"} < {step[2] for step in heard}


def test_again_changes_nothing(shop: Shop) -> None:
    names = ("customer_id", "order_count", "net_amount", "tier", "expected_amount")
    run_loop(**later())  # type: ignore[arg-type]
    first = list(CustomerSummary.objects.order_by("customer_id").values(*names))
    lists = Recommendation.objects.count()

    run_loop(**later())  # type: ignore[arg-type]

    assert list(CustomerSummary.objects.order_by("customer_id").values(*names)) == first
    assert Recommendation.objects.count() == lists
    assert (Product.objects.count(), BusinessFigures.objects.count()) == (2, 1)


def test_a_second_run_waits_for_the_first(shop: Shop) -> None:
    first = ExitStack()
    first.enter_context(exclusively(name="loop"))
    waited: list[tuple[int, int, str]] = []

    def watch(done: int, total: int, label: str) -> None:
        if label == "" and done == 0:
            waited.append((done, total, label))
            assert not BusinessFigures.objects.exists()
            if len(waited) == 3:
                first.close()

    run_loop(progress=watch, **later())  # type: ignore[arg-type]

    assert len(waited) == 3
    assert BusinessFigures.objects.get().figures["buyers"] == 3


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_leave_one_list_a_customer(shop: Shop) -> None:
    def run() -> None:
        try:
            run_loop(**later())  # type: ignore[arg-type]
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    lists = Recommendation.objects.values_list("customer_id", "kind", "rank")
    assert len(lists) == len(set(lists)) > 0


def test_who_waits_can_give_up(shop: Shop) -> None:
    def give_up(done: int, total: int, label: str) -> None:
        raise InterruptedError

    with exclusively(name="loop"), pytest.raises(InterruptedError):
        run_loop(progress=give_up, **later())  # type: ignore[arg-type]

    run_loop(**later())  # type: ignore[arg-type]
    assert BusinessFigures.objects.exists()


def test_without_any_order_the_loop_comes_to_its_end() -> None:
    open_shop().add("Ann")

    run_loop(as_of=TODAY, now=NOW)

    assert not Recommendation.objects.exists()
    assert not Order.objects.exists()


def test_the_task_looks_from_the_day_of_the_business(shop: Shop) -> None:
    Business.objects.update(as_of_date=TODAY - timedelta(days=10))

    tasks.run_loop.call()

    assert BusinessFigures.objects.get().as_of_date == TODAY - timedelta(days=10)


def test_the_demo_task_does_nothing_beside_own_data(shop: Shop) -> None:
    tasks.load_demo.call()

    assert not Business.objects.filter(is_demo=True).exists()
    assert Order.objects.count() == 15


def test_the_loop_runs_every_night_by_itself() -> None:
    rhythms = {schedule.name: schedule.every for schedule in tasks.SCHEDULES}

    assert rhythms["web.loop"] == timedelta(hours=24)

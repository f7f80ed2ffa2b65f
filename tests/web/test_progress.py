"""The slim bar of running work: what it says, when it begins, and when it ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from idic.core import clock
from idic.core.models import Job
from idic.web.working import WORDS, find_working
from tests.cast import NOW, browser_of, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob() -> Client:
    open_shop()
    return browser_of("Bob")


def job(state: str, **values: Any) -> Job:
    given = {
        "queue": "long",
        "task": "t",
        "state": state,
        "run_after": NOW,
        "created_at": NOW,
        "started_at": NOW if state == "running" else None,
    }
    return Job.objects.create(**(given | values))


def test_a_running_job_is_told_in_words() -> None:
    job("running", progress_done=15, progress_total=100, progress_label="lake")

    assert find_working(now=NOW) == {
        "label": "Sorting the orders",
        "done": 15,
        "total": 100,
        "url": "/progress/",
    }


def test_the_one_longest_at_work_is_shown_before_any_that_waits() -> None:
    job("waiting", progress_label="needs")
    job("running", progress_label="tiers", started_at=NOW)
    job("running", progress_label="demo", started_at=NOW - timedelta(minutes=1))

    found = find_working(now=NOW)

    assert found is not None
    assert found["label"] == "Setting up the sample shop"


def test_work_about_to_begin_is_shown_and_work_of_later_is_not() -> None:
    waiting = job("waiting", run_after=NOW)

    assert find_working(now=NOW - timedelta(seconds=1)) is None
    found = find_working(now=NOW)
    assert found == {"label": "Working …", "done": 0, "total": None, "url": "/progress/"}
    waiting.delete()


@pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
def test_what_has_ended_is_quiet(state: str) -> None:
    job(state)

    assert find_working(now=NOW) is None


def test_small_jobs_are_not_shown() -> None:
    job("running", queue="default")
    job("waiting", queue="events")

    assert find_working(now=NOW) is None


@pytest.mark.parametrize("language", ["vi", "zh-hans"])
def test_every_step_has_words_in_every_language(language: str) -> None:
    with translation.override(language):
        said = {code: translation.gettext(words) for code, words in WORDS.items()}

    assert [code for code, words in WORDS.items() if said[code] == words] == []


def test_the_bar_asks_again_while_the_job_runs(bob: Client) -> None:
    running = job("running", progress_done=1, progress_total=3, progress_label="demo")

    page = bob.get(reverse("web:progress"))

    assert page.status_code == 200
    text = page.content.decode()
    assert "Setting up the sample shop" in text
    assert 'hx-get="/progress/"' in text
    assert 'value="1" max="3"' in text
    running.delete()


def test_once_quiet_htmx_is_told_to_stop_and_load_the_page(bob: Client) -> None:
    answer = bob.get(reverse("web:progress"))

    assert answer.status_code == 286
    assert answer["HX-Refresh"] == "true"
    assert answer.content == b""


def test_every_page_carries_the_bar_while_work_is_on(bob: Client) -> None:
    job("waiting", run_after=clock.now() - timedelta(seconds=1))
    assert 'hx-get="/progress/"' in bob.get(reverse("web:customer_list")).content.decode()

    Job.objects.all().delete()
    assert 'hx-get="/progress/"' not in bob.get(reverse("web:customer_list")).content.decode()


def test_strangers_hear_nothing_of_the_work(bob: Client) -> None:
    assert Client().get(reverse("web:progress")).status_code == 302

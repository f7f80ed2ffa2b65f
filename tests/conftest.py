"""What every test shares: the moment taken for the present, and the doors to real data, each of
which skips with a line when it is absent. `tests/settings.py` gives each process its own state.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from tests.examples import LONG
from tools import messages

# How long an example takes says how busy the machine is, not whether it is right.
hypothesis.settings.register_profile("idic", deadline=None)
hypothesis.settings.load_profile("idic")
# Begun first, so that no process is left alone with a long file at the end.
LONGEST = ["test_sender_kill", "test_demo", "test_demo_removal", "test_errors", "test_segments"]
DATA = Path(os.environ.get("IDIC_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the switch of the long forms."""
    parser.addoption("--long", action="store_true", help="run the long tests too")


def pytest_configure(config: pytest.Config) -> None:
    """Compile the translations: a fresh clone has none, and pages are tested in each language."""
    if config.getoption("--long"):
        os.environ[LONG] = "1"
    if not hasattr(config, "workerinput"):
        messages.main(["compile"])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long forms to `make test-long`, and to SQLite's run what asks no database; begin
    with the longest files.
    """
    order = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))
    if os.environ.get("DATABASE_URL"):
        without = [item for item in items if not _asks_the_database(item)]
        config.hook.pytest_deselected(items=without)
        items[:] = [item for item in items if _asks_the_database(item)]
    if config.getoption("--long"):
        return
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip(reason="long form: make test-long"))


def _asks_the_database(item: pytest.Item) -> bool:
    if item.get_closest_marker("one_database"):
        return False
    fixtures: list[str] = getattr(item, "fixturenames", [])
    return item.get_closest_marker("django_db") is not None or "db" in fixtures


@pytest.fixture
def now() -> datetime:
    """The moment tests take for the present."""
    return datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def standing(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Let rows that take long to make stand for all tests of a file: a fixture of the module's
    writes them, each test undoes what it did itself. A test that wants an empty database stands
    above the first that asks for them.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


def data_file(name: str) -> Path:
    """Give a real data set's path, or skip the test when it is absent."""
    path = DATA / name
    if not path.exists():
        pytest.skip(f"data set {name} is absent")
    return path

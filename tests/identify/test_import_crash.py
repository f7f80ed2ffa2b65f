"""kill -9 in the middle of an import: nobody ever sees a part of it, and running it again brings
the whole, once.
"""

from __future__ import annotations

import fcntl
import json
import subprocess
import time
from pathlib import Path

import pytest
from django.db import connection

from idic.identify.models import Customer, ImportRun, ImportState, Order, OrderLine, SourceRecord
from tests.identify.importing import make_business, write_csv
from tests.processes import start

RUN = "from idic.cli import main; main()"
ROWS = 6_000
ORDERS_EACH = 3  # lines an order

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def order_file(tmp_path: Path) -> Path:
    rows = [
        (
            f"A{n // ORDERS_EACH}",
            "2026-11-02",
            f"C{n // ORDERS_EACH % 500}",
            f"P{n % 40}",
            "Tea",
            1,
            "1.00",
        )
        for n in range(ROWS)
    ]
    return write_csv(tmp_path / "orders.csv", *rows)


def begin(path: Path, home: Path) -> subprocess.Popen[str]:
    return start("-c", RUN, "import", "orders", str(path), "--json", "--no-loop", home=home)


def finish(path: Path, home: Path) -> dict[str, object]:
    process = begin(path, home)
    said, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    found: dict[str, object] = json.loads(said)
    return found


def visible() -> tuple[int, int, int]:
    return (
        Customer.objects.filter(is_staged=False).count(),
        Order.objects.count(),
        SourceRecord.objects.count(),
    )


def wait_for_lines(process: subprocess.Popen[str], *, run_number: int, count: int) -> None:
    """Wait until the n-th run has staged that many lines; fail if it ended before."""
    began = time.monotonic()
    while _staged(run_number) < count:
        assert process.poll() is None, "the import ended before it could be killed"
        assert time.monotonic() - began < 60, "the import staged nothing"
        time.sleep(0.002)


def _staged(run_number: int) -> int:
    runs = list(ImportRun.objects.order_by("id"))
    if len(runs) < run_number:
        return 0
    return OrderLine.objects.filter(order__import_run=runs[run_number - 1]).count()


@pytest.mark.req("R018")
def test_a_killed_import_leaves_nothing_visible_and_completes_when_run_again(
    order_file: Path, tmp_path: Path
) -> None:
    make_business()
    home = tmp_path / "home"
    for run_number, lines in ((1, 1), (2, ROWS // 2)):
        process = begin(order_file, home)
        wait_for_lines(process, run_number=run_number, count=lines)
        process.kill()
        process.communicate()
        connection.close()

        assert visible() == (0, 0, 0)
        assert ImportRun.objects.filter(state=ImportState.PUBLISHED).count() == 0

    report = finish(order_file, home)

    assert visible() == (500, ROWS // ORDERS_EACH, 500)
    assert OrderLine.objects.count() == ROWS
    assert Customer.objects.count() == 500
    assert Order.everything.count() == ROWS // ORDERS_EACH
    assert report["is_repeat"] is False
    states = ImportRun.objects.order_by("id").values_list("state", flat=True)
    assert list(states) == ["failed", "failed", "published"]

    assert finish(order_file, home)["is_repeat"] is True
    assert OrderLine.objects.count() == ROWS


def test_a_second_import_beside_a_running_one_is_sent_away(
    order_file: Path, tmp_path: Path
) -> None:
    make_business()
    home = tmp_path / "home"
    home.mkdir()

    with (home / "import.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        second = begin(order_file, home)
        _said, errors = second.communicate(timeout=60)

    assert second.returncode == 1
    assert errors.strip() == (
        "Another import is running. Wait until it has finished, then try again."
    )
    assert ImportRun.objects.count() == 0


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"\x00\x01\x02\x03" * 500, "This file is not a table of text."),
        (b"a,b\n1,2\n", "No column was recognised as: Order date."),
    ],
)
def test_the_command_ends_in_one_sentence_and_never_in_a_traceback(
    content: bytes, sentence: str, tmp_path: Path
) -> None:
    make_business()
    path = tmp_path / "bad.csv"
    path.write_bytes(content)

    process = start("-c", RUN, "import", "orders", str(path), "--json", home=tmp_path / "home")
    said, errors = process.communicate(timeout=60)

    assert process.returncode == 1
    assert said == ""
    assert errors.startswith(sentence)
    assert len(errors.strip().splitlines()) == 1
    assert ImportRun.objects.count() == 0

"""kill -9 of the door and of the loader, again and again: what was acknowledged is stored, once.
Besides: a disk that is really full, and an end that is asked for politely.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from django.db import connection

from idic.identify.ingest.segments import folder_of, is_sealed, list_segments
from idic.identify.models import Event
from tests.identify.ingest.clients import Clients, DoorProcess, post
from tests.identify.ingest.shop import make_shop, track
from tests.processes import Victim, start

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.req("R017")
@pytest.mark.parametrize("kills", [50, pytest.param(200, marks=pytest.mark.long)])
def test_nothing_acknowledged_is_lost_or_stored_twice(tmp_path: Path, kills: int) -> None:
    shop = make_shop(tmp_path)
    door = DoorProcess(home=tmp_path)
    loading = "tests.identify.ingest.loading_process"
    with Victim(loading, home=tmp_path) as loader:
        try:
            with Clients(port=door.port, key=shop.key) as clients:
                door.start()
                for number in range(kills):
                    if number % 3 == 2:
                        door.kill()
                        door.start()
                        clients.wait_for(20)
                        continue
                    loader.start()
                    for _ in range(number % 3 + 1):
                        assert loader.line() == "stored"
                    # Never twice at the same place of a portion.
                    clients.wait_for(number % 7)
                    loader.kill()
        finally:
            door.kill()
    connection.close()
    assert Event.objects.count() > kills * 10  # they did work between the kills

    shop.load()

    found = shop.ledger()
    stored = set(Event.objects.values_list("message_id", flat=True))
    assert clients.acknowledged - stored == set()
    assert len(clients.acknowledged) >= kills * 10
    assert found["stored"] == len(stored)
    assert found["rejected"] == found["quarantined"] == 0
    assert list_segments(folder_of(tmp_path)) == []


def test_an_end_that_is_asked_for_loses_nothing_and_leaves_nothing_open(tmp_path: Path) -> None:
    shop = make_shop(tmp_path)
    door = DoorProcess(home=tmp_path)
    loader = start("-m", "idic.loader", home=tmp_path)
    try:
        with Clients(port=door.port, key=shop.key) as clients:
            door.start()
            clients.wait_for(60)
            until = time.monotonic() + 30
            while not Event.objects.exists() and time.monotonic() < until:
                time.sleep(0.02)
            assert door.end() == 0
        loader.terminate()
        _said, errors = loader.communicate(timeout=20)
    finally:
        door.kill()
        loader.kill()
    connection.close()

    assert (loader.returncode, errors) == (0, "")
    assert all(is_sealed(path) for path in list_segments(folder_of(tmp_path)))
    shop.load()
    assert clients.acknowledged <= set(Event.objects.values_list("message_id", flat=True))
    assert shop.ledger()["duplicate"] == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte; skips where nobody may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no small disk can be mounted here")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.mark.req("R017")
def test_a_full_disk_is_a_503_until_the_loader_has_made_room(small_disk: Path) -> None:
    shop = make_shop(small_disk)
    door = DoorProcess(home=small_disk, IDIC_INGEST_RESERVE_MB="0")
    batches = (
        (number, json.dumps({"batch": [track(messageId=f"{number}", note="x" * 9_000)] * 3}))
        for number in count()
    )
    kept: set[str] = set()
    try:
        door.start()
        answer = (200, "")
        while answer[0] == 200:
            number, body = next(batches)
            answer = post(port=door.port, key=shop.key, body=body.encode())
            kept |= {f"{number}"} if answer[0] == 200 else set()
        assert answer == (503, "5")

        shop.load()
        until = time.monotonic() + 5
        while answer[0] != 200 and time.monotonic() < until:
            number, body = next(batches)
            answer = post(port=door.port, key=shop.key, body=body.encode())
            kept |= {f"{number}"} if answer[0] == 200 else set()
            time.sleep(0.05)
        assert answer[0] == 200
    finally:
        door.kill()

    shop.load()
    assert set(Event.objects.values_list("message_id", flat=True)) == kept
    assert len(kept) > 30
    assert shop.ledger()["duplicate"] == 2 * len(kept)

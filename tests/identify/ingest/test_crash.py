"""kill -9 of the door and of the loader, again and again: what was acknowledged is stored, once."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

from idic.identify.ingest.segments import folder_of, list_segments
from idic.identify.models import Event
from tests.identify.ingest.clients import Clients, DoorProcess
from tests.identify.ingest.shop import make_shop
from tests.processes import Victim

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("kills", [2, pytest.param(50, marks=pytest.mark.long)])
def test_nothing_acknowledged_is_lost_or_stored_twice(tmp_path: Path, kills: int) -> None:
    shop = make_shop(tmp_path)
    door = DoorProcess(home=tmp_path)
    loading = "tests.identify.ingest.loading_process"
    with Victim(loading, home=tmp_path) as loader:
        try:
            with Clients(port=door.port, key=shop.key) as clients:
                for _ in range(kills):
                    loader.start()
                    door.start()
                    assert loader.line() == "loading"
                    clients.wait_for(150)
                    loader.kill()
                    clients.wait_for(50)
                    door.kill()
        finally:
            door.kill()
    connection.close()

    shop.load()

    found = shop.ledger()
    stored = set(Event.objects.values_list("message_id", flat=True))
    assert clients.acknowledged - stored == set()
    assert len(clients.acknowledged) >= kills * 200
    assert found["stored"] == len(stored)
    assert found["rejected"] == found["quarantined"] == 0
    assert list_segments(folder_of(tmp_path)) == []

"""Pages hear that something came: who may listen, what is told after a pause, and that everybody is
let go when the door closes.
"""

from __future__ import annotations

import http.client
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from idic.core import ids
from idic.identify.ingest import live
from idic.identify.ingest.changes import EVERYBODY, ChangeReader, ChangeWriter
from idic.identify.ingest.loader import Loader
from tests.identify.ingest.clients import DoorProcess, post
from tests.identify.ingest.shop import Answer, Shop, ask, make_shop, run, track

SECRET = "a secret of this installation"


def test_a_word_opens_one_source_for_an_hour() -> None:
    token = live.sign(7, secret=SECRET, now=1_000)

    assert live.read(token, secret=SECRET, now=1_000 + 3_600) == 7
    assert live.read(token, secret=SECRET, now=1_000 + 3_601) is None
    assert live.read(token, secret="another", now=1_000) is None
    assert live.read(token.replace("7.", "8.", 1), secret=SECRET, now=1_000) is None
    assert live.read(live.sign(7, secret="", now=1_000), secret="", now=1_000) is None
    assert [live.read(word, secret=SECRET, now=1) for word in ("", "..", "é.1.x")] == [None] * 3


def test_a_reader_hears_of_its_source_and_of_what_is_about_everybody(tmp_path: Path) -> None:
    writer, reader = ChangeWriter(tmp_path / "log"), ChangeReader(tmp_path / "log")
    assert reader.look() is False

    writer.note([7, 8])
    assert reader.look() is True
    first = reader.newest
    assert reader.find(7, after=first) == 0
    writer.note([9])
    reader.look()
    assert reader.find(7, after=first) == 0
    writer.note([EVERYBODY])
    reader.look()

    assert reader.find(7, after=first) == reader.newest > first


def test_a_log_begun_anew_is_read_on_and_a_half_written_line_waits(tmp_path: Path) -> None:
    path = tmp_path / "log"
    writer, reader = ChangeWriter(path), ChangeReader(path)
    for _ in range(3_000):
        writer.note([7])
    reader.look()
    seen = reader.newest
    assert path.stat().st_size < 100_000

    with path.open("ab") as file:
        file.write(b"%d" % (seen + 10))
        assert (file.flush(), reader.look()) == (None, False)
        file.write(b" 7\n")

    assert reader.look() is True
    assert reader.find(7, after=seen) == seen + 10
    assert reader.find(8, after=1) == reader.newest  # away for longer than is remembered


def test_a_full_disk_is_no_matter_of_the_loader(tmp_path: Path) -> None:
    ChangeWriter(tmp_path / "nowhere" / "log").note([7])


@pytest.fixture
def shop(tmp_path: Path, settings: Any) -> Shop:
    settings.IDIC_HOME = tmp_path
    settings.SECRET_KEY = SECRET
    (tmp_path / "secret_key").write_text(SECRET)
    return make_shop(tmp_path)


@pytest.fixture
def door(shop: Shop) -> Iterator[DoorProcess]:
    process = DoorProcess(home=shop.home)
    process.start()
    yield process
    process.kill()


def listen(
    door: DoorProcess, address: str, **headers: str
) -> tuple[http.client.HTTPResponse, http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", door.port, timeout=10)
    connection.request("GET", address, headers=headers)
    return connection.getresponse(), connection


def next_id(answer: http.client.HTTPResponse) -> int:
    while line := answer.readline():
        if line.startswith(b"id: "):
            assert [answer.readline() for _ in range(2)] == [b"event: changed\n", b"data: \n"]
            return int(line[4:])
    raise AssertionError("the door hung up")


@pytest.mark.django_db
def test_a_page_hears_what_is_stored_also_after_a_pause_and_is_let_go_at_the_end(
    shop: Shop, door: DoorProcess
) -> None:
    client = Client()
    client.force_login(shop.staff)
    page = client.get(f"/sources/{ids.encode('source', shop.source.id)}/")
    found = re.search(r'data-stream="http://testserver:\d+([^"]+)"', page.content.decode())
    assert found is not None
    policy = page["Content-Security-Policy"]
    assert re.search(r"; connect-src 'self' http://testserver:\d+$", policy)
    loader = Loader(home=shop.home)
    address = found[1]

    answer, connection = listen(door, address)
    assert answer.headers["Content-Type"] == "text/event-stream"
    assert answer.readline() == b"retry: 2000\n"
    send_one(shop, door, loader)
    first = next_id(answer)
    connection.close()
    send_one(shop, door, loader)
    answer, connection = listen(door, address, **{"Last-Event-ID": str(first)})
    second = next_id(answer)

    assert door.end() == 0  # in twenty seconds at most: nobody is waited for
    assert answer.read() in (b"", b"\n")
    assert second > first


def send_one(shop: Shop, door: DoorProcess, loader: Loader) -> None:
    body = json.dumps({"batch": [track()]}).encode()
    assert post(port=door.port, key=shop.key, body=body)[0] == 200
    assert loader.load_all() == 1


@pytest.mark.django_db
def test_strangers_hear_nothing_and_too_many_are_sent_away(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = live.sign(shop.source.id, secret=SECRET, now=time.time())

    async def work(door: Any) -> list[Answer]:
        stranger = await ask(door, "GET", "/v1/live", headers={})
        monkeypatch.setattr(live, "_MOST_LISTENERS", 0)
        return [stranger, await ask(door, "GET", f"/v1/live?token={token}")]

    stranger, late = run(shop.door(), work)

    assert (stranger.status, late.status) == (401, 503)
    assert late.headers["retry-after"] == "5"

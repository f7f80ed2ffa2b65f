"""The door: who may enter, what each bad request hears, and that yes means kept. No database."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from idic.identify.ingest import door as door_module
from idic.identify.ingest.door import BATCHES, ENDPOINTS, Door
from idic.identify.ingest.frames import Content, Frame
from idic.identify.ingest.keys import digest_of, file_of
from idic.identify.ingest.segments import folder_of, is_sealed, list_segments, opened
from tests.identify.ingest.shop import Answer, ask, basic, run, track
from tests.processes import ROOT

KEY, SOURCE = "WK_TEST", 42
AUTHORIZED = {"authorization": basic(KEY)}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    file_of(tmp_path).write_text(json.dumps({digest_of(KEY): SOURCE}))
    return tmp_path


def make_door(home: Path, **limits: int) -> Door:
    return Door(home=home, **({"largest_backlog": 10**9, "reserve": 0} | limits))


def post(
    home: Path, path: str, body: Any, headers: Mapping[str, str] = AUTHORIZED, **limits: int
) -> Answer:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return run(make_door(home, **limits), lambda door: ask(door, "POST", path, data, headers))


def frames(home: Path) -> list[Frame]:
    found = []
    for path in list_segments(folder_of(home)):
        with opened(path) as segment:
            found += [placed.frame for placed in segment.read(offset=0) if placed.frame]
    return found


def accepted(home: Path) -> int:
    return sum(f.call_count for f in frames(home) if f.content == Content.CALLS)


@pytest.mark.parametrize("path", [*ENDPOINTS, "/v1/batch/"])
def test_every_address_answers_exactly_200_and_keeps_the_call(home: Path, path: str) -> None:
    is_batch = ENDPOINTS[path.rstrip("/")] in BATCHES
    answer = post(home, path, {"batch": [track()]} if is_batch else track())

    assert (answer.status, answer.body) == (200, {"success": True})
    [frame] = frames(home)
    assert (frame.source_id, frame.call_count) == (SOURCE, 1)
    assert frame.endpoint == ENDPOINTS[path.rstrip("/")]


@pytest.mark.parametrize(
    "headers",
    [
        AUTHORIZED | {"content-type": "text/plain"},
        {"x-write-key": KEY},
        {"x-write-key": f"kid:{KEY}"},
        AUTHORIZED | {"content-type": "application/x-www-form-urlencoded"},
    ],
)
def test_the_key_and_the_body_are_found_however_sdks_label_them(
    home: Path, headers: dict[str, str]
) -> None:
    assert post(home, "/v1/t", track(), headers).status == 200
    assert accepted(home) == 1


def test_a_key_within_the_body_opens_the_door(home: Path) -> None:
    assert post(home, "/v1/t", track(writeKey=KEY), {}).status == 200
    assert post(home, "/v1/batch", {"batch": [track()], "writeKey": KEY}, {}).status == 200
    assert post(home, "/batch/", {"batch": [track()], "api_key": KEY}, {}).status == 200


def test_gzip_is_undone_whatever_the_content_type_says(home: Path) -> None:
    packed = gzip.compress(json.dumps({"batch": [track(), track()]}).encode())
    headers = AUTHORIZED | {"content-type": "application/x-www-form-urlencoded"}

    assert post(home, "/v1/batch", packed, headers | {"content-encoding": "gzip"}).status == 200
    assert post(home, "/v1/batch", packed, headers).status == 200

    assert accepted(home) == 4


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (track(), {"authorization": basic("nobody")}, 401, "invalid_write_key"),
        (track(), {"authorization": "Basic %%%"}, 401, "no_write_key"),
        (track(), {}, 401, "no_write_key"),
        (track(writeKey="nobody"), {}, 401, "invalid_write_key"),
        (b'{"type": "track"', AUTHORIZED, 400, "invalid_json"),
        (b'{"a": "\x00"}', AUTHORIZED, 400, "invalid_json"),
        (b"[]", AUTHORIZED, 400, "invalid_json"),
        (b"", AUTHORIZED, 400, "invalid_json"),
        (b'{"a":' + b"[" * 15_000 + b"]" * 15_000 + b"}", AUTHORIZED, 400, "too_deep"),
        (b'{"a":"' + b"x" * 33_000 + b'"}', AUTHORIZED, 413, "too_large"),
        (b"x" * 600_000, AUTHORIZED, 413, "too_large"),
        (b"\x1f\x8bnot gzip", AUTHORIZED, 400, "wrong_encoding"),
        (gzip.compress(b'{"a":"b"}', mtime=0)[:-4], AUTHORIZED, 400, "wrong_encoding"),
        (gzip.compress(b"0" * 30_000_000, mtime=0), AUTHORIZED, 413, "too_large"),
        (b"{}", AUTHORIZED | {"content-encoding": "br"}, 415, "wrong_encoding"),
    ],
)
def test_a_bad_request_hears_why_and_is_counted_with_nothing_kept(
    home: Path, body: Any, headers: dict[str, str], status: int, code: str
) -> None:
    answer = post(home, "/v1/track", body, headers)

    assert (answer.status, answer.body["code"]) == (status, code)
    assert answer.body["success"] is False
    assert answer.body["message"]
    [frame] = frames(home)
    source = SOURCE if headers.get("authorization") == basic(KEY) else 0
    assert frame.content == Content.REFUSALS
    assert json.loads(frame.body)["counts"] == [[source, code, 1]]


def test_what_strangers_send_is_not_kept(home: Path) -> None:
    post(home, "/v1/track", track(writeKey="nobody"), {})

    assert json.loads(frames(home)[0].body)["samples"] == [[0, "invalid_write_key", ""]]


def test_good_calls_of_a_batch_are_kept_beside_bad_ones(home: Path) -> None:
    deep = b'{"type":"track","a":' + b"[" * 5_000 + b"]" * 5_000 + b"}"
    good = json.dumps(track("Tên, có {dấu}")).encode()
    body = b'{"sentAt":"x","batch":[%s,{"a":tru},%s,%s]}' % (good, deep, good)

    assert post(home, "/v1/batch", body).status == 200

    [frame] = frames(home)
    calls = json.loads(frame.body)["batch"]
    assert frame.call_count == 4
    assert [calls[0], calls[3]] == [track("Tên, có {dấu}")] * 2
    assert [calls[1], calls[2][0]] == [["unreadable", '{"a":tru}'], "too_deep"]


def test_an_empty_batch_is_answered_and_leaves_nothing(home: Path) -> None:
    assert post(home, "/v1/batch", {"batch": []}).status == 200
    assert frames(home) == []


def test_too_long_a_queue_answers_503_with_a_time_and_takes_nothing(home: Path) -> None:
    assert post(home, "/v1/t", track()).status == 200

    answer = post(home, "/v1/t", track(), largest_backlog=1)

    assert (answer.status, answer.body["code"]) == (503, "try_later")
    assert answer.headers["retry-after"] == "5"
    assert accepted(home) == 1


@pytest.mark.parametrize(("free_blocks", "status"), [(99, 503), (101, 200)])
def test_a_disk_with_less_than_its_reserve_answers_503_until_there_is_room(
    home: Path, monkeypatch: pytest.MonkeyPatch, free_blocks: int, status: int
) -> None:
    room = SimpleNamespace(f_blocks=10_000, f_frsize=4096, f_bavail=free_blocks)
    monkeypatch.setattr(os, "statvfs", lambda _path: room)

    assert post(home, "/v1/t", track(), reserve=100 * 4096).status == status
    assert accepted(home) == (status == 200)


def test_a_write_that_fails_is_a_503_and_leaves_no_trace(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fdatasync = os.fdatasync
    is_full = True

    def fail(handle: int) -> None:
        if is_full:
            raise OSError(28, "No space left on device")
        fdatasync(handle)

    monkeypatch.setattr(os, "fdatasync", fail)

    async def work(door: Door) -> list[int]:
        nonlocal is_full
        data = json.dumps(track()).encode()
        first = await ask(door, "POST", "/v1/t", data, AUTHORIZED)
        is_full = False
        await ask(door, "GET", "/health")  # looks at the disk anew
        second = await ask(door, "POST", "/v1/t", data, AUTHORIZED)
        return [first.status, second.status]

    assert run(make_door(home), work) == [503, 200]
    assert accepted(home) == 1


def test_requests_that_come_together_go_to_the_disk_together(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fdatasync, syncs = os.fdatasync, []
    monkeypatch.setattr(os, "fdatasync", lambda handle: syncs.append(1) or fdatasync(handle))
    data = json.dumps(track()).encode()

    async def work(door: Door) -> list[Answer]:
        return await asyncio.gather(
            *(ask(door, "POST", "/v1/t", data, AUTHORIZED) for _ in range(50))
        )

    answers = run(make_door(home), work)

    assert {answer.status for answer in answers} == {200}
    assert accepted(home) == 50
    assert len(syncs) <= 3


def test_a_browser_may_ask_first_and_learns_where_to_send(home: Path) -> None:
    async def work(door: Door) -> list[Answer]:
        return [
            await ask(door, "OPTIONS", "/v1/t"),
            await ask(door, "GET", f"/v1/projects/{KEY}/settings"),
            await ask(door, "GET", "/v1/projects/nobody/settings"),
            await ask(door, "GET", "/v1/track"),
        ]

    asked, settings, unknown, reading = run(make_door(home), work)

    assert asked.status == 204
    assert asked.headers["access-control-allow-origin"] == "*"
    assert "authorization" in asked.headers["access-control-allow-headers"]
    assert settings.body["integrations"]["Segment.io"] == {
        "apiKey": KEY,
        "apiHost": "shop.vn/v1",
        "protocol": "http",
        "type": "browser",
    }
    assert (unknown.status, reading.status) == (404, 405)


def test_rudderstack_learns_that_nothing_else_is_to_be_asked(home: Path) -> None:
    async def work(door: Door) -> list[Answer]:
        return [
            await ask(door, "GET", "/sourceConfig/", headers=AUTHORIZED),
            await ask(door, "GET", "/sourceConfig", headers={"authorization": basic("nobody")}),
        ]

    settings, unknown = run(make_door(home), work)

    source = settings.body["source"]
    assert (source["writeKey"], source["enabled"], source["destinations"]) == (KEY, True, [])
    assert source["config"]["statsCollection"]["errors"] == {"enabled": False}
    assert (unknown.status, unknown.body["code"]) == (401, "invalid_write_key")


def test_a_new_key_opens_the_running_door_and_a_revoked_one_shuts_it(home: Path) -> None:
    async def work(door: Door) -> list[int]:
        data = json.dumps(track()).encode()
        found = []
        file_of(home).write_text(json.dumps({digest_of("WK_NEW"): 7}))
        for key in ("WK_NEW", "WK_TEST"):
            found.append((await ask(door, "POST", "/v1/t", data, {"x-write-key": key})).status)
        return found

    assert run(make_door(home), work) == [200, 401]
    assert frames(home)[0].source_id == 7


def test_a_half_written_tail_is_left_and_damage_is_stepped_over(home: Path) -> None:
    for number in range(3):
        post(home, "/v1/t", track(f"Event {number}"))
    whole = b"".join(path.read_bytes() for path in list_segments(folder_of(home)))
    for path in list_segments(folder_of(home)):
        path.unlink()
    length = len(whole) // 3
    damaged = whole[: length + 30] + b"?" + whole[length + 31 :]
    (folder_of(home) / "1-1.log").write_bytes(damaged + whole[: length - 5])

    kept = [json.loads(frame.body)["event"] for frame in frames(home)]

    assert kept == ["Event 0", "Event 2"]
    assert is_sealed(folder_of(home) / "1-1.log")


def test_the_door_opens_without_django() -> None:
    said = "import sys, idic.identify.ingest.door; print(sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", said], capture_output=True, text=True, check=True, cwd=ROOT / "src"
    )

    assert "'idic.identify.ingest.door'" in done.stdout
    assert "'django'" not in done.stdout


def test_a_segment_is_locked_while_its_door_lives(home: Path) -> None:
    async def work(door: Door) -> bool:
        await ask(door, "POST", "/v1/t", json.dumps(track()).encode(), AUTHORIZED)
        return is_sealed(list_segments(folder_of(home))[0])

    assert run(make_door(home), work) is False
    assert is_sealed(list_segments(folder_of(home))[0])


def test_a_body_that_never_ends_hears_so_and_keeps_nobody_else_out(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door_module, "_BODY_SECONDS", 0.05)
    data = json.dumps(track()).encode()

    async def work(door: Door) -> list[int]:
        slow = [ask(door, "POST", "/v1/t", data, AUTHORIZED, is_cut=True) for _ in range(300)]
        answers = await asyncio.gather(*slow, ask(door, "POST", "/v1/t", data, AUTHORIZED))
        return [answer.status for answer in answers]

    statuses = run(make_door(home), work)

    assert statuses == [408] * 300 + [200]
    assert accepted(home) == 1


def test_a_body_longer_than_it_said_is_refused_in_the_middle(home: Path) -> None:
    answer = post(home, "/v1/batch", b"x" * 3_000_000, AUTHORIZED | {"content-length": "10"})

    assert (answer.status, answer.body["code"]) == (413, "too_large")


def test_a_file_that_may_not_grow_is_left_whole_and_another_begun(home: Path) -> None:
    """The system cuts a write short in its middle, as a full disk does."""
    post(home, "/v1/t", track(messageId="0"))
    size = sum(path.stat().st_size for path in list_segments(folder_of(home)))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    was = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    async def work(door: Door) -> list[int]:
        statuses = []
        for number in range(1, 10):
            data = json.dumps(track(messageId=str(number))).encode()
            statuses.append((await ask(door, "POST", "/v1/t", data, AUTHORIZED)).status)
            await ask(door, "GET", "/health")
        return statuses

    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size * 3 + size // 2, before[1]))
        statuses = run(make_door(home), work)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, was)

    assert statuses == [200, 200, 200, 503, 200, 200, 200, 503, 200]
    kept = [json.loads(frame.body)["messageId"] for frame in frames(home)]
    assert kept == ["0", "1", "2", "3", "5", "6", "7", "9"]


def test_wherever_a_power_cut_ends_the_file_every_whole_call_is_read(home: Path) -> None:
    for number in range(4):
        post(home, "/v1/t", track("E" * number * 40))
    parts = [path.read_bytes() for path in list_segments(folder_of(home))]
    for path in list_segments(folder_of(home)):
        path.unlink()
    ends = [sum(map(len, parts[: count + 1])) for count in range(len(parts))]
    whole = b"".join(parts)

    for cut in range(len(whole) + 1):
        (folder_of(home) / "1-1.log").write_bytes(whole[:cut] + bytes(cut % 7))

        assert len(frames(home)) == sum(end <= cut for end in ends)

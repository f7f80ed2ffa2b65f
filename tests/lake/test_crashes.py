"""The lake under readers, kill -9 and a full disk."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from idic.lake.reader import open_reader
from idic.lake.selectors import list_live_files
from tests.processes import Victim

pytestmark = pytest.mark.django_db(transaction=True)


def check(*, done: set[int], lake: Path) -> None:
    for file in list_live_files():
        assert (lake / file.path).stat().st_size == file.bytes
    rows, batches, halves = counts()
    assert (rows, halves) == (batches * 10, 0)
    assert rows == sum(file.rows for file in list_live_files())
    with open_reader() as reader:
        held = set(reader.query("SELECT DISTINCT record_id FROM visits")["record_id"].tolist())
    assert done <= held


def counts() -> tuple[int, int, int]:
    with open_reader() as reader:
        sql = "SELECT count(*) AS n, count(DISTINCT record_id) AS b FROM visits"
        ((rows, batches),) = reader.query(sql).rows()
        sql = "SELECT count(*) FROM (SELECT 1 FROM visits GROUP BY record_id HAVING count(*) <> 10)"
        ((halves,),) = reader.query(sql).rows()
    return rows, batches, halves  # type: ignore[return-value]


def test_a_reader_never_sees_half_a_write_while_segments_come_and_merge(tmp_path: Path) -> None:
    looks = []
    with Victim("tests.lake.writer", home=tmp_path) as writer:
        writer.start("0", "6")
        for _ in range(40):
            looks.append((int(writer.line()), *counts()))

    assert [halves for *_, halves in looks if halves] == []
    assert [look for look in looks if look[2] < look[0] + 1] == []  # no acknowledged batch missing
    assert [look for look in looks if look[1] != look[2] * 10] == []  # and none twice
    assert any(file.rows > 10 for file in list_live_files())  # segments did merge


def test_killing_the_writer_twenty_times_leaves_manifest_and_files_in_step(
    tmp_path: Path, lake: Path
) -> None:
    chance = random.Random(20)
    first = 0
    with Victim("tests.lake.writer", home=tmp_path) as writer:
        for _ in range(20):
            writer.start(str(first), "5")
            done = [int(writer.line()) for _ in range(chance.randint(1, 6))]
            time.sleep(chance.random() * 0.05)
            done += [int(line) for line in writer.kill()]
            first = done[-1] + 2  # the batch after the last acknowledged may or may not be there
            check(done=set(done), lake=lake)


def test_a_full_disk_is_told_in_one_sentence_and_leaves_nothing_behind(
    tmp_path: Path, lake: Path
) -> None:
    with Victim("tests.lake.writer", home=tmp_path) as writer:
        writer.start("fill", "0")
        told = writer.line()

    assert told.startswith("The lake could not write “visits”")
    assert "Nothing was changed. Free some space" in told
    assert list(lake.glob("*/*")) == []
    assert list_live_files() == []

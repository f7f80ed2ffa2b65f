"""Adding, reading, retiring, merging and sweeping segments."""

from __future__ import annotations

import datetime as dt
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from django.db import transaction

from idic.engine.table import Table
from idic.lake import datasets, services
from idic.lake.datasets import Dataset
from idic.lake.models import LakeFile
from idic.lake.reader import open_reader
from idic.lake.selectors import count_live_files, list_live_files

pytestmark = pytest.mark.django_db


def visits(*ids: int) -> Table:
    return Table({"record_id": list(ids), "page": [f"p{number}" for number in ids]})


def read_ids() -> list[int]:
    with open_reader() as lake:
        table = lake.query("SELECT record_id FROM visits ORDER BY record_id")
    return table["record_id"].tolist()


def test_appended_rows_are_read_back_with_their_values(now: datetime) -> None:
    file = services.append(dataset="visits", table=visits(3, 1, 2), now=now, tag="run-1")

    assert file is not None
    assert (file.rows, file.min_key, file.max_key, file.tag) == (3, 1, 3, "run-1")
    with open_reader() as lake:
        rows = lake.query("SELECT * FROM visits WHERE record_id > ? ORDER BY 1", [1]).rows()
    assert rows == [(2, "p2"), (3, "p3")]


def test_a_data_set_without_files_is_an_empty_table_with_its_types() -> None:
    with open_reader() as lake:
        table = lake.query("SELECT record_id, page FROM visits")
        kinds = lake.query("SELECT column_type AS kind FROM (DESCRIBE visits)")

    assert len(table) == 0
    assert kinds.rows() == [("BIGINT",), ("VARCHAR",)]


def test_no_rows_write_no_file(now: datetime, lake: Path) -> None:
    assert services.append(dataset="visits", table=visits(), now=now) is None

    assert LakeFile.objects.count() == 0
    assert list(lake.glob("*/*")) == []


def test_any_arrow_stream_is_taken_without_passing_through_python_objects(now: datetime) -> None:
    with duckdb.connect() as other:
        stream = other.sql("SELECT i AS record_id, 'p' || i AS page FROM range(5) t(i)")
        services.append(dataset="visits", table=stream, now=now)

    assert read_ids() == [0, 1, 2, 3, 4]


def test_rows_go_out_as_an_arrow_stream(now: datetime) -> None:
    services.append(dataset="visits", table=visits(1, 2), now=now)

    with open_reader() as lake:
        out = Table.read(lake.stream("SELECT record_id FROM visits ORDER BY 1"))

    assert out.rows() == [(1,), (2,)]


def test_a_table_with_other_columns_is_refused_and_nothing_is_written(
    now: datetime, lake: Path
) -> None:
    with pytest.raises(ValueError, match="visits takes the columns record_id, page"):
        services.append(dataset="visits", table=Table({"record_id": [1]}), now=now)

    assert LakeFile.objects.count() == 0
    assert list(lake.glob("*/*")) == []


def test_a_table_of_the_caller_joins_the_lake(now: datetime) -> None:
    services.append(dataset="visits", table=visits(1, 2), now=now)

    with open_reader() as lake:
        lake.add(name="names", table=Table({"record_id": [2], "name": ["Lê"]}))
        rows = lake.query("SELECT name, page FROM visits JOIN names USING (record_id)").rows()

    assert rows == [("Lê", "p2")]


def test_days_moments_and_decimals_keep_their_values(now: datetime) -> None:
    datasets.add_dataset(
        dataset=Dataset(
            name="facts",
            columns={"moment": "TIMESTAMP", "day": "DATE", "price": "DECIMAL(18,6)"},
            key="moment",
        )
    )
    with duckdb.connect() as other:
        stream = other.sql(
            "SELECT TIMESTAMP '2026-01-02 03:04:05' AS moment, DATE '2026-01-02' AS day, "
            "CAST('0.123456' AS DECIMAL(18,6)) AS price"
        )
        file = services.append(dataset="facts", table=stream, now=now)

    assert file is not None
    assert file.min_key == int(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp() * 1_000_000)
    with open_reader() as lake:
        (row,) = lake.query("SELECT moment, day, CAST(price * 1000000 AS BIGINT) FROM facts").rows()
    assert row == (dt.datetime(2026, 1, 2, 3, 4, 5), dt.date(2026, 1, 2), 123456)  # noqa: DTZ001


def test_a_reader_opened_before_a_write_does_not_see_it(now: datetime) -> None:
    services.append(dataset="visits", table=visits(1), now=now)

    with open_reader() as lake:
        services.append(dataset="visits", table=visits(2), now=now)
        seen = lake.query("SELECT count(*) FROM visits").rows()

    assert seen == [(1,)]
    assert read_ids() == [1, 2]


def test_staged_segments_appear_together_or_not_at_all(now: datetime) -> None:
    staged = [services.stage(dataset="visits", table=visits(n), tag="run") for n in (1, 2)]
    assert read_ids() == []

    def publish_and_fail() -> None:
        with transaction.atomic():
            services.publish(staged=staged, now=now)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        publish_and_fail()
    assert read_ids() == []

    services.publish(staged=staged, now=now)
    assert read_ids() == [1, 2]


def test_retiring_a_run_takes_its_rows_and_no_others(now: datetime) -> None:
    services.append(dataset="visits", table=visits(1, 2), now=now, tag="run-1")
    services.append(dataset="visits", table=visits(3), now=now, tag="run-2")

    assert services.retire(dataset="visits", tag="run-1", now=now) == 2

    assert read_ids() == [3]
    assert services.retire(dataset="visits", tag="run-1", now=now) == 0


def test_a_snapshot_is_replaced_as_a_whole(now: datetime) -> None:
    first = Table({"record_id": [1, 2], "customer_id": [10, 20]})
    services.replace_snapshot(dataset="owners", table=first, now=now)
    second = Table({"record_id": [1, 2], "customer_id": [10, 10]})
    file = services.replace_snapshot(dataset="owners", table=second, now=now)

    assert file.version == 2
    with open_reader() as lake:
        rows = lake.query("SELECT * FROM owners ORDER BY record_id").rows()
    assert rows == [(1, 10), (2, 10)]


def test_only_a_snapshot_can_be_replaced(now: datetime) -> None:
    with pytest.raises(ValueError, match="visits only grows"):
        services.replace_snapshot(dataset="visits", table=visits(1), now=now)


def test_compaction_keeps_every_row_and_each_run_undoable(now: datetime) -> None:
    for number in range(6):
        services.append(dataset="visits", table=visits(number), now=now, tag="run-1")
    for number in range(10, 14):
        services.append(dataset="visits", table=visits(number), now=now, tag="run-2")

    assert services.compact(dataset="visits", now=now) == 10

    assert count_live_files() == 2
    assert read_ids() == [0, 1, 2, 3, 4, 5, 10, 11, 12, 13]
    assert services.retire(dataset="visits", tag="run-1", now=now) == 6
    assert read_ids() == [10, 11, 12, 13]


def test_compaction_leaves_large_segments_and_few_small_ones_alone(now: datetime) -> None:
    services.append(dataset="visits", table=visits(*range(50)), now=now)
    for number in range(60, 63):
        services.append(dataset="visits", table=visits(number), now=now)

    assert services.compact(dataset="visits", now=now, full_rows=50) == 0

    assert count_live_files() == 4


def test_a_run_retired_during_its_merge_stays_retired(
    now: datetime, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from idic.lake.services import compacting

    for number in range(4):
        services.append(dataset="visits", table=visits(number), now=now, tag="run-1")
    write = compacting.write

    def retire_then_write(*given: object, **named: object) -> object:
        services.retire(dataset="visits", tag="run-1", now=now)
        return write(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(compacting, "write", retire_then_write)

    assert services.compact(dataset="visits", now=now) == 0
    assert read_ids() == []
    assert len(list(lake.glob("visits/*"))) == 4


def test_a_column_added_later_reads_as_null_in_older_files(now: datetime) -> None:
    services.append(dataset="visits", table=visits(1), now=now)
    wider = Dataset(
        name="visits",
        columns={"record_id": "BIGINT", "page": "VARCHAR", "seconds": "INTEGER"},
        key="record_id",
        schema_version=2,
    )
    datasets.add_dataset(dataset=wider)

    with open_reader() as lake:
        assert lake.query("SELECT * FROM visits").rows() == [(1, "p1", None)]
    later = Table({"record_id": [2], "page": ["p2"], "seconds": [7]})
    services.append(dataset="visits", table=later, now=now)
    with open_reader() as lake:
        rows = lake.query("SELECT * FROM visits ORDER BY 1").rows()

    assert rows == [(1, "p1", None), (2, "p2", 7)]


def test_files_leave_the_disk_only_after_their_readers_grace(now: datetime, lake: Path) -> None:
    services.append(dataset="visits", table=visits(1), now=now, tag="run-1")
    services.retire(dataset="visits", tag="run-1", now=now)

    assert services.sweep(now=now + timedelta(minutes=30)) == 0
    assert len(list(lake.glob("visits/*.parquet"))) == 1

    assert services.sweep(now=now + timedelta(minutes=61)) == 1
    assert list(lake.glob("visits/*")) == []
    assert LakeFile.objects.count() == 0


def test_sweep_removes_what_a_crash_left_and_nothing_that_counts(now: datetime, lake: Path) -> None:
    services.append(dataset="visits", table=visits(1), now=now)
    young = services.stage(dataset="visits", table=visits(2))
    for name in ("ffff.parquet", ".eeee.parquet.tmp"):
        (lake / "visits" / name).write_bytes(b"half")
        moment = (now - timedelta(days=2)).timestamp()
        os.utime(lake / "visits" / name, (moment, moment))
    for path in (young.path, list_live_files()[0].path):
        os.utime(lake / path, (now.timestamp(), now.timestamp()))

    assert services.sweep(now=now) == 2

    assert sorted(path.name for path in lake.glob("visits/*")) == sorted(
        Path(path).name for path in (young.path, list_live_files()[0].path)
    )


def test_a_reader_cannot_reach_other_files_of_the_machine(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")

    with open_reader() as lake:
        with pytest.raises(duckdb.Error):
            lake.query("SELECT * FROM read_csv(?)", [str(secret)])
        with pytest.raises(duckdb.Error):
            lake.query("SELECT * FROM read_parquet(?)", [str(tmp_path / "other.parquet")])


@pytest.mark.parametrize(
    "sql",
    [
        "COPY (SELECT 1) TO 'x.parquet'",
        "SET enable_external_access = true",
        "SELECT 1; SELECT 2",
        "DROP VIEW visits",
        "",
    ],
)
def test_a_reader_takes_nothing_but_one_select(sql: str) -> None:
    with open_reader() as lake, pytest.raises(ValueError, match="takes one SELECT"):
        lake.query(sql)


def test_a_reader_keeps_to_its_memory_limit(now: datetime) -> None:
    with open_reader(threads=1, memory_limit="64MB") as lake:
        (limit,) = lake.query("SELECT current_setting('memory_limit') AS size").rows()
        (threads,) = lake.query("SELECT current_setting('threads') AS n").rows()

    assert limit == ("61.0 MiB",)
    assert threads == (1,)


def test_a_sort_of_more_than_the_memory_limit_gives_all_rows(now: datetime) -> None:
    with duckdb.connect() as other:
        stream = other.sql(
            "SELECT i AS record_id, repeat('x', 100) || i AS page FROM range(800000) t(i)"
        )
        services.append(dataset="visits", table=stream, now=now)

    with open_reader(threads=1, memory_limit="64MB") as lake:
        sql = "SELECT max(n) AS n FROM (SELECT row_number() OVER (ORDER BY page) AS n FROM visits)"
        spilled = lake.query(sql).rows()

    assert spilled == [(800000,)]

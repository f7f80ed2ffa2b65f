"""Taking somebody's numbers out of the lake."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from idic.lake.datasets import Dataset, add_dataset
from idic.lake.reader import open_reader
from idic.lake.services import append, erase, sweep

pytestmark = pytest.mark.django_db
VISITS = Dataset(name="visit_of", columns={"visit": "BIGINT", "record_id": "BIGINT"}, key="visit")


@pytest.fixture(autouse=True)
def visits(now: datetime, tmp_path: Path, settings: object) -> None:
    settings.IDIC_LAKE = tmp_path / "lake"  # type: ignore[attr-defined]
    add_dataset(dataset=VISITS)
    append(dataset="visit_of", table={"visit": [1, 2], "record_id": [7, 8]}, now=now, tag="a")
    append(dataset="visit_of", table={"visit": [3], "record_id": [9]}, now=now)


def rows() -> list[tuple[Any, ...]]:
    with open_reader() as reader:
        return reader.query("SELECT visit, record_id FROM visit_of ORDER BY visit").rows()


def test_rows_go_or_stay_without_the_number_and_other_files_are_left_alone(now: datetime) -> None:
    before = set(Path(settings.IDIC_LAKE).glob("visit_of/*"))

    assert erase(dataset="visit_of", column="record_id", numbers=[7], keeps_rows=True, now=now) == 1
    assert rows() == [(1, None), (2, 8), (3, 9)]
    assert len(set(Path(settings.IDIC_LAKE).glob("visit_of/*")) - before) == 1
    assert (
        erase(dataset="visit_of", column="record_id", numbers=[8], keeps_rows=False, now=now) == 1
    )
    assert rows() == [(1, None), (3, 9)]
    assert erase(dataset="visit_of", column="record_id", numbers=[], keeps_rows=True, now=now) == 0

    sweep(now=now + timedelta(hours=2))
    assert len(list(Path(settings.IDIC_LAKE).glob("visit_of/*"))) == 2


def test_a_column_nobody_declared_is_refused(now: datetime) -> None:
    with pytest.raises(ValueError, match="no column"):
        erase(dataset="visit_of", column="name", numbers=[1], keeps_rows=False, now=now)

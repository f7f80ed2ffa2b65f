"""The lake's tests write to a directory of their own and declare two small data sets."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from idic.lake import datasets
from idic.lake.datasets import Dataset

VISITS = Dataset(name="visits", columns={"record_id": "BIGINT", "page": "VARCHAR"}, key="record_id")
OWNERS = Dataset(
    name="owners", columns={"record_id": "BIGINT", "customer_id": "BIGINT"}, is_snapshot=True
)


@pytest.fixture(autouse=True)
def lake(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test's own lake directory."""
    monkeypatch.setattr(datasets, "_added", {})
    datasets.add_dataset(dataset=VISITS)
    datasets.add_dataset(dataset=OWNERS)
    settings.IDIC_LAKE = tmp_path / "lake"
    return tmp_path / "lake"

"""The marks on real tables with a known answer; the thresholds were set before it was looked at."""

import pytest

from benchmarks.identity_quality import judge, read_file
from idic.engine import matching
from idic.engine.matching.guessing import guess_schema
from tests.conftest import data_file

LONG = pytest.mark.long


@pytest.mark.parametrize(
    ("files", "truth", "mark"),
    [
        (["febrl3"], "cluster", 0.999),
        pytest.param(["febrl4a", "febrl4b"], "cluster", 0.9991, marks=LONG),
        pytest.param(["historical_50k"], "cluster", 0.85, marks=LONG),
        pytest.param(["people_vn_en_zh_20k_seed7"], "entity_id", 0.9, marks=LONG),
    ],
    ids=["febrl3", "febrl4", "historical", "people"],
)
def test_people_are_found_as_well_as_the_marks_ask(
    files: list[str], truth: str, mark: float
) -> None:
    table, owners = read_file([data_file(f"{file}.parquet") for file in files], truth)
    schema = guess_schema(table)

    found = matching.match(schema, matching.clean(schema, table))

    figures = judge(found.clusters, owners)
    assert figures["f1"] >= mark
    assert figures["largest_cluster"] <= 3 * figures["largest_true"]
    # The product's own estimate, made without the truth, promises no more than it keeps.
    assert found.parameters.zones.precision <= figures["precision"] + 0.02

"""The page on value runs as it is printed."""

import doctest
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "value.md"


def test_the_page_on_value_runs_as_it_is_printed() -> None:
    result = doctest.testfile(str(PAGE), module_relative=False)

    assert result.attempted > 15
    assert result.failed == 0

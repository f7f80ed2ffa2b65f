"""Every example in the matcher's docstrings runs and gives what it says."""

import doctest
import importlib

import pytest

MODULES = (
    "texts", "names", "contacts", "dates", "addresses", "schema", "guessing", "columns",
    "parameters", "zones", "clustering", "resolving",
)  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_hold(name: str) -> None:
    result = doctest.testmod(importlib.import_module(f"idic.engine.matching.{name}"))

    assert result.attempted > 0
    assert result.failed == 0

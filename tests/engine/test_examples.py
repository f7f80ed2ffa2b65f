"""Every example in the docstrings of the value engine runs and gives what it says."""

import doctest
import importlib

import pytest

MODULES = (
    "table", "orders", "rfm", "rhythm", "purchases", "purchases.bg_bb", "purchases.bg_nbd",
    "purchases.mbg_nbd", "purchases.pareto_nbd", "purchases.race", "purchases.simulation",
    "purchases.static_pareto", "churn", "clv", "contracts", "covariates", "logistic", "spend",
    "forecasts", "intervals", "value", "seasons", "outlooks", "upcoming",
    "replay.choice", "replay.figures",
    "replay.running",
)  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_hold(name: str) -> None:
    result = doctest.testmod(importlib.import_module(f"idic.engine.{name}"))

    assert result.attempted > 0
    assert result.failed == 0

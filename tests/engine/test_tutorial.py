"""The tutorial's notebook runs as it stands, and says what it shows."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial"


@pytest.mark.one_database
@pytest.mark.parametrize("file", sorted(TUTORIAL.glob("*.ipynb")), ids=lambda file: file.stem)
def test_every_cell_runs_and_prints_what_the_notebook_shows(file: Path) -> None:
    cells = json.loads(file.read_text("utf-8"))["cells"]
    space: dict[str, Any] = {}
    for cell in cells:
        if cell["cell_type"] != "code":
            continue
        said = io.StringIO()
        with redirect_stdout(said):
            exec("".join(cell["source"]), space)
        shown = "".join(line for output in cell["outputs"] for line in output["text"])
        assert said.getvalue() == shown, cell["id"]


def test_there_is_a_tutorial() -> None:
    assert list(TUTORIAL.glob("*.ipynb"))

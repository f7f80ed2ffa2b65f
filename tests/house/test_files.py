"""Every file opens with what it holds, and none uses what the house forbids."""

from __future__ import annotations

import ast
import re

import pytest

from tools import house

FORBIDDEN = {
    "pickle": re.compile(r"^\s*(?:import|from)\s+pickle\b", re.M),
    "yaml.load": re.compile(r"\byaml\.load\("),
    "signals": re.compile(
        r"from django\.(?:db\.models|core|dispatch).*import.*\b(?:receiver|Signal)\b"
    ),
    "the clock": re.compile(r"\b(?:datetime\.now|datetime\.utcnow|date\.today|timezone\.now)\("),
}
CLOCK = {"clock.py"}


def test_every_file_opens_with_what_it_holds() -> None:
    silent = [
        str(path.relative_to(house.SOURCE))
        for path in house.files()
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]

    assert silent == []


@pytest.mark.parametrize("name", FORBIDDEN)
def test_nothing_forbidden_is_used(name: str) -> None:
    found = [
        str(path.relative_to(house.SOURCE))
        for path in house.files()
        if path.name not in CLOCK and FORBIDDEN[name].search(path.read_text(encoding="utf-8"))
    ]

    assert found == []


def test_services_take_keyword_arguments_only() -> None:
    wrong = []
    for path in house.files():
        if "services" not in path.parts:
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                positional = len(node.args.posonlyargs) + len(node.args.args)
                if positional > 1:
                    wrong.append(f"{path.relative_to(house.SOURCE)}:{node.name}")

    assert wrong == []


def test_no_file_is_longer_than_a_sitting() -> None:
    """A longer one becomes a folder, cut by meaning."""
    kinds = {".py", ".html", ".css", ".ts"}
    long = {
        str(path.relative_to(house.SOURCE)): lines
        for path in sorted(house.PACKAGE.rglob("*"))
        if path.suffix in kinds and not {"migrations", "built"} & set(path.parts)
        if (lines := path.read_text(encoding="utf-8").count("\n")) > 400
    }

    assert long == {}

"""The table of measured pages: which marks a page misses, and how it is written."""

from __future__ import annotations

from tools.pages import Figures, write

GOOD = {"performance": 99, "accessibility": 100, "best-practices": 100}


def test_a_page_within_every_mark_is_said_so() -> None:
    table = write([Figures("/look/", 0, 22.6, 12.2, 5, 0, 9, 16.4, dict(GOOD))])

    assert "| `/look/` | 0 | 22.6 | 12.2 | 5 | 0 | 9 | 16 ms | 99 / 100 / 100 |" in table
    assert table.endswith("Every page keeps every mark.\n")


def test_what_lies_beyond_a_mark_is_named() -> None:
    slow = Figures("/x/", 1, 45.1, 20.1, 13, 1, 11, 100.1, {**GOOD, "performance": 94})

    assert slow.misses() == [
        "axe",
        "script",
        "style",
        "requests",
        "abroad",
        "queries",
        "server",
        "performance",
    ]
    assert "- `/x/`: axe, script" in write([slow])


def test_ids_and_what_was_not_measured_leave_no_trace() -> None:
    table = write([Figures("/customers/cus_0sam881hreca6/")])

    assert "| `/customers/…/` | 0 | 0.0 | 0.0 | 0 | 0 | 0 | 0 ms | – |" in table

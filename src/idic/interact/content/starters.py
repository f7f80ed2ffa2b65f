"""Messages to start from: one a goal and language, kept as text files beside this module. The first
line is the subject.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from idic.core.formatting import base_language

_FOLDER = Path(__file__).parent / "starters"


@dataclass(frozen=True, slots=True)
class Starter:
    """A message to start from."""

    subject: str
    body: str


@cache
def get_starter(*, goal: str, language: str) -> Starter:
    """Give the starter of a goal in a language; English where there is none. Raises KeyError."""
    for code in (base_language(language), "en"):
        path = _FOLDER / f"{goal}.{code}.txt"
        if path.parent == _FOLDER and path.exists():
            subject, _, body = path.read_text(encoding="utf-8").partition("\n")
            return Starter(subject=subject.strip(), body=body.strip())
    raise KeyError(goal)

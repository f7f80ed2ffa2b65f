"""Checks that the lock files cover pyproject's dependencies and name no address."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAME = re.compile(r"^([A-Za-z0-9._-]+)")


def locked(path: Path) -> set[str]:
    """Give the names a lock file pins."""
    return {
        _plain(match[1])
        for line in path.read_text().splitlines()
        if "==" in line and (match := NAME.match(line))
    }


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def problems() -> list[str]:
    """Say what is missing from the locks or should not be in them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    found = []
    for name, wanted in {
        "requirements.lock": project["dependencies"] + extras["build"],
        "requirements-dev.lock": extras["dev"],
    }.items():
        path = ROOT / name
        if re.search(r"https?://|file:", path.read_text()):
            found.append(f"{name} names an address")
        names = locked(path)
        found += [
            f"{name} lacks {match[1]}: run make lock"
            for text in wanted
            if (match := NAME.match(text)) and _plain(match[1]) not in names
        ]
    return found


if __name__ == "__main__":
    print("\n".join(problems()))
    sys.exit(bool(problems()))

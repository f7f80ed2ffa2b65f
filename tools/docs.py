"""`make docs`: writes the generated parts of the documentation anew."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from tools.house import picture

ROOT = Path(__file__).resolve().parent.parent
_PART = re.compile(r"(<!-- house -->\n).*?(<!-- /house -->)", re.DOTALL)


def drawn(text: str) -> str:
    """Put today's picture of the house into a text."""
    return _PART.sub(lambda match: f"{match[1]}{picture()}\n{match[2]}", text)


if __name__ == "__main__":
    path = ROOT / "ARCHITECTURE.md"
    path.write_text(drawn(path.read_text(encoding="utf-8")), encoding="utf-8")
    sys.exit(0)

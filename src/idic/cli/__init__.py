"""The `idic` command: one module a command group. Every error ends in one sentence and the next
step, never in a traceback (set IDIC_DEBUG=1 to see it).
"""

from __future__ import annotations

import os
import sys

from idic.cli.program import run


def main() -> None:
    """Run the command line and leave with an honest exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "idic.settings")
    sys.exit(run(sys.argv[1:]))

"""Runs the supervisor over two small processes, for its tests: one that lives, one that ends."""

from __future__ import annotations

import sys
from pathlib import Path

from idic import supervisor
from idic.supervisor import Process

_LIVE = "import time, os; print('alive as', os.getpid(), flush=True); time.sleep(600)"
_END = "import sys; print('too bad'); sys.exit(3)"


def main() -> None:
    """Run until told to stop; say in one sentence why not."""
    processes = [
        Process(name="steady", argv=[sys.executable, "-c", _LIVE]),
        Process(name="frail", argv=[sys.executable, "-c", _END]),
    ]
    try:
        supervisor.run(processes, home=Path(sys.argv[1]))
    except supervisor.CannotStart as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()

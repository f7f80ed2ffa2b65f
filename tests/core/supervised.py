"""Runs the supervisor over two small processes, for its tests: one that lives, one that ends; or,
given a port, one that answers there after a while and one that waits for it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from idic import supervisor
from idic.supervisor import Process

_LIVE = "import time, os; print('alive as', os.getpid(), flush=True); time.sleep(600)"
_END = "import sys; print('too bad'); sys.exit(3)"
_ANSWER = """
import socket, sys, time
time.sleep(0.3)
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
    asking, _ = server.accept()
    asking.recv(1000)
    print("answers", flush=True)
    asking.sendall(b"HTTP/1.0 200 OK")
    asking.close()
    time.sleep(600)
"""


def table(port: int | None) -> list[Process]:
    """Give the processes."""
    if port is None:
        return [
            Process(name="steady", argv=[sys.executable, "-c", _LIVE]),
            Process(name="frail", argv=[sys.executable, "-c", _END]),
        ]
    return [
        Process(name="first", argv=[sys.executable, "-c", _ANSWER, str(port)], port=port),
        Process(name="later", argv=[sys.executable, "-c", _LIVE], is_later=True),
    ]


def main() -> None:
    """Run until told to stop; say in one sentence why not."""
    processes = table(int(sys.argv[2]) if len(sys.argv) > 2 else None)
    try:
        supervisor.run(processes, home=Path(sys.argv[1]))
    except supervisor.CannotStart as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()

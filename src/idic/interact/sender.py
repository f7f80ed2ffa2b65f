"""The sender process: takes due messages from the outbox until it is told to stop. Run it as
`python -m idic.interact.sender`; several may run beside each other, and killing one loses nothing
and sends no advertising twice.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from datetime import timedelta

import django

from idic import environment

log = logging.getLogger("idic.sender")

_SHORTEST_IDLE, _LONGEST_IDLE = 0.02, 0.5
_HOUSEKEEPING_EVERY = timedelta(seconds=2)


def run(*, stopping: threading.Event, lease: timedelta) -> None:
    """Deliver until `stopping` is set. Survives a database that goes away for a while."""
    from django.db import DatabaseError, close_old_connections

    from idic.core import clock
    from idic.interact.delivery import Delivery
    from idic.interact.services.outbox import finish_campaigns
    from idic.interact.services.sending import recover

    owner = f"{socket.gethostname()[:40]}:{os.getpid()}:{os.urandom(4).hex()}"
    delivery = Delivery(owner=owner, lease=lease, is_stopping=stopping.is_set)
    idle, housekeeping_at = _SHORTEST_IDLE, clock.now()
    while not stopping.is_set():
        try:
            now = clock.now()
            if now >= housekeeping_at:
                recover(now=now)
                finish_campaigns(now=now)
                housekeeping_at = now + _HOUSEKEEPING_EVERY
            taken = delivery.turn(now=now)
        except DatabaseError as error:
            log.warning("the database did not answer, trying again: %s", error)
            close_old_connections()
            taken, idle = 0, _LONGEST_IDLE
        idle = _SHORTEST_IDLE if taken else min(idle * 2, _LONGEST_IDLE)
        if not taken:
            stopping.wait(idle)
    delivery.close()


def main() -> None:
    """Run until SIGTERM or SIGINT; the message in hand is finished, the rest is given back."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "idic.settings")
    django.setup()
    stopping = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopping.set())
    run(stopping=stopping, lease=timedelta(milliseconds=_lease_ms()))


def _lease_ms() -> int:
    """How long a sender that died keeps its messages: longer than any answer may take."""
    return environment.integer("IDIC_SENDER_LEASE_MS", 300_000)


if __name__ == "__main__":
    main()

"""A mail server for tests that keeps what it gets and misbehaves as told: it may break off before
or after the end of DATA, or answer 4xx and 5xx.
"""

from __future__ import annotations

import email
import email.policy
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

# What the sink does with the n-th mail it is offered.
ACCEPT = "accept"
DROP_EARLY = "drop_early"  # closes at RCPT
DROP_AFTER_DATA = "drop_after_data"  # takes the whole mail, then closes without a word
LATER = "451"
REFUSE = "554"
NO_MAILBOX = "550 5.1.1"


@dataclass
class Sink:
    """What came in. `taken` are whole mails, whether or not the sink said yes to them."""

    plan: Callable[[int], str] = lambda number: ACCEPT
    taken: list[EmailMessage] = field(default_factory=list)
    said_yes: list[str] = field(default_factory=list)
    offered: int = 0
    connections: int = 0
    password: str = ""

    async def handle_EHLO(
        self, server: Server, session: Session, envelope: Envelope, hostname: str, responses: Any
    ) -> Any:
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_RCPT(
        self, server: Server, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        act = self.plan(self.offered)
        if act in {DROP_EARLY, NO_MAILBOX}:
            self.offered += 1
        if act == DROP_EARLY:
            server.transport.abort()
            return "421 gone"
        if act == NO_MAILBOX:
            return "550 5.1.1 No such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Server, session: Session, envelope: Envelope) -> str:
        act = self.plan(self.offered)
        self.offered += 1
        if act == LATER:
            return "451 4.3.0 Try again later"
        if act == REFUSE:
            return "554 5.7.1 Not wanted"
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        mail = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        mail["X-Test-Rcpt"] = ", ".join(envelope.rcpt_tos)
        self.taken.append(mail)
        if act == DROP_AFTER_DATA:
            server.transport.abort()
            return "421 gone"
        self.said_yes.append(str(mail["Message-ID"]))
        return "250 2.0.0 OK"

    def authenticate(
        self, server: Server, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        """Let in whoever knows the password."""
        ok = isinstance(data, LoginPassword) and data.password.decode() == self.password
        return AuthResult(success=ok, handled=False)

    def count_by_id(self) -> Counter[str]:
        """Count how often each mail was taken whole."""
        return Counter(str(mail["Message-ID"]) for mail in self.taken)


class _Listening(Controller):
    """Listens on the port the system gives, and knows which that is."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class Running:
    """A sink that listens on a free port of this machine while the block runs."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self._controller = _Listening(
            sink,
            hostname="127.0.0.1",
            port=0,
            authenticator=sink.authenticate if sink.password else None,
            auth_require_tls=False,
            auth_required=bool(sink.password),
        )

    def __enter__(self) -> int:
        self._controller.start()
        return int(self._controller.port)

    def __exit__(self, *error: object) -> None:
        self._controller.stop()

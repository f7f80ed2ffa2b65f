"""E-mail over SMTP: one connection used again for many messages, and the exact moment before the
end of DATA at which the journal is committed.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.utils.translation import gettext as _

from idic.channels.mime import WrongAddress, assemble, wire_address

from .base import ChannelProblem, Commit, Envelope, Outcome, Receipt

T = TypeVar("T")

_MESSAGES_A_CONNECTION = 500
_NETWORK = (OSError, smtplib.SMTPException, TimeoutError)


@dataclass(frozen=True, slots=True)
class EmailSettings:
    """How to reach the mail server and who writes. `security`: starttls, tls or none."""

    host: str
    port: int
    security: str
    from_address: str
    from_name: str = ""
    reply_to: str = ""
    username: str = ""
    password: str = ""
    timeout_seconds: float = 20.0
    # After the last byte a busy server may take long; giving up early makes a doubt of a success.
    answer_timeout_seconds: float = 120.0


class EmailAdapter:
    """Hands mails to one SMTP server."""

    key = "email"

    def __init__(self, settings: EmailSettings) -> None:
        self._settings = settings
        self._connection: smtplib.SMTP | None = None
        self._sent_count = 0
        self._is_used = False  # the connection carried a message before: it may have gone stale

    def check(self) -> None:
        """Connect, secure, log in and ask whether our address may send."""
        self.close()
        connection = self._connect()
        code, answer = connection.mail(wire_address(self._settings.from_address))
        if code != 250:
            raise ChannelProblem(
                _(
                    "The mail server does not let %(address)s send (%(answer)s). "
                    "Use an address that belongs to this mailbox."
                )
                % {"address": self._settings.from_address, "answer": _words(code, answer)}
            )
        connection.rset()

    def send(self, envelope: Envelope, *, commit: Commit) -> Receipt:
        """Hand one mail over. Until `commit` everything may be tried again; after it nothing."""
        try:
            body = _dotted(self._assemble(envelope))
            recipient = wire_address(envelope.recipient)
        except WrongAddress:
            return Receipt(Outcome.REFUSED, _("This address cannot be written."), True)
        failed = self._announce_again(recipient)
        return failed or self._hand_over(body, commit)

    def _announce_again(self, recipient: str) -> Receipt | None:
        """Announce; once more on a new connection when the one in use had gone stale."""
        try:
            if not self._is_used:
                return self._announce(recipient)
            try:
                return self._announce(recipient)
            except _NETWORK:
                self.close()
                return self._announce(recipient)
        except ChannelProblem as problem:
            return Receipt(Outcome.LATER, str(problem)[:300], is_channel_down=True)
        except _NETWORK as error:
            self.close()
            return Receipt(Outcome.LATER, _say_network(error))

    def close(self) -> None:
        """Say goodbye; a connection that is gone already is no matter."""
        connection, self._connection = self._connection, None
        self._sent_count, self._is_used = 0, False
        if connection is not None:
            connection.close()

    def _assemble(self, envelope: Envelope) -> bytes:
        chosen = self._settings
        return assemble(
            envelope,
            sender=chosen.from_address,
            sender_name=chosen.from_name,
            reply_to=chosen.reply_to,
        )

    def _announce(self, recipient: str) -> Receipt | None:
        """Name sender and recipient; give a receipt if the server wants no more of it."""
        connection = self._open_connection()
        code, answer = connection.mail(wire_address(self._settings.from_address))
        if code != 250:
            return self._refuse(code, answer, is_about_address=False)
        code, answer = connection.rcpt(recipient)
        if code not in (250, 251):
            return self._refuse(code, answer, is_about_address=True)
        connection.putcmd("data")
        code, answer = connection.getreply()
        return None if code == 354 else self._refuse(code, answer, is_about_address=False)

    def _refuse(self, code: int, answer: bytes, *, is_about_address: bool) -> Receipt:
        if self._connection is not None and code != 421:
            try:
                self._connection.rset()
            except _NETWORK:
                self.close()
        else:
            self.close()
        return _refusal(code, answer, is_about_address=is_about_address)

    def _hand_over(self, body: bytes, commit: Commit) -> Receipt:
        connection = self._connection
        if connection is None:
            return Receipt(Outcome.LATER)
        try:
            connection.send(body)
        except _NETWORK as error:  # without its last line the server must throw the mail away
            self.close()
            return Receipt(Outcome.LATER, _say_network(error))
        if not commit():
            self.close()  # half a mail and no end: it is withdrawn
            return Receipt(Outcome.WITHDRAWN)
        try:
            connection.send(b".\r\n")
            code, answer = self._wait_for_answer(connection)
        except _NETWORK as error:
            self.close()
            return Receipt(Outcome.IN_DOUBT, _say_network(error))
        if code == 421:
            self.close()
        if not (200 <= code < 300 or 400 <= code < 600):  # no answer one can read is no answer
            self.close()
            return Receipt(Outcome.IN_DOUBT, _words(code, answer))
        if code >= 400:
            return _refusal(code, answer, is_about_address=False)
        self._sent_count, self._is_used = self._sent_count + 1, True
        return Receipt(Outcome.ACCEPTED, _words(code, answer))

    def _wait_for_answer(self, connection: smtplib.SMTP) -> tuple[int, bytes]:
        if connection.sock is not None:
            connection.sock.settimeout(self._settings.answer_timeout_seconds)
        answer = connection.getreply()
        if connection.sock is not None:
            connection.sock.settimeout(self._settings.timeout_seconds)
        return answer

    def _open_connection(self) -> smtplib.SMTP:
        if self._connection is not None and self._sent_count >= _MESSAGES_A_CONNECTION:
            self.close()
        return self._connection or self._connect()

    def _connect(self) -> smtplib.SMTP:
        chosen = self._settings
        connection = _explained(chosen, self._dial)
        try:
            _explained(chosen, lambda: _secure(connection, chosen))
            _explained(chosen, lambda: _log_in(connection, chosen))
        except ChannelProblem:
            connection.close()
            raise
        self._connection = connection
        return connection

    def _dial(self) -> smtplib.SMTP:
        chosen = self._settings
        name = chosen.from_address.rpartition("@")[2] or "localhost"
        name = name.encode("idna").decode("ascii")
        if chosen.security == "tls":
            return smtplib.SMTP_SSL(
                chosen.host,
                chosen.port,
                local_hostname=name,
                timeout=chosen.timeout_seconds,
                context=ssl.create_default_context(),
            )
        return smtplib.SMTP(
            chosen.host, chosen.port, local_hostname=name, timeout=chosen.timeout_seconds
        )


def _secure(connection: smtplib.SMTP, settings: EmailSettings) -> None:
    connection.ehlo_or_helo_if_needed()
    if settings.security == "starttls":
        connection.starttls(context=ssl.create_default_context())
        connection.ehlo()


def _log_in(connection: smtplib.SMTP, settings: EmailSettings) -> None:
    if settings.username:
        connection.login(settings.username, settings.password)


def _explained(settings: EmailSettings, act: Callable[[], T]) -> T:
    """Do it; turn whatever goes wrong into one sentence and the next step."""
    place = {"host": settings.host, "port": settings.port}
    try:
        return act()
    except smtplib.SMTPAuthenticationError as error:
        raise ChannelProblem(
            _(
                "The mail server does not accept this user name and password. Check both; some "
                "providers want a password made for apps."
            )
        ) from error
    except smtplib.SMTPNotSupportedError as error:
        raise ChannelProblem(
            _(
                "%(host)s:%(port)s offers no such security or login. Choose another kind of "
                "security, or another port."
            )
            % place
        ) from error
    except ssl.SSLError as error:
        raise ChannelProblem(
            _(
                "The secure connection to %(host)s:%(port)s failed. Port 465 wants TLS, port 587 "
                "wants STARTTLS; check that they belong together and that the certificate is valid."
            )
            % place
        ) from error
    except socket.gaierror as error:
        raise ChannelProblem(
            _("There is no mail server called %(host)s. Check the spelling.") % place
        ) from error
    except _NETWORK as error:
        raise ChannelProblem(
            _(
                "No answer from %(host)s:%(port)s (%(error)s). Check the server and the port, and "
                "that this machine may reach it."
            )
            % {**place, "error": _say_network(error)}
        ) from error


def _dotted(body: bytes) -> bytes:
    """Double the dots that begin a line (RFC 5321 4.5.2) and end with a line break."""
    doubled = body.replace(b"\r\n.", b"\r\n..")
    doubled = b"." + doubled if doubled.startswith(b".") else doubled
    return doubled if doubled.endswith(b"\r\n") else doubled + b"\r\n"


def _refusal(code: int, answer: bytes, *, is_about_address: bool) -> Receipt:
    words = _words(code, answer)
    if 500 <= code < 600:
        return Receipt(Outcome.REFUSED, words, is_about_address and _is_no_such_mailbox(answer))
    return Receipt(Outcome.LATER, words)


def _is_no_such_mailbox(answer: bytes) -> bool:
    """Read RFC 3463's code, never the words: 5.1.1 no mailbox, 5.1.2 no domain, 5.1.3 malformed,
    5.1.6 moved, 5.1.10 no mail taken, 5.2.1 mailbox off.
    """
    status = answer.split(b" ", 1)[0]
    return status in {b"5.1.1", b"5.1.2", b"5.1.3", b"5.1.6", b"5.1.10", b"5.2.1"}


def _words(code: int, answer: bytes) -> str:
    return f"{code} {answer.decode('utf-8', 'replace')}"[:300]


def _say_network(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]

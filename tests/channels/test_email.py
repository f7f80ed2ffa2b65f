"""The e-mail adapter against a real SMTP server that behaves, and one that does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from idic.channels.adapters.base import ChannelProblem, Envelope, Outcome
from idic.channels.adapters.email import EmailAdapter, EmailSettings
from tests.channels.sink import (
    ACCEPT,
    DROP_AFTER_DATA,
    DROP_EARLY,
    LATER,
    NO_MAILBOX,
    REFUSE,
    Running,
    Sink,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def envelope(number: int = 1, to: str = "huong@example.com") -> Envelope:
    return Envelope(
        recipient=to,
        subject="Cá hồi",
        text="Chào chị\r\n.hidden dot",
        html="",
        message_id=f"<{number}@x.example>",
        at=NOW,
    )


def adapter(port: int, password: str = "") -> EmailAdapter:
    return EmailAdapter(
        EmailSettings(
            host="127.0.0.1",
            port=port,
            security="none",
            from_address="shop@example.com",
            username="shop" if password else "",
            password=password,
            timeout_seconds=5,
        )
    )


def yes() -> bool:
    return True


def plan(*acts: str) -> Callable[[int], str]:
    return lambda number: acts[number] if number < len(acts) else ACCEPT


def test_many_mails_share_one_connection() -> None:
    sink = Sink()
    with Running(sink) as port:
        mailer = adapter(port)
        receipts = [mailer.send(envelope(n), commit=yes) for n in range(20)]
        mailer.close()

    assert {receipt.outcome for receipt in receipts} == {Outcome.ACCEPTED}
    assert len(sink.taken) == 20
    assert sink.connections == 1


def test_the_journal_is_committed_before_the_mail_counts() -> None:
    sink = Sink()
    seen: list[int] = []

    def commit() -> bool:
        seen.append(len(sink.taken))
        return True

    with Running(sink) as port:
        receipt = adapter(port).send(envelope(), commit=commit)

    assert receipt.outcome is Outcome.ACCEPTED
    assert seen == [0]
    assert len(sink.taken) == 1


def test_a_mail_withdrawn_at_the_last_moment_is_never_taken() -> None:
    sink = Sink()
    with Running(sink) as port:
        mailer = adapter(port)
        withdrawn = mailer.send(envelope(1), commit=lambda: False)
        sent = mailer.send(envelope(2), commit=yes)

    assert withdrawn.outcome is Outcome.WITHDRAWN
    assert sent.outcome is Outcome.ACCEPTED
    assert [str(mail["Message-ID"]) for mail in sink.taken] == ["<2@x.example>"]


@pytest.mark.parametrize(
    ("act", "outcome", "is_committed"),
    [
        (DROP_EARLY, Outcome.LATER, False),
        (NO_MAILBOX, Outcome.REFUSED, False),
        (LATER, Outcome.LATER, True),
        (REFUSE, Outcome.REFUSED, True),
        (DROP_AFTER_DATA, Outcome.IN_DOUBT, True),
    ],
)
def test_each_misbehaviour_has_its_own_outcome(
    act: str, outcome: Outcome, is_committed: bool
) -> None:
    sink = Sink(plan=plan(act))
    commits: list[int] = []

    def commit() -> bool:
        commits.append(1)
        return True

    with Running(sink) as port:
        mailer = adapter(port)
        first = mailer.send(envelope(1), commit=commit)
        committed = bool(commits)
        second = mailer.send(envelope(2), commit=commit)

    assert first.outcome is outcome
    assert committed is is_committed
    assert second.outcome is Outcome.ACCEPTED


def test_only_a_missing_mailbox_makes_the_address_bad() -> None:
    sink = Sink(plan=plan(NO_MAILBOX, REFUSE))
    with Running(sink) as port:
        mailer = adapter(port)
        missing = mailer.send(envelope(1), commit=yes)
        unwanted = mailer.send(envelope(2), commit=yes)

    assert missing.is_address_bad
    assert not unwanted.is_address_bad


def test_a_connection_gone_stale_is_opened_anew() -> None:
    sink = Sink(plan=plan(ACCEPT, DROP_EARLY))
    with Running(sink) as port:
        mailer = adapter(port)
        mailer.send(envelope(1), commit=yes)
        receipt = mailer.send(envelope(2), commit=yes)

    assert receipt.outcome is Outcome.ACCEPTED
    assert len(sink.taken) == 2


def test_an_address_that_cannot_be_written_reaches_no_server() -> None:
    sink = Sink()
    with Running(sink) as port:
        receipt = adapter(port).send(envelope(to="a@b.com\r\nRCPT TO:<c@d.com>"), commit=yes)

    assert receipt.outcome is Outcome.REFUSED
    assert receipt.is_address_bad
    assert sink.connections == 0


def test_a_check_sends_nothing() -> None:
    sink = Sink(password="right")
    with Running(sink) as port:
        adapter(port, password="right").check()

    assert sink.taken == []


def test_a_wrong_password_is_said_plainly() -> None:
    with (
        Running(Sink(password="right")) as port,
        pytest.raises(ChannelProblem, match="does not accept this user name and password"),
    ):
        adapter(port, password="wrong").check()


def test_a_closed_port_is_said_plainly() -> None:
    with Running(Sink()) as port:
        pass

    with pytest.raises(ChannelProblem, match=f"No answer from 127.0.0.1:{port}"):
        adapter(port).check()


def test_security_the_server_lacks_is_said_plainly() -> None:
    with Running(Sink()) as port:
        settings = EmailSettings(
            host="127.0.0.1", port=port, security="starttls", from_address="shop@example.com"
        )
        with pytest.raises(ChannelProblem, match="offers no such security"):
            EmailAdapter(settings).check()

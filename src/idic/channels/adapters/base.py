"""The shape of a channel: what goes in (an envelope), what comes back (a receipt), and the one
moment after which a message can no longer be called back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol, TypeAlias


class ChannelProblem(Exception):
    """A channel cannot work as it is set up. The text is one sentence and the next step."""

    is_for_people = True


class WrongSetting(ChannelProblem):
    """One field of a channel's settings cannot be right."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message ready to hand over. `headers` are extra mail headers, without line breaks."""

    recipient: str
    subject: str
    text: str
    html: str
    message_id: str
    at: datetime
    recipient_name: str = ""
    headers: tuple[tuple[str, str], ...] = ()


class Outcome(Enum):
    """What the other side said."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # for good: asking again cannot help
    LATER = "later"  # not now: it has nothing of ours and may be asked again
    IN_DOUBT = "in_doubt"  # everything was handed over, no answer came back
    WITHDRAWN = "withdrawn"  # we called it back before the last moment


@dataclass(frozen=True, slots=True)
class Receipt:
    """The outcome of one hand-over. `is_address_bad`: no message will ever reach this address.
    `is_channel_down`: nothing was wrong with the message, the other side cannot be reached at all.
    """

    outcome: Outcome
    detail: str = ""
    is_address_bad: bool = False
    is_channel_down: bool = False


# Called once, immediately before the last byte that makes a message count as handed over. It
# commits the journal entry and tells whether to go on.
Commit: TypeAlias = Callable[[], bool]


class Adapter(Protocol):
    """One way to hand a message over."""

    key: str

    def check(self) -> None:
        """Try the connection without sending. Raises ChannelProblem."""

    def send(self, envelope: Envelope, *, commit: Commit) -> Receipt:
        """Hand one message over; every failure comes back as a receipt."""

    def close(self) -> None:
        """Let go of connections."""

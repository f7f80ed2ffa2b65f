"""The practice outbox: accepts everything, reaches nobody."""

from __future__ import annotations

from .base import Commit, Envelope, Outcome, Receipt


class PracticeAdapter:
    """Says yes and does nothing; the message stays where people can look at it."""

    key = "practice"

    def check(self) -> None:
        """Practice always works."""

    def send(self, envelope: Envelope, *, commit: Commit) -> Receipt:
        """Accept the message."""
        return Receipt(Outcome.ACCEPTED if commit() else Outcome.WITHDRAWN)

    def close(self) -> None:
        """There is nothing to let go of."""

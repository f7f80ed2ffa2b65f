"""Why an act on identity is refused, each in one sentence with the next step."""

from __future__ import annotations


class IdentityRefused(ValueError):
    """Raised when an act cannot be done; nothing has changed. The text is for people."""

    is_for_people = True


class CannotMerge(IdentityRefused):
    """These customers cannot be joined at all."""


class KeptApart(IdentityRefused):
    """Somebody said that two of the records are not the same; `pairs` names them."""

    def __init__(self, text: str, pairs: list[tuple[int, int]]) -> None:
        super().__init__(text)
        self.pairs = pairs


class ChangedMeanwhile(IdentityRefused):
    """Somebody else was faster; who looks again sees what holds now."""


class AlreadyUndone(IdentityRefused):
    """The act was reversed before."""


class NothingLeft(IdentityRefused):
    """Later acts have taken everywhere else what this one had moved."""


class CannotLink(IdentityRefused):
    """Two records cannot be bound, or kept apart, as things are."""


class CannotDivide(IdentityRefused):
    """A customer or a record cannot be divided so."""

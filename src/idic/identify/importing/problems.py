"""The one exception of an import: a sentence that says what is wrong and what to do next."""

from __future__ import annotations


class ImportProblem(Exception):
    """Raised when a file cannot be taken as it is. Nothing was changed; the message is shown to
    people as it stands. `code` names the case for tests and pages.
    """

    is_for_people = True

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code

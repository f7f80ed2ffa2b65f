"""The one exception of an import: a sentence that says what is wrong and what to do next."""

from __future__ import annotations


class ImportProblem(Exception):
    """Raised when a file cannot be taken as it is. Nothing was changed; the message is shown to
    people as it stands. `code` names the case for tests and pages; `option` is the remedy on the
    command line, which pages leave out of `sentence`.
    """

    is_for_people = True

    def __init__(self, code: str, sentence: str, *, option: str = "") -> None:
        super().__init__(f"{sentence} {option}".strip())
        self.code = code
        self.sentence = sentence

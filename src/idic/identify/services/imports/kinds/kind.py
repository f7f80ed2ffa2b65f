"""What an import knows of one kind of file beyond what is said of people in every kind: its rows,
which of them are news, how they are counted and written. One module a kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from django.db.models import Model

from idic.core.models import Business
from idic.identify.importing.readers import Workspace
from idic.identify.importing.reading import Decisions
from idic.identify.importing.terms import Terms
from idic.identify.models import ImportRun, Source
from idic.identify.services.imports.request import ImportRequest

# Writes rows of one table unseen and tells the progress bar.
Insert: TypeAlias = Callable[[type[Model], Sequence[str], Iterator[tuple[Any, ...]]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What surrounds the rows: whose file it is, how it is read, and when. `mark` tells the file
    from others.
    """

    source: Source | None
    business: Business
    request: ImportRequest
    terms: Terms
    now: datetime
    mark: str

    @property
    def is_demo(self) -> bool:
        """Tell whether it is the sample shop's."""
        return self.request.is_demo


class KindOfFile:
    """A kind of file. Only `build` must be there: the rest is for facts of its own."""

    def build(
        self, workspace: Workspace, about: About, decisions: Decisions, fields: Sequence[str]
    ) -> None:
        """Make the tables of the file from `typed`, those about people among them."""
        raise NotImplementedError

    def compare(self, workspace: Workspace, about: About) -> None:
        """Compare with what is known, before the people of the file have numbers."""

    def find_news(self, workspace: Workspace, about: About) -> None:
        """Find which of the kind's facts are news, once the people have numbers. Only reads."""

    def count(self, workspace: Workspace, about: About) -> dict[str, Any]:
        """Give the counts of its own."""
        return {}

    def weigh(self, workspace: Workspace) -> int:
        """Give how many rows `stage` will write."""
        return 0

    def stage(self, workspace: Workspace, run: ImportRun, about: About, insert: Insert) -> None:
        """Write what is news, unseen."""

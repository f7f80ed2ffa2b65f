"""The questions one can put to the index, each as one statement with bound values."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Any, TypeAlias

Statement: TypeAlias = tuple[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Words:
    """Who has every whole word and every word begun."""

    round: int
    whole: tuple[str, ...]
    begun: tuple[str, ...] = ()

    def sql(self, dialect: ModuleType, limit: int) -> Statement:
        """Write the question."""
        statement: Statement = dialect.match_words(self.whole, self.begun, limit)
        return statement


@dataclass(frozen=True, slots=True)
class Marks:
    """Who has an identifier that holds a sequence of characters."""

    round: int
    part: str

    def sql(self, dialect: ModuleType, limit: int) -> Statement:
        """Write the question."""
        statement: Statement = dialect.match_marks(self.part, limit)
        return statement


@dataclass(frozen=True, slots=True)
class Place:
    """Whom an id means."""

    round: int
    customer_id: int

    def sql(self, dialect: ModuleType, limit: int) -> Statement:
        """Write the question."""
        statement = "SELECT customer_id, value FROM identify_search_document WHERE customer_id = %s"
        return statement, [self.customer_id]


Ask: TypeAlias = Words | Marks | Place

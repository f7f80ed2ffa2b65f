"""Lays a draft rule out for the template: every row with its place, fields and problem."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from idic.differentiate.builder import Control, Draft, Group, Row, controls_of, list_asks
from idic.differentiate.builder.controls import Choices
from idic.differentiate.builder.draft import ROOT
from idic.differentiate.segments.check import MAX_DEPTH


@dataclass
class Laid:
    """A group or row as the template shows it."""

    path: str
    is_group: bool
    problem: str = ""
    kind: str = ""
    of: list[Laid] = field(default_factory=list)
    ask: str = ""
    topics: list[Any] = field(default_factory=list)
    controls: list[Control] = field(default_factory=list)

    @property
    def can_nest(self) -> bool:
        """Whether another group may stand inside."""
        return self.path.count(".") < MAX_DEPTH - 2

    @property
    def is_root(self) -> bool:
        """Whether it is the whole rule."""
        return self.path == ROOT


def lay_out(node: Draft, *, choices: Choices, currency: str, path: str = ROOT) -> Laid:
    """Give a draft with the fields of each row."""
    if isinstance(node, Row):
        return Laid(
            path=path,
            is_group=False,
            problem=node.problem if node.is_begun else "",
            ask=node.ask,
            topics=list_asks(node.ask),
            controls=controls_of(node, choices=choices, currency=currency),
        )
    return _lay_group(node, choices, currency, path)


def _lay_group(node: Group, choices: Choices, currency: str, path: str) -> Laid:
    inside = [
        lay_out(child, choices=choices, currency=currency, path=f"{path}.{i}")
        for i, child in enumerate(node.of)
    ]
    return Laid(path=path, is_group=True, problem=node.problem, kind=node.kind, of=inside)

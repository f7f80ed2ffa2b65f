"""Rows and groups as they stand in the form, and what its buttons do to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from idic.differentiate import segments
from idic.differentiate.segments import tree as t
from idic.differentiate.segments.check import MAX_DEPTH, MAX_NODES
from idic.differentiate.segments.say import turn

from .reading import RowProblem, read_row
from .writing import write_row

Kind: TypeAlias = Literal["all", "any", "none"]
ROOT = "0"
# What a new row asks first: something every shop knows, with a figure to change.
FIRST_ASK = "last_order_date"
FIRST_VALUES = {"op": ["last_days"], "days": ["90"]}


@dataclass
class Row:
    """One condition: what is asked, and what was typed or chosen beside it."""

    ask: str
    values: dict[str, list[str]] = field(default_factory=dict)
    problem: str = ""

    def value(self, key: str) -> str:
        """Give what one control holds."""
        return (self.values.get(key) or [""])[0]

    @property
    def is_begun(self) -> bool:
        """Whether anything was typed or ticked: an untouched row needs no warning."""
        choices = ("op", "win", "by", "purpose", "channel")
        return any(any(held) for key, held in self.values.items() if not key.endswith(choices))


@dataclass
class Group:
    """Conditions and groups of which all, any or none must hold."""

    kind: Kind
    of: list[Draft] = field(default_factory=list)
    problem: str = ""


Draft: TypeAlias = Row | Group


def read_draft(data: Mapping[str, Any], *, names: Sequence[str], lists: Any) -> Group:
    """Read the form. `names` are the hidden places in page order ("0:group", "0.1:row"); `lists`
    gives all values of one control.
    """
    root = Group("all")
    places: dict[str, Draft] = {ROOT: root}
    for name in names[: MAX_NODES + 1]:
        path, _, shape = name.partition(":")
        if path == ROOT:
            root.kind = _kind(data.get(f"{ROOT}-kind"))
            continue
        parent = places.get(path.rpartition(".")[0])
        if not isinstance(parent, Group) or path.count(".") > MAX_DEPTH:
            continue
        made: Draft = (
            Group(_kind(data.get(f"{path}-kind")))
            if shape == "group"
            else _read_row(path, data, lists)
        )
        places[path] = made
        parent.of.append(made)
    return root


def _kind(value: object) -> Kind:
    return "any" if value == "any" else "none" if value == "none" else "all"


def _read_row(path: str, data: Mapping[str, Any], lists: Any) -> Row:
    prefix = f"{path}-"
    values = {
        key[len(prefix) :]: [str(value) for value in lists(key)]
        for key in data
        if key.startswith(prefix) and key != f"{prefix}ask"
    }
    return Row(str(data.get(f"{prefix}ask") or FIRST_ASK), values)


def act(root: Group, what: str) -> Group:
    """Do what a button asks ("add-row:0", "add-group:0.1", "remove:0.1.2"); other words do
    nothing.
    """
    verb, _, path = what.partition(":")
    if verb in ("add-row", "add-group"):
        group = _find(root, path)
        if isinstance(group, Group):
            made: Draft = Row(FIRST_ASK, dict(FIRST_VALUES))
            group.of.append(made if verb == "add-row" else Group("any", [made]))
    if verb == "remove":
        parent = _find(root, path.rpartition(".")[0])
        place = path.rpartition(".")[2]
        if isinstance(parent, Group) and place.isdecimal() and int(place) < len(parent.of):
            del parent.of[int(place)]
    return root


def _find(root: Group, path: str) -> Draft | None:
    steps = path.split(".")
    found: Draft = root
    if steps[0] != ROOT:
        return None
    for step in steps[1:]:
        if not isinstance(found, Group) or not step.isdecimal() or int(step) >= len(found.of):
            return None
        found = found.of[int(step)]
    return found


def to_tree(root: Group, *, language: str, currency: str) -> t.Tree:
    """Turn a draft into a tree. Raises WrongTree; each row then holds its own problem."""
    problems: list[tuple[tuple[int, ...], str]] = []
    plain = _plain(root, (), problems, language=language, currency=currency)
    if problems:
        raise segments.WrongTree(problems)
    try:
        return segments.parse(plain)
    except segments.WrongTree as error:
        root.problem = str(error)
        raise


def _plain(
    node: Draft,
    place: tuple[int, ...],
    problems: list[tuple[tuple[int, ...], str]],
    *,
    language: str,
    currency: str,
) -> dict[str, Any]:
    if isinstance(node, Row):
        try:
            plain = read_row(node.ask, node.values, language=language, currency=currency)
            segments.parse(plain)
        except (RowProblem, segments.WrongTree) as error:
            node.problem = str(error)
            problems.append((place, node.problem))
            return {}
        return plain
    inside = [
        _plain(child, (*place, i), problems, language=language, currency=currency)
        for i, child in enumerate(node.of)
    ]
    if node.kind == "none":
        return {"type": "not", "of": {"type": "any", "of": inside}} if inside else {"type": "all"}
    return {"type": node.kind if inside or place else "all", "of": inside}


def draft_of(tree: t.Tree, *, language: str, currency: str) -> Group:
    """Lay a tree out in rows and groups, to go on editing it."""

    def lay(node: t.Tree) -> Draft:
        match node:
            case t.All(of=of):
                return Group("all", [lay(child) for child in of])
            case t.Any(of=of):
                return Group("any", [lay(child) for child in of])
            case t.Not(of=t.Any(of=of)):
                return Group("none", [lay(child) for child in of])
            case t.Not(of=t.HasState() | t.InSegment() as inner):
                ask, values = write_row(inner, language=language, currency=currency)
                return Row(ask, {**values, "op": ["no"]})
            case t.Not(of=inner):
                turned = turn(inner)
                return lay(turned) if turned is not None else Group("none", [lay(inner)])
        ask, values = write_row(node, language=language, currency=currency)
        return Row(ask, values)

    root = lay(tree)
    return root if isinstance(root, Group) else Group("all", [root])

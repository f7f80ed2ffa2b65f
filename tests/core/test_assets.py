"""The built style sheet and script stay light, hold what the pages name, and are built only when
their sources changed. Skips where nothing was built yet.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from idic.core.charts.frame import element
from idic.core.templatetags import ui
from tools import assets

TEMPLATES = sorted(assets.ROOMS.glob("*/templates/**/*.html"))
ICONS = set(re.findall(r'<symbol id="([^"]+)"', (assets.SOURCE / "icons.svg").read_text("utf-8")))

needs_build = pytest.mark.skipif(
    not (assets.BUILT / "manifest.json").exists(),
    reason="assets are not built: python -m tools.assets build",
)


@needs_build
def test_the_bundles_keep_their_budgets() -> None:
    sizes = assets.sizes()

    assert sizes["app.css"] <= 20_000
    assert sizes["app.js"] <= 45_000
    assert sizes["idic.js"] <= 5_000


@needs_build
def test_pages_name_built_files_by_their_content() -> None:
    manifest = json.loads((assets.BUILT / "manifest.json").read_text("utf-8"))

    assert ui.asset("app.css") == f"/static/core/built/{manifest['app.css']}"
    assert re.fullmatch(r"app\.[0-9a-f]{12}\.css", manifest["app.css"])
    assert all((assets.BUILT / name).exists() for key, name in manifest.items() if key != "stamp")


@needs_build
def test_the_bundles_ask_nobody_else_and_evaluate_nothing_of_ours() -> None:
    manifest = json.loads((assets.BUILT / "manifest.json").read_text("utf-8"))
    style = (assets.BUILT / manifest["app.css"]).read_text("utf-8")

    assert "url(" not in style
    assert "@import" not in style


def test_an_asset_that_is_not_built_keeps_its_plain_name() -> None:
    assert ui.asset("nothing.css") == "/static/core/built/nothing.css"


def test_a_changed_source_changes_the_stamp(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "ROOT", tmp_path)
    source = tmp_path / "a.css"
    source.write_text("a{}", "utf-8")
    before = assets.stamp_of([source])

    source.write_text("a{color:red}", "utf-8")

    assert assets.stamp_of([source]) != before


def test_a_build_is_fresh_only_while_all_its_files_are_there(tmp_path: Path) -> None:
    (tmp_path / "app.1.css").write_text("", "utf-8")
    manifest = {"stamp": "s", "app.css": "app.1.css"}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), "utf-8")

    assert assets.is_fresh("s", built=tmp_path)
    assert not assets.is_fresh("other", built=tmp_path)
    (tmp_path / "app.1.css").unlink()
    assert not assets.is_fresh("s", built=tmp_path)


def test_every_icon_a_page_names_is_drawn() -> None:
    named = {
        (name, path.name)
        for path in TEMPLATES
        for name in re.findall(r'{% icon "([a-z_]+)"', path.read_text("utf-8"))
        + re.findall(r'<c-[a-z_-]+[^>]*\sicon="([a-z_]+)"', path.read_text("utf-8"))
    }

    assert {(name, page) for name, page in named if name not in ICONS} == set()
    assert set(ui._STATE_ICONS.values()) <= ICONS


def test_no_page_carries_a_style_or_a_script_of_its_own() -> None:
    found = {
        path.name: re.findall(r"\sstyle=|<style|<script(?![^>]*\ssrc=)|\son[a-z]+=\"", text)
        for path in TEMPLATES
        # A mail has no style sheet beside it, and no page's policy around it.
        if not path.name.endswith("_mail.html") and (text := path.read_text("utf-8"))
    }

    assert {page: what for page, what in found.items() if what} == {}


def test_the_sprite_is_well_formed_and_draws_with_one_pen() -> None:
    sprite = (assets.SOURCE / "icons.svg").read_text("utf-8")

    assert len(ICONS) == sprite.count("<symbol ")
    assert sprite.count('viewBox="0 0 20 20"') == len(ICONS)
    assert "stroke=" not in sprite


def test_every_island_opens_with_its_example() -> None:
    islands = sorted((assets.SOURCE / "islands").glob("*.ts"))

    assert all(path.read_text("utf-8").startswith("/**") for path in islands)
    assert all(
        "<" in path.read_text("utf-8").split("*/")[0] for path in islands if path.stem != "fold"
    )


def test_elements_leave_out_what_is_not_given() -> None:
    assert element("text", "a", x=1.5, class_=None) == '<text x="1.5">a</text>'

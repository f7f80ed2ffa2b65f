"""The floors hold: imports, foreign keys and templates go down only; nothing runs in a circle."""

from __future__ import annotations

import re
from pathlib import Path

from django.apps import apps

from tools import docs, house

_REFERENCE = re.compile(r'{%\s*(?:extends|include)\s+"([^"]+)"')
_URL = re.compile(r'{%\s*url\s+"([^"]+)"')
ROOT = house.SOURCE.parent


def templates() -> list[Path]:
    return sorted(house.PACKAGE.rglob("templates/**/*.html"))


def test_no_import_goes_up() -> None:
    assert house.arrows_up() == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert house.circles() == []


def test_every_room_is_on_a_floor() -> None:
    rooms = {path.name for path in house.PACKAGE.iterdir() if (path / "__init__.py").exists()}

    assert rooms - {"cli"} == set(house.ROOMS)


def test_foreign_keys_go_down() -> None:
    wrong = []
    for model in apps.get_models():
        room = model._meta.app_label
        for field in model._meta.get_fields():
            target = getattr(field, "related_model", None)
            if room not in house.HEIGHT or field.auto_created or target in (None, model):
                continue
            other = target._meta.app_label
            if other != room and house.HEIGHT.get(other, 0) >= house.HEIGHT[room]:
                wrong.append(f"{model.__name__}.{field.name} -> {other}")

    assert wrong == []


def test_templates_use_their_own_room_and_those_below() -> None:
    wrong = []
    for path in templates():
        room = path.relative_to(house.PACKAGE).parts[0]
        for name in _REFERENCE.findall(path.read_text(encoding="utf-8")):
            other = name.split("/")[0].split("#")[0]
            if other != room and house.HEIGHT.get(other, 99) >= house.HEIGHT[room]:
                wrong.append(f"{path.name} uses {name}")

    assert wrong == []


def test_every_address_a_template_names_exists() -> None:
    from django.urls import get_resolver

    known = set()
    for namespace, (_prefix, resolver) in get_resolver().namespace_dict.items():
        known |= {f"{namespace}:{name}" for name in resolver.reverse_dict if isinstance(name, str)}
    used = {
        (path.name, name)
        for path in templates()
        for name in _URL.findall(path.read_text(encoding="utf-8"))
    }

    assert {pair for pair in used if pair[1] not in known} == set()


def test_the_picture_in_the_architecture_page_is_todays() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")

    assert "Circles: 0. Arrows up: 0." in text
    assert docs.drawn(text) == text
    assert docs.drawn(text.replace("Circles: 0.", "Circles: 1.")) == text

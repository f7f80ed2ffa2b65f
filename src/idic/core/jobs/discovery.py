"""Finds the tables that rooms declare (handlers, schedules, data sets) without importing upward
by name: each installed room may have a module of an agreed name holding an agreed constant.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps


def room_constants(*, module: str, constant: str) -> Iterator[Any]:
    """Give the constant of each installed room whose module of that name declares it."""
    for config in apps.get_app_configs():
        if not config.name.startswith("idic.") or find_spec(f"{config.name}.{module}") is None:
            continue
        declared = getattr(import_module(f"{config.name}.{module}"), constant, None)
        if declared is not None:
            yield declared

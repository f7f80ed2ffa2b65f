"""Brings the rows of a known export into the shape every file has: rows of explanations go, and
what several columns say of an order's state comes together in one.
"""

from __future__ import annotations

from collections.abc import Mapping

from idic.identify.importing.columns.guessing import normal_heading
from idic.identify.importing.readers import Workspace
from idic.identify.importing.values.statuses import BETWEEN

from .preset import Preset

_CANCELLED = "cancelled"
# Fields an export may have several columns for, of which one is filled.
_SEVERAL = frozenset({"phone", "email", "full_name", "product_code", "ordered_at"})


def reshape(workspace: Workspace, *, preset: Preset, mapping: Mapping[str, str]) -> None:
    """Change the loaded rows in place. `mapping` says which heading feeds which field."""
    places = {normal_heading(header): f"c{place}" for place, header in enumerate(workspace.headers)}
    for heading, start in preset.descriptions.items():
        if column := places.get(normal_heading(heading)):
            workspace.run(f"DELETE FROM raw WHERE starts_with({column}, ?)", [start])  # noqa: S608
    _fill_from_second_choices(workspace, preset, mapping, places)
    target = places.get(normal_heading(mapping.get("status", "")))
    if target is None:
        return
    for heading in preset.also_status:
        column = places.get(normal_heading(heading))
        if column and column != target:
            _append(workspace, target, column, column)
    for heading in preset.cancelled_if_filled:
        if column := places.get(normal_heading(heading)):
            _append(workspace, target, column, f"'{_CANCELLED}'")


def _fill_from_second_choices(
    workspace: Workspace, preset: Preset, mapping: Mapping[str, str], places: Mapping[str, str]
) -> None:
    """Take the second-best column where the best one is empty: a mobile number or else a phone."""
    for field in _SEVERAL & set(mapping):
        target = normal_heading(mapping[field])
        choices = preset.choices.get(field, [])
        if target not in choices:
            continue
        for other in choices:
            if other != target and other in places:
                workspace.run(
                    f"UPDATE raw SET {places[target]} = {places[other]} "  # noqa: S608
                    f"WHERE nullif(trim({places[target]}), '') IS NULL"
                )


def _append(workspace: Workspace, target: str, column: str, word: str) -> None:
    workspace.run(
        f"UPDATE raw SET {target} = concat_ws('{BETWEEN}', {target}, {word}) "  # noqa: S608
        f"WHERE nullif(nullif(trim({column}), ''), '-') IS NOT NULL"
    )

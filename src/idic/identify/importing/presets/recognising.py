"""Tells whose export a file is by its headings alone, whatever columns are missing, added or moved,
and how sure that is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from idic.identify.importing.columns.guessing import normal_heading

from . import (
    bizfly,
    douyin,
    fxiaoke,
    haravan,
    hubspot,
    kiotviet,
    mautic,
    sapo,
    shopee,
    shopify,
    slimcrm,
    tiktok,
    woocommerce,
    youzan,
    zoho,
)
from .preset import Preset

PRESETS: tuple[Preset, ...] = (
    *kiotviet.PRESETS,
    *sapo.PRESETS,
    *haravan.PRESETS,
    *shopee.PRESETS,
    *tiktok.PRESETS,
    *douyin.PRESETS,
    *youzan.PRESETS,
    *shopify.PRESETS,
    *woocommerce.PRESETS,
    *zoho.PRESETS,
    *hubspot.PRESETS,
    *mautic.PRESETS,
    *fxiaoke.PRESETS,
    *bizfly.PRESETS,
    *slimcrm.PRESETS,
)
# Headings of its own count for more than the share of the file that is known: people add columns.
_TELLS, _KNOWN = 0.6, 0.4
_LEAST = 0.5
_LEAST_TELLS = 2


@dataclass(frozen=True, slots=True)
class Recognition:
    """A preset that fits a file, and how sure that is, 0..1."""

    preset: Preset
    sureness: float


def find_preset(key: str) -> Preset | None:
    """Find a preset by its key."""
    return next((preset for preset in PRESETS if preset.key == key), None)


def recognise(headers: Sequence[str]) -> Recognition | None:
    """Give the export whose headings these are, or None when none fits or two fit equally well."""
    have = {normal_heading(header) for header in headers} - {""}
    found = [Recognition(preset, _sureness(preset, have)) for preset in PRESETS]
    likely = sorted((one for one in found if one.sureness >= _LEAST), key=lambda one: -one.sureness)
    if len(likely) > 1 and likely[0].sureness == likely[1].sureness:
        return None
    return likely[0] if likely else None


def _sureness(preset: Preset, have: set[str]) -> float:
    tells = len(preset.telling & have)
    if tells < _LEAST_TELLS:
        return 0.0
    known = len(preset.headings & have) / len(have)
    return round(_TELLS * tells / len(preset.telling) + _KNOWN * known, 3)


def map_columns(*, preset: Preset, headers: Sequence[str]) -> dict[str, str]:
    """Give the mapping field → heading as the file writes it. A column feeds one field only."""
    by_heading: dict[str, str] = {}
    for header in headers:
        by_heading.setdefault(normal_heading(header), header)
    mapping: dict[str, str] = {}
    taken: set[str] = set()
    for name, wanted in preset.choices.items():
        found = next((h for h in wanted if h in by_heading and h not in taken), None)
        if found is not None:
            taken.add(found)
            mapping[name] = by_heading[found]
    return mapping

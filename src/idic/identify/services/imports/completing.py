"""Completes what was asked for a file by what the business is and what is known of the system the
file comes from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from idic.core.models import Business
from idic.identify.importing.presets import Preset
from idic.identify.importing.terms import FILL, OVERWRITE, Terms
from idic.identify.services.sources import is_from_third_party

from . import currencies
from .request import ImportRequest
from .rules import check_rules


def complete(*, request: ImportRequest, preset: Preset | None) -> ImportRequest:
    """Say what was not said from what is known of the system: its name."""
    return replace(request, source=request.source or (preset.system if preset else ""))


def make_terms(
    *,
    request: ImportRequest,
    business: Business,
    mapping: Mapping[str, str],
    preset: Preset | None = None,
) -> Terms:
    """Put together how the file is read, from what was asked, what the business is and what is
    known of the system.
    """
    place = currencies.first_place(business=business, request=request)
    return Terms(
        kind=request.kind,
        mapping=mapping,
        currency=currencies.check_code(request.currency or business.currency),
        country=place.get("country", business.country),
        time_zone=place.get("time_zone", business.time_zone),
        language=business.language,
        consents=request.consents,
        numbers_of=request.numbers_of,
        date_order=request.date_order,
        preset=preset.key if preset else "",
        rules=_spare_own(request, check_rules(rules=request.rules, kind=request.kind)),
    )


def _spare_own(request: ImportRequest, rules: dict[str, str]) -> dict[str, str]:
    """Let a third party's file fill blanks at most: it never overwrites what we know ourselves."""
    if not is_from_third_party(name=request.source, is_demo=request.is_demo):
        return rules
    return {field: FILL if rule == OVERWRITE else rule for field, rule in rules.items()}

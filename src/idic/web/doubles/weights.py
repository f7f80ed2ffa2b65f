"""Why two are taken for one: what each finding counts in words and bars, what was left out, and
from where on the matcher joins or asks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from idic.core.templatetags import ui
from idic.engine.matching import Parameters
from idic.engine.matching.comparing import LEVELS
from idic.identify import matches
from idic.identify.models import MatchModel

from .words import say_field, say_level, say_strength

_WIDEST = 16.0
_UNSEEN = 0.01


@dataclass(frozen=True)
class Finding:
    """What one finding counts; the bar runs from zero to `bits`, to the right for one person. Its
    ends are text: an SVG takes no decimal comma.
    """

    says: str
    strength: str
    bits: float
    rare: str
    bar_from: str
    bar_width: str


@dataclass(frozen=True)
class FieldWeights:
    """One field with its findings, the most telling first."""

    label: str
    findings: list[Finding]


@dataclass(frozen=True)
class Shared:
    """An identifier that belongs to many, and counts for nothing."""

    label: str
    records: int
    names: int


@dataclass(frozen=True)
class LeftOut:
    """What was too common to compare everybody by."""

    label: str
    cap: int
    records: int
    pairs: int


@dataclass(frozen=True)
class Learned:
    """One level of one field for analysts: m, u, the household's, and what it weighs."""

    field: str
    level: str
    match: float
    random: float
    household: float
    bits: float

    @property
    def is_unseen(self) -> bool:
        """Tell whether it hardly ever comes up, of one person or of two: in a town where every
        address ends in its name, no two cities are wholly different.
        """
        return self.match < _UNSEEN and self.random < _UNSEEN / 10


@dataclass(frozen=True)
class Weights:
    """All that the page shows."""

    fitted_at: datetime
    is_demo: bool
    records: int
    fields: list[FieldWeights]
    shared: list[Shared]
    left_out: list[LeftOut]
    learned: list[Learned]
    counts: dict[str, Any]
    join_odds: int
    ask_one_in: int
    wrong_of_hundred: float | None
    found_of_hundred: float | None


def build_weights() -> Weights | None:
    """Give what the model in force counts; None before anybody was compared."""
    model = matches.get_last_model()
    if model is None:
        return None
    counts = model.counts
    parameters = Parameters.from_json(model.parameters)
    return Weights(
        fitted_at=model.fitted_at,
        is_demo=model.is_demo,
        records=model.record_count,
        fields=_list_fields(model, parameters),
        shared=_list_shared(counts),
        left_out=_list_left_out(counts),
        learned=_list_learned(parameters),
        counts=counts,
        join_odds=_odds(parameters.zones.auto),
        ask_one_in=1 + _odds(-parameters.zones.review),
        wrong_of_hundred=_per_hundred(counts.get("expected_precision"), is_missing=True),
        found_of_hundred=_per_hundred(counts.get("expected_recall"), is_missing=False),
    )


def _odds(bits: float) -> int:
    """Give odds of at least one as a whole number."""
    return max(1, round(2 ** min(bits, 40.0)))


def _per_hundred(share: Any, *, is_missing: bool) -> float | None:
    if not isinstance(share, (int, float)) or not math.isfinite(share):
        return None
    return round(100 * (1 - share if is_missing else share), 1)


def _list_fields(model: MatchModel, parameters: Parameters) -> list[FieldWeights]:
    known = model.counts.get("fields", {})
    seen = {(one.field, one.level) for one in _list_learned(parameters) if not one.is_unseen}
    return [
        FieldWeights(
            say_field(field=one.field),
            _merged(
                [
                    _finding(one.field, level)
                    for level in one.levels
                    if (one.field, level.level) in seen
                ]
            ),
        )
        for one in matches.list_weights(is_demo=model.is_demo)
        if known.get(one.field, 1)
    ]


def _merged(findings: list[Finding]) -> list[Finding]:
    """Leave out a finding said in the same words before: levels only an analyst tells apart."""
    return list({one.says: one for one in reversed(findings)}.values())[::-1]


def _finding(field: str, level: matches.Counted) -> Finding:
    bits = max(-_WIDEST, min(_WIDEST, level.bits))
    rare = ""
    if level.rare_bits is not None and level.rare_bits - level.bits >= 2:
        rare = _("where it is rare: %(strength)s") % {
            "strength": say_strength(bits=level.rare_bits)
        }
    return Finding(
        says=say_level(field=field, level=level.level),
        strength=say_strength(bits=level.bits),
        bits=level.bits,
        rare=rare,
        bar_from=f"{_WIDEST + min(0.0, bits):.2f}",
        bar_width=f"{max(abs(bits), 0.2):.2f}",
    )


def _list_shared(counts: dict[str, Any]) -> list[Shared]:
    rows = [
        Shared(say_field(field=str(one["field"])), int(one["records"]), int(one["names"]))
        for one in counts.get("shared", ())
    ]
    return sorted(rows, key=lambda one: -one.records)[:20]


def _list_left_out(counts: dict[str, Any]) -> list[LeftOut]:
    rows = [
        LeftOut(
            _say_rule(str(one["rule"])),
            int(one["cap"]),
            int(one["dropped_records"]),
            int(one["dropped_pairs"]),
        )
        for one in counts.get("blocks", ())
        if one.get("dropped_blocks")
    ]
    return sorted(rows, key=lambda one: -one.pairs)[:20]


def _say_rule(rule: str) -> str:
    """Name what a block was made by: its fields, and which part of them."""
    return ui.listed(_say_term(term.strip()) for term in rule.split("+"))


def _say_term(term: str) -> str:
    field, _dot, part = term.partition(".")
    label = say_field(field=field)
    return _("part of: %(field)s") % {"field": label} if part else label


def _list_learned(parameters: Parameters) -> list[Learned]:
    found = []
    for field in parameters.schema.fields:
        learned = parameters.weights[field.name]
        for place, level in enumerate(LEVELS[field.kind]):
            if level == "missing":
                continue
            match, random = learned.match[place], 2 ** learned.log_random[place]
            bits = math.log2(max(match, 1e-9)) - learned.log_random[place]
            found.append(Learned(field.name, level, match, random, learned.household[place], bits))
    return found

"""What an import is told besides the file: currency, country, zone, whose numbers, and on what
ground people may be written to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from idic.core import money

from .columns import Kind
from .presets import find_preset
from .values.dates import DateOrder

# What a column may do to people already known, other than the best source's newest value winning.
FILL, OVERWRITE, SKIP = "fill", "overwrite", "skip"
RULES = (FILL, OVERWRITE, SKIP)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentTerms:
    """What the people of a file said about one channel, as the one who imports it declares.
    "unknown" leaves service messages only.
    """

    status: str = "unknown"
    basis: str = "unknown"
    given_on: date | None = None
    proof: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How the cells of a file are read. `numbers_of` names the source whose customer numbers the
    file uses, when that is not its own; `preset` the export of a known system it is; `rules`
    what columns may do to people already known.
    """

    kind: Kind
    mapping: Mapping[str, str]
    currency: str
    country: str
    time_zone: str
    language: str
    consents: Mapping[str, ConsentTerms] = field(default_factory=dict)
    numbers_of: str = ""
    date_order: DateOrder | None = None
    preset: str = ""
    rules: Mapping[str, str] = field(default_factory=dict)

    @property
    def exponent(self) -> int:
        """Decimals of the currency."""
        return money.exponent(self.currency)

    @property
    def likely_date_order(self) -> DateOrder:
        """Which comes first where the file does not tell: the month only in America."""
        if self.date_order is not None:
            return self.date_order
        preset = find_preset(self.preset)
        if preset is not None and preset.date_order is not None:
            return preset.date_order
        return DateOrder.MONTH_FIRST if self.country == "US" else DateOrder.DAY_FIRST

    def to_json(self) -> dict[str, Any]:
        """Give plain values, for the fingerprint and to show later."""
        consents = {
            channel: {
                "status": terms.status,
                "basis": terms.basis,
                "given_on": terms.given_on.isoformat() if terms.given_on else None,
                "proof": terms.proof,
            }
            for channel, terms in self.consents.items()
        }
        told: dict[str, Any] = {"preset": self.preset} if self.preset else {}
        if self.rules:
            told["rules"] = dict(self.rules)
        return told | {
            "kind": self.kind.value,
            "mapping": dict(self.mapping),
            "currency": self.currency,
            "country": self.country,
            "time_zone": self.time_zone,
            "consents": consents,
            "numbers_of": self.numbers_of,
            "date_order": self.date_order.value if self.date_order else None,
        }

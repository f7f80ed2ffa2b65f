"""How personal a message is: a name alone is not personal."""

from __future__ import annotations

from dataclasses import dataclass

from .catalogue import ONLY_THE_NAME, PERSONAL_FACTS
from .rendering import names_in


@dataclass(frozen=True, slots=True)
class Depth:
    """What a message takes from a person's own data. `is_shallow`: nothing but the name."""

    facts: tuple[str, ...]
    has_name: bool

    @property
    def is_shallow(self) -> bool:
        """Tell whether everybody gets the same but for the name."""
        return not self.facts


def measure_depth(*, subject: str, body: str) -> Depth:
    """Count what of a message is personal beyond the name."""
    used = names_in(f"{subject}\n{body}")
    return Depth(
        facts=tuple(name for name in used if name in PERSONAL_FACTS),
        has_name=any(name in ONLY_THE_NAME for name in used),
    )

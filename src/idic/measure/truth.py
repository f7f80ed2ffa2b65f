"""The truth about the sample shop, written down when it is made up: who is who, who left when, who
needs what, what each campaign really brought. Kept as a file beside the sample shop's others.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec
from django.conf import settings


class TruePerson(msgspec.Struct, frozen=True):
    """Somebody as they really are."""

    number: int
    need: str
    channel: str
    leaves_on: date
    is_growing: bool = False


class TrueEffect(msgspec.Struct, frozen=True):
    """What a campaign really did: of those who got it, the share that bought because of it (or
    stayed away), and the amount in minor units.
    """

    campaign_id: int
    rate: float
    amount: int


class Truth(msgspec.Struct, frozen=True):
    """Everything that is known because it was made up. `records` gives, by the name of a source,
    whom each of its keys stands for.
    """

    trade: str
    people: list[TruePerson]
    records: dict[str, dict[str, int]]
    effects: list[TrueEffect] = []


def save_truth(truth: Truth) -> None:
    """Write the truth down, whole or not at all."""
    path = _path()
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_bytes(msgspec.json.encode(truth))
    draft.replace(path)


def find_truth() -> Truth | None:
    """Read the truth; None where there is no sample shop, or it is of an earlier kind."""
    try:
        return msgspec.json.decode(_path().read_bytes(), type=Truth)
    except (OSError, msgspec.MsgspecError):
        return None


def _path() -> Path:
    return Path(settings.IDIC_FILES) / "demo" / "truth.json"

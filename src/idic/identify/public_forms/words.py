"""The word a form's page carries: sealed, it says which form was shown when, with which places and
which wordings, so that what comes back can be held against what was asked.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.core import signing

_SALT = "identify.form"
LASTS = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Word:
    """What a page was made with. `wordings` leads from a box to agree to what it said."""

    form_id: int
    nonce: str
    made_at: datetime
    places: tuple[int, ...]
    wordings: dict[int, int]
    visitor: str = ""  # the mark of the device it was made for, where somebody is known there

    @property
    def key(self) -> str:
        """Give what makes a second press of the same page the same submission."""
        return hashlib.sha256(self.nonce.encode()).hexdigest()


def make_word(
    *,
    form_id: int,
    places: list[int],
    wordings: dict[int, int],
    now: datetime,
    nonce: str = "",
    visitor: str = "",
) -> str:
    """Seal a page."""
    said = {
        "f": form_id,
        "n": nonce or secrets.token_urlsafe(12),
        "t": int(now.timestamp()),
        "p": places,
        "w": [[field, wording] for field, wording in wordings.items()],
        "v": visitor,
    }
    return signing.dumps(said, salt=_SALT)


def read_word(text: str, *, form_id: int, now: datetime) -> Word | None:
    """Read a page's word; None when it is not ours, of another form, or too old."""
    if len(text) > 4_000:
        return None
    try:
        said = signing.loads(text, salt=_SALT)
    except signing.BadSignature:
        return None
    made_at = datetime.fromtimestamp(said["t"], UTC)
    if said["f"] != form_id or not made_at <= now < made_at + LASTS:
        return None
    places, wordings = tuple(said["p"]), dict(said["w"])
    return Word(form_id, said["n"], made_at, places, wordings, said.get("v", ""))

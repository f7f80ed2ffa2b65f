"""Where an asking stands: since when, and what of that second was there already. Lists move while
they are read; so each page begins where the last one ended in time, not in number, and a list that
does not come in the order of its changes is read by number to its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import msgspec

from idic.identify.ingest import moments
from idic.identify.ingest.hooks.kiotviet import moment

from .kiotviet import PAGE, Thing

_OVERLAP = timedelta(seconds=1)  # whether "since" takes in that very moment is not said
_ZONE = timezone(timedelta(hours=7))


class Place(msgspec.Struct, frozen=True):
    """Read up to `since`; `latest` is the youngest change met, `seen` those about to come again."""

    since: str = ""
    offset: int = 0
    latest: str = ""
    seen: dict[str, str] = {}
    is_by_number: bool = False

    @property
    def asked_since(self) -> str:
        """The moment to ask from, as the system writes it; empty for all there is."""
        at = _read(self.since)
        return f"{(at - _OVERLAP).astimezone(_ZONE):%Y-%m-%dT%H:%M:%S}" if at else ""

    def is_new(self, thing: Thing) -> bool:
        """Tell whether a thing has not come with a page before."""
        return _key(thing) not in self.seen

    def after(self, things: Sequence[Thing]) -> Place:
        """Give the place behind a page."""
        changes = [at for thing in things if (at := _read(thing.changed))]
        latest = max([*changes, *filter(None, [_read(self.latest)])], default=None)
        seen = self.seen | {_key(thing): thing.changed for thing in things}
        if len(things) < PAGE:
            return _place(latest, seen)
        is_by_number = self.is_by_number or changes != sorted(changes)
        before = _read(self.since)
        if not is_by_number and changes and (before is None or changes[-1] > before):
            return _place(changes[-1], seen)
        # As many changed at one moment as a page holds, or they come in no order.
        offset, latest_text = self.offset + len(things), _write(latest)
        seen = self.seen if is_by_number else seen
        return Place(self.since, offset, latest_text, seen, is_by_number)

    def as_json(self) -> Any:
        """Write it for the table."""
        return msgspec.to_builtins(self)


def read_place(given: Any) -> Place:
    """Read what stands in the table; the beginning where nothing does."""
    try:
        return msgspec.convert(given, Place)
    except msgspec.ValidationError:
        return Place()


def _place(at: datetime | None, seen: dict[str, str]) -> Place:
    """Everything up to a moment was read; remember only what would come again."""
    near = {
        key: changed
        for key, changed in seen.items()
        if at is None or (other := _read(changed)) is None or other >= at - 2 * _OVERLAP
    }
    return Place(_write(at), 0, _write(at), near)


def _key(thing: Thing) -> str:
    return f"{thing.id}@{thing.changed}"


def _read(text: str) -> datetime | None:
    return moments.read(moment(text)) if text else None


def _write(at: datetime | None) -> str:
    return at.isoformat() if at else ""

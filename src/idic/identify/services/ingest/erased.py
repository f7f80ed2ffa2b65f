"""Leaves out calls about people who were erased: counted as rejected, and nothing of them kept. A
device of theirs may come again, as nobody in particular; what it did before the erasure may not,
nor may what is older than that of somebody who came back themselves.
"""

from __future__ import annotations

from collections.abc import Sequence

from idic.core.models import Business
from idic.identify.ingest.calls import Call
from idic.identify.ingest.traits import read_traits
from idic.identify.models import IdentifierType, Source
from idic.identify.services.tombstones import (
    Names,
    find_lifted,
    find_tombstones,
    name_of_key,
    was_anybody_erased,
)

from .ledger import Tally
from .parties import user_key


def leave_out_erased(
    calls: Sequence[Call], *, source: Source, business: Business, tally: Tally
) -> list[Call]:
    """Give the calls that are about nobody who was erased; count the others."""
    if not was_anybody_erased():
        return list(calls)
    names = [_names_of(call, source, business) for call in calls]
    devices = [_devices_of(call) for call in calls]
    wanted = {name for those in (*names, *devices) for name in those}
    found, back = find_tombstones(names=wanted), find_lifted(names=wanted)
    good = []
    for call, persons, own in zip(calls, names, devices, strict=True):
        is_old = any(call.occurred_at <= found[name] for name in own if name in found)
        is_old |= any(call.occurred_at <= back[name] for name in (*persons, *own) if name in back)
        if is_old or any(name in found for name in persons):
            day = call.received_at.date()
            tally.add(source_id=source.id, day=day, column="rejected")
        else:
            good.append(call)
    return good


def _names_of(call: Call, source: Source, business: Business) -> list[Names]:
    keys = [user_key(one) for one in (call.user_id, call.previous_id) if one]
    names = [name_of_key(source_id=source.id, key=key) for key in keys]
    if call.traits or "@" in call.user_id:
        told = read_traits(
            call.traits,
            user_id=call.user_id,
            country=business.country,
            language=business.language,
        )
        for kind, value in told.identifying:
            names += [(kind, value), name_of_key(source_id=source.id, key=f"{kind}:{value}")]
    return names


def _devices_of(call: Call) -> list[Names]:
    return [(IdentifierType.DEVICE, one) for one in (call.anonymous_id,) if one]

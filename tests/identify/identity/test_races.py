"""Two at once: nobody waits for the other for ever, one of two contrary acts wins, the other hears
why, and the log tells the same story as the tables.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import connection

from idic.identify.models import Customer, IdentityAct, IdentityLogEntry
from idic.identify.services.identity import (
    AlreadyUndone,
    ChangedMeanwhile,
    IdentityRefused,
    merge,
    replay,
    unmerge,
)
from tests.cast import NOW

from .people import People

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.req("R028")]
BY: dict[str, Any] = {"by": "person", "actor": "alice@example.com"}


def at_once(acts: Sequence[Callable[[], object]]) -> list[object]:
    """Do all of these at the same moment; give what each came to, a refusal too."""
    came: list[object] = [None] * len(acts)
    start = threading.Barrier(len(acts))

    def work(place: int) -> None:
        start.wait()
        try:
            came[place] = acts[place]()
        except IdentityRefused as refused:
            came[place] = refused
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
    return came


def joining(numbers: set[int]) -> Callable[[], object]:
    return lambda: merge(customer_ids=numbers, now=NOW, **BY)


def test_merges_at_once_never_wait_for_each_other_and_the_slower_one_hears_why() -> None:
    people = People()
    first, second, third, fourth = (people.add(name="Lan") for _ in range(4))

    came = at_once(
        [
            joining({first, second}),
            joining({third, second}),
            joining({fourth, third}),
            joining({first, fourth}),
        ]
    )

    made = [one for one in came if isinstance(one, IdentityLogEntry)]
    refused = [one for one in came if isinstance(one, ChangedMeanwhile)]
    assert len(made) + len(refused) == 4
    assert made
    assert Customer.objects.filter(merged_into__isnull=False).count() == len(made)
    assert replay().is_whole

    entry = made[0]
    undone = at_once([lambda: unmerge(entry_id=entry.id, actor="bob", now=NOW)] * 3)
    assert sum(isinstance(one, IdentityLogEntry) for one in undone) == 1
    assert sum(isinstance(one, AlreadyUndone) for one in undone) == 2
    assert IdentityLogEntry.objects.filter(act=IdentityAct.UNMERGE).count() == 1
    assert replay().is_whole

"""Events of a large shop rolled up for rules that count them: of each kind whose and on which day,
in the order of days, with running sums a record every two million. A window of any length is then
the difference of two sums and at most two million numbers: some milliseconds for fifty million
events, mapped from files and shared by all processes.

Made from the lake by the refresh (`renew`), in a folder that may be deleted at any time. Younger
events are read from the database as they come in, so that every count is exact; where the rollup no
longer holds for the lake (an undo, an erasure, a compaction) it is not used until made again.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from django.conf import settings
from django.db.models import Max
from numpy.typing import NDArray

from idic.core import ids
from idic.core.exclusive import exclusively
from idic.engine.table import Table, connect
from idic.identify.models import Event, ImportRun, ImportState, LakeMark
from idic.lake.datasets import get_dataset
from idic.lake.models import LakeFile
from idic.lake.reader import make_view
from idic.lake.selectors import list_live_files

from . import tree as t
from .columns import Numbers
from .frame import Frame
from .rollup_files import write

# Below, the database is quick enough.
LEAST_EVENTS = 200_000
EVERY = 2_000_000  # events between two running sums
MOST_YOUNG = 200_000  # events read from the database; with more, the rollup is not used
MOST_LATER = 1_000_000  # events of the lake's newer files, held in memory; with more, made anew
TRUSTED_SECONDS = 2.0
_EPOCH = dt.date(1970, 1, 1)
_LATER = """
    SELECT kind, record_id, date_diff('day', DATE '1970-01-01',
        CAST(timezone($p_zone, timezone('UTC', occurred_at)) AS DATE)) AS day
    FROM event WHERE record_id IS NOT NULL
"""
Days: TypeAlias = NDArray[np.int32]
Places: TypeAlias = NDArray[np.uint32]


@dataclass(frozen=True)
class Kind:
    """All events of one kind in the order of days, and the running sums of their records."""

    days: Days
    places: Places
    sums: NDArray[np.uint32]  # after 0, EVERY, 2 × EVERY … events; the first row is all zero

    def count(self, first: int | None, last: int, size: int) -> Numbers:
        """Count the events of each record from day to day, both included."""
        start = 0 if first is None else int(np.searchsorted(self.days, np.int32(first)))
        end = int(np.searchsorted(self.days, np.int32(last), side="right"))
        if end - start <= 2 * EVERY:
            few: Numbers = np.bincount(self.places[start:end], minlength=size)
            return few
        return self._until(end, size) - self._until(start, size)

    def _until(self, place: int, size: int) -> Numbers:
        nearest = min(round(place / EVERY), len(self.sums) - 1)
        known: Numbers = self.sums[nearest].astype(np.int64)
        at = nearest * EVERY
        if at <= place:
            return known + np.bincount(self.places[at:place], minlength=size)
        return known - np.bincount(self.places[place:at], minlength=size)


@dataclass(frozen=True)
class Young:
    """Events that came in after the rollup was made: records and days, by kind."""

    stamp: tuple[int, ...]
    kinds: Mapping[str, list[tuple[Numbers, Numbers]]] = field(default_factory=dict)


@dataclass
class Rollups:
    """A rollup as it lies on disk, with the events that are younger."""

    name: str
    zone: str
    files: frozenset[int]
    records: Numbers  # ascending
    kinds: Mapping[str, Kind]
    later: Young = field(default_factory=lambda: Young(()))  # of the lake's newer files
    young: Young = field(default_factory=lambda: Young(()))  # of the database
    _owners: tuple[object, Numbers] | None = None

    @property
    def stamp(self) -> tuple[object, ...]:
        """What tells whether a count made of it still holds."""
        return (self.name, *self.later.stamp, *self.young.stamp)

    def count(self, node: t.Happened, *, frame: Frame, places: Any, size: int) -> Numbers:
        """Count the events of a rule for each customer. `places(records)` gives the customer's
        place of each record, or -1, as the columns in memory have it.
        """
        first, last = frame.days_of(node.window)
        counts = np.zeros(size, dtype=np.int64)
        kind = self.kinds.get(node.kind)
        if kind is not None:
            start = None if first is None else (first - _EPOCH).days
            found = kind.count(start, (last - _EPOCH).days, len(self.records))
            owners = self._owned(places)
            held = owners >= 0
            counts += np.bincount(owners[held], weights=found[held], minlength=size).astype(
                np.int64
            )
        young = (self.later.kinds.get(node.kind, ()), self.young.kinds.get(node.kind, ()))
        for records, days in chain(*young):
            inside = days <= (last - _EPOCH).days
            if first is not None:
                inside &= days >= (first - _EPOCH).days
            owners = places(records[inside])
            counts += np.bincount(owners[owners >= 0], minlength=size)
        return counts

    def _owned(self, places: Any) -> Numbers:
        """Give the owners of all records, once for each state of the columns."""
        key = getattr(places, "__self__", places)
        if self._owners is None or self._owners[0] is not key:
            self._owners = (key, places(self.records))
        return self._owners[1]


class Keeper:
    """Holds the rollup this process has open, and looks now and then whether it still holds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: Rollups | None = None
        self._looked_at = -TRUSTED_SECONDS

    def current(self, *, zone: str) -> Rollups | None:
        """Give the rollup with all that came in since; None where there is none that holds."""
        with self._lock:
            if time.monotonic() > self._looked_at + TRUSTED_SECONDS or self._is_other():
                self._held = _look(self._held, zone)
                self._looked_at = time.monotonic()
            return self._held if self._held is not None and self._held.zone == zone else None

    def _is_other(self) -> bool:
        """Another installation's folder, as in tests."""
        return self._held is not None and not _folder().joinpath(self._held.name).exists()


keeper = Keeper()


def current(*, zone: str) -> Rollups | None:
    """Give the rollup of events as they are now; None while the database has to be asked."""
    return keeper.current(zone=zone)


def renew(*, zone: str, least: int = LEAST_EVENTS) -> bool:
    """Make the rollup anew where the lake has changed since; tell whether there is one now."""
    files = list_live_files(dataset="event")
    rows = sum(file.rows for file in files)
    if rows < least:
        return False
    with exclusively(name="event-rollups"):
        if not _is_near(files, zone, most=min(MOST_LATER, rows // 20)):
            _make(zone, frozenset(file.id for file in files))
    return True


def _is_near(files: list[LakeFile], zone: str, *, most: int) -> bool:
    """Tell whether the rollup holds all but a few of the lake's events, and no others."""
    known = _manifest()
    if known is None or known["zone"] != zone or not (_folder() / known["name"]).exists():
        return False
    covered = frozenset(known["files"])
    later = sum(file.rows for file in files if file.id not in covered)
    return covered <= {file.id for file in files} and later <= most


def _folder() -> Path:
    return Path(settings.IDIC_HOME) / "rollups"


def _manifest() -> dict[str, Any] | None:
    try:
        return dict(json.loads((_folder() / "current.json").read_text("utf-8")))
    except (OSError, ValueError):
        return None


def _look(held: Rollups | None, zone: str) -> Rollups | None:
    known = _manifest()
    if known is None or known["zone"] != zone:
        return None
    files = list_live_files(dataset="event")
    covered = frozenset(known["files"])
    later = [file for file in files if file.id not in covered]
    is_whole = covered <= {file.id for file in files}
    if not is_whole or sum(file.rows for file in later) > MOST_LATER:
        return None
    if held is None or held.name != known["name"]:
        held = _open(known)
    if held is None:
        return None
    young = _read_young(held, zone)
    if young is None:
        return None
    if held.later.stamp != (stamp := tuple(file.id for file in later)):
        held.later = Young(stamp, _read_files(later, zone))
    held.young = young
    return held


def _read_files(files: list[LakeFile], zone: str) -> dict[str, list[tuple[Numbers, Numbers]]]:
    """Read the lake's files that are younger than the rollup."""
    if not files:
        return {}
    with connect() as duck:
        make_view(
            duck,
            dataset=get_dataset(name="event"),
            files=files,
            folder=Path(settings.IDIC_LAKE),
        )
        found = Table.read(duck.sql(_LATER, params={"p_zone": zone}))
    names, places = np.unique(found["kind"].astype(str), return_inverse=True)
    return {
        str(name): [(found["record_id"][places == n], found["day"][places == n])]
        for n, name in enumerate(names)
    }


def _open(known: dict[str, Any]) -> Rollups | None:
    folder = _folder() / known["name"]
    try:
        kinds = {
            name: Kind(
                np.load(folder / f"{place}.days.npy", mmap_mode="r"),
                np.load(folder / f"{place}.places.npy", mmap_mode="r"),
                np.load(folder / f"{place}.sums.npy", mmap_mode="r"),
            )
            for place, name in enumerate(known["kinds"])
        }
        records = np.load(folder / "records.npy")
    except OSError:
        return None
    return Rollups(known["name"], known["zone"], frozenset(known["files"]), records, kinds)


def _read_young(held: Rollups, zone: str) -> Young | None:
    """Read the events the lake does not hold; None where they are too many, or an import's."""
    if ImportRun.objects.filter(state=ImportState.PUBLISHED, flushed_at=None).exists():
        return None
    mark = LakeMark.objects.filter(dataset="event").first()
    beyond = {int(number) for number in mark.beyond} if mark else set()
    later = Event.objects.filter(id__gt=mark.revision if mark else 0, import_run=None)
    newest = later.aggregate(newest=Max("id"))["newest"] or 0
    count = later[: MOST_YOUNG + len(beyond) + 1].count()
    if count > MOST_YOUNG + len(beyond):
        return None
    stamp = (newest, count, len(beyond))
    if held.young.stamp == stamp:
        return held.young
    frame = Frame(as_of=_EPOCH, now=dt.datetime(1970, 1, 1, tzinfo=dt.UTC), time_zone=zone)
    kinds: dict[str, tuple[list[int], list[int]]] = {}
    rows = later.filter(record__isnull=False).values_list("id", "kind", "record_id", "occurred_at")
    for key, kind, record_id, moment in rows:
        if key not in beyond:
            records, days = kinds.setdefault(kind, ([], []))
            records.append(record_id)
            days.append((frame.day_of(moment) - _EPOCH).days)
    made = {
        kind: [(np.array(r, np.int64), np.array(d, np.int64))] for kind, (r, d) in kinds.items()
    }
    return Young(stamp, made)


def _make(zone: str, covered: frozenset[int]) -> None:
    """Write a rollup beside the old one and put it in its place; readers of the old keep it."""
    name = str(ids.new_id())
    folder = _folder() / name
    folder.mkdir(parents=True)
    try:
        kinds = write(folder, zone=zone, every=EVERY)
        known = {"name": name, "zone": zone, "files": sorted(covered), "kinds": kinds}
        draft = folder / "manifest.json"
        draft.write_text(json.dumps(known), "utf-8")
        draft.replace(_folder() / "current.json")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    for other in _folder().iterdir():
        if other.is_dir() and other.name != name:
            shutil.rmtree(other, ignore_errors=True)

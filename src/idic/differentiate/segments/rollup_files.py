"""Writes a rollup of events to a folder: of each kind the days and the places of records, in the
order of days, with running sums. What it is for stands in `rollups`.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from idic.lake.reader import open_reader

_MONTHS = """
    SELECT DISTINCT date_trunc('month', occurred_at) AS month FROM event
    WHERE record_id IS NOT NULL ORDER BY month
"""
_RECORDS = "SELECT DISTINCT record_id FROM event WHERE record_id IS NOT NULL ORDER BY record_id"
_KINDS = "SELECT DISTINCT kind FROM event WHERE record_id IS NOT NULL ORDER BY kind"
_EVENTS = """
    SELECT k.place AS kind, r.place AS record, date_diff('day', DATE '1970-01-01',
        CAST(timezone($p_zone, timezone('UTC', e.occurred_at)) AS DATE)) AS day
    FROM event e JOIN known_kind k ON k.kind = e.kind
    JOIN known_record r ON r.record_id = e.record_id
    WHERE e.occurred_at >= $p_from AND e.occurred_at < $p_to
"""


def write(folder: Path, *, zone: str, every: int) -> list[str]:
    """Read the lake month by month, so that a month's events are all that is held at a time."""
    with open_reader() as lake:
        lake.define(
            name="known_record",
            sql=f"SELECT *, row_number() OVER (ORDER BY record_id) - 1 AS place FROM ({_RECORDS})",  # noqa: S608
            is_kept=True,
        )
        kinds = [str(row[0]) for row in lake.query(_KINDS)]
        lake.define(
            name="known_kind",
            sql=f"SELECT *, row_number() OVER (ORDER BY kind) - 1 AS place FROM ({_KINDS})",  # noqa: S608
            is_kept=True,
        )
        order = "SELECT record_id FROM known_record ORDER BY place"
        records = np.asarray(lake.query(order)["record_id"], dtype=np.int64)
        np.save(folder / "records.npy", records)
        with _Files(folder, len(kinds)) as written:
            for month in lake.query(_MONTHS)["month"].astype("datetime64[us]").tolist():
                found = lake.query(
                    _EVENTS,
                    {"p_zone": zone, "p_from": month, "p_to": _next_month(month)},
                )
                written.add(found["kind"], found["record"], found["day"])
    for place in range(len(kinds)):
        _finish(folder, place, len(records), every)
    return kinds


class _Files:
    """The raw files of each kind, growing month by month."""

    def __init__(self, folder: Path, kinds: int) -> None:
        self._folder, self._kinds = folder, kinds
        self._open: list[tuple[Any, Any]] = []

    def __enter__(self) -> _Files:
        self._open = [
            (
                (self._folder / f"{place}.days").open("wb"),
                (self._folder / f"{place}.places").open("wb"),
            )
            for place in range(self._kinds)
        ]
        return self

    def add(self, kinds: NDArray[Any], records: NDArray[Any], days: NDArray[Any]) -> None:
        """Add a month's events to the files of their kinds, in the order of days."""
        order = np.lexsort((days, kinds))
        kinds, records, days = kinds[order], records[order], days[order]
        ends = np.searchsorted(kinds, np.arange(self._kinds + 1))
        for place, (day_file, place_file) in enumerate(self._open):
            some = slice(ends[place], ends[place + 1])
            day_file.write(days[some].astype("<i4").tobytes())
            place_file.write(records[some].astype("<u4").tobytes())

    def __exit__(self, *_error: object) -> None:
        for pair in self._open:
            for file in pair:
                file.close()


def _finish(folder: Path, place: int, size: int, every: int) -> None:
    """Put a kind's events in the order of days (a zone's months overlap) and sum them up."""
    days = np.fromfile(folder / f"{place}.days", dtype="<i4")
    places = np.fromfile(folder / f"{place}.places", dtype="<u4")
    if len(days) > 1 and (days[1:] < days[:-1]).any():
        order = np.argsort(days, kind="stable")
        days, places = days[order], places[order]
    sums = np.zeros((len(days) // every + 1, size), dtype=np.uint32)
    for number in range(1, len(sums)):
        some = places[(number - 1) * every : number * every]
        sums[number] = sums[number - 1] + np.bincount(some, minlength=size).astype(np.uint32)
    for name, values in (("days", days), ("places", places), ("sums", sums)):
        np.save(folder / f"{place}.{name}.npy", values)
        (folder / f"{place}.{name}").unlink(missing_ok=True)


def _next_month(month: dt.datetime) -> dt.datetime:
    return (month.replace(day=1) + dt.timedelta(days=32)).replace(day=1)

"""One new record against a million, through the product's own service: how long until we know who
it is, and how long until that is durably written.

A product database is filled with a table of known truth, all but the last rows, and matched as a
whole, each in a process of its own. Then the last rows arrive, one at a time: a customer with its
record and traits, as an import or a website brings it, and `services.matching` finds out whose it
is: read and weighed (`resolve`), joined or asked about with a commit that waits for the disk
(`with_durable_commit`, the former included), its neighborhood looked at again (`mended`, after it).
Nobody has asked of a row before, so that every answer comes from the cold end of the caches.

    python benchmarks/identity_arrivals.py --data FILE.parquet --truth COLUMN [--arrivals N]
        [--limit N] [--home FOLDER]
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from benchmarks import matching_shop  # noqa: E402
from benchmarks.identity_quality import FILE, TRUTH  # noqa: E402

# Arrivals before the first that counts: a service has been up for a while.
WARM = 20


def main() -> None:
    """Fill, match, let the rest arrive one at a time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=FILE)
    parser.add_argument("--truth", default=TRUTH)
    parser.add_argument("--arrivals", type=int, default=1000)
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--home", default="")
    parser.add_argument("--step", choices=[*STEPS, ""], default="", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        matching_shop.open_home(given.home)
        print(json.dumps(STEPS[given.step](given) | {f"{given.step}_rss_mb": _peak()}))
        return
    with tempfile.TemporaryDirectory() as folder:
        given.home = given.home or f"{folder}/known"
        told = {"name": "identity_arrivals"}
        for step in ("fill", "match", "judge"):
            told |= _in_process(step, given)
        # They arrive in a copy, so that the same can be measured again.
        given.home = str(shutil.copytree(given.home, f"{folder}/arrived"))
        print(json.dumps(told | _in_process("arrive", given)))


def _in_process(step: str, given: argparse.Namespace) -> dict[str, Any]:
    """Do one step, unless it was done, in a process of its own: its memory is that step's only."""
    done = Path(given.home) / f"{step}.json"
    if not done.exists():
        words = [f"--{name}={value}" for name, value in vars(given).items() if name != "step"]
        command = [sys.executable, __file__, *words, f"--step={step}"]
        came = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        done.write_text(came.stdout)
    found: dict[str, Any] = json.loads(done.read_text())
    return found


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def fill(given: argparse.Namespace) -> dict[str, Any]:
    """Put everybody known in."""
    rows = matching_shop.read(given.data, truth=given.truth, limit=given.limit)
    matching_shop.fill(rows[: -given.arrivals])
    return {}


def match(given: argparse.Namespace) -> dict[str, Any]:
    """Match everybody known as a whole."""
    from idic.identify.services.matching import fit_and_match

    began, began_cpu = time.perf_counter(), time.process_time()
    last = [-5]

    def say(done: int, total: int, label: str) -> None:
        if done >= last[0] + 5:
            last[0] = done
            print(f"{done} % after {time.perf_counter() - began:.0f} s", file=sys.stderr)

    came = fit_and_match(now=matching_shop.NOW, progress=say)
    return {
        "records": came.records,
        "joined": came.joined,
        "waiting": came.waiting,
        "match_seconds": round(time.perf_counter() - began, 1),
        "match_cpu_seconds": round(time.process_time() - began_cpu, 1),
    }


def judge(given: argparse.Namespace) -> dict[str, Any]:
    """Hold who was matched against the truth."""
    from idic.identify.models import SourceRecord

    rows = matching_shop.read(given.data, truth=given.truth, limit=given.limit)
    known = SourceRecord.objects.exclude(source_key__startswith="new-")
    places = known.values_list("id", "source_key").iterator()
    truth = {number: rows[int(place)][0] for number, place in places}
    return matching_shop.judge(truth)


def arrive(given: argparse.Namespace) -> dict[str, Any]:
    """Let the last rows come, each measured: reading and weighing, everything with its commit, and
    the second look at the neighborhood.
    """
    from django.db import connection

    from idic.core.jobs.events import registry
    from idic.identify.services.matching import after_import, resolving
    from idic.identify.services.matching.frozen import get_frozen

    rows = matching_shop.read(given.data, truth=given.truth, limit=given.limit)[-given.arrivals :]
    registry()
    get_frozen(is_demo=False)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=FULL")
    found, whole, mended = Clock(resolving.find), Clock(resolving.resolve_record), Clock(None)
    resolving.find = found
    vars(after_import)["resolve_record"] = whole
    mended.function = after_import.resolve_and_mend
    count = Counter()
    gc.collect()
    gc.freeze()
    zones = []
    with connection.execute_wrapper(count):
        for place, row in enumerate(rows):
            record_id = let_in(row, place)
            if place == WARM:
                for one in (found, whole, mended, count):
                    one.clear()
            count.is_on = True
            zones.append(mended(record_id=record_id, now=matching_shop.NOW).zone)
            count.is_on = False
    return {
        "figure": found.wall["p95"],
        "unit": "ms, p95 of reading and weighing one record against all",
        "resolve": found.wall,
        "resolve_cpu": found.cpu,
        "with_durable_commit": whole.wall,
        "with_durable_commit_cpu": whole.cpu,
        "with_mending": mended.wall,
        "with_mending_cpu": mended.cpu,
        "statements": round(count.total / max(len(rows) - WARM, 1), 1),
        "zones": {zone: zones.count(zone) for zone in sorted(set(zones))},
        "load": round(os.getloadavg()[0], 1),
    }


class Clock:
    """A function, with the milliseconds of the clock and of the processor each call took."""

    def __init__(self, function: Callable[..., Any] | None) -> None:
        self.function = function
        self._spent: list[tuple[float, float]] = []

    def __call__(self, **given: Any) -> Any:
        assert self.function is not None
        began, began_cpu = time.perf_counter(), time.thread_time()
        answer = self.function(**given)
        spent = (time.perf_counter() - began, time.thread_time() - began_cpu)
        self._spent.append((spent[0] * 1000, spent[1] * 1000))
        return answer

    def clear(self) -> None:
        """Forget what was before."""
        self._spent.clear()

    @property
    def wall(self) -> dict[str, float]:
        """The middle and the far ends by the clock."""
        return _percentiles([wall for wall, _cpu in self._spent])

    @property
    def cpu(self) -> dict[str, float]:
        """The middle and the far ends of the processor's time."""
        return _percentiles([cpu for _wall, cpu in self._spent])


class Counter:
    """Counts statements while it is on."""

    def __init__(self) -> None:
        self.total, self.is_on = 0, False

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.total += self.is_on
        return execute(sql, params, many, context)

    def clear(self) -> None:
        """Begin anew."""
        self.total = 0


def _percentiles(spent: list[float]) -> dict[str, float]:
    p50, p95, p99 = np.percentile(spent, [50, 95, 99]).round(2).tolist()
    return {"p50": p50, "p95": p95, "p99": p99}


def let_in(row: tuple[Any, ...], place: int) -> int:
    """Let a person in, as a file or a website does: unknown to anybody else."""
    from django.db import transaction

    from idic.identify.models import Customer, Source, SourceRecord, Trait

    with transaction.atomic():
        customer = Customer.objects.create(full_name=row[1] or "", created_at=matching_shop.NOW)
        record = SourceRecord.objects.create(
            source=Source.objects.get(key="till"),
            source_key=f"new-{customer.id}-{place}",
            customer=customer,
            created_at=matching_shop.NOW,
        )
        Trait.objects.bulk_create(
            Trait(record=record, name=name, value=str(value), observed_at=matching_shop.NOW)
            for name, value in zip(matching_shop.TRAITS.values(), row[1:], strict=True)
            if value
        )
    return record.id


STEPS: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "fill": fill,
    "match": match,
    "judge": judge,
    "arrive": arrive,
}


if __name__ == "__main__":
    main()

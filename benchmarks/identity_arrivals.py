"""One new record against a million, through the product's own service: how long until we know who
it is, and how long until that is durably written.

A product database is filled with a table of known truth, all but the last rows, and matched as a
whole. Then each of these arrives: a customer with its record and traits, as an import or a website
brings it, and `services.matching.resolve_record` finds out whose it is: once read and weighed only,
once whole, with a commit that waits for the disk.

    python benchmarks/identity_arrivals.py --data FILE.parquet --truth COLUMN [--arrivals N]
        [--limit N] [--home FOLDER]
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from benchmarks import matching_shop  # noqa: E402
from benchmarks.identity_quality import FILE, TRUTH  # noqa: E402


def arrive(row: tuple[Any, ...], place: int) -> int:
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


def timed(function: Any) -> tuple[float, float]:
    """Give the milliseconds of the clock and of the processor a call takes."""
    began, began_cpu = time.perf_counter(), time.thread_time()
    function()
    return (time.perf_counter() - began) * 1000, (time.thread_time() - began_cpu) * 1000


def percentiles(spent: list[float]) -> dict[str, float]:
    """Give the middle and the far ends."""
    p50, p95, p99 = np.percentile(spent, [50, 95, 99]).round(2).tolist()
    return {"p50": p50, "p95": p95, "p99": p99}


def main() -> None:
    """Fill, match, let the rest arrive one at a time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=FILE)
    parser.add_argument("--truth", default=TRUTH)
    parser.add_argument("--arrivals", type=int, default=1000)
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--home", default="")
    given = parser.parse_args()
    home = given.home or tempfile.mkdtemp()
    is_filled = (Path(home) / "filled.json").exists()
    matching_shop.open_home(home)
    rows = matching_shop.read(given.data, truth=given.truth, limit=given.limit)
    known, new = rows[: -given.arrivals], rows[-given.arrivals :]
    if not is_filled:
        fill_and_match(home, known)
    print(json.dumps(measure(new) | json.loads((Path(home) / "filled.json").read_text())))


def fill_and_match(home: str, rows: list[tuple[Any, ...]]) -> None:
    """Put everybody known in and match them as a whole."""
    from idic.identify.services.matching import fit_and_match

    truth = matching_shop.fill(rows)
    began, began_cpu = time.perf_counter(), time.process_time()
    last = [-5]

    def say(done: int, total: int, label: str) -> None:
        if done >= last[0] + 5:
            last[0] = done
            print(f"{done} % after {time.perf_counter() - began:.0f} s", file=sys.stderr)

    came = fit_and_match(now=matching_shop.NOW, progress=say)
    told = {
        "records": came.records,
        "joined": came.joined,
        "waiting": came.waiting,
        "match_seconds": round(time.perf_counter() - began, 1),
        "match_cpu_seconds": round(time.process_time() - began_cpu, 1),
        **matching_shop.judge(truth),
    }
    (Path(home) / "filled.json").write_text(json.dumps(told))


def measure(rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    """Let each row arrive; measure reading and weighing alone, and everything with its commit."""
    from django.db import connection

    from idic.core.jobs.events import registry
    from idic.identify.services.matching import resolving
    from idic.identify.services.matching.frozen import get_frozen

    registry()
    get_frozen(is_demo=False)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=FULL")
    gc.collect()
    gc.freeze()
    weighed, weighed_cpu, whole, whole_cpu, zones = [], [], [], [], []
    for place, row in enumerate(rows):
        record_id = arrive(row, place)
        spent, cpu = timed(lambda number=record_id: resolving.find(record_id=number))
        weighed.append(spent)
        weighed_cpu.append(cpu)
        answers: list[Any] = []
        spent, cpu = timed(
            lambda number=record_id, into=answers: into.append(
                resolving.resolve_record(record_id=number, now=matching_shop.NOW)
            )
        )
        whole.append(spent)
        whole_cpu.append(cpu)
        zones.append(answers[0].zone)
    return {
        "name": "identity_arrivals",
        "figure": percentiles(weighed)["p95"],
        "unit": "ms, p95 of reading and weighing one record against all",
        "resolve": percentiles(weighed),
        "resolve_cpu": percentiles(weighed_cpu),
        "with_durable_commit": percentiles(whole),
        "with_durable_commit_cpu": percentiles(whole_cpu),
        "zones": {zone: zones.count(zone) for zone in sorted(set(zones))},
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "load": round(os.getloadavg()[0], 1),
    }


if __name__ == "__main__":
    main()

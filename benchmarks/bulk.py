"""Rows a second through `core.bulk` on SQLite while two web writers commit beside it, against
Django's `bulk_create` on the same rows. `python benchmarks/bulk.py [rows]`; the web writers' p95
is printed on the way.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ["IDIC_HOME"] = tempfile.mkdtemp(prefix="idic-bench-")
os.environ["DATABASE_URL"] = ""
os.environ["DJANGO_SETTINGS_MODULE"] = "idic.settings"
sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

import django

django.setup()

from django.db import connection, models, transaction  # noqa: E402

from idic.core import bulk, ids  # noqa: E402

ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 500_000


class Visit(models.Model):
    """A small row: an id, a key, a number, a word."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id)
    record_id = models.BigIntegerField(db_index=True)
    amount = models.IntegerField()
    kind = models.CharField(max_length=20)

    class Meta:
        app_label = "core"


class Note(models.Model):
    """What a web request writes."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_id)
    text = models.CharField(max_length=200)

    class Meta:
        app_label = "core"


def rows(start: int) -> Iterator[tuple[int, int, str]]:
    """Make the rows; the key comes in no order, as in life."""
    return ((n * 7_919 % 1_000_003, n % 500, "view") for n in range(start, start + ROWS))


def write_as_web(stop: object, out: multiprocessing.Queue[list[float]]) -> None:
    """Commit one row every 10 ms and measure how long each commit takes."""
    waits = []
    while not stop.is_set():  # type: ignore[attr-defined]
        began = time.perf_counter()
        with transaction.atomic():
            Note.objects.create(text="hello")
        waits.append(time.perf_counter() - began)
        time.sleep(0.01)
    out.put(waits)


def measure(load: Callable[[], object], *, writers: int) -> tuple[float, float, float, float]:
    """Load with so many web writers beside; give rows/s and the writers' p50, p95 and worst ms."""
    connection.close()
    stop, out = multiprocessing.Event(), multiprocessing.Queue()
    web = [multiprocessing.Process(target=write_as_web, args=(stop, out)) for _ in range(writers)]
    for process in web:
        process.start()
    began = time.perf_counter()
    load()
    seconds = time.perf_counter() - began
    stop.set()
    waits = sorted(wait for _ in web for wait in out.get()) or [0.0]
    for process in web:
        process.join()
    at = [waits[int(len(waits) * share)] * 1000 for share in (0.5, 0.95)]
    return ROWS / seconds, at[0], at[1], waits[-1] * 1000


def with_bulk(start: int) -> Callable[[], object]:
    """Load through `core.bulk`."""
    return lambda: bulk.insert_rows(Visit, ["record_id", "amount", "kind"], rows(start))


def with_django(start: int) -> Callable[[], object]:
    """Load through Django, 200 rows a transaction, as one would without `core.bulk`."""

    def load() -> None:
        held = []
        for record_id, amount, kind in rows(start):
            held.append(Visit(record_id=record_id, amount=amount, kind=kind))
            if len(held) == 200:
                Visit.objects.bulk_create(held)
                held.clear()
        Visit.objects.bulk_create(held)

    return load


def main() -> None:
    """Measure both, alone and with two writers."""
    with connection.schema_editor() as editor:
        editor.create_model(Visit)
        editor.create_model(Note)
    figures = {}
    for name, load in (("core.bulk", with_bulk), ("bulk_create of 200", with_django)):
        for writers in (0, 2):
            Visit.objects.all().delete()
            rate, p50, p95, worst = measure(load(0), writers=writers)
            figures[name, writers] = rate
            print(
                f"{name}, {writers} web writers: {rate:,.0f} rows/s; web commits "
                f"p50 {p50:.1f} ms, p95 {p95:.1f} ms, worst {worst:.0f} ms"
            )
    own, peer = figures["core.bulk", 2], figures["bulk_create of 200", 2]
    print(
        json.dumps(
            {
                "name": "bulk insert beside two web writers",
                "figure": round(own),
                "unit": "rows/s",
                "peer": "django bulk_create, 200 rows a transaction",
                "peer_figure": round(peer),
                "ratio": round(own / peer, 2),
                "rows": ROWS,
                "runs": 1,
            }
        )
    )


if __name__ == "__main__":
    main()

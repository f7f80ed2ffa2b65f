"""A process that appends to the lake until it is killed, for the crash and reader tests: every
append of `visits` is ten rows, and each is announced on standard output once it has returned.
"""

from __future__ import annotations

import itertools
import resource
import signal

from idic.core import clock
from idic.engine.table import Table
from idic.lake import datasets, services
from tests.lake.conftest import VISITS


def main(first: str, compact_every: str) -> None:
    """Append batches numbered from `first`; merge now and then."""
    if first == "fill":
        return fill_the_disk()
    datasets.add_dataset(dataset=VISITS)
    for number in itertools.count(int(first)):
        rows = Table({"record_id": [number] * 10, "page": [f"page-{n}" for n in range(10)]})
        services.append(dataset="visits", table=rows, now=clock.now(), tag="run")
        print(number, flush=True)
        if number % int(compact_every) == int(compact_every) - 1:
            services.compact(dataset="visits", now=clock.now(), fewest_files=2)


def fill_the_disk() -> None:
    """Try one append with files limited to 10 kB, and print what the writer says about it."""
    datasets.add_dataset(dataset=VISITS)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
    pages = [f"{n * 7_919_123_457}" for n in range(20_000)]
    try:
        services.stage(
            dataset="visits", table=Table({"record_id": list(range(20_000)), "page": pages})
        )
    except services.LakeWriteFailed as error:
        print(error)

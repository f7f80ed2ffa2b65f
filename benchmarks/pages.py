"""The pages at a million customers on SQLite: CPU time through Django's whole stack (p50, p95) and
queries, against the usual way (LIKE, OFFSET, COUNT, everything loaded) on the same data without
drawing a page. Prints one line of JSON a figure. The mark: p95 of 100 ms, 10 queries.

    python benchmarks/pages.py [GROUP …]

IDIC_BENCH_CUSTOMERS sets the size. The data is made once and kept in the temporary directory, or
in IDIC_BENCH_HOME; making a million customers takes some minutes.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

ROOT = Path(__file__).resolve().parent.parent
CUSTOMERS = int(os.environ.get("IDIC_BENCH_CUSTOMERS", "1000000"))
RUNS = 3
MARK_MS, MARK_QUERIES = 100, 10
LISTS = [
    *("", "sort=name", "sort=-name", "sort=-expected", "sort=last_year", "sort=-last_year"),
    *("sort=last_order", "sort=-last_order", "sort=orders", "sort=-orders", "sort=overdue"),
    *("sort=-overdue", "overdue=1&sort=stake", "overdue=1&sort=-stake"),
    *("view=slipping", "view=vip_no_address", "view=new", "case=1", "overdue=1"),
    *("tier=vip", "tier=vip&tier=loyal&sort=name", "need=0", "tier=new&need=0&sort=orders"),
    *("city=Leeds&sort=last_year", "overdue=1&reach=email", "reach=none", "quiet=365", "bought=30"),
    *("min=1tr&bought=90", "city=Hà Nội&tier=dormant&reach=none", "min=200tr&tier=new&city=Leeds"),
    *("city=Nowhere", "max=1", "min=50tr&sort=name", "quiet=90&reach=sms&sort=overdue"),
]
SEARCHES = [
    *("dang", "Đặng", "le", "Vũ", "vu lo", "明", "小明", "an le", "wangxm", "wang xiaoming"),
    *("n", "ng", "nguy", "nguyen", "nguyen van", "nguyen thi hoa", "Hòa", "Hoa", "h", "a b"),
    *("0217", "217", "900000", "0912345678", "gmail.com", "@shop.vn", "an.nguyen", "HD1801439850"),
    *("brien", "xyzzy", "qwerty asdf", "tran thi m", "王", "李 w", "leonie le", "7777"),
]
PEER_LISTS = ["", "sort=name", "tier=vip", "city=Leeds", "quiet=365", "page=18000"]
MATRIX = [
    "",
    "?need=0",
    "?tier=vip",
    "?all=1",
    "?tier=at_risk",
    "?tier=at_risk&need=0",
    "?need=0&all=1",
]
SHELL = [
    *("/today/", "/today/?as=care", "/today/?as=sales", "/today/?as=marketer"),
    *("/campaigns/", "/campaigns/new/", "/outbox/", "/products/", "/products/?q=ca hoi 77"),
    *("/offers/", "/effects/", "/imports/", "/imports/new/", "/sources/", "/settings/"),
    *("/contact-rules/", "/channels/", "/tiers/"),
]
PALETTE = {"HX-Request": "true", "HX-Target": "palette-found"}


def home() -> Path:
    """Give the place of the data: it depends on the schema and on how the crowd is made."""
    if chosen := os.environ.get("IDIC_BENCH_HOME"):
        return Path(chosen)
    sources = sorted((ROOT / "src" / "idic").glob("*/migrations/0*.py"))
    sources += sorted((ROOT / "benchmarks" / "data").glob("[cs]*.py"))
    stamp = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"idic-bench-pages-{CUSTOMERS}-{stamp}"


def set_up() -> None:
    """Make the data once; later runs find it."""
    folder = home()
    folder.mkdir(exist_ok=True)
    os.environ |= {"IDIC_HOME": str(folder), "DJANGO_SETTINGS_MODULE": "idic.settings"}
    os.environ["DATABASE_URL"] = ""
    sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
    import django

    django.setup()
    if (folder / "ready").exists():
        return
    from django.conf import settings
    from django.core.management import call_command

    from benchmarks.data import crowd, shop
    from idic.identify.services.search_index import reindex

    path = Path(settings.DATABASES["default"]["NAME"])
    path.unlink(missing_ok=True)
    call_command("migrate", verbosity=0, skip_checks=True)
    began = time.monotonic()
    crowd.build(path, customers=CUSTOMERS)
    shop.build(path, customers=CUSTOMERS)
    print(f"{CUSTOMERS:,} customers written in {time.monotonic() - began:.0f} s", flush=True)
    began = time.monotonic()
    reindex()
    print(f"search index built in {time.monotonic() - began:.0f} s", flush=True)
    (folder / "ready").touch()


def timed(calls: Sequence[Callable[[], Any]], *, runs: int = RUNS) -> list[list[float]]:
    """Call everything once to warm up, then in turn; give the milliseconds of each one's runs.

    CPU time: the data is in memory and SQLite in the process, so that a shared machine still tells
    what a page takes.
    """
    for call in calls:
        call()
    found: list[list[float]] = [[] for _ in calls]
    for _run in range(runs):
        for call, times in zip(calls, found, strict=True):
            began = time.process_time()
            call()
            times.append((time.process_time() - began) * 1_000)
    return found


def flat(times: Sequence[Sequence[float]]) -> list[float]:
    """Put the times of all calls in one row, the shortest first."""
    return sorted(one for group in times for one in group)


def at(times: Sequence[float], share: float) -> float:
    """Give a quantile of sorted values."""
    return times[min(len(times) - 1, int(len(times) * share))]


def make_client() -> Any:
    """Give a browser of somebody who may do everything."""
    from django.contrib.auth.hashers import make_password
    from django.test import Client

    from idic.core.models import Staff

    staff, _new = Staff.objects.get_or_create(
        email="bench@idic.local",
        defaults={"display_name": "B", "role": "owner", "password": make_password(None)},
    )
    client = Client()
    client.force_login(staff)
    return client


def measure(name: str, addresses: Sequence[str], **options: Any) -> list[float]:
    """Ask for pages as a browser does; say the times, the most queries, and which are slow."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = make_client()

    def ask(address: str) -> None:
        status = client.get(address, **options).status_code
        if status != 200:
            raise SystemExit(f"{address} answered {status}")

    found = timed([lambda address=address: ask(address) for address in addresses])  # type: ignore[misc]
    counts = {}
    for address in addresses:
        with CaptureQueriesContext(connection) as caught:
            ask(address)
        counts[address] = len(caught)
    times = flat(found)
    print(
        f"{name}: p50 {at(times, 0.5):.1f} ms, p95 {at(times, 0.95):.1f} ms, "
        f"most {times[-1]:.1f} ms, at most {max(counts.values())} queries",
        flush=True,
    )
    for address, own in zip(addresses, found, strict=True):
        middle = statistics.median(own)
        if middle > MARK_MS or counts[address] > MARK_QUERIES:
            print(f"  beyond the mark: {middle:.0f} ms, {counts[address]} queries: {address}")
    return times


def report(name: str, times: list[float], peer: str | None, peer_times: list[float]) -> None:
    """Print the line of JSON."""
    figure = at(times, 0.95)
    other = at(peer_times, 0.95) if peer_times else None
    line = {
        "name": name,
        "figure": round(figure, 1),
        "unit": "CPU ms p95",
        "peer": peer,
        "peer_figure": round(other, 1) if other else None,
        "ratio": round(other / figure, 1) if other else None,
        "rows": CUSTOMERS,
        "runs": len(times),
    }
    print(json.dumps(line, ensure_ascii=False), flush=True)


def naive_list(query: str) -> None:
    """Read a list as most software does: a filter, a count of all, a page by its number."""
    from datetime import timedelta

    from benchmarks.data.crowd import TODAY
    from idic.differentiate.models import CustomerSummary

    asked = dict(pair.split("=") for pair in query.split("&") if pair)
    found = CustomerSummary.objects.all()
    if "tier" in asked:
        found = found.filter(tier=asked["tier"])
    if "city" in asked:
        found = found.filter(city__icontains=asked["city"])
    if "quiet" in asked:
        found = found.filter(last_order_date__lte=TODAY - timedelta(days=int(asked["quiet"])))
    order = "sort_name" if asked.get("sort") == "name" else "-expected_amount"
    start = 50 * int(asked.get("page", 0))
    list(found.order_by(order)[start : start + 50])
    found.count()


def naive_search(query: str) -> None:
    """Search as most software does: a piece of text anywhere in three columns."""
    from django.db.models import Q

    from idic.identify.models import Customer

    found = Q(full_name__icontains=query) | Q(phone__icontains=query) | Q(email__icontains=query)
    list(Customer.objects.filter(found).order_by("full_name")[:20])


def naive_customer(customer_id: int) -> None:
    """Read a customer as most software does: everything there is, sorted in memory."""
    from idic.differentiate.models import CustomerSummary
    from idic.identify.models import Customer, Event, Identifier, Order, OrderLine

    Customer.objects.get(id=customer_id)
    CustomerSummary.objects.get(customer_id=customer_id)
    list(Identifier.objects.filter(record__customer_id=customer_id))
    orders = list(Order.objects.filter(record__customer_id=customer_id))
    for order in orders:
        list(OrderLine.objects.filter(order=order))
    events = list(Event.objects.filter(record__customer_id=customer_id))
    sorted([*((o.ordered_at, o.id) for o in orders), *((e.occurred_at, e.id) for e in events)])


def naive_matrix() -> None:
    """Add the matrix up when it is asked for, as most software does."""
    from django.db.models import Count, Sum

    from idic.differentiate.models import CustomerSummary

    sums = {
        "people": Count("pk"),
        "past": Sum("last_year_amount"),
        "future": Sum("expected_amount"),
    }
    list(CustomerSummary.objects.order_by().values("tier", "need_group_id").annotate(**sums))


def measure_lists() -> None:
    """The list in every order and by every filter."""
    found = measure("customer list", [f"/customers/?{quote(query, safe='=&')}" for query in LISTS])
    peer = flat(timed([lambda q=q: naive_list(q) for q in PEER_LISTS]))  # type: ignore[misc]
    report("customer list", found, "filter + COUNT + OFFSET, queries only", peer)


def measure_search() -> None:
    """The palette, asked at each key."""
    addresses = [f"/search/?q={quote(query)}" for query in SEARCHES]
    found = measure("search as one types", addresses, headers=PALETTE)
    peer = flat(timed([lambda q=q: naive_search(q) for q in SEARCHES[:12]]))  # type: ignore[misc]
    report("search as one types", found, "LIKE %text% in 3 columns, queries only", peer)


def measure_customers() -> None:
    """Customers at random, then the one with a long history."""
    from benchmarks.data import crowd
    from idic.core import ids

    chance = random.Random(7)
    people = [crowd.BUSY, *(crowd.FIRST_ID + chance.randrange(CUSTOMERS) for _ in range(40))]
    pages = [f"/customers/{ids.encode('customer', i)}/?list=tier%3Dvip" for i in people]
    report("customer page", measure("customer page", pages), None, [])
    busy = measure("customer page of 10,000 events", pages[:1])
    peer = flat(timed([lambda: naive_customer(crowd.BUSY)]))
    report("customer page of 10,000 events", busy, "all rows loaded, queries only", peer)


def measure_look() -> None:
    """The first look."""
    report("first look", measure("first look", ["/look/"]), None, [])


def measure_matrix() -> None:
    """Value × needs with the people of a place."""
    found = measure("value × needs", [f"/matrix/{query}" for query in MATRIX])
    peer = flat(timed([naive_matrix]))
    report("value × needs", found, "GROUP BY over all customers, query only", peer)


def measure_segments() -> None:
    """Segments: their list, one with its people, the builder's preview; then the counts alone."""
    from benchmarks.data.shop import RULES
    from idic.core import ids
    from idic.differentiate import segments
    from idic.differentiate.models import Segment
    from idic.differentiate.segments import columns

    columns.current()  # as in a web process that is not just starting
    if columns.keeper.reader is not None:
        columns.keeper.reader.join()
    held = [ids.encode("segment", i) for i in Segment.objects.values_list("id", flat=True)]
    pages = ["/segments/", *(f"/segments/{one}/" for one in held)]
    report("segment pages", measure("segment pages", pages), None, [])
    asked = [f"/segments/new/?{urlencode({'rule': json.dumps(rule)})}" for rule in RULES.values()]
    report("segment builder", measure("segment builder", asked), None, [])
    trees = {name: segments.parse(dict(rule)) for name, rule in RULES.items()}
    times = timed([lambda tree=tree: segments.count(tree) for tree in trees.values()])  # type: ignore[misc]
    for name, own in zip(trees, times, strict=True):
        print(f"  count of “{name}”: {statistics.median(own):.0f} ms")
    report("exact count of a segment", flat(times), None, [])


def measure_audience() -> None:
    """Everybody of a campaign by the reason that leaves them out, once; no page waits for less."""
    from benchmarks.data.crowd import NOW, TODAY
    from idic.interact.models import Campaign
    from idic.interact.selectors.audience import preview_audience

    campaign = Campaign.objects.get()
    found = flat(timed([lambda: preview_audience(campaign=campaign, as_of=TODAY, now=NOW)]))
    report("audience of a campaign, counted by reason", found, None, [])


def measure_shell() -> None:
    """The other pages people open every day."""
    report(
        "other pages", measure("other pages", [quote(one, safe="/?=&") for one in SHELL]), None, []
    )


GROUPS: dict[str, Callable[[], None]] = {
    "lists": measure_lists,
    "search": measure_search,
    "customers": measure_customers,
    "look": measure_look,
    "matrix": measure_matrix,
    "segments": measure_segments,
    "audience": measure_audience,
    "shell": measure_shell,
}


def main(chosen: Sequence[str]) -> None:
    """Measure the groups named, or all, and print their lines of JSON."""
    set_up()
    for name in chosen or GROUPS:
        GROUPS[name]()


if __name__ == "__main__":
    main(sys.argv[1:])

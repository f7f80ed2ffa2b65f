"""Customer list, search and customer page at a million customers on SQLite: server time through
Django's whole stack (p50, p95) and queries, against the usual way (LIKE, OFFSET, COUNT, everything
loaded) on the same data without drawing a page. Prints one line of JSON a figure.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
CUSTOMERS = int(os.environ.get("IDIC_BENCH_CUSTOMERS", "1000000"))
RUNS = 3
LISTS = [
    "",
    "sort=name",
    "sort=-last_year",
    "sort=last_order",
    "sort=orders",
    "sort=overdue",
    "view=slipping",
    "view=vip_no_address",
    "view=new",
    "tier=vip",
    "tier=vip&tier=loyal&sort=name",
    "city=Leeds&sort=last_year",
    "overdue=1&reach=email",
    "quiet=365",
    "min=1tr&bought=90",
    "city=Hà Nội&tier=dormant&reach=none",
    "min=200tr&tier=new&city=Leeds",
    "city=Nowhere",
]
SEARCHES = [
    *("dang", "Đặng", "le", "Vũ", "vu lo", "明", "小明", "an le", "wangxm", "wang xiaoming"),
    *("n", "ng", "nguy", "nguyen", "nguyen van", "nguyen thi hoa", "Hòa", "Hoa", "h", "a b"),
    *("0217", "217", "900000", "0912345678", "gmail.com", "@shop.vn", "an.nguyen", "HD1801439850"),
    *("brien", "xyzzy", "qwerty asdf", "tran thi m", "王", "李 w", "leonie le", "7777"),
]
PEER_LISTS = ["", "sort=name", "tier=vip", "city=Leeds", "quiet=365", "page=18000"]
PALETTE = {"HX-Request": "true", "HX-Target": "palette-found"}


def home() -> Path:
    """Give the place of the data: it depends on the schema and on how the crowd is made."""
    sources = sorted((ROOT / "src" / "idic").glob("*/migrations/0*.py"))
    sources.append(ROOT / "benchmarks" / "data" / "crowd.py")
    stamp = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"idic-bench-pages-{CUSTOMERS}-{stamp}"


def set_up() -> None:
    """Make the data once; later runs find it."""
    folder = home()
    folder.mkdir(exist_ok=True)
    os.environ |= {"IDIC_HOME": str(folder), "DJANGO_SETTINGS_MODULE": "idic.settings"}
    sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
    import django

    django.setup()
    if (folder / "ready").exists():
        return
    from django.conf import settings
    from django.core.management import call_command

    from benchmarks.data import crowd
    from idic.identify.services.search_index import reindex

    path = Path(settings.DATABASES["default"]["NAME"])
    path.unlink(missing_ok=True)
    call_command("migrate", verbosity=0, skip_checks=True)
    began = time.monotonic()
    crowd.build(path, customers=CUSTOMERS)
    print(f"{CUSTOMERS:,} customers written in {time.monotonic() - began:.0f} s", flush=True)
    began = time.monotonic()
    reindex()
    print(f"search index built in {time.monotonic() - began:.0f} s", flush=True)
    (folder / "ready").touch()


def timed(calls: Sequence[Callable[[], Any]]) -> list[float]:
    """Call everything once to warm up, then in turn, and give each one's milliseconds."""
    for call in calls:
        call()
    found = []
    for _run in range(RUNS):
        for call in calls:
            began = time.perf_counter()
            call()
            found.append((time.perf_counter() - began) * 1_000)
    return sorted(found)


def measure(name: str, addresses: Sequence[str], **options: Any) -> tuple[list[float], int]:
    """Ask for pages as a browser does; give the times and the most queries one of them took."""
    from django.contrib.auth.hashers import make_password
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from idic.core.models import Staff

    staff, _new = Staff.objects.get_or_create(
        email="bench@idic.local",
        defaults={"display_name": "B", "role": "owner", "password": make_password(None)},
    )
    client = Client()
    client.force_login(staff)

    def ask(address: str) -> None:
        status = client.get(address, **options).status_code
        if status != 200:
            raise SystemExit(f"{address} answered {status}")

    times = timed([lambda address=address: ask(address) for address in addresses])
    queries = 0
    for address in addresses:
        with CaptureQueriesContext(connection) as caught:
            ask(address)
        queries = max(queries, len(caught))
    print(
        f"{name}: p50 {at(times, 0.5):.1f} ms, p95 {at(times, 0.95):.1f} ms, "
        f"most {times[-1]:.1f} ms, at most {queries} queries",
        flush=True,
    )
    return times, queries


def at(times: Sequence[float], share: float) -> float:
    """Give a quantile of sorted values."""
    return times[min(len(times) - 1, int(len(times) * share))]


def report(name: str, times: list[float], peer: str, peer_times: list[float]) -> None:
    """Print the line of JSON."""
    figure, other = at(times, 0.95), at(peer_times, 0.95)
    line = {
        "name": name,
        "figure": round(figure, 1),
        "unit": "ms p95",
        "peer": peer,
        "peer_figure": round(other, 1),
        "ratio": round(other / figure, 1),
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


def main() -> None:
    """Measure the three pages and print three lines of JSON."""
    set_up()
    from benchmarks.data import crowd
    from idic.core import ids

    chance = random.Random(7)
    people = [crowd.BUSY, *(crowd.FIRST_ID + chance.randrange(CUSTOMERS) for _ in range(40))]
    pages = [f"/customers/{ids.encode('customer', i)}/?list=tier%3Dvip" for i in people]
    lists = [f"/customers/?{quote(query, safe='=&')}" for query in LISTS]
    searches = [f"/search/?q={quote(query)}" for query in SEARCHES]

    list_times, _queries = measure("customer list", lists)
    search_times, _queries = measure("search as one types", searches, headers=PALETTE)
    _page_times, _queries = measure("customer page", pages)
    busy_times, _queries = measure("customer page, 10,000 events", pages[:1])

    peer_lists = timed([lambda q=q: naive_list(q) for q in PEER_LISTS])
    peer_searches = timed([lambda q=q: naive_search(q) for q in SEARCHES[:12]])
    peer_page = timed([lambda: naive_customer(crowd.BUSY)])

    usual = "filter + COUNT + OFFSET, queries only"
    report("customer page of 10,000 events", busy_times, "all rows loaded, queries only", peer_page)
    like = "LIKE %text% in 3 columns, queries only"
    report("search as one types", search_times, like, peer_searches)
    report("customer list", list_times, usual, peer_lists)


if __name__ == "__main__":
    main()
